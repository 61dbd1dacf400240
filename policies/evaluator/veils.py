"""Veils: what policies that are not evaluated leave of a decided side, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.regions import Region, merged, take
from policies.evaluator.resolve import ResolvedPolicy

if TYPE_CHECKING:
    from policies.evaluator.walk import Look

__all__ = [
    "hidden_links",
    "hidden_text",
    "hiding",
    "spoken_key",
    "then_unknown",
    "unknown_because",
    "veil_caveats",
    "veiled",
]

Outcome = tuple[int, ConnectionSet, Caveat | None]
EVERY_PEER = -1
NAMED = 2
"""A reason names so many policies; of more it gives the number."""


def spoken_key(key: str) -> str:
    """`CiliumNetworkPolicy shop/api` for the key `CiliumNetworkPolicy/shop/api`."""
    return key.replace("/", " ", 1)


def unknown_because(policies: Sequence[ResolvedPolicy], does: str) -> Caveat:
    """M-05: that what these policies let in, let out or refuse is not worked out."""
    names = sorted(spoken_key(policy.source.key) for policy in policies)
    shown = names if len(names) <= NAMED + 1 else names[:NAMED]
    more = len(names) - len(shown)
    text = ", ".join(shown)
    if more:
        text = f"{text} and {more} more"
    elif len(shown) > 1:
        text = f"{', '.join(shown[:-1])} and {shown[-1]}"
    first, _, rest = does.partition(" ")
    verb = does if len(names) > 1 else f"{first}s {rest}".strip()
    return Caveat("unknown", f"what {text} {verb} is not evaluated")


def veil_caveats(
    policies: Iterable[ResolvedPolicy], direction: Direction
) -> tuple[tuple[ResolvedPolicy, ...], Caveat | None, tuple[ResolvedPolicy, ...], Caveat | None]:
    """The opaque policies of a direction that may open and close, with what that leaves unknown,
    and those that may only refuse, with the same."""
    hidden = [policy for policy in policies if direction in policy.policy.opaque]
    wide = tuple(policy for policy in hidden if not policy.policy.veil.narrows)
    narrow = tuple(policy for policy in hidden if policy.policy.veil.narrows)
    way = "let in" if direction is Direction.INGRESS else "let out"
    return (
        wide,
        unknown_because(wide, way) if wide else None,
        narrow,
        unknown_because(narrow, "refuse") if narrow else None,
    )


def veiled(
    outcomes: Iterable[Outcome],
    policies: Iterable[ResolvedPolicy],
    direction: Direction,
    everyone: int,
) -> tuple[Outcome, ...]:
    """The outcomes of a side with nothing certain where opaque policies have a say.

    Under one that may open and close everything becomes unknown, what was denied included; under
    one that may only refuse, what is open does (E, H-36).
    """
    wide, why_wide, narrow, why_narrow = veil_caveats(policies, direction)
    given = [(everyone if each[0] == EVERY_PEER else each[0], *each[1:]) for each in outcomes]
    covered = merged(policy.veiled for policy in wide)
    refused = merged(policy.veiled for policy in narrow)
    found: list[Outcome] = []
    for peers, connections, caveat in given:
        left, _ = _without([(peers, connections)], covered.items())
        left, inside = _without(left, refused.items())
        found += ((*region, caveat) for region in left)
        unknown = caveat if caveat and caveat.verdict == "unknown" else why_narrow
        found += ((*region, unknown) for region in inside)
    found += ((mask, connections, why_wide) for connections, mask in covered.items())
    return tuple(
        (EVERY_PEER if peers == everyone else peers, connections, caveat)
        for peers, connections, caveat in _by_caveat(found)
    )


def hiding(
    policies: Sequence[ResolvedPolicy], look: Look
) -> tuple[list[ResolvedPolicy], list[ResolvedPolicy]]:
    """The policies that leave the connections asked for unknown: those that may open and close,
    and those that may only refuse."""

    def meeting(found: Iterable[ResolvedPolicy]) -> list[ResolvedPolicy]:
        return [
            policy
            for policy in found
            if policy.veiled[0] >> look.peer & 1 and look.wanted & policy.veiled[1]
        ]

    wide, _, narrow, _ = veil_caveats(policies, look.direction)
    return meeting(wide), meeting(narrow)


def hidden_links(
    policies: Sequence[ResolvedPolicy], look: Look
) -> tuple[tuple[ResolvedPolicy, ...], Caveat | None, ConnectionSet]:
    """The policies that leave connections of a pair unknown, why, and which connections; those
    that may open and close come before those that may only refuse."""
    for found in hiding(policies, look):
        if found:
            _, why_wide, _, why_narrow = veil_caveats(found, look.direction)
            reach = ConnectionSet.union_of(policy.veiled[1] for policy in found)
            return tuple(found), why_wide or why_narrow, reach & look.wanted
    return (), None, NONE


def then_unknown(policies: Sequence[ResolvedPolicy]) -> str:
    """The last link of a chain that ends at policies that are not evaluated; empty for none."""
    if not policies:
        return ""
    names = ", ".join(policy.source.key.partition("/")[2] for policy in policies)
    return f" -> Unknown ({names}, not evaluated)"


def hidden_text(policy: ResolvedPolicy, direction: Direction, subject: str) -> str:
    """What is said of a policy that is not evaluated among the steps of a side."""
    does = "lets in" if direction is Direction.INGRESS else "lets out"
    if policy.policy.veil.narrows:
        does = "refuses"
    return (
        f"{spoken_key(policy.source.key)} selects {subject.partition('[')[0]} for {direction}."
        f" netviz does not evaluate it, so what it {does} is not known."
    )


def _without(
    regions: Iterable[Region], parts: Iterable[tuple[ConnectionSet, int]]
) -> tuple[list[Region], list[Region]]:
    """The regions outside of the parts, and inside of them."""
    left, inside = merged(regions), []
    for connections, mask in parts:
        left, taken = take(left, mask, connections)
        inside += taken
    return [(mask, connections) for connections, mask in left.items()], inside


def _by_caveat(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    regions: dict[Caveat | None, list[Region]] = {}
    for peers, connections, caveat in outcomes:
        regions.setdefault(caveat, []).append((peers, connections))
    for caveat, found in regions.items():
        for connections, peers in merged(found).items():
            yield peers, connections, caveat
