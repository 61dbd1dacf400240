"""What a draft would make of a state: objects replaced, added and deleted, nothing applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from policies.evaluator.errors import BadQuestion
from policies.evaluator.state import ClusterState, Namespace, Node, NotEvaluated, WorkloadRef

__all__ = ["overlay"]

T = TypeVar("T")


def overlay(base: ClusterState, draft: ClusterState, delete: Sequence[str] = ()) -> ClusterState:
    """`base` after `kubectl apply` of the draft's objects and deletion of the named ones.

    Objects replace those of the same kind, namespace and name; a workload replaces all its pods.
    `delete` holds keys such as `NetworkPolicy/default/deny-all`, `Deployment/default/web` or
    `Namespace/old`. Raises BadQuestion for a key that names nothing in `base`.
    """
    base = _without(base, delete)
    refs = {pod.workload for pod in draft.pods} | {each.ref for each in draft.workloads}
    given = [each for each in draft.namespaces if not each.synthesised]
    assumed = [each for each in draft.namespaces if each.synthesised]
    return ClusterState(
        namespaces=_merge(_merge(assumed, base.namespaces, _name), given, _name),
        pods=tuple(
            sorted(
                [*(pod for pod in base.pods if pod.workload not in refs), *draft.pods],
                key=lambda pod: (pod.namespace, pod.workload, pod.name),
            )
        )
        if refs
        else base.pods,
        workloads=_merge(base.workloads, draft.workloads, lambda each: each.ref),
        nodes=_merge(base.nodes, draft.nodes, _name),
        services=_merge(base.services, draft.services, lambda each: (each.namespace, each.name)),
        policies=_merge(base.policies, draft.policies, lambda each: each.key),
        not_evaluated=_added(base.not_evaluated, draft.not_evaluated),
        problems=tuple(sorted({*base.problems, *draft.problems})),
        ignored={
            key: base.ignored.get(key, 0) + draft.ignored.get(key, 0)
            for key in sorted({*base.ignored, *draft.ignored})
        },
        finished_pods=base.finished_pods + draft.finished_pods,
    )


def _name(item: Namespace | Node) -> str:
    return item.name


def _merge(old: Iterable[T], new: Sequence[T], key: Callable[[T], object]) -> tuple[T, ...]:
    if not new and isinstance(old, tuple):
        return old
    merged = {key(item): item for item in old}
    merged.update((key(item), item) for item in new)
    return tuple(item for _, item in sorted(merged.items(), key=lambda pair: str(pair[0])))


def _added(old: Sequence[NotEvaluated], new: Sequence[NotEvaluated]) -> tuple[NotEvaluated, ...]:
    counted: dict[tuple[str, str, str], int] = {}
    for each in (*old, *new):
        key = (each.api_version, each.kind, each.reason)
        counted[key] = counted.get(key, 0) + each.count
    return tuple(
        NotEvaluated(version, kind, count, reason)
        for (version, kind, reason), count in sorted(counted.items())
    )


def _without(base: ClusterState, delete: Sequence[str]) -> ClusterState:
    for key in delete:
        kind, _, rest = key.partition("/")
        policies = tuple(each for each in base.policies if each.key != key)
        workloads = tuple(each for each in base.workloads if _workload_key(each.ref) != key)
        pods = tuple(each for each in base.pods if _workload_key(each.workload) != key)
        services = tuple(
            each for each in base.services if f"Service/{each.namespace}/{each.name}" != key
        )
        nodes = tuple(each for each in base.nodes if f"Node/{each.name}" != key)
        namespaces = base.namespaces
        if kind == "Namespace":
            namespaces = tuple(each for each in namespaces if each.name != rest)
            policies = tuple(each for each in policies if each.namespace != rest)
            workloads = tuple(each for each in workloads if each.ref.namespace != rest)
            pods = tuple(each for each in pods if each.namespace != rest)
            services = tuple(each for each in services if each.namespace != rest)
        left = msgspec.structs.replace(
            base,
            namespaces=namespaces,
            policies=policies if len(policies) < len(base.policies) else base.policies,
            workloads=workloads,
            nodes=nodes,
            services=services,
            pods=pods if len(pods) < len(base.pods) else base.pods,
        )
        if left == base:
            raise BadQuestion(
                "delete", f'There is no "{key}" to delete. Write Kind/namespace/name.'
            )
        base = left
    return base


def _workload_key(ref: WorkloadRef) -> str:
    return f"{ref.kind}/{ref.namespace}/{ref.name}"
