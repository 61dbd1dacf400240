"""The ends of a flow in one of two states compared: what is open between them, as it is shown."""

from __future__ import annotations

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Caveat
from policies.evaluator.slots import ABSENT
from policies.evaluator.spread import split_families
from policies.evaluator.state import WorkloadRef

__all__ = ["Common", "Ends", "Opened", "Sort", "shown"]

_NOT_EXEMPT = Caveat("conditional", "")

Opened = tuple[tuple[Caveat | None, ConnectionSet], ...]


Common = int | tuple[int, Caveat | None]
"""What decides how a region shows between two peers: the address families that they share (0 where
one of the two does not exist), and the caveat of an exemption where there is one (A-104)."""


Sort = tuple[int, WorkloadRef | None]
"""What of a peer decides what it has in common with others: its address families (0 where it does
not exist), and its workload where pairs of workloads are exempt."""


class Ends:
    """What is open between two peers of one evaluation, where a region says what may be.

    Most peers of a region are of a few sorts: what those have in common is worked out once.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._universe = evaluation.universe
        self._exempt = evaluation.exempt

    def sort(self, bit: int) -> Sort:
        """The sort of a peer."""
        if bit == ABSENT:
            return 0, None
        universe = self._universe
        named = self._exempt and bit < universe.first_node
        return universe.families(bit), universe.classes[bit].workload if named else None

    def common(self, source: Sort, destination: Sort) -> Common:
        """What peers of two sorts have in common."""
        if not source[0] or not destination[0]:
            return 0
        families = source[0] & destination[0] or 3
        if source[1] is not None and destination[1] is not None:
            pair = (source[1], destination[1])
            if pair in self._exempt:
                return families, self._exempt[pair]
        return families


def shown(opened: Opened, common: Common) -> tuple[ConnectionSet, str]:
    """All that is open over the families that both ends share, and how certain it is."""
    if not common:
        return NONE, "deny"
    families, exempt = common if isinstance(common, tuple) else (common, _NOT_EXEMPT)
    parts = [
        (caveat, connections.ported)
        for given, whole in opened
        for caveat, connections in split_families(whole, given, families)
    ]
    if exempt is not _NOT_EXEMPT:
        parts.append((exempt, ALL.ported))
    found = ConnectionSet.union_of(connections for _, connections in parts)
    if not found:
        return NONE, "deny"
    certain = ConnectionSet.union_of(connections for caveat, connections in parts if not caveat)
    verdicts = [caveat.verdict for caveat, each in parts if caveat and each - certain]
    if not verdicts:
        return found, "allow"
    return found, "unknown" if "unknown" in verdicts else "conditional"
