"""Which pods stand behind each port of each Service, and on which of their ports (F-30…F-36)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.entry.objects import EndpointGroup, EndpointPort, Service, ServicePort
from policies.evaluator.state import ClusterState, Pod

__all__ = ["Services", "Target", "target_of"]


class Target(msgspec.Struct, frozen=True):
    """Where a port of a Service ends: pods (a bit set of their places in the state), or addresses
    that are no pod's, and their port."""

    protocol: str
    port: int
    pods: int = 0
    addresses: tuple[str, ...] = ()


class Services:
    """The Services of a state by name, each with the pods behind it."""

    def __init__(self, state: ClusterState) -> None:
        self.state = state
        self._services = {(each.namespace, each.name): each for each in state.services}
        self._selected: dict[tuple[str, str], int] = {}

    def find(self, namespace: str, name: str) -> Service | None:
        """The Service of that name."""
        return self._services.get((namespace, name))

    @staticmethod
    def port_of(service: Service, port: int | str, protocol: str = "TCP") -> ServicePort | None:
        """The port of a Service that a backend means by number or name: never a target (H-35)."""
        meant = [each for each in service.ports if port in (each.port, each.name)]
        of_protocol = [each for each in meant if each.protocol == protocol]
        return next(iter(of_protocol or meant), None)

    def pods_of(self, service: Service) -> int:
        """The pods that a Service selects, as a bit set; none without a selector (F-30)."""
        if not service.selector or service.type == "ExternalName":
            return 0
        place = (service.namespace, service.name)
        found = self._selected.get(place)
        if found is None:
            found = -1
            for key, value in service.selector.items():
                found &= self._by_label.get((service.namespace, key, value), 0)
            self._selected[place] = found
        return found

    def targets(self, service: Service, port: ServicePort) -> tuple[Target, ...]:
        """Where a port of a Service ends (F-31); pods that lack a named port are no backends."""
        if not service.selector:
            return tuple(self._listed(service, port))
        found: dict[int, int] = {}
        pods = self.pods_of(service)
        if isinstance(port.target, int) or not port.target:
            found[port.target or port.port] = pods
        else:
            for index in bits_of(pods):
                number = target_of(self.state.pods[index], port)
                if number:
                    found[number] = found.get(number, 0) | 1 << index
        return tuple(Target(port.protocol, each, mask) for each, mask in found.items() if mask)

    def dialled(self, service: Service, port: ServicePort) -> tuple[Target, ...]:
        """Where a client ends that dials a port of the Service by its name or address.

        A headless Service only gives the addresses of its pods: nothing maps the port (A-113).
        """
        if not service.headless:
            return self.targets(service, port)
        pods = self.pods_of(service)
        return (Target(port.protocol, port.port, pods),) if pods else ()

    def _listed(self, service: Service, port: ServicePort) -> Iterator[Target]:
        """A-114: what somebody listed for a Service without a selector."""
        if service.type == "ExternalName":
            return
        for group in self._endpoints.get((service.namespace, service.name), ()):
            for part in group.parts:
                for each in part.ports:
                    if _is_for(each, port):
                        yield self._target(each, part.addresses)

    def _target(self, port: EndpointPort, addresses: tuple[str, ...]) -> Target:
        pods, others = 0, []
        for address in addresses:
            index = self._by_address.get(address)
            if index is None:
                others.append(address)
            else:
                pods |= 1 << index
        return Target(port.protocol, port.port, pods, tuple(others))

    @cached_property
    def _by_label(self) -> dict[tuple[str, str, str], int]:
        """The pods of a namespace that carry a label that a Service asks for."""
        asked = {
            (each.namespace, key, value)
            for each in self.state.services
            for key, value in each.selector.items()
        }
        members: dict[tuple[str, str, str], list[int]] = {}
        for index, pod in enumerate(self.state.pods):
            for key, value in pod.labels.items():
                place = (pod.namespace, key, value)
                if place in asked:
                    members.setdefault(place, []).append(index)
        return {place: _mask(indexes, len(self.state.pods)) for place, indexes in members.items()}

    @cached_property
    def _endpoints(self) -> dict[tuple[str, str], list[EndpointGroup]]:
        found: dict[tuple[str, str], list[EndpointGroup]] = {}
        for group in self.state.entry.endpoints:
            found.setdefault((group.namespace, group.service), []).append(group)
        return found

    @cached_property
    def _by_address(self) -> dict[str, int]:
        """A-93: an address belongs to the running pod that has it."""
        return {
            address: index
            for index, pod in enumerate(self.state.pods)
            if not pod.host_network
            for address in pod.addresses
        }


def target_of(pod: Pod, port: ServicePort) -> int:
    """The number that a target means on a pod, by name and protocol; 0 for none (F-31)."""
    if isinstance(port.target, int) or not port.target:
        return port.target or port.port
    for each in pod.ports:
        if (each.name, each.protocol) == (port.target, port.protocol):
            return each.port
    return 0


def _is_for(endpoint: EndpointPort, port: ServicePort) -> bool:
    """Ports of endpoints go by the name of the Service's port."""
    return (endpoint.name, endpoint.protocol) == (port.name, port.protocol)


def _mask(indexes: list[int], size: int) -> int:
    """A bit set of many members at once: adding them one by one copies it each time."""
    found = bytearray(size // 8 + 1)
    for index in indexes:
        found[index // 8] |= 1 << index % 8
    return int.from_bytes(found, "little")
