"""What rectangles open, pair by pair of the nodes of a level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.evaluator.bits import bits_of
from policies.evaluator.certainty import ONLY_OVER
from policies.evaluator.connections import IPV4, IPV6, ConnectionSet
from policies.evaluator.engine import Evaluation, Rectangle
from policies.evaluator.nodes import NodeTable
from policies.evaluator.policy import Caveat

__all__ = ["Opened", "Row", "Spread", "split_families"]

Opened = Mapping[Caveat | None, ConnectionSet]
"""What is open between two nodes: certain under None, else by caveat. Many pairs share one."""

Row = dict[int, Opened]
"""What a node opens, by the index of the other."""

_Ends = dict[tuple[bool, int], list[int]]
"""Nodes by whether they are outside of the cluster, and by their address families."""


class Spread:
    """What rectangles open, spread over the nodes of a level; what they share is made once."""

    def __init__(self, evaluation: Evaluation, table: NodeTable) -> None:
        self.rows: dict[int, Row] = {}
        self._universe = evaluation.universe
        self._table = table
        self._ends: dict[int, _Ends] = {}
        self._found: dict[tuple[ConnectionSet, Caveat | None, int], Opened] = {}

    def add(self, rectangle: Rectangle, source: int | None = None) -> None:
        """Add what a rectangle opens; from one source only where it is given."""
        connections, caveat = rectangle.connections, rectangle.caveat
        destinations = self._ends_of(rectangle.destinations)
        for (outside, families), nodes in self._ends_of(rectangle.sources).items():
            for (beyond, theirs), others in destinations.items():
                if outside and beyond:
                    continue
                both = families & theirs or 3
                key = (connections, caveat, both)
                opened = self._found.get(key)
                if opened is None:
                    opened = self._found[key] = _joined(split_families(connections, caveat, both))
                more = dict.fromkeys(others, opened)
                for i in nodes if source is None else (source,):
                    self.open(i, more)

    def open(self, i: int, more: Row) -> None:
        """Add what is open from a node to others."""
        row = self.rows.get(i)
        if row is None:
            self.rows[i] = more.copy()
        elif row.keys().isdisjoint(more.keys()):
            row.update(more)
        else:
            for j, opened in more.items():
                held = row.get(j)
                row[j] = opened if held is None else _joined((*held.items(), *opened.items()))

    def _ends_of(self, peers: int) -> _Ends:
        ends = self._ends.get(peers)
        if ends is None:
            ends = self._ends[peers] = {}
            families_of, first_cell = self._universe.families, self._universe.first_cell
            for first, bits in self._table.shown(peers):
                families = 0
                for bit in bits_of(bits):
                    families |= families_of(bit)
                key = (first >= first_cell, families)
                ends.setdefault(key, []).extend(self._table.of_bit[first])
        return ends


def _joined(parts: Iterable[tuple[Caveat | None, ConnectionSet]]) -> Opened:
    opened: dict[Caveat | None, ConnectionSet] = {}
    for caveat, connections in parts:
        held = opened.get(caveat)
        opened[caveat] = connections if held is None else held | connections
    return opened


def split_families(
    connections: ConnectionSet, caveat: Caveat | None, families: int
) -> tuple[tuple[Caveat | None, ConnectionSet], ...]:
    """What is open over the families that two peers share: 1 IPv4, 2 IPv6, 3 both (A-70).

    Where both are shared and differ, the difference is conditional on the family.
    """
    if families != 3:
        return ((caveat, connections.over(IPV4 if families == 1 else IPV6)),)
    over4, over6 = connections.over(IPV4), connections.over(IPV6)
    if over4 == over6:
        return ((caveat, over4),)
    parts = [(caveat, over4 & over6)]
    for name, own, other in (("IPv4", over4, over6), ("IPv6", over6, over4)):
        reason = caveat or ONLY_OVER[name]
        parts.append((reason, own - other))
    return tuple((reason, part) for reason, part in parts if part)
