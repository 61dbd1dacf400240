"""Deciding a direction: classes that the same policies govern are one group, decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.onbase import order
from policies.evaluator.policy import Direction, Tier
from policies.evaluator.rectangles import Decided, Group, split_by_pieces
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.sheet import Draft, Sheet
from policies.evaluator.side import covers, decide

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation

__all__ = ["Governing", "decide_direction", "governs"]

Governing = Sheet[tuple[ResolvedPolicy, ...]]


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
    deciding = governing
    if not evaluation.enforces:
        deciding, base, anew = _layers(governing), None, everyone
    guarded, of, near = (Draft(each) for each in _sheets(base))
    made = list(_left(guarded, of, near, anew)) if base is not None else []
    governed: Iterable[tuple[int, tuple[ResolvedPolicy, ...] | None]] = (
        deciding.entries()
        if base is None
        else ((bit, deciding.get(bit)) for bit in bits_of(anew & everyone))
    )
    # Pods come and go where there is room for them, all others stay.
    steady = everyone >> evaluation.universe.first_node << evaluation.universe.first_node
    made += _grouped(evaluation, direction, governed)
    held = 0
    for group in made:
        held |= group.members
        bits = list(bits_of(group.members))
        guarded.set(bits[:1], group)
        of.set(bits, group)
        if evaluation.room and covers(group.side.outcomes, steady):
            near.set(bits[:1], group)
    unguarded = (base.unguarded & ~anew if base else 0) | anew & everyone & ~held
    return Decided(governing, guarded.done(), of.done(), unguarded, anew, near.done())


def _sheets(base: Decided | None) -> tuple[Sheet[Group], Sheet[Group], Sheet[Group]]:
    return (base.guarded, base.of, base.near) if base else (Sheet(), Sheet(), Sheet())


def governs(evaluation: Evaluation, policy: ResolvedPolicy, direction: Direction) -> bool:
    """B-24: some plugins let a NetworkPolicy settle the direction that it does not name."""
    if policy.governs(direction):
        return True
    settles = policy.policy.tier is Tier.NETWORKPOLICY and policy.policy.isolates
    return bool(settles) and not evaluation.profile.np_direction_split


def _governed(policies: Sequence[ResolvedPolicy]) -> int:
    found = 0
    for policy in policies:
        found |= policy.governed
    return found


def _governing(
    fresh: Sequence[ResolvedPolicy], gone: Sequence[ResolvedPolicy], base: Decided | None
) -> Governing:
    """The policies of each class, in order of decision."""
    governing = Draft(base.governing if base is not None else Sheet())
    left = {id(policy) for policy in gone}
    for bit in bits_of(_governed(gone)):
        policies = tuple(each for each in governing.pop(bit) or () if id(each) not in left)
        if policies:
            governing.set((bit,), policies)
    added: dict[int, list[ResolvedPolicy]] = {}
    for policy in fresh:
        for bit in bits_of(policy.governed):
            added.setdefault(bit, []).append(policy)
    for bit, found in added.items():
        known = governing.get(bit)
        if known is not None:
            found[:0] = known
        # All policies, without a base, are in order.
        if base is not None and len(found) > 1:
            found.sort(key=order)
        governing.set((bit,), tuple(found))
    return governing.done()


def _layers(governing: Governing) -> Governing:
    """The policies that hold even where the network plugin enforces none: those of a layer of
    their own, such as a mesh."""
    layers = Draft[tuple[ResolvedPolicy, ...]](Sheet())
    for bit, policies in governing.items():
        found = tuple(each for each in policies if each.policy.opaque and each.policy.veil.narrows)
        if found:
            layers.set((bit,), found)
    return layers.done()


def _left(
    guarded: Draft[Group], of: Draft[Group], near: Draft[Group], anew: int
) -> Iterator[Group]:
    """Take out the groups of all peers that are decided anew; what is left of those that lose only
    some of their members."""
    for bit in bits_of(anew):
        group = of.pop(bit)
        if group is not None and guarded.pop(group.first) is not None:
            near.pop(group.first)
            members = group.members & ~anew
            if members:
                yield Group.of(members, group.side)


def _grouped(
    evaluation: Evaluation,
    direction: Direction,
    governed: Iterable[tuple[int, tuple[ResolvedPolicy, ...] | None]],
) -> Iterator[Group]:
    members: dict[tuple[int, ...], list[int]] = {}
    policies_of: dict[tuple[int, ...], tuple[ResolvedPolicy, ...]] = {}
    for bit, policies in governed:
        if policies:
            signature = tuple(map(id, policies))
            found = members.get(signature)
            if found is None:
                members[signature] = [bit]
                policies_of[signature] = policies
            else:
                found.append(bit)
    universe = evaluation.universe
    split = evaluation.profile.np_direction_split
    for signature, bits in members.items():
        policies = policies_of[signature]
        for part in split_by_pieces(policies, direction, mask_of(bits)):
            evaluation.work.sides_decided += 1
            side = decide(
                policies, direction, part, universe.everyone, room=universe.room, split=split
            )
            yield Group.of(part, side)
