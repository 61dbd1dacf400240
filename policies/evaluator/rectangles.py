"""Rectangles: who may open what to whom, as sets of sources times sets of destinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.side import OPEN, Side

__all__ = ["Group", "Rectangle", "combine", "count_pairs", "split_by_pieces", "worse"]


class Group(msgspec.Struct, frozen=True):
    """Classes that the same rules govern in a direction, with what was decided for them."""

    members: int
    side: Side


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


def combine(
    egress: Sequence[Group],
    ingress: Sequence[Group],
    egress_of: Mapping[int, Side],
    sources: int,
    destinations: int,
) -> Iterator[Rectangle]:
    """Flows from some sources to some destinations; `egress_of` is the side of each guarded peer
    that no group has to be searched for."""
    leaving = [
        Group(group.members & sources, group.side) for group in egress if group.members & sources
    ]
    # Many destinations are met by the same callers, over the same connections.
    met: dict[int, list[Group]] = {}
    common: _Common = {}
    for group in ingress:
        ours = group.members & destinations
        if not ours:
            continue
        callers = group.side.reach & sources
        found: Sequence[Group] = leaving
        if callers.bit_count() < len(leaving):
            # A narrow side meets few groups: look them up instead of trying each.
            if callers not in met:
                if len(met) >= _REMEMBERED:
                    met.clear()
                met[callers] = _sides_of(callers, egress_of)
            found = met[callers]
        for each in found:
            theirs = each.members & callers
            if theirs and each.side.reach & ours:
                yield from _combine(theirs, each.side, ours, group.side, common)


# Sets of a large cluster are kilobytes each.
_REMEMBERED = 256
_Common = dict[tuple[ConnectionSet, ConnectionSet], ConnectionSet]


def _sides_of(peers: int, side_of: Mapping[int, Side]) -> list[Group]:
    members: dict[int, int] = {}
    sides: dict[int, Side] = {}
    for bit in bits_of(peers):
        side = side_of.get(bit, OPEN)
        members[id(side)] = members.get(id(side), 0) | 1 << bit
        sides[id(side)] = side
    return [Group(mask, sides[key]) for key, mask in members.items()]


def count_pairs(sources: int, destinations: int, external: int) -> int:
    """Pairs of different peers of which at least one is inside the cluster."""
    outside = (sources & external).bit_count() * (destinations & external).bit_count()
    same = (sources & destinations & ~external).bit_count()
    return sources.bit_count() * destinations.bit_count() - outside - same


def split_by_pieces(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int
) -> list[int]:
    """The members, split where a rule reaches only some of them (named ports, unknown labels)."""
    parts = [members]
    cuts = {policy.subjects for policy in policies}
    for policy in policies:
        for rule in policy.rules:
            if rule.rule.direction is direction:
                cuts.update(piece.subjects for piece in rule.pieces)
    for cut in cuts:
        parts = [part for each in parts for part in (each & cut, each & ~cut) if part]
    return parts


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
