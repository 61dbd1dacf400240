"""What every view of an evaluation stands on: its namespaces with their workloads, and the sets of
peers that badges mark. Worked out once for an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.engine import Evaluation, Group
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Direction
from policies.evaluator.spacegroups import SpaceGroup, groups_of

__all__ = ["Ground", "ground_of"]

_KEPT = "ground"


class Ground:
    """One peer stands for each workload, or variant of one: what is decided is the same for all of
    its peers."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.openness = Openness(evaluation)
        universe = evaluation.universe
        self.nodes: dict[str, list[GraphNode]] = {name: [] for name in universe.namespaces}
        place: dict[str, list[int]] = {}
        self.node_at: dict[int, GraphNode] = {}
        self._again = 0
        seen: set[object] = set()
        for node in evaluation.workload_nodes:
            bit = first_bit(node.bits)
            self.nodes.setdefault(node.namespace, []).append(node)
            self.node_at[bit] = node
            place.setdefault(node.namespace, []).append(bit)
            if node.variant:
                # Of the variants of one workload the first counts as the workload.
                if node.workload in seen:
                    self._again |= 1 << bit
                seen.add(node.workload)
        self._shown = {name: mask_of(bits) for name, bits in place.items()}

    def shown(self, name: str) -> int:
        """One peer for each node of a namespace."""
        return self._shown.get(name, 0)

    def shown_in(self, names: Iterable[str]) -> int:
        """One peer for each node of some namespaces."""
        found = 0
        for name in names:
            found |= self._shown.get(name, 0)
        return found

    def standing_for(self, peers: int) -> int:
        """The shown peers whose nodes show some of these peers, and addresses among them."""
        universe = self.evaluation.universe
        found = peers & universe.external
        for bit in bits_of(peers & universe.pods):
            found |= 1 << self._stands[bit]
        return found

    @cached_property
    def _stands(self) -> dict[int, int]:
        return {bit: shown for shown, node in self.node_at.items() for bit in bits_of(node.bits)}

    def count(self, peers: int) -> int:
        """How many workloads some shown peers are, their variants counted once."""
        return (peers & ~self._again).bit_count()

    def count_marked(self, peers: int, marked: int) -> int:
        """How many workloads have a variant with a mark."""
        found = peers & marked
        if not self._again:
            return found.bit_count()
        return len({self.node_at[bit].workload for bit in bits_of(found)})

    def pods(self, names: Iterable[str]) -> int:
        """How many pods are in some namespaces."""
        return sum(node.pods for name in names for node in self.nodes.get(name, ()))

    @cached_property
    def families(self) -> dict[int, int]:
        """The peers, cluster nodes apart, by the address families that they have (A-70)."""
        universe = self.evaluation.universe
        # Most classes share what is known of their addresses as one object.
        known: dict[int, int] = {}
        members: dict[int, list[int]] = {}
        for bit, each in enumerate(universe.classes):
            families = known.get(id(each.signatures))
            if families is None:
                families = known[id(each.signatures)] = universe.families(bit)
            members.setdefault(families, []).append(bit)
        for bit in bits_of(universe.external):
            members.setdefault(universe.families(bit), []).append(bit)
        return {families: mask_of(bits) for families, bits in members.items()}

    @cached_property
    def guarded(self) -> dict[Direction, int]:
        """Who is isolated or narrowed in a direction."""
        return self._where(lambda group, _: group.side.is_guarded)

    @cached_property
    def isolated(self) -> dict[Direction, int]:
        """Who is isolated in a direction (A-02)."""
        return self._where(lambda group, _: group.side.isolated)

    @cached_property
    def open(self) -> dict[Direction, int]:
        """Whose badge says that something is open with every pod."""
        openness = self.openness
        return self._where(lambda group, _: bool(openness.of_side(group.side)))

    @cached_property
    def veiled(self) -> dict[Direction, int]:
        """Whom a policy governs in a direction that is not evaluated."""
        if not self.evaluation.has_opaque:
            return dict.fromkeys(Direction, 0)
        openness = self.openness
        return self._where(
            lambda group, direction: bool(openness.veils(first_bit(group.members), direction))
        )

    def _where(self, holds: Callable[[Group, Direction], bool]) -> dict[Direction, int]:
        # Every member of a group has the same side, by the same policies.
        found = {}
        for direction, groups in self.evaluation.groups.items():
            mask = 0
            for group in groups:
                if holds(group, direction):
                    mask |= group.members
            found[direction] = mask
        return found

    @cached_property
    def groups(self) -> tuple[SpaceGroup, ...]:
        """The groups of namespaces, whether or not a view shows them."""
        return groups_of(
            {name: each.labels for name, each in self.evaluation.universe.namespaces.items()}
        )


def ground_of(evaluation: Evaluation) -> Ground:
    """The ground of an evaluation, worked out at the first call."""
    found = evaluation.derived.get(_KEPT)
    if not isinstance(found, Ground):
        found = evaluation.derived[_KEPT] = Ground(evaluation)
    return found
