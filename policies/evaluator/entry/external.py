"""Paths that a cluster opens by itself: node ports, load balancers, external addresses, host
ports (F-33, F-34, F-47)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from policies.evaluator.entry.objects import Service, ServicePort
from policies.evaluator.entry.paths import Door, PathFinder
from policies.evaluator.entry.services import Target
from policies.evaluator.leftout import workload_key
from policies.evaluator.origin import Origin
from policies.evaluator.state import WorkloadRef

__all__ = ["find_external_paths"]


def find_external_paths(finder: PathFinder) -> None:
    """Every port of a Service, and of a container, that answers outside of the cluster."""
    for service in finder.evaluation.state.services:
        for port in service.ports:
            for door in _doors(service, port, finder):
                finder.through_port(door, service, port)
    _host_ports(finder)


def _doors(service: Service, port: ServicePort, finder: PathFinder) -> Iterator[Door]:
    """F-33: a load balancer has node ports, too, and external addresses work as one."""
    whole = Door(
        kind=service.type,
        object=service.key,
        origin=service.origin,
        callers=(finder.sources.outside,),
        kept=service.local,
    )
    number = f"{port.protocol} {port.port}"
    if service.type == "LoadBalancer":
        on = f" on {', '.join(service.balancers)}" if any(service.balancers) else ""
        yield msgspec.structs.replace(whole, opened=f"{number}{on}", ranges=service.source_ranges)
    known = port.node_port > 0
    if service.type == "NodePort" or (service.type == "LoadBalancer" and known):
        if service.node_ports:
            shown = str(port.node_port) if known else "that the cluster chooses"
            yield msgspec.structs.replace(
                whole, kind="NodePort", opened=f"{port.protocol} node port {shown}"
            )
    if service.external_ips:
        on = ", ".join(service.external_ips)
        yield msgspec.structs.replace(whole, kind="ExternalIP", opened=f"{number} on {on}")


def _host_ports(finder: PathFinder) -> None:
    """F-34: the node of a pod answers, and the client's address arrives."""
    found: dict[tuple[WorkloadRef, str, int, int], int] = {}
    origins: dict[WorkloadRef, Origin] = {}
    # Pods of one workload mostly share their ports as an object.
    without: set[int] = set()
    for index, pod in enumerate(finder.evaluation.state.pods):
        if id(pod.ports) in without:
            continue
        if not any(port.host_port for port in pod.ports):
            without.add(id(pod.ports))
            continue
        for port in pod.ports:
            if port.host_port:
                place = (pod.workload, port.protocol, port.host_port, port.port)
                found[place] = found.get(place, 0) | 1 << index
                origins.setdefault(pod.workload, pod.origin)
    for (ref, protocol, host_port, number), pods in found.items():
        door = Door(
            kind="HostPort",
            object=workload_key(ref),
            origin=origins[ref],
            callers=(finder.sources.outside,),
            opened=f"{protocol} {host_port} on its nodes",
        )
        finder.to_target(door, "", Target(protocol, number, pods))
