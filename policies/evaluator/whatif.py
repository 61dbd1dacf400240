"""What a draft would make of a state: objects replaced, added and deleted, nothing applied."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from policies.evaluator.errors import BadQuestion, Problem
from policies.evaluator.leftout import keys_of, pod_key, workload_key
from policies.evaluator.state import (
    ClusterState,
    FinishedPod,
    Namespace,
    Node,
    NotEvaluated,
    Origin,
    PolicyObject,
    WorkloadRef,
)

__all__ = ["missing_namespaces", "overlay"]

T = TypeVar("T")
# Every cluster has these, whatever was read of it.
_ALWAYS_THERE = frozenset({"", "default", "kube-node-lease", "kube-public", "kube-system"})
# What controllers make and name after themselves, and the kinds of these controllers.
_MADE_BY = {"ReplicaSet": ("Deployment", "Rollout"), "Job": ("CronJob",)}


def overlay(base: ClusterState, draft: ClusterState, delete: Sequence[str] = ()) -> ClusterState:
    """`base` after `kubectl apply` of the draft's objects and deletion of the named ones.

    Objects replace those of the same kind, namespace and name; a workload replaces all its pods.
    `delete` holds keys such as `NetworkPolicy/default/deny-all`, `Deployment/default/web` or
    `Namespace/old`. Raises BadQuestion for a key that names nothing in `base`.
    """
    base = _without(base, delete)
    refs = {pod.workload for pod in draft.pods} | {each.ref for each in draft.workloads}
    given = [each for each in draft.namespaces if not each.synthesised]
    there = base.namespace_names
    assumed = [each for each in draft.namespaces if each.synthesised and each.name not in there]
    return ClusterState(
        namespaces=_merge(_merge(base.namespaces, assumed, _name), given, _name),
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
        entry=base.entry.with_objects(draft.entry),
        policies=_with_policies(base, draft.policies),
        not_evaluated=_added(base.not_evaluated, draft.not_evaluated),
        problems=tuple(sorted({*base.problems, *draft.problems}))
        if draft.problems
        else base.problems,
        ignored={
            key: base.ignored.get(key, 0) + draft.ignored.get(key, 0)
            for key in sorted({*base.ignored, *draft.ignored})
        },
        finished=_finished(base, draft),
        ignores=_ignores(base, draft),
    )


def missing_namespaces(
    base: ClusterState, draft: ClusterState, delete: Sequence[str] = ()
) -> list[Problem]:
    """A warning for each object of the draft in a namespace that neither the state nor the draft
    has: the API server would refuse it."""
    gone = {key.partition("/")[2] for key in delete if key.startswith("Namespace/")}
    made = {each.name for each in draft.namespaces if not each.synthesised} | _ALWAYS_THERE
    placed: list[tuple[str, str, Origin]] = [
        *((each.namespace, each.key, each.origin) for each in draft.policies),
        *((each.ref.namespace, workload_key(each.ref), each.origin) for each in draft.workloads),
        *((each.namespace, each.key, each.origin) for each in draft.services),
        *((each.namespace, each.key, each.origin) for each in draft.entry),
    ]
    return [
        Problem(
            origin.source,
            origin.document,
            origin.line,
            "metadata.namespace",
            f"there is no namespace {namespace}, and the draft does not make it: `kubectl apply`"
            " would be refused. The answer is as if the namespace was there, without labels",
            "warning",
            key,
        )
        for namespace, key, origin in placed
        if namespace not in made and (namespace in gone or namespace not in base.namespace_names)
    ]


def _ignores(base: ClusterState, draft: ClusterState) -> dict[str, str]:
    """Annotations belong to their objects: a draft that replaces one replaces both."""
    written = keys_of(draft)
    kept = {key: text for key, text in base.ignores.items() if key not in written}
    return dict(sorted({**kept, **draft.ignores}.items()))


def _finished(base: ClusterState, draft: ClusterState) -> tuple[FinishedPod, ...]:
    """The pods that have finished and that the draft does not start anew."""
    started = {(each.namespace, each.name) for each in draft.pods}
    started.update((each.namespace, each.name) for each in draft.finished)
    kept = [each for each in base.finished if (each.namespace, each.name) not in started]
    return tuple(sorted((*kept, *draft.finished)))


def _name(item: Namespace | Node) -> str:
    return item.name


def _with_policies(base: ClusterState, new: Sequence[PolicyObject]) -> tuple[PolicyObject, ...]:
    """Each in its place among thousands that stay as they are."""
    if not new:
        return base.policies
    policies = list(base.policies)
    added = []
    for policy in new:
        index = base.policy_index.get(policy.key)
        if index is None:
            added.append(policy)
        else:
            policies[index] = policy
    for policy in added:
        insort(policies, policy, key=attrgetter("place"))
    return tuple(policies)


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
        index = base.policy_index.get(key)
        if index is not None:
            policies = (*base.policies[:index], *base.policies[index + 1 :])
            base = msgspec.structs.replace(base, policies=policies)
            continue
        kind, _, rest = key.partition("/")
        policies = base.policies
        workloads = tuple(each for each in base.workloads if workload_key(each.ref) != key)
        pods = tuple(each for each in base.pods if workload_key(each.workload) != key)
        finished = tuple(
            each for each in base.finished if f"Pod/{each.namespace}/{each.name}" != key
        )
        services = tuple(each for each in base.services if each.key != key)
        entry = base.entry.without(key)
        nodes = tuple(each for each in base.nodes if f"Node/{each.name}" != key)
        namespaces = base.namespaces
        if kind == "Namespace":
            namespaces = tuple(each for each in namespaces if each.name != rest)
            policies = tuple(each for each in policies if each.namespace != rest)
            workloads = tuple(each for each in workloads if each.ref.namespace != rest)
            pods = tuple(each for each in pods if each.namespace != rest)
            finished = tuple(each for each in finished if each.namespace != rest)
            services = tuple(each for each in services if each.namespace != rest)
            entry = entry.outside(rest)
        left = msgspec.structs.replace(
            base,
            namespaces=namespaces,
            policies=policies if len(policies) < len(base.policies) else base.policies,
            workloads=workloads,
            nodes=nodes,
            services=services,
            entry=entry,
            pods=pods if len(pods) < len(base.pods) else base.pods,
            finished=finished,
        )
        if left == base:
            raise _nothing_to_delete(base, key)
        base = left
    return base


def _nothing_to_delete(base: ClusterState, key: str) -> BadQuestion:
    """Why there is nothing under a key: what a controller made is replaced as soon as it goes."""
    owner = _owner(base, key)
    if owner is None:
        message = f'There is no "{key}" to delete. Write Kind/namespace/name, or Kind/name.'
        return BadQuestion("delete", message)
    shown = f"{owner.kind} {owner.namespace}/{owner.name}"
    message = (
        f"{key} belongs to {shown}, which would replace it: delete {workload_key(owner)} instead."
    )
    return BadQuestion("delete", message, (workload_key(owner),))


def _owner(base: ClusterState, key: str) -> WorkloadRef | None:
    for pod in base.pods:
        if pod_key(pod) == key:
            return pod.workload
    kind, _, rest = key.partition("/")
    namespace, _, name = rest.partition("/")
    # Only top owners are kept, so there is the name to go by: that of the owner, and a suffix.
    made_by = _MADE_BY.get(kind, ())
    refs = {WorkloadRef(namespace, name.rpartition("-")[0], each) for each in made_by}
    return next((each.ref for each in base.workloads if each.ref in refs), None)
