"""Which groups of callers a side meets: found by what they are let out to, not tried one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.side import EVERY_PEER, Side

if TYPE_CHECKING:
    from policies.evaluator.rectangles import Decided, Group

__all__ = ["Callers", "reaching"]

# Sets of a large cluster are kilobytes each.
_REMEMBERED = 256
# For fewer sides than these, an index of all callers is not worth making.
_FEW_SIDES = 32
# Who is let out to more peers than these is looked for by the connections alone.
_FEW_PEERS = 64


def reaching(groups: Iterable[Group], peers: int) -> list[Group]:
    """The groups whose side opens anything with some of the peers, or may.

    Of thousands of groups few do with a single peer, and nearly all of the rest are told by their
    bounds: looking into a set takes several times as long where it has left the processor's cache.
    """
    if not peers:
        return []
    low, high = first_bit(peers), peers.bit_length()
    return [each for each in groups if each.low < high and low < each.high and each.reach & peers]


class Callers:
    """The egress of some sources, asked for by so many sides of ingress.

    In large clusters most callers are let out to anybody over a few ports, DNS above all, and to
    few peers over others. So nearly every caller reaches nearly every side that names it, and
    nearly none of these have a connection in common.
    """

    def __init__(self, egress: Decided, sources: int, sides: int) -> None:
        self._egress = egress
        self._sources = sources
        self._indexed = sides >= _FEW_SIDES
        # Many sides name the same callers, and open the same connections.
        self._met: dict[int, Sequence[Group]] = {}
        self._answering: dict[ConnectionSet, int] = {}

    def meeting(self, callers: int, called: int, side: Side) -> Iterable[Group]:
        """The groups that may have a connection from `callers` to `called` in common with a side:
        some that have none may be among them."""
        if not self._indexed:
            return reaching(self._groups_of(callers), called)
        named = self._index.named
        found = 0
        for _, accepted, _ in side.outcomes:
            found |= callers & self._over(accepted)
        groups = self._groups_of(found) if found else ()
        near = [
            each
            for bit in (bits_of(called) if called.bit_count() <= _FEW_PEERS else named)
            for each in named.get(bit, ())
            if each.members & callers
        ]
        if not near:
            return groups
        return {id(each): each for each in (*groups, *near)}.values()

    def _groups_of(self, callers: int) -> Sequence[Group]:
        if callers.bit_count() >= len(self._leaving):
            return self._leaving
        # A narrow side meets few groups: look them up instead of trying each.
        found = self._met.get(callers)
        if found is None:
            if len(self._met) >= _REMEMBERED:
                self._met.clear()
            found = self._met[callers] = self._egress.groups_of(callers)
        return found

    @cached_property
    def _leaving(self) -> Sequence[Group]:
        return self._egress.groups_of(self._sources)

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._leaving)

    def _over(self, accepted: ConnectionSet) -> int:
        """Who is let out to anybody over any of these connections."""
        found = self._answering.get(accepted)
        if found is None:
            found = 0
            for offered, members in self._index.anywhere.items():
                if offered & accepted:
                    found |= members
            self._answering[accepted] = found
        return found


class _Index:
    """Callers by what they are let out to: many peers over some connections (`anywhere`), or a few
    (`named`)."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.anywhere: dict[ConnectionSet, int] = {}
        self.named: dict[int, list[Group]] = {}
        for group in groups:
            for peers, offered, _ in group.side.outcomes:
                if peers == EVERY_PEER or peers.bit_count() > _FEW_PEERS:
                    self.anywhere[offered] = self.anywhere.get(offered, 0) | group.members
                else:
                    for bit in bits_of(peers):
                        self.named.setdefault(bit, []).append(group)
