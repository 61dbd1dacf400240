"""The changes between two states pair by pair, of regions between which the same changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Literal

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.diffends import Common, Ends, Opened, Sort, shown
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import MOST_FLOWS
from policies.evaluator.slots import ABSENT, Alignment, Slot

__all__ = ["KINDS", "Change", "Region", "changes_of"]

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")
"""In the order of lists."""


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
    before: Opened
    after: Opened


def changes_of(
    before: Evaluation, after: Evaluation, alignment: Alignment, regions: Sequence[Region]
) -> tuple[Change, ...]:
    """The changes in order: added, removed, changed, each by source and destination.

    Raises BadQuestion when there are too many to list.
    """
    found = _unordered(before, after, alignment, regions)
    found.sort(key=attrgetter("source", "destination"))
    return tuple(each for kind in KINDS for each in found if each.kind == kind)


def _unordered(
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
    slots, outcomes = alignment.slots, _Outcomes(before, after)
    for region in regions:
        called = [slots[d] for d in bits_of(region.destinations)]
        for source, found in outcomes.of(region, slots, called):
            for end, outcome in zip(called, found, strict=True):
                if outcome is None or (source.workload is None and end.workload is None):
                    continue
                kind, opened_before, opened_after, verdict_before, verdict_after, there = outcome
                yield Change(
                    kind,
                    source.text,
                    end.text,
                    opened_before,
                    opened_after,
                    verdict_before,
                    verdict_after,
                    () if there else _new_or_lost(source, end),
                    (source, end),
                )


# The last says whether both ends are there, before and after.
_Outcome = tuple[Kind, ConnectionSet, ConnectionSet, str, str, bool]


class _Outcomes:
    """What regions change between their slots, worked out once for each two sorts of them."""

    def __init__(self, before: Evaluation, after: Evaluation) -> None:
        self._was, self._now = Ends(before), Ends(after)

    def of(
        self, region: Region, slots: Sequence[Slot], called: Sequence[Slot]
    ) -> Iterator[tuple[Slot, list[_Outcome | None]]]:
        """Each source of a region, with what it changes to each of those called."""
        theirs = list(map(self._sort, called))
        distinct = set(theirs)
        known: dict[tuple[Common, Common], _Outcome | None] = {}
        rows: dict[tuple[Sort, Sort], list[_Outcome | None]] = {}
        for source in map(slots.__getitem__, bits_of(region.sources)):
            mine = self._sort(source)
            if mine not in rows:
                outcomes = {}
                for each in distinct:
                    key = (self._was.common(mine[0], each[0]), self._now.common(mine[1], each[1]))
                    if key not in known:
                        known[key] = _outcome(region, *key)
                    outcomes[each] = known[key]
                rows[mine] = [outcomes[each] for each in theirs]
            yield source, rows[mine]

    def _sort(self, slot: Slot) -> tuple[Sort, Sort]:
        return self._was.sort(slot.before), self._now.sort(slot.after)


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
    return kind, was, now, verdict_before, verdict_after, bool(before and after)


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
