"""Pods that come, go and change, on top of an evaluation: only what they touch is decided again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from policies.evaluator import enforcement
from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation, Work
from policies.evaluator.grouping import decide_direction
from policies.evaluator.interest import Interest
from policies.evaluator.later import LaterState
from policies.evaluator.moving import MovedUniverse
from policies.evaluator.onbase import between
from policies.evaluator.opaque import absent_families
from policies.evaluator.peers import PodClass
from policies.evaluator.policy import Direction
from policies.evaluator.rectangles import Decided, Group
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.sheet import Draft
from policies.evaluator.side import covers
from policies.evaluator.state import Pod, Workload

__all__ = ["after_events"]

# Kept with every evaluation that follows from one, as their policies are the same.
_INTEREST = "arrivals.interest"
_Placed = list[tuple[int, Pod]]


def after_events(
    base: Evaluation,
    changes: Mapping[int, Pod],
    count: int,
    workloads: tuple[Workload, ...] | None = None,
) -> Evaluation:
    """The evaluation of the state of `base` with other pods, and other workloads if given.

    `changes` are the pods that now stand at some places of the state, which has `count` pods now.
    A new class of pods takes a free place of the universe (`evaluate(..., room=...)`), policies
    that look at it are resolved again, and the sides of peers that these name it to are decided
    again: what that costs depends on the change, as the state is not made before it is asked for.
    The answer is that of `evaluate(state)` for the same state. So is the way to it where there is
    no room, where the network plugin may be another, and where an address may change the external
    peers.
    """
    before = LaterState.of(base.state) if "state" in vars(base) else base.later
    after = before.after(changes, count, workloads)
    places = [*changes, *(place for place in range(count, before.count) if place not in changes)]
    left = [(place, before.pod(place)) for place in places if place < before.count]
    entered = [(place, after.pod(place)) for place in places if place < count]
    changed = [pod for _, pod in (*left, *entered)]
    arrived = base.universe.arrived + sum(len(pod.addresses) for _, pod in entered)
    if not _follows(base, before, after, changed) or not _settled(base, changed, arrived):
        return base.of_another(after.make())
    members = _members(base, left, entered)
    universe = MovedUniverse.on(base.universe, members, arrived, cache(after.make))
    if universe is None:
        return base.of_another(after.make())
    return _Following(base, universe, after)


def _follows(
    base: Evaluation, before: LaterState, after: LaterState, changed: Sequence[Pod]
) -> bool:
    """Whether the same is decided by the same policies: the DaemonSets tell which plugin runs."""
    refs = []
    if before.workloads is not after.workloads:
        different = between(before.workloads, after.workloads)
        refs = [each.ref for part in different for each in part]
    refs += (pod.workload for pod in changed)
    if base.enforces and any(ref.kind == "DaemonSet" for ref in refs):
        state = after.make()
        same = enforcement.detect(state) == base.detected
        return same and absent_families(state) == base.absent
    return base.enforces


def _settled(base: Evaluation, changed: Sequence[Pod], arrived: int) -> bool:
    plan = base.universe.plan
    addresses = {address for pod in changed for address in pod.addresses}
    return not plan.blocks or all(plan.is_settled(each, arrived) for each in addresses)


def _members(base: Evaluation, left: _Placed, entered: _Placed) -> dict[PodClass, list[int]]:
    """The pods of every class that any of them leaves or enters."""
    universe = base.universe
    gone: dict[PodClass, set[int]] = {}
    came: dict[PodClass, list[int]] = {}
    for place, pod in left:
        gone.setdefault(universe.class_of(pod), set()).add(place)
    for place, pod in entered:
        came.setdefault(universe.class_of(pod), []).append(place)
    members = {}
    for each in dict.fromkeys((*gone, *came)):
        bit = universe.places.get(each)
        there = universe.classes[bit].pods if bit is not None else ()
        missing = gone.get(each, set())
        stay = (place for place in there if place not in missing)
        members[each] = sorted((*stay, *came.get(each, ())))
    return members


class _Following(Evaluation):
    """An evaluation that shares with another all that its classes do not touch."""

    def __init__(self, base: Evaluation, universe: MovedUniverse, later: LaterState) -> None:
        self.later, self.make_state = later, universe.make_state
        self.profile = base.profile
        self.asked, self.kept = base.asked, base.kept
        self.enforcement, self.detected = base.enforcement, base.detected
        self.intended, self.enforces = base.intended, base.enforces
        self.absent = base.absent
        self.kinds = base.kinds
        self.room = base.room
        self.projection = base.projection
        self.universe = universe
        self.work = Work()
        interest = base.derived.get(_INTEREST)
        if not isinstance(interest, Interest):
            interest = base.derived[_INTEREST] = Interest(base.policies, base.universe)
        self.derived = {_INTEREST: interest}
        named: dict[Direction, set[int]] = {direction: set() for direction in Direction}
        touched: dict[int, None] = {}
        for each in (*universe.came, *universe.went):
            for place, direction in interest.touched(each, universe):
                touched[place] = None
                if direction is not None:
                    named[direction].add(place)
        policies = list(base.policies)
        for place in touched:
            policies[place] = resolve(policies[place].source, policies[place].policy, universe)
        self.policies = tuple(policies)
        self.work.policies_resolved += len(touched)
        self._decide_moved(base, list(touched), named, universe.moved)

    def _decide_moved(
        self,
        base: Evaluation,
        touched: Sequence[int],
        named: Mapping[Direction, Iterable[int]],
        moved: int,
    ) -> None:
        went = [base.policies[place] for place in touched]
        came = [self.policies[place] for place in touched]
        self._follow(base)
        self.decided = {}
        for direction in Direction:
            # A policy that only selects the class says nothing else of the others it selects.
            anew = moved
            for place in named[direction]:
                anew |= _governed(base.policies[place], self.policies[place])
            before = base.decided[direction]
            if moved:
                before = decide_direction(self, direction, came, went, before, anew)
            self.decided[direction] = _covering(before, self.universe.everyone)


def _governed(*policies: ResolvedPolicy) -> int:
    found = 0
    for policy in policies:
        found |= policy.governed
    return found


def _covering(decided: Decided, everyone: int) -> Decided:
    """The same for other peers than before: which sides are open to all that there are now."""
    changed = [
        Group.of(each.members, msgspec.structs.replace(each.side, covers=now))
        for each in decided.near.values()
        if (now := covers(each.side.outcomes, everyone)) is not each.side.covers
    ]
    if not changed:
        return decided
    guarded, of, near = Draft(decided.guarded), Draft(decided.of), Draft(decided.near)
    for group in changed:
        guarded.set((group.first,), group)
        near.set((group.first,), group)
        of.set(bits_of(group.members), group)
    return msgspec.structs.replace(decided, guarded=guarded.done(), of=of.done(), near=near.done())
