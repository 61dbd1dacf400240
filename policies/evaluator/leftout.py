"""Objects left out for an error, and what stands in their place.

The API server refuses such an object, and what was there before stays: an answer about a state
without it would be about a state that cannot come to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from policies.evaluator.errors import Problem
from policies.evaluator.state import (
    ClusterState,
    Namespace,
    Node,
    Pod,
    Service,
    WorkloadRef,
)

__all__ = ["keys_of", "left_out", "pod_key", "with_what_stays", "workload_key"]

T = TypeVar("T")


def left_out(problems: Iterable[Problem]) -> list[Problem]:
    """The first error of each object, and every error of what could not be told to be one."""
    found: dict[object, Problem] = {}
    for problem in problems:
        if problem.severity == "error":
            key = (problem.source, problem.document, problem.object) if problem.object else problem
            found.setdefault(key, problem)
    return list(found.values())


def workload_key(ref: WorkloadRef) -> str:
    """`Deployment/shop/web`."""
    return f"{ref.kind}/{ref.namespace}/{ref.name}"


def pod_key(pod: Pod) -> str:
    """`Pod/shop/web-1`; empty for a pod that is yet to run, which is no object."""
    return "" if pod.from_template else f"Pod/{pod.namespace}/{pod.name}"


def _service_key(service: Service) -> str:
    return f"Service/{service.namespace}/{service.name}"


def _node_key(node: Node) -> str:
    return f"Node/{node.name}"


def _namespace_key(namespace: Namespace) -> str:
    return "" if namespace.synthesised else f"Namespace/{namespace.name}"


def keys_of(state: ClusterState) -> frozenset[str]:
    """The objects of a state as problems name them."""
    return frozenset(_keys(state)) - {""}


def _keys(state: ClusterState) -> Iterator[str]:
    yield from (each.key for each in state.policies)
    yield from (workload_key(each.ref) for each in state.workloads)
    yield from map(pod_key, state.pods)
    yield from map(_service_key, state.services)
    yield from map(_node_key, state.nodes)
    yield from map(_namespace_key, state.namespaces)


def with_what_stays(before: ClusterState, after: ClusterState) -> ClusterState:
    """`after`, with what `before` had of each object that is left out of `after` for an error."""
    missing = {each.object for each in left_out(after.problems)} - keys_of(after)
    stays = missing & keys_of(before)
    if not stays:
        return after
    named = {key.split("/")[1] for key in stays if key.count("/") > 1}
    namespaces = {each.name: each for each in after.namespaces}
    for each in before.namespaces:
        if _namespace_key(each) in stays:
            namespaces[each.name] = each
        elif each.name in named:
            namespaces.setdefault(each.name, each)
    pods = tuple(
        each
        for each in before.pods
        if pod_key(each) in stays or workload_key(each.workload) in stays
    )
    refs = {each.workload for each in pods}
    running = {each.workload for each in pods if not each.from_template}
    known = {each.ref for each in after.workloads}
    workloads = (
        each
        for each in before.workloads
        if each.ref not in known and (each.ref in refs or workload_key(each.ref) in stays)
    )
    # What a template promised in the absence of its pod gives way to the pod itself.
    others = (each for each in after.pods if not each.from_template or each.workload not in running)
    return msgspec.structs.replace(
        after,
        namespaces=tuple(namespaces[name] for name in sorted(namespaces)),
        pods=tuple(sorted((*others, *pods), key=attrgetter("namespace", "workload", "name"))),
        workloads=tuple(sorted((*after.workloads, *workloads), key=attrgetter("ref"))),
        nodes=_joined(after.nodes, before.nodes, _node_key, stays),
        services=_joined(after.services, before.services, _service_key, stays),
        policies=_joined(after.policies, before.policies, attrgetter("key"), stays),
        ignores={
            **{key: text for key, text in before.ignores.items() if key in stays},
            **after.ignores,
        },
    )


def _joined(
    after: tuple[T, ...], before: Sequence[T], key: Callable[[T], str], stays: set[str]
) -> tuple[T, ...]:
    kept = [each for each in before if key(each) in stays]
    return tuple(sorted((*after, *kept), key=key)) if kept else after
