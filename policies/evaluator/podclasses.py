"""Classes of pods: those that nothing in use tells apart, found with one look at each pod."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import msgspec

from policies.evaluator.cells import AddressPlan
from policies.evaluator.projection import Projection
from policies.evaluator.state import ContainerPort, Node, Pod, WorkloadRef

__all__ = ["PodClass", "Signatures", "class_of", "grouped", "signature_of"]

Labels = tuple[tuple[str, str], ...]
Ports = tuple[ContainerPort, ...]
Signatures = tuple[tuple[int, int], ...]


class PodClass(msgspec.Struct, frozen=True):
    """Pods of one workload that nothing in use tells apart; `pods` index `ClusterState.pods`.

    `node` is set for host-network pods only: they answer at their node's address (A-91).
    `signatures` has one entry per distinct address family and block membership.
    """

    workload: WorkloadRef
    labels: Labels
    unknown: tuple[str, ...]
    ports: Ports
    host_network: bool
    node: str
    signatures: Signatures
    pods: tuple[int, ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace of all its pods."""
        return self.workload.namespace


def grouped(
    pods: Sequence[Pod],
    nodes: Sequence[Node],
    projection: Projection,
    plan: AddressPlan,
    networks: Sequence[str],
) -> tuple[PodClass, ...]:
    """The classes in order. Pods of one workload mostly share their labels and ports as objects:
    what those come to is worked out once for each object, not for each pod."""
    members: dict[_Key, list[int]] = {}
    for indexes, signature in _alike(pods, nodes, plan, networks):
        key = _key_of(pods[indexes[0]], signature, projection)
        known = members.setdefault(key, indexes)
        if known is not indexes:
            known += indexes
    for indexes in members.values():
        indexes.sort()
    ordered = sorted(members.items(), key=_place)
    return tuple([PodClass(*key, tuple(indexes)) for key, indexes in ordered])


_Key = tuple[WorkloadRef, Labels, tuple[str, ...], Ports, bool, str, Signatures]
"""A class without its pods."""


def _place(item: tuple[_Key, list[int]]) -> tuple[str, str, str, list[int]]:
    """By workload; as texts, which compare sooner than what holds them."""
    workload = item[0][0]
    return workload.namespace, workload.name, workload.kind, item[1]


def _alike(
    pods: Sequence[Pod], nodes: Sequence[Node], plan: AddressPlan, networks: Sequence[str]
) -> Iterable[tuple[list[int], Signatures]]:
    """The pods that are clearly of one class, by their places, with their signature."""
    of_nodes = {node.name: node.addresses for node in nodes}
    # One object for equal ones: they are compared for every pod.
    shared: dict[Signatures, Signatures] = {}
    # Most addresses lie in few networks that no block divides.
    by_network: dict[str, Signatures] = {}
    alike: dict[tuple[object, ...], tuple[list[int], Signatures]] = {}
    found: list[int] = []
    of_last: Signatures | None = None
    labels, ports, workload, unknown = None, None, None, None
    for index, pod, network in zip(count(), pods, networks, strict=False):
        signature = by_network.get(network)
        if signature is None:
            signature = signature_of(pod, of_nodes, plan)
            signature = shared.setdefault(signature, signature)
            if network and network not in plan.divided and ":" not in network:
                by_network[network] = signature
        # The pods of a workload stand together.
        if (
            pod.labels is labels
            and pod.ports is ports
            and pod.workload is workload
            and pod.unknown_labels is unknown
            and signature is of_last
            and not pod.host_network
        ):
            found.append(index)
            continue
        labels, ports = pod.labels, pod.ports
        workload, unknown, of_last = pod.workload, pod.unknown_labels, signature
        node = ""
        if pod.host_network:
            labels, node = None, pod.node
        key = (
            id(pod.workload),
            id(pod.labels),
            id(pod.ports),
            pod.unknown_labels,
            pod.host_network,
            node,
            signature,
        )
        found = alike.setdefault(key, ([], signature))[0]
        found.append(index)
    return alike.values()


def class_of(pod: Pod, signatures: Signatures, projection: Projection) -> PodClass:
    """The class that a pod is in, without its members."""
    return PodClass(*_key_of(pod, signatures, projection))


def _key_of(pod: Pod, signatures: Signatures, projection: Projection) -> _Key:
    # Of the few labels and ports of a pod hardly any is looked at.
    labels: Labels = ()
    for key in pod.labels:
        if key in projection.keys:
            labels += ((key, pod.labels[key]),)
    ports: Ports = ()
    for port in pod.ports:
        if port.name in projection.names:
            ports += (port,)
    return (
        pod.workload,
        tuple(sorted(labels)) if len(labels) > 1 else labels,
        tuple([key for key in pod.unknown_labels if key in projection.keys])
        if pod.unknown_labels
        else (),
        tuple(sorted(set(ports))) if len(ports) > 1 else ports,
        pod.host_network,
        pod.node if pod.host_network else "",
        signatures,
    )


def signature_of(
    pod: Pod, of_nodes: Mapping[str, tuple[str, ...]], plan: AddressPlan
) -> Signatures:
    """Of a pod the address families, and the blocks that its addresses are in."""
    addresses = pod.addresses
    if not addresses and pod.host_network:
        addresses = of_nodes.get(pod.node, ())
    if len(addresses) == 1:
        return ((6 if ":" in addresses[0] else 4, plan.signature(addresses[0])),)
    return tuple(sorted({(6 if ":" in each else 4, plan.signature(each)) for each in addresses}))
