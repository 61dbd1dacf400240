"""What keeps a NetworkPolicy from opening a pair: what stands above it, or is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.walk import Link
from policies.evaluator.words import joined

__all__ = ["BASELINE", "NONE_CAN", "Obstacle", "headline", "of_link"]

NONE_CAN = "No NetworkPolicy can open this."
UNTOLD = "Whether a NetworkPolicy can open this cannot be told."
BASELINE = "No NetworkPolicy can open this alone: it would close everything else with it."
# The first of the answers that holds is the one to give.
_ORDER = (NONE_CAN, UNTOLD, BASELINE)


class Obstacle(msgspec.Struct, frozen=True):
    """One reason, and the answer that follows where there is no stronger one."""

    answer: str
    text: str


def headline(obstacles: Iterable[Obstacle]) -> str:
    """The answer that all of some obstacles give together."""
    return min((each.answer for each in obstacles), key=_ORDER.index)


def of_link(link: Link, direction: Direction) -> Iterator[Obstacle]:
    """What one link of a side has against every NetworkPolicy, if anything.

    A rule that may allow or pass on never closes: only what denies, or may, stands in the way.
    """
    names = joined([policy.source.key.partition("/")[2] for policy in link.policies])
    where = f"{names}, {link.rule}" if link.rule else names
    if any(direction in policy.policy.opaque for policy in link.policies):
        yield Obstacle(
            UNTOLD,
            f"What decides the {direction} is not known ({names}, not evaluated): whether a"
            " NetworkPolicy would open it cannot be told.",
        )
    elif link.tier in (Tier.NETWORKPOLICY, None) or link.action is not Action.DENY:
        return
    elif link.caveat is not None:
        yield Obstacle(
            UNTOLD,
            f"Whether the {link.tier.title} tier closes the {direction} is not certain ({where}):"
            f" {link.caveat.reason}.",
        )
    elif link.tier is Tier.ADMIN:
        yield Obstacle(
            NONE_CAN,
            f"The {direction} is denied in the Admin tier ({where}), which is asked before any"
            " NetworkPolicy: change that policy.",
        )
    else:
        yield Obstacle(
            BASELINE,
            f"The {direction} is denied in the Baseline tier ({where}), which is asked where no"
            " NetworkPolicy isolates the pods. One that did would let this through and close all"
            " that it does not name: change the Baseline policy.",
        )
