"""The engine: resolved rules to decided sides and rectangles of flows. It knows no kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from policies.evaluator import enforcement as enforcement_module
from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.enforcement import Enforcement
from policies.evaluator.kinds import kind_of
from policies.evaluator.peers import Projection, Universe
from policies.evaluator.policy import Caveat, Direction, Policy
from policies.evaluator.profile import Profile
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.side import OPEN, Side, decide
from policies.evaluator.state import ClusterState, PolicyObject

__all__ = ["Evaluation", "Group", "Rectangle", "Work", "evaluate"]


class Group(msgspec.Struct, frozen=True):
    """Classes that the same rules govern in a direction, with what was decided for them."""

    members: int
    side: Side


class Rectangle(msgspec.Struct, frozen=True):
    """Every source may open these connections to every destination.

    `by_default` when neither side was narrowed: what a badge can say instead of edges.
    `caveat` when it is not certain. Rectangles of one evaluation never overlap.
    """

    sources: int
    destinations: int
    connections: ConnectionSet
    caveat: Caveat | None
    source_open: bool
    destination_open: bool


class Work(msgspec.Struct):
    """How much was done: what tests read to prove that a what-if repeats nothing."""

    universes: int = 0
    policies_resolved: int = 0
    sides_decided: int = 0


class Evaluation:
    """All allowed flows of one state, decided; build it with `evaluate`. Read-only after that."""

    def __init__(
        self,
        state: ClusterState,
        profile: Profile,
        enforcement: Enforcement,
        intended: bool,
        base: Evaluation | None,
    ) -> None:
        self.state = state
        self.profile = profile
        self.enforcement = enforcement
        self.intended = intended
        self.work = Work()
        self.universe: Universe
        self.enforces = intended or enforcement.enforced != "no"
        reused = base if base is not None and self._shares_peers_with(base) else None
        translated = _translate(state.policies, reused)
        projection = Projection.of(policy for _, policy in translated)
        if reused is not None and not reused.universe.projection.covers(projection):
            reused = None
        if reused is None:
            self.work.universes += 1
            self.universe = Universe(state, projection, profile)
        else:
            self.universe = reused.universe
        self.policies = self._resolve(translated, reused)
        self.groups: dict[Direction, tuple[Group, ...]] = {
            direction: self._decide(direction, reused) for direction in Direction
        }

    def _shares_peers_with(self, base: Evaluation) -> bool:
        mine, theirs = self.state, base.state
        return (
            self.profile == base.profile
            and self.enforces == base.enforces
            and (mine.pods is theirs.pods or mine.pods == theirs.pods)
            and (mine.nodes is theirs.nodes or mine.nodes == theirs.nodes)
            and mine.namespaces == theirs.namespaces
        )

    def _resolve(
        self,
        translated: Sequence[tuple[PolicyObject, Policy]],
        reused: Evaluation | None,
    ) -> tuple[ResolvedPolicy, ...]:
        known = {each.source.key: each for each in reused.policies} if reused else {}
        resolved = []
        for source, policy in translated:
            before = known.get(source.key)
            if before is not None and before.source == source:
                resolved.append(before)
            else:
                self.work.policies_resolved += 1
                resolved.append(resolve(source, policy, self.universe))
        return tuple(sorted(resolved, key=lambda each: each.order))

    def _decide(self, direction: Direction, reused: Evaluation | None) -> tuple[Group, ...]:
        universe = self.universe
        signatures: dict[int, list[int]] = {}
        for index, policy in enumerate(self.policies):
            if _governs(policy, direction):
                for bit in bits_of(policy.subjects | policy.maybe):
                    signatures.setdefault(bit, []).append(index)
        self.governing[direction] = signatures
        if not self.enforces:
            return (Group(universe.everyone, OPEN),)
        members: dict[tuple[int, ...], int] = {}
        for bit, indexes in signatures.items():
            signature = tuple(indexes)
            members[signature] = members.get(signature, 0) | 1 << bit
        known = reused.decided[direction] if reused else {}
        groups = []
        governed = 0
        for signature, mask in members.items():
            governed |= mask
            policies = tuple(self.policies[i] for i in signature)
            for part in _split_by_pieces(policies, direction, mask):
                side = known.get((policies_key(policies), part))
                if side is None:
                    self.work.sides_decided += 1
                    side = decide(policies, direction, part, universe.everyone)
                groups.append(Group(part, side))
                self.decided[direction][policies_key(policies), part] = side
        groups.append(Group(universe.everyone & ~governed, OPEN))
        return tuple(groups)

    @cached_property
    def decided(self) -> dict[Direction, dict[tuple[tuple[int, ...], int], Side]]:
        """Sides by the policies and members they were decided for: what a what-if reuses."""
        return {direction: {} for direction in Direction}

    @cached_property
    def governing(self) -> dict[Direction, dict[int, list[int]]]:
        """For each class, the policies that govern it, as indexes in order of decision."""
        return {direction: {} for direction in Direction}

    @cached_property
    def rectangles(self) -> tuple[Rectangle, ...]:
        """Every allowed or uncertain flow."""
        return tuple(self.rectangles_between(self.universe.everyone, self.universe.everyone))

    def rectangles_between(self, sources: int, destinations: int) -> Iterator[Rectangle]:
        """Flows from some sources to some destinations."""
        egress = [group for group in self.groups[Direction.EGRESS] if group.members & sources]
        reach = [group.side.reach for group in egress]
        group_of: dict[int, int] | None = None
        for ingress in self.groups[Direction.INGRESS]:
            ours = ingress.members & destinations
            if not ours:
                continue
            callers = ingress.side.reach & sources
            candidates: Iterable[int] = range(len(egress))
            if callers.bit_count() < len(egress):
                # A narrow side meets few groups: look them up instead of trying each.
                if group_of is None:
                    group_of = {
                        bit: index
                        for index, group in enumerate(egress)
                        for bit in bits_of(group.members & sources)
                    }
                candidates = sorted({group_of[bit] for bit in bits_of(callers)})
            for index in candidates:
                theirs = egress[index].members & callers
                if theirs and reach[index] & ours:
                    yield from _combine(theirs, egress[index].side, ours, ingress.side)

    def policies_of(self, bit: int, direction: Direction) -> list[ResolvedPolicy]:
        """Policies that govern a class in a direction, in order of decision."""
        return [self.policies[index] for index in self.governing[direction].get(bit, ())]

    def side_of(self, bit: int, direction: Direction) -> Side:
        """What was decided for a class in a direction."""
        return self._sides[direction].get(bit, OPEN)

    @cached_property
    def _sides(self) -> dict[Direction, dict[int, Side]]:
        """The side of every class that a policy governs."""
        return {
            direction: {
                bit: group.side
                for group in groups
                if group.side is not OPEN
                for bit in bits_of(group.members)
            }
            for direction, groups in self.groups.items()
        }


def evaluate(
    state: ClusterState,
    profile: Profile | None = None,
    *,
    intended: bool = False,
    base: Evaluation | None = None,
) -> Evaluation:
    """Decide every flow of `state`.

    Where nothing enforces policies (A-120) everything flows, unless `intended` asks what the
    policies would do on a plugin that enforces. `base`, an evaluation of a similar state, never
    changes the answer: it only saves the work that the two have in common.
    """
    profile = profile or Profile()
    found = enforcement_module.detect(state)
    if profile.np_enforced is not None:
        found = Enforcement(
            found.cni,
            "yes" if profile.np_enforced else "no",
            "set by the profile flag np_enforced",
        )
    return Evaluation(state, profile, found, intended, base)


def policies_key(policies: Sequence[ResolvedPolicy]) -> tuple[int, ...]:
    """Identity of a list of resolved policies; only ever compared while they are alive."""
    return tuple(id(policy) for policy in policies)


def _translate(
    objects: Sequence[PolicyObject], reused: Evaluation | None
) -> list[tuple[PolicyObject, Policy]]:
    known = {each.source.key: each for each in reused.policies} if reused else {}
    translated = []
    for source in objects:
        before = known.get(source.key)
        if before is not None and (before.source is source or before.source == source):
            translated.append((source, before.policy))
            continue
        kind = kind_of(source.api_version, source.kind)
        if kind is not None:
            translated.append((source, kind.translate(source)))
    return translated


def _governs(policy: ResolvedPolicy, direction: Direction) -> bool:
    return direction in policy.policy.isolates or any(
        rule.rule.direction is direction for rule in policy.rules
    )


def _split_by_pieces(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int
) -> list[int]:
    """The members, split where a rule reaches only some of them (named ports, unknown labels)."""
    parts = [members]
    cuts = {policy.subjects for policy in policies}
    for policy in policies:
        for rule in policy.rules:
            if rule.rule.direction is direction:
                cuts.update(piece.subjects for piece in rule.pieces)
    for cut in cuts:
        parts = [part for each in parts for part in (each & cut, each & ~cut) if part]
    return parts


def _combine(sources: int, egress: Side, destinations: int, ingress: Side) -> Iterator[Rectangle]:
    """A flow needs both sides (M-03); uncertain on one and open on the other is uncertain."""
    for callers, accepted, why_in in ingress.outcomes:
        theirs = callers & sources
        if not theirs:
            continue
        for called, offered, why_out in egress.outcomes:
            ours = called & destinations
            if not ours:
                continue
            connections = accepted & offered
            if connections:
                yield Rectangle(
                    theirs,
                    ours,
                    connections,
                    _worse(why_in, why_out),
                    egress.is_open,
                    ingress.is_open,
                )


def _worse(left: Caveat | None, right: Caveat | None) -> Caveat | None:
    """Unknown outweighs conditional; otherwise the first reason stands."""
    if left is None or right is None:
        return left or right
    return right if (left.verdict, right.verdict) == ("conditional", "unknown") else left
