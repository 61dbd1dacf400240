"""FlowDiff: every connection that differs between two evaluations, and the rule that did it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.changereasons import Reason
from policies.evaluator.changes import Reasons
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.diffends import Opened
from policies.evaluator.diffpairs import KINDS, Change, Region, changes_of
from policies.evaluator.diffrows import ChangeRows, rows_of
from policies.evaluator.engine import Evaluation, count_pairs
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.slots import Alignment, align

__all__ = ["Change", "FlowDiff", "Region", "compare"]

# What is kept with an evaluation that many drafts are compared with.
_OWN_SLOTS = "diff.own_slots"
_PAIRS = "diff.pairs"


class FlowDiff(msgspec.Struct, frozen=True, dict=True):
    """What differs between two evaluations: `regions` of peers, and pair by pair when asked.

    `unchanged` counts the pairs of workloads and addresses whose open connections stay the same.
    """

    evaluations: tuple[Evaluation, Evaluation]
    alignment: Alignment
    regions: tuple[Region, ...]
    unchanged: int

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes in order. Raises BadQuestion when there are too many to list."""
        return changes_of(*self.evaluations, self.alignment, self.regions)

    @property
    def summary(self) -> dict[str, int]:
        """How many pairs were added, removed, changed and left."""
        kinds = [change.outcome.kind for change in self.changes]
        counts = {str(kind): kinds.count(kind) for kind in KINDS}
        return {**counts, "unchanged": self.unchanged}

    def reasons_of(self, change: Change) -> tuple[Reason, ...]:
        """The policies and rules that made a change, on each side that changed."""
        return self._reasons.of(*change.slots)

    @cached_property
    def _reasons(self) -> Reasons:
        return Reasons(*self.evaluations)

    @cached_property
    def rows(self) -> ChangeRows:
        """The changes as the rows of an answer, without a change of its own for each. Raises as
        `changes`."""
        return rows_of(*self.evaluations, self.alignment, self.regions, self._reasons)

    def to_json(self, *, as_json: bool = True) -> dict[str, Any]:
        """`summary` and `changes` of design.md section 5. Without `as_json` the changes are `rows`,
        for whoever writes them as text."""
        summary = {**self.rows.counts(), "unchanged": self.unchanged}
        return {"summary": summary, "changes": list(self.rows) if as_json else self.rows}


def compare(before: Evaluation, after: Evaluation) -> FlowDiff:
    """Every pair of workloads and external addresses whose connections differ, exactly.

    The two may be evaluations of any states; pods and addresses are aligned first.
    """
    alignment = _alignment(before, after)
    everyone = (1 << len(alignment.slots)) - 1
    changed_in, changed_out = _touched(before, after, alignment, everyone)
    regions = (
        *_regions(before, after, alignment, everyone, changed_in),
        *_regions(before, after, alignment, changed_out, everyone & ~changed_in),
    )
    return FlowDiff((before, after), alignment, regions, _unchanged(before, alignment, regions))


def _alignment(before: Evaluation, after: Evaluation) -> Alignment:
    """The slots of the two; those of a universe with itself are kept, as drafts share them."""
    if before.universe is not after.universe:
        return align(before.universe, after.universe)
    kept: Alignment | None = before.derived.get(_OWN_SLOTS)
    if kept is None:
        kept = before.derived[_OWN_SLOTS] = align(before.universe, before.universe)
    return kept


def _touched(
    before: Evaluation, after: Evaluation, alignment: Alignment, everyone: int
) -> tuple[int, int]:
    """Slots whose own side was decided differently, per direction: only they can change a flow."""
    if before.universe is not after.universe:
        return everyone, everyone
    touched = {}
    for direction in (Direction.INGRESS, Direction.EGRESS):
        different = after.decided_anew(before, direction)
        if different is None:
            different = before.universe.everyone & ~_shared(before, after, direction)
        touched[direction] = alignment.before(different)
    return touched[Direction.INGRESS], touched[Direction.EGRESS]


def _shared(before: Evaluation, after: Evaluation, direction: Direction) -> int:
    """Peers whose side is the same object in both, taken over from a base of the two."""
    same = 0
    old: dict[int, int] = {}
    for group in before.groups[direction]:
        old[id(group.side)] = old.get(id(group.side), 0) | group.members
    for group in after.groups[direction]:
        same |= group.members & old.get(id(group.side), 0)
    return same


