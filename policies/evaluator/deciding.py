"""Rules that never decide anything: without one, all is decided as it is (L-68, L-105).

Worked out on sets: each side that a policy governs is decided once more without the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

import msgspec

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation, split_by_pieces
from policies.evaluator.policy import Action, Caveat, Direction
from policies.evaluator.regions import Region, merged
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule, peers_of_rule
from policies.evaluator.side import Side, decide
from policies.evaluator.veils import veil_caveats
from policies.evaluator.walk import Link, Look, walk
from policies.evaluator.words import joined

__all__ = ["Idle", "idle_rules"]

NAMED = 3
PEERS_ASKED = 50
"""Peers looked at for the names of what decides instead; of more, these speak for all."""
Parts = tuple[ResolvedRule, ...]
"""The rules of the seam that one written rule was translated to."""


class Idle(msgspec.Struct, frozen=True):
    """A rule (its field) that never decides, and why."""

    path: str
    why: str


def idle_rules(evaluation: Evaluation, policy: ResolvedPolicy) -> tuple[Idle, ...]:
    """The rules of a policy whose removal alone would change nothing, each with the reason.

    Each is judged with all others in place: of two rules that say the same, both are named.
    """
    found = []
    # A rule as it is written may be several of the seam (B-66).
    for path, parts in groupby(policy.rules, key=lambda each: each.rule.path):
        why = _why_idle(evaluation, policy, tuple(parts))
        if why:
            found.append(Idle(path, why))
    return tuple(found)


def _why_idle(evaluation: Evaluation, policy: ResolvedPolicy, parts: Parts) -> str:
    if not policy.subjects and not policy.maybe:
        return "the policy selects no pod"
    if not any(piece.peers and piece.connections for rule in parts for piece in rule.pieces):
        return _names_nothing(evaluation, policy, parts)
    direction = parts[0].rule.direction
    deciders: dict[str, None] = {}
    for policies, members in _groups(evaluation, policy, direction):
        if veil_caveats(policies, direction)[0]:
            return ""  # Nothing is known of this side, so nothing can be said of its rules.
        without = [_without(each, parts) if each is policy else each for each in policies]
        before, after = (
            _decided(evaluation, each, direction, members) for each in (policies, without)
        )
        if before != after:
            return ""
        split = evaluation.profile.np_direction_split
        everyone = evaluation.universe.everyone
        for look, matched in _looks(parts, members, direction, everyone):
            links = _deciding(walk(without, look, split=split), matched)
            deciders.update(dict.fromkeys(_label(link, policy) for link in links))
    names = list(deciders)
    if not names:
        return "what it matches is decided the same without it"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    shown = ", ".join(names[:NAMED]) if more else joined(names)
    return f"without it, everything is decided the same by {shown}{more}"


def _looks(
    parts: Parts, members: int, direction: Direction, everyone: int
) -> Iterator[tuple[Look, ConnectionSet]]:
    """Pairs that a rule matches, each with what it matches there: one pod for all that the same
    policies govern, with the first of its peers."""
    subject = first_bit(members)
    for rule in parts:
        for piece in rule.pieces:
            if piece.subjects >> subject & 1:
                for peer in islice(bits_of(piece.peers & everyone), PEERS_ASKED):
                    yield Look(subject, peer, direction), piece.connections


def _deciding(links: Sequence[Link], matched: ConnectionSet) -> Iterator[Link]:
    """The links that decide connections for certain, and no others: the first in each tier."""
    left = matched
    for link in links:
        if link.caveat is None and link.connections & left:
            yield link
            if link.action is not Action.PASS:
                left -= link.connections


def _label(link: Link, policy: ResolvedPolicy) -> str:
    if link.tier is None:
        return "the default, which lets everything through"
    names = joined([each.source.name for each in link.policies])
    if not link.rule:
        return f"the isolation of {names}"
    own = link.policies[0].source is policy.source
    return link.rule if own else f"{names} {link.rule}"


def _names_nothing(evaluation: Evaluation, policy: ResolvedPolicy, parts: Parts) -> str:
    rule = parts[0].rule
    named = [port.name for part in parts for port in part.rule.ports or () if port.name]
    if not named:
        return "nobody that it names is here"
    anybody = rule.peers is None or any(
        peers for peers, _, _ in peers_of_rule(rule, policy.policy, evaluation.universe)
    )
    if not anybody:
        return "nobody that it names is here"
    return f"no pod that it is about declares a port named {joined(named, 'or')}"


def _groups(
    evaluation: Evaluation, policy: ResolvedPolicy, direction: Direction
) -> list[tuple[tuple[ResolvedPolicy, ...], int]]:
    """The pods of the policy, grouped by all that governs them."""
    governing = evaluation.governing[direction]
    members: dict[tuple[int, ...], list[int]] = {}
    policies_of: dict[tuple[int, ...], tuple[ResolvedPolicy, ...]] = {}
    for bit in bits_of(policy.subjects | policy.maybe):
        policies = governing.get(bit, ())
        key = tuple(id(each) for each in policies)
        members.setdefault(key, []).append(bit)
        policies_of[key] = policies
    return [
        (policies_of[key], part)
        for key, bits in members.items()
        for part in split_by_pieces(policies_of[key], direction, mask_of(bits))
    ]


def _without(policy: ResolvedPolicy, parts: Parts) -> ResolvedPolicy:
    kept = tuple(each for each in policy.rules if not any(each is part for part in parts))
    return msgspec.structs.replace(policy, rules=kept)


def _decided(
    evaluation: Evaluation,
    policies: Sequence[ResolvedPolicy],
    direction: Direction,
    members: int,
) -> dict[Caveat | None, dict[ConnectionSet, int]]:
    """What a side opens, in one form for one meaning."""
    everyone = evaluation.universe.everyone
    split = evaluation.profile.np_direction_split
    side: Side = decide(policies, direction, members, everyone, split=split)
    regions: dict[Caveat | None, list[Region]] = {}
    for peers, connections, caveat in side.outcomes:
        regions.setdefault(caveat, []).append((peers & everyone, connections))
    return {caveat: merged(found) for caveat, found in regions.items()}
