"""Classes of pods: those that nothing in use tells apart, found with one look at each pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from policies.evaluator.cells import AddressPlan
from policies.evaluator.projection import Projection
from policies.evaluator.state import ContainerPort, Node, Pod, WorkloadRef

__all__ = ["PodClass", "class_of", "grouped", "signature_of"]

Labels = tuple[tuple[str, str], ...]
Signatures = tuple[tuple[int, int], ...]


class PodClass(msgspec.Struct, frozen=True):
    """Pods of one workload that nothing in use tells apart; `pods` index `ClusterState.pods`.

    `node` is set for host-network pods only: they answer at their node's address (A-91).
    `signatures` has one entry per distinct address family and block membership.
    """

    workload: WorkloadRef
    labels: Labels
    unknown: tuple[str, ...]
    ports: tuple[ContainerPort, ...]
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
) -> tuple[PodClass, ...]:
    """The classes in order. Pods of one workload mostly share their labels and ports as objects:
    what those come to is worked out once for each object, not for each pod."""
    signatures = _signatures(pods, nodes, plan)
    alike: dict[tuple[int | str | Signatures | tuple[str, ...], ...], list[int]] = {}
    last: Pod | None = None
    of_last: Signatures = ()
    found: list[int] = []
    for index, (pod, signature) in enumerate(zip(pods, signatures, strict=True)):
        # The pods of a workload stand together.
        if signature is of_last and last is not None and _is_like(pod, last):
            found.append(index)
            continue
        last, of_last = pod, signature
        key = (
            id(pod.workload),
            id(pod.labels),
            id(pod.ports),
            pod.unknown_labels,
            pod.host_network,
            pod.node if pod.host_network else "",
            signature,
        )
        found = alike.setdefault(key, [])
        found.append(index)
    members: dict[PodClass, list[int]] = {}
    for indexes in alike.values():
        first = indexes[0]
        members.setdefault(class_of(pods[first], signatures[first], projection), []).extend(indexes)
    for indexes in members.values():
        indexes.sort()
    ordered = sorted(members.items(), key=lambda item: (item[0].workload, item[1]))
    return tuple(msgspec.structs.replace(key, pods=tuple(indexes)) for key, indexes in ordered)


def _is_like(pod: Pod, other: Pod) -> bool:
    """Whether two pods that answer in the same blocks are clearly of one class."""
    return (
        pod.labels is other.labels
        and pod.ports is other.ports
        and pod.workload is other.workload
        and not (pod.host_network or other.host_network)
        and pod.unknown_labels == other.unknown_labels
    )


def class_of(pod: Pod, signatures: Signatures, projection: Projection) -> PodClass:
    """The class that a pod is in, without its members."""
    return PodClass(
        workload=pod.workload,
        labels=tuple(sorted((k, pod.labels[k]) for k in projection.keys if k in pod.labels))
        if pod.labels
        else (),
        unknown=tuple(k for k in pod.unknown_labels if k in projection.keys),
        ports=tuple(sorted({p for p in pod.ports if p.name in projection.names})),
        host_network=pod.host_network,
        node=pod.node if pod.host_network else "",
        signatures=signatures,
    )


def _signatures(pods: Sequence[Pod], nodes: Sequence[Node], plan: AddressPlan) -> list[Signatures]:
    """See `signature_of`, for each pod."""
    of_nodes = {node.name: node.addresses for node in nodes}
    # One object for equal ones: they are compared for every pod.
    shared: dict[Signatures, Signatures] = {}
    # Most addresses lie in few networks that no block divides.
    by_network: dict[str, Signatures] = {}
    found = []
    for pod in pods:
        addresses = pod.addresses
        network = addresses[0].rsplit(".", 2)[0] if len(addresses) == 1 else ""
        signature = by_network.get(network)
        if signature is None:
            signature = signature_of(pod, of_nodes, plan)
            signature = shared.setdefault(signature, signature)
            if network and network not in plan.divided and ":" not in network:
                by_network[network] = signature
        found.append(signature)
    return found


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
