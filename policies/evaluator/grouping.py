"""Deciding a direction: classes that the same policies govern are one group, decided once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from policies.evaluator.bits import bits_of
from policies.evaluator.onbase import order
from policies.evaluator.policy import Direction, Tier
from policies.evaluator.rectangles import Decided, Group, split_by_pieces
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.side import decide

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation

__all__ = ["Governing", "decide_direction", "governs"]

Governing = dict[int, tuple[ResolvedPolicy, ...]]


def decide_direction(
    evaluation: Evaluation,
    direction: Direction,
    came: Sequence[ResolvedPolicy],
    went: Sequence[ResolvedPolicy] = (),
    base: Decided | None = None,
    anew: int | None = None,
) -> Decided:
    """Group the classes and decide each group once.

    On top of a base only peers that a new, changed or removed policy selects are decided again; of
    those only the ones in `anew`, where it is known that nothing changes for the others.
    """
    everyone = evaluation.universe.everyone
    fresh = [policy for policy in came if governs(evaluation, policy, direction)]
    gone = [policy for policy in went if governs(evaluation, policy, direction)]
    governing = _governing(fresh, gone, base)
    if base is None:
        anew = everyone
    elif anew is None:
        anew = _governed(fresh) | _governed(gone)
    deciding: Mapping[int, tuple[ResolvedPolicy, ...]] = governing
    if not evaluation.enforces:
        deciding, base, anew = _layers(governing), None, everyone
    guarded, of, unguarded = _kept(base, anew)
    bits = deciding if base is None else bits_of(anew & everyone)
    held = 0
    for group in _grouped(evaluation, direction, deciding, bits):
        held |= group.members
        guarded[id(group)] = group
        of.update(dict.fromkeys(bits_of(group.members), group))
    return Decided(governing, guarded, of, unguarded | anew & everyone & ~held, anew)


def governs(evaluation: Evaluation, policy: ResolvedPolicy, direction: Direction) -> bool:
    """B-24: some plugins let a NetworkPolicy settle the direction that it does not name."""
    settles = policy.policy.tier is Tier.NETWORKPOLICY and policy.policy.isolates
    split = evaluation.profile.np_direction_split
    return policy.governs(direction) or bool(settles and not split)


def _governed(policies: Sequence[ResolvedPolicy]) -> int:
    found = 0
    for policy in policies:
        found |= policy.governed
    return found


def _governing(
    fresh: Sequence[ResolvedPolicy], gone: Sequence[ResolvedPolicy], base: Decided | None
) -> Governing:
    """The policies of each class, in order of decision."""
    governing: Governing = dict(base.governing) if base is not None else {}
    left = {id(policy) for policy in gone}
    for bit in bits_of(_governed(gone)):
        policies = tuple(each for each in governing.pop(bit) if id(each) not in left)
        if policies:
            governing[bit] = policies
    added: dict[int, list[ResolvedPolicy]] = {}
    for policy in fresh:
        for bit in bits_of(policy.governed):
            added.setdefault(bit, []).append(policy)
    for bit, found in added.items():
        governing[bit] = tuple(sorted((*governing.get(bit, ()), *found), key=order))
    return governing


def _layers(governing: Governing) -> Governing:
    """The policies that hold even where the network plugin enforces none: those of a layer of
    their own, such as a mesh."""
    found = {
        bit: tuple(each for each in policies if each.policy.opaque and each.policy.veil.narrows)
        for bit, policies in governing.items()
    }
    return {bit: policies for bit, policies in found.items() if policies}


def _kept(base: Decided | None, anew: int) -> tuple[dict[int, Group], dict[int, Group], int]:
    """What a base decided of all peers but those that are decided anew."""
    if base is None:
        return {}, {}, 0
    guarded, of = dict(base.guarded), dict(base.of)
    for bit in bits_of(anew):
        group = of.pop(bit, None)
        if group is not None and guarded.pop(id(group), None) is not None:
            left = Group.of(group.members & ~anew, group.side)
            if left.members:
                guarded[id(left)] = left
                of.update(dict.fromkeys(bits_of(left.members), left))
    return guarded, of, base.unguarded & ~anew


def _grouped(
    evaluation: Evaluation,
    direction: Direction,
    governing: Mapping[int, tuple[ResolvedPolicy, ...]],
    bits: Iterator[int] | Mapping[int, object],
) -> Iterator[Group]:
    members: dict[tuple[int, ...], int] = {}
    policies_of: dict[tuple[int, ...], tuple[ResolvedPolicy, ...]] = {}
    for bit in bits:
        policies = governing.get(bit)
        if policies:
            signature = tuple(map(id, policies))
            members[signature] = members.get(signature, 0) | 1 << bit
            policies_of[signature] = policies
    universe = evaluation.universe
    split = evaluation.profile.np_direction_split
    for signature, mask in members.items():
        policies = policies_of[signature]
        for part in split_by_pieces(policies, direction, mask):
            evaluation.work.sides_decided += 1
            side = decide(policies, direction, part, universe.everyone, split=split)
            yield Group.of(part, side)
