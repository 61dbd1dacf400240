"""The ends of a flow in one of two states compared: what is open between them, as it is shown."""

from __future__ import annotations

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.graph import split_families
from policies.evaluator.policy import Caveat
from policies.evaluator.slots import ABSENT

__all__ = ["Ends", "Opened"]

Opened = tuple[tuple[Caveat | None, ConnectionSet], ...]


class Ends:
    """What is open between two peers of one evaluation, where a region says what may be.

    Most pairs of a region share their address families: what that comes to is worked out once.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._known: dict[tuple[int, int, object], tuple[ConnectionSet, str]] = {}

    def shown(self, s: int, d: int, opened: Opened) -> tuple[ConnectionSet, str]:
        """All that is open over the families that both ends share, and how certain it is."""
        if ABSENT in (s, d):
            return NONE, "deny"
        universe = self._evaluation.universe
        families = universe.families(s) & universe.families(d) or 3
        exempt = self._exemption(s, d)
        # A region outlives the list of its changes, so its identity stands for what it holds.
        key = (id(opened), families, exempt)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _verdict(opened, families, exempt)
        return found

    def _exemption(self, s: int, d: int) -> tuple[Caveat | None] | None:
        """A-104: the caveat of an exemption, in a tuple; None where there is none."""
        exempt, universe = self._evaluation.exempt, self._evaluation.universe
        if not exempt or s >= universe.first_node or d >= universe.first_node:
            return None
        pair = (universe.classes[s].workload, universe.classes[d].workload)
        return (exempt[pair],) if pair in exempt else None


def _verdict(
    opened: Opened, families: int, exempt: tuple[Caveat | None] | None
) -> tuple[ConnectionSet, str]:
    parts = [
        (caveat, connections.ported)
        for given, whole in opened
        for caveat, connections in split_families(whole, given, families)
    ]
    parts += [(caveat, ALL.ported) for caveat in exempt or ()]
    found = ConnectionSet.union_of(connections for _, connections in parts)
    if not found:
        return NONE, "deny"
    certain = ConnectionSet.union_of(connections for caveat, connections in parts if not caveat)
    verdicts = [caveat.verdict for caveat, each in parts if caveat and each - certain]
    if not verdicts:
        return found, "allow"
    return found, "unknown" if "unknown" in verdicts else "conditional"
