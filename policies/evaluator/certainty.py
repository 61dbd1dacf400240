"""Several doubts about one connection made one: the worst certainty, with the reasons of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.policy import Caveat

__all__ = ["ONLY_OVER", "one_doubt"]

ONLY_OVER = {name: Caveat("conditional", f"only over {name}") for name in ("IPv4", "IPv6")}
"""A-70: certain over one address family; what another doubt says is about the other one."""

SPOKEN = 2
"""So many reasons are said; of more it is said that there are."""


def one_doubt(
    opened: Mapping[Caveat | None, ConnectionSet],
) -> dict[Caveat | None, ConnectionSet]:
    """The same connections, each under one caveat only (M-05): what is certain is not repeated as
    uncertain, and where two doubts meet the worse verdict stands and both reasons are given. Those
    of address families stay apart: of one family they say what is certain."""
    sure = opened.get(None, NONE)
    families = [each for each in ONLY_OVER.values() if each in opened]
    parts: list[tuple[tuple[Caveat, ...], ConnectionSet]] = []
    for caveat in sorted((each for each in opened if each), key=_by_weight):
        if caveat in families:
            continue
        left = opened[caveat] - sure
        apart: list[tuple[tuple[Caveat, ...], ConnectionSet]] = []
        for caveats, connections in parts:
            both = connections & left
            apart += [(caveats, connections - both), ((*caveats, caveat), both)]
            left -= both
        parts = [(caveats, each) for caveats, each in (*apart, ((caveat,), left)) if each]
    found: dict[Caveat | None, ConnectionSet] = {None: sure} if sure else {}
    for caveats, connections in parts:
        one = _joined(caveats)
        found[one] = found.get(one, NONE) | connections
    for caveat in families:
        if left := opened[caveat] - sure:
            found[caveat] = left
    return found


def _by_weight(caveat: Caveat) -> tuple[bool, str]:
    return caveat.verdict != "unknown", caveat.reason


def _joined(caveats: Iterable[Caveat]) -> Caveat:
    """`caveats` are the worst first."""
    worst, *others = caveats
    if not others:
        return worst
    reasons = list(dict.fromkeys(each.reason for each in (worst, *others)))
    more = len(reasons) - SPOKEN
    spoken = reasons if more <= 0 else [*reasons[:SPOKEN], "and for more reasons"]
    return Caveat(worst.verdict, "; ".join(spoken))
