"""An evaluation on top of another: what the two have in common, and what is done again."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import compress, count
from operator import is_not
from typing import TYPE_CHECKING, TypeVar

from policies.evaluator.opaque import absent_families, is_opaque
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import ClusterState, PolicyObject

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation

__all__ = [
    "absent",
    "between",
    "cluster_ips",
    "difference",
    "in_order",
    "order",
    "same_cluster",
]

T = TypeVar("T")


def same_cluster(one: ClusterState, other: ClusterState) -> bool:
    """Whether the two are of the very same workloads, pods and nodes."""
    return one.workloads is other.workloads and one.pods is other.pods and one.nodes is other.nodes


def cluster_ips(state: ClusterState) -> frozenset[str]:
    """The addresses of Services, which are no external peers (A-71)."""
    return frozenset(address for each in state.services for address in each.cluster_ips)


def difference(
    base: Evaluation | None, was: Sequence[PolicyObject], now: Sequence[PolicyObject]
) -> tuple[Sequence[PolicyObject], list[ResolvedPolicy]]:
    """The policies that the base has not, and what the base has resolved and the state has not, of
    what lies between those that both share."""
    if base is None:
        return now, []
    kept = frozenset(map(id, was)) & frozenset(map(id, now))
    return (
        [each for each in now if id(each) not in kept],
        [
            base.by_source[id(each)]
            for each in was
            if id(each) not in kept and id(each) in base.by_source
        ],
    )


def between(before: tuple[T, ...], after: tuple[T, ...]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """What lies between the first and the last objects that two tuples share: nearly all are the
    same, in the same order."""
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return before[start : len(before) - end], after[start : len(after) - end]


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many of the first objects are the very same."""
    different = compress(count(), map(is_not, one, other))
    return next(different, min(len(one), len(other)))


def absent(
    base: Evaluation | None, state: ClusterState, came: Iterable[PolicyObject]
) -> dict[str, str]:
    """See `absent_families`; a base without policies of theirs has looked for them already."""
    if base is not None and not base.has_opaque and not any(map(is_opaque, came)):
        return {}
    return absent_families(state)


def in_order(
    kept: Sequence[ResolvedPolicy], gone: Iterable[ResolvedPolicy], fresh: Iterable[ResolvedPolicy]
) -> tuple[ResolvedPolicy, ...]:
    """What is left of sorted policies, with fresh ones in their places."""
    if not kept:
        return tuple(fresh)
    policies = list(kept)
    for each in gone:
        # Of one place there may be several (B-25).
        index = bisect_left(policies, each.order, key=order)
        while policies[index] is not each:
            index += 1
        del policies[index]
    for each in fresh:
        insort(policies, each, key=order)
    return tuple(policies)


def order(policy: ResolvedPolicy) -> tuple[int, int, str]:
    """The place of a policy among all others."""
    return policy.order
