"""What a badge says instead of edges: open to every pod, reachable from outside, open to itself."""

from __future__ import annotations

from functools import cached_property

from policies.evaluator.bits import first_bit
from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, Rectangle
from policies.evaluator.policy import Direction
from policies.evaluator.side import Side

__all__ = ["Openness", "towards_everyone"]


class Openness:
    """Remembers, for the sides of one evaluation, what each opens towards every pod."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self._known: dict[int, ConnectionSet] = {}
        self._said: dict[ConnectionSet, ConnectionSet] = {}
        self._within: dict[tuple[ConnectionSet, ConnectionSet], bool] = {}
        self._outside: dict[int, ConnectionSet] = {}
        self._veils: dict[tuple[int, Direction], tuple[str, ...]] = {}

    def of(self, bit: int, direction: Direction) -> ConnectionSet:
        """What the side of a peer certainly opens with every single pod."""
        return self.of_side(self.evaluation.side_of(bit, direction))

    def of_side(self, side: Side) -> ConnectionSet:
        """What a side of the evaluation certainly opens with every single pod."""
        found = self._known.get(id(side))
        if found is None:
            common = towards_everyone(side, self.evaluation.universe.pods)
            found = self._said.get(common)
            if found is None:
                # A badge has no word for "over one family only": that is left to the edges.
                found = self._said[common] = common.over(IPV4) & common.over(IPV6)
            self._known[id(side)] = found
        return found

    def outside(self, bit: int, direction: Direction) -> ConnectionSet:
        """What a pod's side certainly opens with the Internet at large, over either family."""
        side = self.evaluation.side_of(bit, direction)
        found = self._outside.get(id(side))
        if found is None:
            found = self._outside[id(side)] = ConnectionSet.union_of(
                connections
                for cell in self._rest
                for connections, caveat in side.with_peer(cell)
                if caveat is None
            )
        return found

    @cached_property
    def _rest(self) -> tuple[int, ...]:
        universe = self.evaluation.universe
        cells = range(universe.first_cell, universe.size)
        return tuple(cell for cell in cells if universe.is_rest(cell))

    def veils(self, bit: int, direction: Direction) -> tuple[str, ...]:
        """The policies of a peer's side that are not evaluated, so that it is not known."""
        evaluation = self.evaluation
        side = evaluation.side_of(bit, direction)
        key = (id(side), direction)
        found = self._veils.get(key)
        if found is None:
            found = self._veils[key] = tuple(
                policy.source.key
                for policy in evaluation.policies_of(bit, direction)
                if direction in policy.policy.opaque
                and (evaluation.enforces or policy.policy.veil.narrows)
            )
        return found

    def said_by_doubts(self, rectangle: Rectangle) -> bool:
        """Whether an uncertain flow says no more than the marks on nodes that are not known: each
        side is open, or has such a mark."""
        if rectangle.caveat is None:
            return False
        hidden = [
            bool(self.veils(first_bit(bits), direction))
            for bits, direction in (
                (rectangle.sources, Direction.EGRESS),
                (rectangle.destinations, Direction.INGRESS),
            )
        ]
        opens = (rectangle.source_open, rectangle.destination_open)
        return any(hidden) and all(
            is_open or veiled for is_open, veiled in zip(opens, hidden, strict=True)
        )

    def explained_by_badge(
        self, sources: int, destinations: int, connections: ConnectionSet, *opens: bool
    ) -> bool:
        """Whether an edge says no more than a badge: one side is open, the other to everyone. Peers
        of one end have the same side."""
        source_open, destination_open = opens
        # The first of a set is not asked for where nothing depends on it: sets are wide.
        return (
            source_open
            and self._is_within(connections, self.of(first_bit(destinations), Direction.INGRESS))
        ) or (
            destination_open
            and self._is_within(connections, self.of(first_bit(sources), Direction.EGRESS))
        )

    def _is_within(self, connections: ConnectionSet, said: ConnectionSet) -> bool:
        if not said:
            return False
        found = self._within.get((connections, said))
        if found is None:
            found = self._within[connections, said] = connections <= said
        return found


def towards_everyone(side: Side, pods: int) -> ConnectionSet:
    """What a side certainly opens with all of `pods`; nothing when there is a pod it leaves out."""
    if not pods or side.reach & pods != pods:
        return NONE
    common = ALL
    met = 0
    for peers, connections, caveat in side.outcomes:
        if caveat is None and peers & pods:
            common = common & connections
            met |= peers & pods
    if met != pods:
        return NONE
    return common