def _regions(
    before: Evaluation, after: Evaluation, alignment: Alignment, sources: int, destinations: int
) -> Iterator[Region]:
    if not sources or not destinations:
        return
    old = _as_slots(before, alignment, sources, destinations, is_before=True)
    new = _as_slots(after, alignment, sources, destinations, is_before=False)
    met: dict[int, list[list[int]]] = {}
    for place, rectangles in enumerate((old, new)):
        for index, each in enumerate(rectangles):
            for bit in bits_of(each[1]):
                met.setdefault(bit, [[], []])[place].append(index)
    columns: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {}
    for bit, (was, now) in met.items():
        columns.setdefault((tuple(was), tuple(now)), []).append(bit)
    for (of_old, of_new), bits in columns.items():
        parts: dict[tuple[Opened, Opened], int] = {((), ()): sources}
        parts = _refine(parts, [old[i] for i in of_old], 0)
        parts = _refine(parts, [new[i] for i in of_new], 1)
        for (opened_before, opened_after), mask in parts.items():
            if opened_before != opened_after:
                yield Region(mask, mask_of(bits), opened_before, opened_after)


_Moved = tuple[int, int, Caveat | None, ConnectionSet]


def _as_slots(
    evaluation: Evaluation,
    alignment: Alignment,
    sources: int,
    destinations: int,
    *,
    is_before: bool,
) -> list[_Moved]:
    """What some slots may open to others. Sources that open the same to one set of destinations are
    put together, then destinations that the same sources reach: few are left to compare, however
    many groups there are at the other end."""
    callers = alignment.peers(sources, before=is_before)
    called = alignment.peers(destinations, before=is_before)
    moved = alignment.before if is_before else alignment.after
    reaching: dict[tuple[int, Caveat | None, ConnectionSet], int] = {}
    for each in evaluation.rectangles_between(callers, called):
        key = (each.destinations, each.caveat, each.connections)
        reaching[key] = reaching.get(key, 0) | each.sources
    together: dict[tuple[int, Caveat | None, ConnectionSet], int] = {}
    for (ends, caveat, connections), mask in reaching.items():
        key = (mask, caveat, connections)
        together[key] = together.get(key, 0) | ends
    return [
        (moved(mask) & sources, moved(ends) & destinations, caveat, connections)
        for (mask, caveat, connections), ends in together.items()
    ]


def _refine(
    parts: dict[tuple[Opened, Opened], int], rectangles: Iterable[_Moved], place: int
) -> dict[tuple[Opened, Opened], int]:
    """Split the parts of a column by who may open what, before (0) or after (1)."""
    for sources, _, caveat, connections in rectangles:
        refined: dict[tuple[Opened, Opened], int] = {}
        for opened, mask in parts.items():
            inside, outside = mask & sources, mask & ~sources
            if inside:
                more = tuple(sorted((*opened[place], (caveat, connections)), key=_opened_key))
                key = (more, opened[1]) if place == 0 else (opened[0], more)
                refined[key] = refined.get(key, 0) | inside
            if outside:
                refined[opened] = refined.get(opened, 0) | outside
        parts = refined
    return parts


def _opened_key(item: tuple[Caveat | None, ConnectionSet]) -> tuple[str, str, object]:
    caveat, connections = item
    return (
        (caveat.verdict, caveat.reason, connections.ranges)
        if caveat
        else ("", "", connections.ranges)
    )


def _unchanged(before: Evaluation, alignment: Alignment, regions: Iterable[Region]) -> int:
    """Pairs with something open before of which nothing changes.

    Counted between one slot of each workload or variant before, and the addresses outside.
    """
    kept: tuple[Alignment, int, int] | None = before.derived.get(_PAIRS)
    if kept is None or kept[0] is not alignment:
        kept = before.derived[_PAIRS] = (alignment, *_open_pairs(before, alignment))
    _, shown, total = kept
    return total - sum(
        count_pairs(region.sources & shown, region.destinations & shown, alignment.external)
        for region in regions
        if any(caveat is None for caveat, _ in region.before)
    )


def _open_pairs(before: Evaluation, alignment: Alignment) -> tuple[int, int]:
    """The slots that stand for workloads and addresses, and how many pairs of them are open."""
    shown = alignment.external
    for node in before.workload_nodes:
        slots = alignment.before(node.bits)
        shown |= slots & -slots
    total = sum(
        count_pairs(
            alignment.before(each.sources) & shown,
            alignment.before(each.destinations) & shown,
            alignment.external,
        )
        for each in before.rectangles
        if each.caveat is None
    )
    return shown, total
