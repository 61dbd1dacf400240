"""An evaluation on top of another: what the two have in common, and what is done again."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from policies.evaluator.opaque import absent_families, is_opaque
from policies.evaluator.rectangles import Group
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import ClusterState, PolicyObject

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation

__all__ = [
    "absent",
    "cluster_ips",
    "difference",
    "in_order",
    "order",
    "outside",
    "same_cluster",
]


def same_cluster(one: ClusterState, other: ClusterState) -> bool:
    """Whether the two are of the very same workloads, pods and nodes."""
    return one.workloads is other.workloads and one.pods is other.pods and one.nodes is other.nodes


def cluster_ips(state: ClusterState) -> frozenset[str]:
    """The addresses of Services, which are no external peers (A-71)."""
    return frozenset(address for each in state.services for address in each.cluster_ips)


def difference(
    base: Evaluation | None, state: ClusterState
) -> tuple[Sequence[PolicyObject], list[ResolvedPolicy]]:
    """The policies that the base has not, and what the base has resolved and the state has not."""
    if base is None:
        return state.policies, []
    there = frozenset(map(id, state.policies))
    came = there - base.given
    gone = base.by_source.keys() - there
    return (
        [each for each in state.policies if id(each) in came] if came else [],
        [base.by_source[each] for each in gone],
    )


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
    left = {id(each) for each in gone}
    policies = [each for each in kept if id(each) not in left] if left else list(kept)
    for each in fresh:
        insort(policies, each, key=order)
    return tuple(policies)


def order(policy: ResolvedPolicy) -> tuple[int, int, str]:
    """The place of a policy among all others."""
    return policy.order


def outside(groups: Iterable[Group], affected: int) -> Iterator[Group]:
    """The groups without the members that are decided anew."""
    for group in groups:
        if not group.members & affected:
            yield group
        elif left := group.members & ~affected:
            yield Group(left, group.side)
