"""Rectangles: who may open what to whom, as sets of sources times sets of destinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.callers import Callers, reaching
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.sheet import Sheet
from policies.evaluator.side import OPEN, Side

__all__ = ["Decided", "Group", "Rectangle", "combine", "count_pairs", "split_by_pieces", "worse"]


# Higher than any peer.
_BEYOND = 1 << 60


class Group(msgspec.Struct, frozen=True):
    """Classes that the same rules govern in a direction, with what was decided for them.

    `reach` is that of the side: thousands of groups are asked for it at once. `low` is its first
    peer, and all of it is below `high`.
    """

    members: int
    side: Side
    reach: int
    low: int
    high: int

    @property
    def first(self) -> int:
        """The first of its members, which no other group has."""
        return first_bit(self.members)

    @classmethod
    def of(cls, members: int, side: Side) -> Group:
        """The group of these classes."""
        reach = side.reach
        if reach <= 0:  # Nobody, or every peer: see `EVERY_PEER`.
            return cls(members, side, reach, 0, _BEYOND)
        return cls(members, side, reach, first_bit(reach), reach.bit_length())


class Rectangle(msgspec.Struct, frozen=True):
    """Every source may open these connections to every destination.

    `by_default` when neither side was narrowed: what a badge can say instead of edges.
    `caveat` when it is not certain. Rectangles of one evaluation never overlap.
    """

    sources: int
    destinations: int
    connections: ConnectionSet
    caveat: Caveat | None
    source_open: bool
    destination_open: bool


class Decided(msgspec.Struct, frozen=True, dict=True):
    """One direction of an evaluation, decided.

    `governing`: for each class, the policies that govern it, in order of decision. `guarded`: the
    groups that any policy governs, by its first member; `of`: the same by peer. `unguarded`
    are all other peers. `anew`: the peers whose side was not taken over from a base. `near` are the
    groups that open everything with all that are no pods: the only ones that can cover everyone.
    """

    governing: Sheet[tuple[ResolvedPolicy, ...]]
    guarded: Sheet[Group]
    of: Sheet[Group]
    unguarded: int
    anew: int
    near: Sheet[Group]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every peer in one group."""
        return (*self.guarded.each(), *self._rest)

    @cached_property
    def _rest(self) -> tuple[Group, ...]:
        return (Group.of(self.unguarded, OPEN),) if self.unguarded else ()

    def groups_of(self, peers: int) -> Sequence[Group]:
        """The groups that hold any of some peers: few peers are looked up, not searched for."""
        governed = peers & ~self.unguarded
        if governed.bit_count() >= len(self.guarded):
            return self.groups
        found = {id(group): group for group in self.of.of_any(bits_of(governed))}
        return (*found.values(), *(self._rest if governed != peers else ()))


def combine(
    egress: Decided, ingress: Decided, sources: int, destinations: int
) -> Iterator[Rectangle]:
    """Flows from some sources to some destinations."""
    arriving = reaching(ingress.groups_of(destinations), sources)
    callers = Callers(egress, sources, len(arriving))
    common: _Common = {}
    for group in arriving:
        near = group.reach & sources
        ours = group.members & destinations
        if not ours:
            continue
        for each in callers.meeting(near, ours, group.side):
            theirs = each.members & near
            if theirs and each.reach & ours:
                yield from _combine(theirs, each.side, ours, group.side, common)


_Common = dict[tuple[ConnectionSet, ConnectionSet], ConnectionSet]


def count_pairs(sources: int, destinations: int, external: int) -> int:
    """Pairs of different peers of which at least one is inside the cluster."""
    outside = (sources & external).bit_count() * (destinations & external).bit_count()
    same = (sources & destinations & ~external).bit_count()
    return sources.bit_count() * destinations.bit_count() - outside - same


def split_by_pieces(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int
) -> list[int]:
    """The members, which all the policies govern, split where a rule reaches only some of them
    (named ports, unknown labels)."""
    cuts: dict[int, None] = {}
    for policy in policies:
        whole = policy.subjects
        if policy.governed is not whole and _divides(whole, members):
            cuts[whole] = None
        for rule in policy.rules:
            if rule.rule.direction is direction:
                for piece in rule.pieces:
                    if piece.subjects is not whole and _divides(piece.subjects, members):
                        cuts[piece.subjects] = None
    parts = [members]
    for cut in cuts:
        parts = [part for each in parts for part in (each & cut, each & ~cut) if part]
    return parts


def _divides(cut: int, members: int) -> bool:
    both = cut & members
    return both != members and both != 0


def _combine(
    sources: int, egress: Side, destinations: int, ingress: Side, common: _Common
) -> Iterator[Rectangle]:
    """A flow needs both sides (M-03); uncertain on one and open on the other is uncertain.

    `common` remembers what two sets of connections share.
    """
    for callers, accepted, why_in in ingress.outcomes:
        theirs = callers & sources
        if not theirs:
            continue
        for called, offered, why_out in egress.outcomes:
            ours = called & destinations
            if not ours:
                continue
            pair = (accepted, offered)
            connections = common.get(pair)
            if connections is None:
                connections = common[pair] = accepted & offered
            if connections:
                yield Rectangle(
                    theirs,
                    ours,
                    connections,
                    worse(why_in, why_out),
                    egress.is_open,
                    ingress.is_open,
                )


def worse(left: Caveat | None, right: Caveat | None) -> Caveat | None:
    """Unknown outweighs conditional; otherwise the first reason stands."""
    if left is None or right is None:
        return left or right
    return right if (left.verdict, right.verdict) == ("conditional", "unknown") else left
