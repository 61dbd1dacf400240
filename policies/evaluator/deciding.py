"""Rules that never decide anything: without one, all is decided as it is (L-68, L-105).

Worked out on sets: each side that a policy governs is decided once more without the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation, split_by_pieces
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.regions import Region, common, merged
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule, peers_of_rule
from policies.evaluator.side import EVERY_PEER, Side, decide
from policies.evaluator.veils import veil_caveats
from policies.evaluator.words import joined

__all__ = ["Idle", "idle_rules"]

NAMED = 3
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
    others: list[tuple[ResolvedPolicy, ResolvedRule]] = []
    for policies, members in _groups(evaluation, policy, direction):
        if veil_caveats(policies, direction)[0]:
            return ""  # Nothing is known of this side, so nothing can be said of its rules.
        without = [_without(each, parts) if each is policy else each for each in policies]
        before, after = (
            _decided(evaluation, each, direction, members) for each in (policies, without)
        )
        if before != after:
            return ""
        others += _others(policies, parts, members)
    names = []
    for other, same in others:
        whose = "" if other is policy else f"{other.source.name} "
        names.append(f"{whose}{same.rule.path}")
    names = list(dict.fromkeys(names))
    if not names:
        return "what it matches is decided the same without it"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    shown = ", ".join(names[:NAMED]) if more else joined(names)
    return f"everything it matches is decided by {shown}{more} as well"


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
        mask = everyone if peers == EVERY_PEER else peers
        regions.setdefault(caveat, []).append((mask, connections))
    return {caveat: merged(found) for caveat, found in regions.items()}


def _others(
    policies: Sequence[ResolvedPolicy], parts: Parts, members: int
) -> list[tuple[ResolvedPolicy, ResolvedRule]]:
    """Rules that match some of what a rule matches, for these pods."""
    mine = merged(
        (piece.peers, piece.connections)
        for rule in parts
        for piece in rule.pieces
        if piece.subjects & members
    )
    return [
        (policy, other)
        for policy in policies
        for other in policy.rules
        if not any(other is part for part in parts)
        and other.rule.direction is parts[0].rule.direction
        and any(
            True
            for piece in other.pieces
            if piece.subjects & members
            for _ in common([(piece.peers, piece.connections)], mine)
        )
    ]
