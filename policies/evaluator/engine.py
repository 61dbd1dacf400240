"""The engine: resolved rules to decided sides and rectangles of flows. It knows no kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator import enforcement as enforcement_module
from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.enforcement import Enforcement
from policies.evaluator.inert import is_inert, not_evaluated
from policies.evaluator.nodes import GraphNode, workload_nodes
from policies.evaluator.opaque import absent_families, has_opaque
from policies.evaluator.ownnode import exempt_workloads
from policies.evaluator.peers import Projection, Universe
from policies.evaluator.policy import Caveat, Direction, Policy, Tier
from policies.evaluator.profile import Choice, Profile
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.side import OPEN, Side, decide
from policies.evaluator.state import ClusterState, NotEvaluated, PolicyObject, WorkloadRef
from policies.evaluator.translate import translate

__all__ = [
    "Evaluation",
    "Group",
    "Rectangle",
    "Work",
    "count_pairs",
    "evaluate",
    "split_by_pieces",
]


Governing = dict[int, tuple[ResolvedPolicy, ...]]
"""For each class, the policies that govern it in a direction, in order of decision."""


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
        asked: Mapping[str, bool],
        kept: Mapping[str, bool],
    ) -> None:
        self.state = state
        self.profile = profile
        self.asked = asked
        self.kept = kept
        self.enforcement = enforcement
        self.intended = intended
        self.work = Work()
        # What others work out of this evaluation, for as long as it is kept itself.
        self.derived: dict[str, Any] = {}
        self.universe: Universe
        self.enforces = intended or enforcement.enforced != "no"
        self.absent = absent_families(state)
        if base is not None and not self._shares_peers_with(base):
            base = None
        enforced = [each for each in state.policies if not is_inert(each, profile)]
        translated = translate(enforced, self.absent, base.by_source if base else {})
        projection = Projection.of(policy for _, policy in translated)
        if base is not None and not base.universe.projection.serves(projection):
            base = None
        self.projection = projection
        if base is None:
            self.work.universes += 1
        self.universe = base.universe if base else Universe(state, projection, profile)
        self.policies = self._resolve(translated, base)
        self.governing: dict[Direction, Governing] = {}
        self.groups: dict[Direction, tuple[Group, ...]] = {}
        self._decide_all(base)

    def _decide_all(self, base: Evaluation | None = None) -> None:
        for direction in Direction:
            self._decide(direction, base)

    @cached_property
    def not_evaluated(self) -> tuple[NotEvaluated, ...]:
        """Everything given that the answers are without, and why (E-01)."""
        return not_evaluated(self.state, self.profile, self.enforcement, (*self.kept, *self.asked))

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The flags that are not as the specification has them, and who decided that."""
        return Profile.choices(self.enforcement.cni, self.asked, self.kept)

    def of_another(
        self,
        state: ClusterState,
        base: Evaluation | None = None,
        *,
        intended: bool | None = None,
    ) -> Evaluation:
        """The same question about another state: the same flags, and what its plugin does."""
        wanted = self.intended if intended is None else intended
        return evaluate(state, flags=self.asked, kept=self.kept, intended=wanted, base=base)

    def _shares_peers_with(self, base: Evaluation) -> bool:
        mine, theirs = self.state, base.state
        return (
            self.profile == base.profile
            and self.enforces == base.enforces
            and (self.absent == base.absent or not has_opaque(theirs))
            and (mine.pods is theirs.pods or mine.pods == theirs.pods)
            and (mine.nodes is theirs.nodes or mine.nodes == theirs.nodes)
            and mine.namespaces == theirs.namespaces
        )

    def _resolve(
        self, translated: Sequence[tuple[PolicyObject, Policy]], base: Evaluation | None
    ) -> tuple[ResolvedPolicy, ...]:
        known = base.by_source if base else {}
        resolved = []
        for source, policy in translated:
            before = known.get(id(source))
            if before is None:
                self.work.policies_resolved += 1
                before = resolve(source, policy, self.universe)
            resolved.append(before)
        return tuple(sorted(resolved, key=lambda each: each.order))

    @cached_property
    def by_source(self) -> dict[int, ResolvedPolicy]:
        """Resolved policies by the identity of the object they were made of."""
        return {id(each.source): each for each in self.policies}

    def _decide(self, direction: Direction, base: Evaluation | None) -> None:
        """Group the classes that the same policies govern, and decide each group once.

        On top of a base only the classes that a new, changed or removed policy selects are looked
        at again.
        """
        here = [policy for policy in self.policies if self._governs(policy, direction)]
        if base is None:
            affected, fresh = self.universe.everyone, here
            governing: Governing = {}
            kept: list[Group] = []
        else:
            old = [policy for policy in base.policies if self._governs(policy, direction)]
            ours, theirs = {id(each) for each in here}, {id(each) for each in old}
            fresh = [each for each in here if id(each) not in theirs]
            gone = {id(each) for each in old if id(each) not in ours}
            affected = 0
            for each in (*fresh, *(each for each in old if id(each) in gone)):
                affected |= each.governed
            governing = dict(base.governing[direction])
            for bit in bits_of(affected):
                governing[bit] = tuple(p for p in governing.get(bit, ()) if id(p) not in gone)
            kept = [
                Group(group.members & ~affected, group.side)
                for group in base.groups[direction]
                if group.members & ~affected
            ]
        added: dict[int, list[ResolvedPolicy]] = {}
        for policy in fresh:
            for bit in bits_of(policy.governed):
                added.setdefault(bit, []).append(policy)
        for bit, policies in added.items():
            merged = sorted((*governing.get(bit, ()), *policies), key=lambda each: each.order)
            governing[bit] = tuple(merged)
        self.governing[direction] = governing
        if not self.enforces:
            everyone = self.universe.everyone
            self.groups[direction] = tuple(self._grouped(direction, _layers(governing), everyone))
        else:
            self.groups[direction] = (*kept, *self._grouped(direction, governing, affected))

    def _governs(self, policy: ResolvedPolicy, direction: Direction) -> bool:
        """B-24: some plugins let a NetworkPolicy settle the direction that it does not name."""
        settles = policy.policy.tier is Tier.NETWORKPOLICY and policy.policy.isolates
        return policy.governs(direction) or bool(settles and not self.profile.np_direction_split)

    def _grouped(
        self, direction: Direction, governing: Governing, affected: int
    ) -> Iterator[Group]:
        members: dict[tuple[int, ...], int] = {}
        policies_of: dict[tuple[int, ...], tuple[ResolvedPolicy, ...]] = {}
        governed = 0
        for bit in governing if affected == self.universe.everyone else bits_of(affected):
            policies = governing.get(bit, ())
            if policies:
                signature = tuple(id(policy) for policy in policies)
                members[signature] = members.get(signature, 0) | 1 << bit
                policies_of[signature] = policies
                governed |= 1 << bit
        for signature, mask in members.items():
            policies = policies_of[signature]
            for part in split_by_pieces(policies, direction, mask):
                self.work.sides_decided += 1
                yield Group(part, self._side(policies, direction, part))
        if affected & ~governed:
            yield Group(affected & ~governed, OPEN)

    def _side(self, policies: Sequence[ResolvedPolicy], direction: Direction, members: int) -> Side:
        split = self.profile.np_direction_split
        return decide(policies, direction, members, self.universe.everyone, split=split)

    @cached_property
    def workload_nodes(self) -> tuple[GraphNode, ...]:
        """The workloads, and their variants, as the graph shows them."""
        return tuple(workload_nodes(self))

    @cached_property
    def rectangles(self) -> tuple[Rectangle, ...]:
        """Every allowed or uncertain flow."""
        return tuple(self.rectangles_between(self.universe.everyone, self.universe.everyone))

    @cached_property
    def exempt(self) -> dict[tuple[WorkloadRef, WorkloadRef], Caveat | None]:
        """Pairs of workloads that talk on a shared node whatever the policies say (A-104)."""
        return exempt_workloads(self) if self.enforces else {}

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

    def between(
        self, source: int, destination: int
    ) -> Iterator[tuple[ConnectionSet, Caveat | None]]:
        """What one peer may open to one other, in parts that may overlap only in certainty."""
        leaving = self.side_of(source, Direction.EGRESS)
        for accepted, why_in in self.side_of(destination, Direction.INGRESS).with_peer(source):
            for offered, why_out in leaving.with_peer(destination):
                connections = accepted & offered
                if connections:
                    yield connections, _worse(why_in, why_out)

    def policies_of(self, bit: int, direction: Direction) -> list[ResolvedPolicy]:
        """Policies that govern a class in a direction, in order of decision."""
        return list(self.governing[direction].get(bit, ()))

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
    flags: Mapping[str, bool] = {},
    kept: Mapping[str, bool] = {},
    intended: bool = False,
    base: Evaluation | None = None,
) -> Evaluation:
    """Decide every flow of `state`.

    Without a profile that of the network plugin that is detected, with what is `kept` for the
    cluster over it, and the `flags` of the question over both.
    Where nothing enforces policies (A-120) everything flows, unless `intended` asks what the
    policies would do on a plugin that enforces. `base`, an evaluation of a similar state, never
    changes the answer: it only saves the work that the two have in common.
    """
    found = enforcement_module.detect(state)
    if profile is None:
        profile = Profile.of_plugin(found.cni, flags, kept)
    else:
        flags, kept = {name: getattr(profile, name) for name in Profile.__struct_fields__}, {}
    for_cluster = kept.get("np_enforced") == profile.np_enforced
    found = found.told(profile.np_enforced, for_cluster=for_cluster)
    return Evaluation(state, profile, found, intended, base, flags, kept)


def count_pairs(sources: int, destinations: int, external: int) -> int:
    """Pairs of different peers of which at least one is inside the cluster."""
    outside = (sources & external).bit_count() * (destinations & external).bit_count()
    same = (sources & destinations & ~external).bit_count()
    return sources.bit_count() * destinations.bit_count() - outside - same


def _layers(governing: Governing) -> Governing:
    """The policies that hold even where the network plugin enforces none: those of a layer of
    their own, such as a mesh."""
    found = {
        bit: tuple(each for each in policies if each.policy.opaque and each.policy.veil.narrows)
        for bit, policies in governing.items()
    }
    return {bit: policies for bit, policies in found.items() if policies}


def split_by_pieces(
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
