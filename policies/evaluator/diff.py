"""FlowDiff: every connection that differs between two evaluations, and the rule that did it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.changes import Reason, Reasons
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.diffends import Common, Ends, Opened, shown
from policies.evaluator.engine import Evaluation, count_pairs
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import MOST_FLOWS
from policies.evaluator.once import Once
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.slots import ABSENT, Alignment, Slot, align

__all__ = ["Change", "FlowDiff", "Region", "compare"]

Kind = Literal["added", "removed", "changed"]
# What is kept with an evaluation that many drafts are compared with.
_OWN_SLOTS = "diff.own_slots"
_PAIRS = "diff.pairs"
_ORDER: dict[Kind, int] = {"added": 0, "removed": 1, "changed": 2}


class Change(msgspec.Struct, frozen=True):
    """A pair of peers whose connections differ.

    `before` and `after` are all that is open, certain or not; the verdicts tell which.
    `new_or_lost` names the workloads that exist on one side only.
    """

    kind: Kind
    source: str
    destination: str
    before: ConnectionSet
    after: ConnectionSet
    verdict_before: str
    verdict_after: str
    new_or_lost: tuple[str, ...]
    slots: tuple[Slot, Slot]


class Region(msgspec.Struct, frozen=True):
    """Slots between which the same thing was open before and is open after."""

    sources: int
    destinations: int
    before: tuple[tuple[Caveat | None, ConnectionSet], ...]
    after: tuple[tuple[Caveat | None, ConnectionSet], ...]


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
        """The changes in order: added, removed, changed, each by source and destination.

        Raises BadQuestion when there are too many to list.
        """
        found = _changes(*self.evaluations, self.alignment, self.regions)
        order = sorted(found, key=lambda each: (_ORDER[each.kind], each.source, each.destination))
        return tuple(order)

    @property
    def summary(self) -> dict[str, int]:
        """How many pairs were added, removed, changed and left."""
        kinds = [change.kind for change in self.changes]
        counts = {str(kind): kinds.count(kind) for kind in _ORDER}
        return {**counts, "unchanged": self.unchanged}

    def reasons_of(self, change: Change) -> tuple[Reason, ...]:
        """The policies and rules that made a change, on each side that changed."""
        return self._reasons.of(*change.slots)

    @cached_property
    def _reasons(self) -> Reasons:
        return Reasons(*self.evaluations)

    def to_json(self) -> dict[str, Any]:
        """`summary` and `changes` of design.md section 5."""
        # Thousands of changes share a few sets of connections, and a few reasons.
        connections = Once[ConnectionSet](lambda each: each.to_json())
        reasons = Once[tuple[Reason, ...]](lambda found: [each.to_json() for each in found])
        return {
            "summary": self.summary,
            "changes": [
                {
                    "kind": change.kind,
                    "source": change.source,
                    "destination": change.destination,
                    "new_or_lost": list(change.new_or_lost),
                    "before": connections.of(change.before),
                    "after": connections.of(change.after),
                    "verdict_before": change.verdict_before,
                    "verdict_after": change.verdict_after,
                    "reasons": reasons.of(self.reasons_of(change)),
                }
                for change in self.changes
            ],
        }


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


def _changes(
    before: Evaluation, after: Evaluation, alignment: Alignment, regions: Sequence[Region]
) -> list[Change]:
    found: dict[tuple[str, str], list[Change]] = {}
    count = sum(region.sources.bit_count() * region.destinations.bit_count() for region in regions)
    if count > MOST_FLOWS:
        raise BadQuestion(
            "draft",
            f"About {count:,} connections change, more than the {MOST_FLOWS:,} that can be "
            "listed. Try the draft on fewer namespaces at a time.",
        )
    changes: list[Change] = []
    counts = alignment.counts
    for change in _each_change(before, after, alignment, regions):
        source, destination = change.source, change.destination
        if counts[source] > 1 or counts[destination] > 1:
            found.setdefault((source, destination), []).append(change)
        elif source != destination:
            changes.append(change)
    names: dict[Slot, str] = {}
    for (source, destination), group in found.items():
        first = group[0]
        total = counts[source] * counts[destination]
        if all(_same_change(first, each) for each in group) and len(group) == total:
            if source != destination:
                changes.append(first)
            continue
        names = names or _variant_names(before, after, alignment)
        changes += _by_variant(group, names)
    return changes


def _each_change(
    before: Evaluation, after: Evaluation, alignment: Alignment, regions: Iterable[Region]
) -> Iterator[Change]:
    """The changes between slots, pair by pair."""
    was, now, slots = Ends(before), Ends(after), alignment.slots
    for region in regions:
        known: dict[tuple[Common, Common], _Outcome | None] = {}
        ends = [slots[d] for d in bits_of(region.destinations)]
        for source in map(slots.__getitem__, bits_of(region.sources)):
            for end in ends:
                key = (was.common(source.before, end.before), now.common(source.after, end.after))
                if key in known:
                    outcome = known[key]
                else:
                    outcome = known[key] = _outcome(region, *key)
                if outcome is None or (source.workload is None and end.workload is None):
                    continue
                kind, opened_before, opened_after, verdict_before, verdict_after = outcome
                yield Change(
                    kind,
                    source.text,
                    end.text,
                    opened_before,
                    opened_after,
                    verdict_before,
                    verdict_after,
                    () if key[0] and key[1] else _new_or_lost(source, end),
                    (source, end),
                )


_Outcome = tuple[Kind, ConnectionSet, ConnectionSet, str, str]


def _outcome(region: Region, before: Common, after: Common) -> _Outcome | None:
    """What a region changes between two ends; None where it changes nothing between these."""
    was, verdict_before = shown(region.before, before)
    now, verdict_after = shown(region.after, after)
    if was == now and verdict_before == verdict_after:
        return None
    kind: Kind = "changed"
    if verdict_before == "deny":
        kind = "added"
    elif verdict_after == "deny":
        kind = "removed"
    return kind, was, now, verdict_before, verdict_after


def _new_or_lost(*slots: Slot) -> tuple[str, ...]:
    odd = {slot.text for slot in slots if ABSENT in (slot.before, slot.after)}
    return tuple(sorted(odd))


def _same_change(left: Change, right: Change) -> bool:
    return (left.before, left.after, left.verdict_before, left.verdict_after) == (
        right.before,
        right.after,
        right.verdict_before,
        right.verdict_after,
    )


def _by_variant(group: list[Change], names: dict[Slot, str]) -> list[Change]:
    """Where only some pods of a workload change, name the variants (F-01)."""
    kept: dict[tuple[str, str, str, str], Change] = {}
    for change in group:
        source, destination = (names[slot] for slot in change.slots)
        if source == destination:
            continue
        named = msgspec.structs.replace(change, source=source, destination=destination)
        kept.setdefault((source, destination, str(change.before), str(change.after)), named)
    return list(kept.values())


def _variant_names(before: Evaluation, after: Evaluation, alignment: Alignment) -> dict[Slot, str]:
    texts = [
        {bit: node.text for node in evaluation.workload_nodes for bit in bits_of(node.bits)}
        for evaluation in (before, after)
    ]
    names = {}
    for slot in alignment.slots:
        options = [texts[1].get(slot.after, slot.text), texts[0].get(slot.before, slot.text)]
        names[slot] = next((text for text in options if text != slot.text), slot.text)
    return names


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
