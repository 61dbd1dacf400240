"""Which objects are not the same in two states of a cluster, before it is asked what that means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Literal

import msgspec

from policies.evaluator.origin import Origin
from policies.evaluator.state import ClusterState, Pod, WorkloadRef

__all__ = ["ObjectChange", "object_changes"]

# Labels that a controller gives to each generation of its pods.
_GENERATION = frozenset(
    {"pod-template-hash", "controller-revision-hash", "pod-template-generation"}
)
# Two pods of a workload may meet each other; with more of them nothing is new.
_MANY = 2


class ObjectChange(msgspec.Struct, frozen=True):
    """One object that came, went or is not as it was.

    Pods are told by their workload: `kind` is then that of the workload, and how many of its pods
    are new and gone. `manager` and `at` are who wrote it last and when (RFC 3339), where an API
    server tells.
    """

    op: Literal["added", "changed", "removed"]
    kind: str
    namespace: str
    name: str
    pods_added: int = 0
    pods_removed: int = 0
    manager: str | None = None
    at: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As answers give it."""
        return msgspec.structs.asdict(self)

    @property
    def place(self) -> tuple[str, str, str]:
        """Which object it is."""
        return self.kind, self.namespace, self.name


def object_changes(before: ClusterState, after: ClusterState) -> tuple[ObjectChange, ...]:
    """What is different between two states, policies first, then by kind, namespace and name.

    Pods that replace others like them are no change; where nothing else is different, pods that
    have other names or addresses are.
    """
    found = list(_policies(before, after))
    found += _rest(before, after)
    found += _pods(before, after, _shape)
    if not found:
        found += _pods(before, after, _identity)
    return tuple(found)


def _policies(before: ClusterState, after: ClusterState) -> Iterator[ObjectChange]:
    yield from _compared(
        {each.place: each for each in before.policies},
        {each.place: each for each in after.policies},
    )


def _rest(before: ClusterState, after: ClusterState) -> Iterator[ObjectChange]:
    """Everything but policies and pods; a workload that only got another size stays as it is."""
    yield from _compared(_objects(before), _objects(after))


def _objects(state: ClusterState) -> dict[tuple[str, str, str], Any]:
    found: dict[tuple[str, str, str], Any] = {}
    for namespace in state.namespaces:
        found["Namespace", "", namespace.name] = (namespace.labels, namespace.synthesised)
    for node in state.nodes:
        found["Node", "", node.name] = _placeless(node)
    for service in state.services:
        found["Service", service.namespace, service.name] = _placeless(service)
    for each in state.entry:
        found[each.key.partition("/")[0], each.namespace, each.name] = _placeless(each)
    for workload in state.workloads:
        ref = workload.ref
        size = None if workload.replicas is None else min(workload.replicas, _MANY)
        found[ref.kind, ref.namespace, ref.name] = (workload.labels, size)
    for kind in state.not_evaluated:
        found[kind.kind, "", kind.api_version] = kind.count
    return found


def _placeless(item: Any) -> Any:
    return msgspec.structs.replace(item, origin=Origin())


def _compared(
    before: dict[tuple[str, str, str], Any], after: dict[tuple[str, str, str], Any]
) -> Iterator[ObjectChange]:
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield ObjectChange("added", *key)
        elif key not in after:
            yield ObjectChange("removed", *key)
        elif before[key] != after[key] and not _same_policy(before[key], after[key]):
            yield ObjectChange("changed", *key)


def _same_policy(before: Any, after: Any) -> bool:
    """Whether two policies say the same, wherever they stand and whatever is noted on them."""
    fields = ("api_version", "spec", "beside", "labels")
    return hasattr(before, "spec") and all(
        getattr(before, field) == getattr(after, field) for field in fields
    )


def _shape(pod: Pod) -> Hashable:
    """What policies may look at, but for the address."""
    return (
        tuple(pair for pair in pod.labels.items() if pair[0] not in _GENERATION),
        tuple(key for key in pod.unknown_labels if key not in _GENERATION),
        pod.ports,
        pod.host_network,
        pod.service_account,
        pod.node if pod.host_network else "",
    )


def _identity(pod: Pod) -> Hashable:
    return (pod.name, pod.addresses, pod.node, pod.from_template)


def _pods(
    before: ClusterState, after: ClusterState, look: Callable[[Pod], Hashable]
) -> Iterator[ObjectChange]:
    known = {each.ref for each in before.workloads} & {each.ref for each in after.workloads}
    old, new = _by_workload(before.pods, known), _by_workload(after.pods, known)
    for ref in sorted(known):
        gone, come = old.get(ref, []), new.get(ref, [])
        if _clipped(map(look, gone)) != _clipped(map(look, come)):
            names, others = {each.name for each in gone}, {each.name for each in come}
            yield ObjectChange(
                "changed",
                ref.kind,
                ref.namespace,
                ref.name,
                pods_added=len(others - names),
                pods_removed=len(names - others),
            )


def _by_workload(pods: Iterable[Pod], wanted: set[WorkloadRef]) -> dict[WorkloadRef, list[Pod]]:
    found: dict[WorkloadRef, list[Pod]] = {}
    for pod in pods:
        if pod.workload in wanted:
            found.setdefault(pod.workload, []).append(pod)
    return found


def _clipped(looks: Iterable[Hashable]) -> dict[Hashable, int]:
    return {look: min(count, _MANY) for look, count in Counter(looks).items()}
