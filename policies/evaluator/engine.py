"""The engine: resolved rules to decided sides and rectangles of flows. It knows no kind."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator import enforcement as enforcement_module
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.enforcement import Enforcement
from policies.evaluator.grouping import Governing, decide_direction
from policies.evaluator.inert import Kinds, is_inert, kinds_of, not_evaluated
from policies.evaluator.later import LaterState
from policies.evaluator.nodes import GraphNode, workload_nodes
from policies.evaluator.onbase import (
    absent,
    between,
    cluster_ips,
    difference,
    in_order,
    order,
    same_cluster,
)
from policies.evaluator.opaque import has_opaque
from policies.evaluator.ownnode import exempt_workloads
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Caveat, Direction, Policy
from policies.evaluator.profile import Choice, Profile
from policies.evaluator.projection import Projection, Uses
from policies.evaluator.rectangles import (
    Decided,
    Group,
    Rectangle,
    combine,
    count_pairs,
    split_by_pieces,
    worse,
)
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.side import OPEN, Side
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


class Work(msgspec.Struct):
    """How much was done: what tests read to prove that a what-if repeats nothing."""

    universes: int = 0
    policies_resolved: int = 0
    sides_decided: int = 0
    policies_judged: int = 0


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
        detected: Enforcement,
        room: int,
    ) -> None:
        self.make_state: Callable[[], ClusterState] = lambda: state
        self.later = LaterState.of(state)
        self.profile = profile
        self.asked = asked
        self.kept = kept
        self.enforcement = enforcement
        # Without what a flag says.
        self.detected = detected
        self.intended = intended
        self.room = room
        self.work = Work()
        # What others work out of this evaluation, for as long as it is kept itself.
        self.derived: dict[str, Any] = {}
        self.universe: Universe
        self.enforces = intended or enforcement.enforced != "no"
        was, now = between(base.state.policies if base else (), state.policies)
        # How many policies were given of each kind.
        self.kinds: Kinds = (base.kinds if base else Kinds()) + kinds_of(now) - kinds_of(was)
        came, gone = difference(base, was, now)
        self.absent = absent(base, state, came)
        if base is not None and not self._shares_peers_with(base):
            base, came, gone = None, state.policies, []
        translated = self._translated(came, {})
        if base is None:
            projection = Projection.of(policy for _, policy in translated)
        else:
            old = [each.policy for each in gone]
            projection = base.uses.after(old, [policy for _, policy in translated])
            if not base.universe.projection.serves(projection):
                translated = self._translated(state.policies, base.by_source)
                base, gone = None, []
        self.projection = projection
        if base is None:
            self.work.universes += 1
        self.universe = base.universe if base else Universe(state, projection, profile, room)
        fresh = self._resolve(translated)
        self.policies: tuple[ResolvedPolicy, ...] = in_order(
            base.policies if base else (), gone, fresh
        )
        self.decided: dict[Direction, Decided]
        self._decide_all(fresh, gone, base)

    @cached_property
    def state(self) -> ClusterState:
        """What was evaluated: made when it is first asked for, where that takes long."""
        return self.make_state()

    def _translated(
        self, policies: Iterable[PolicyObject], known: Mapping[int, ResolvedPolicy]
    ) -> list[tuple[PolicyObject, Policy]]:
        enforced = [each for each in policies if not is_inert(each, self.profile)]
        return translate(enforced, self.absent, known)

    def _decide_all(
        self,
        fresh: Sequence[ResolvedPolicy],
        gone: Sequence[ResolvedPolicy] = (),
        base: Evaluation | None = None,
    ) -> None:
        self._follow(base)
        self.decided = {
            direction: decide_direction(
                self, direction, fresh, gone, base.decided[direction] if base else None
            )
            for direction in Direction
        }

    def _follow(self, base: Evaluation | None) -> None:
        self._base = weakref.ref(base) if base is not None else None

    @cached_property
    def governing(self) -> dict[Direction, Governing]:
        """For each class the policies that govern it in a direction, in order of decision."""
        return {direction: each.governing for direction, each in self.decided.items()}

    @cached_property
    def groups(self) -> dict[Direction, tuple[Group, ...]]:
        """Peers that the same rules govern in a direction, with what was decided for them."""
        return {direction: each.groups for direction, each in self.decided.items()}

    def decided_anew(self, base: Evaluation, direction: Direction) -> int | None:
        """The peers whose side was decided again on top of `base`; None where this was not made on
        top of it."""
        mine = self._base and self._base() is base
        return self.decided[direction].anew if mine else None

    @cached_property
    def not_evaluated(self) -> tuple[NotEvaluated, ...]:
        """Everything given that the answers are without, and why (E-01)."""
        flags = (*self.kept, *self.asked)
        return not_evaluated(self.state, self.profile, self.enforcement, flags, self.kinds)

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
        return evaluate(
            state, flags=self.asked, kept=self.kept, intended=wanted, base=base, room=self.room
        )

    def _shares_peers_with(self, base: Evaluation) -> bool:
        mine, theirs = self.state, base.state
        return (
            self.profile == base.profile
            and self.enforces == base.enforces
            and self.room == base.room
            and (self.absent == base.absent or not base.has_opaque)
            and (mine.pods is theirs.pods or mine.pods == theirs.pods)
            and (mine.nodes is theirs.nodes or mine.nodes == theirs.nodes)
            and (mine.namespaces is theirs.namespaces or mine.namespaces == theirs.namespaces)
            and (mine.services is theirs.services or cluster_ips(mine) == cluster_ips(theirs))
        )

    def _resolve(
        self, translated: Iterable[tuple[PolicyObject, Policy]]
    ) -> tuple[ResolvedPolicy, ...]:
        found = [resolve(source, policy, self.universe) for source, policy in translated]
        self.work.policies_resolved += len(found)
        return tuple(sorted(found, key=order))

    @cached_property
    def by_source(self) -> dict[int, ResolvedPolicy]:
        """Resolved policies by the identity of the object they were made of."""
        return {id(each.source): each for each in self.policies}

    @cached_property
    def has_opaque(self) -> bool:
        """Whether any policy is read for whom it may select only."""
        return has_opaque(self.state)

    @cached_property
    def uses(self) -> Uses:
        """How many policies look at each label, port name and block."""
        return Uses(each.policy for each in self.policies)

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
        egress, ingress = self.decided[Direction.EGRESS], self.decided[Direction.INGRESS]
        return combine(egress, ingress, sources, destinations)

    def between(
        self, source: int, destination: int
    ) -> Iterator[tuple[ConnectionSet, Caveat | None]]:
        """What one peer may open to one other, in parts that may overlap only in certainty."""
        leaving = self.side_of(source, Direction.EGRESS)
        for accepted, why_in in self.side_of(destination, Direction.INGRESS).with_peer(source):
            for offered, why_out in leaving.with_peer(destination):
                connections = accepted & offered
                if connections:
                    yield connections, worse(why_in, why_out)

    def policies_of(self, bit: int, direction: Direction) -> list[ResolvedPolicy]:
        """Policies that govern a class in a direction, in order of decision."""
        return list(self.decided[direction].governing.get(bit, ()))

    def side_of(self, bit: int, direction: Direction) -> Side:
        """What was decided for a class in a direction."""
        group = self.decided[direction].of.get(bit)
        return OPEN if group is None else group.side


def evaluate(
    state: ClusterState,
    profile: Profile | None = None,
    *,
    flags: Mapping[str, bool] = {},
    kept: Mapping[str, bool] = {},
    intended: bool = False,
    base: Evaluation | None = None,
    room: int = 0,
) -> Evaluation:
    """Decide every flow of `state`.

    Without a profile that of the network plugin that is detected, with what is `kept` for the
    cluster over it, and the `flags` of the question over both.
    Where nothing enforces policies (A-120) everything flows, unless `intended` asks what the
    policies would do on a plugin that enforces. `base`, an evaluation of a similar state, never
    changes the answer: it only saves the work that the two have in common. Nor does `room`: so many
    classes of pods may come before all is decided again (see `arrivals`).
    """
    same = base is not None and same_cluster(base.state, state)
    found = detected = base.detected if base and same else enforcement_module.detect(state)
    if profile is None:
        profile = Profile.of_plugin(found.cni, flags, kept)
    else:
        flags, kept = {name: getattr(profile, name) for name in Profile.__struct_fields__}, {}
    for_cluster = kept.get("np_enforced") == profile.np_enforced
    found = found.told(profile.np_enforced, for_cluster=for_cluster)
    return Evaluation(state, profile, found, intended, base, flags, kept, detected, room)
