"""The changes between two states pair by pair, of regions between which the same changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
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

__all__ = [
    "KINDS",
    "Change",
    "Kind",
    "Outcome",
    "Region",
    "changes_of",
    "outcome_of",
    "refuse_too_many",
    "unordered",
]

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")
"""In the order of lists."""


class Outcome(msgspec.Struct, frozen=True):
    """How the connections of a pair differ: the same one for all pairs of which the same is known.

    `before` and `after` are all that is open, certain or not; the verdicts tell which. `there`:
    whether both ends exist before and after.
    """

    kind: Kind
    before: ConnectionSet
    after: ConnectionSet
    verdict_before: str
    verdict_after: str
    there: bool


class Change(msgspec.Struct, frozen=True):
    """A pair of peers whose connections differ.

    `new_or_lost` names the workloads that exist on one side only.
    """

    source: str
    destination: str
    outcome: Outcome
    new_or_lost: tuple[str, ...]
    slots: tuple[Slot, Slot]

    @property
    def kind(self) -> Kind:
        """Whether something is open only after, only before, or in both."""
        return self.outcome.kind

    @property
    def before(self) -> ConnectionSet:
        """All that is open before, certain or not."""
        return self.outcome.before

    @property
    def after(self) -> ConnectionSet:
        """All that is open after, certain or not."""
        return self.outcome.after

    @property
    def verdict_before(self) -> str:
        """How certain it is before."""
        return self.outcome.verdict_before

    @property
    def verdict_after(self) -> str:
        """How certain it is after."""
        return self.outcome.verdict_after


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
    refuse_too_many(regions)
    found = unordered(before, after, alignment, regions)
    found.sort(key=attrgetter("source", "destination"))
    of_kind: dict[Kind, list[Change]] = {kind: [] for kind in KINDS}
    for each in found:
        of_kind[each.outcome.kind].append(each)
    return tuple(chain.from_iterable(of_kind.values()))


def refuse_too_many(regions: Iterable[Region]) -> None:
    """Raises BadQuestion when there are too many changes to list."""
    count = sum(region.sources.bit_count() * region.destinations.bit_count() for region in regions)
    if count > MOST_FLOWS:
        raise BadQuestion(
            "draft",
            f"About {count:,} connections change, more than the {MOST_FLOWS:,} that can be "
            "listed. Try the draft on fewer namespaces at a time.",
        )


def unordered(
    before: Evaluation, after: Evaluation, alignment: Alignment, regions: Iterable[Region]
) -> list[Change]:
    """The changes in any order, however many."""
    found: dict[tuple[str, str], list[Change]] = {}
    changes: list[Change] = []
    shared = alignment.shared
    outcomes = _Outcomes(before, after, alignment)
    for source, row in chain.from_iterable(map(outcomes.of, regions)):
        alone = source.text not in shared
        for end, outcome in row:
            lost = () if outcome.there else _new_or_lost(source, end)
            change = Change(source.text, end.text, outcome, lost, (source, end))
            if not alone or end.text in shared:
                found.setdefault((source.text, end.text), []).append(change)
            elif source is not end:
                changes.append(change)
    names: dict[Slot, str] = {}
    for ends, group in found.items():
        first = group[0]
        total = alignment.counts[ends[0]] * alignment.counts[ends[1]]
        if all(_same_change(first, each) for each in group) and len(group) == total:
            if ends[0] != ends[1]:
                changes.append(first)
            continue
        names = names or _variant_names(before, after, alignment)
        changes += _by_variant(group, names)
    return changes


_Row = list[tuple[Slot, Outcome]]


class _Outcomes:
    """What regions change between their slots, worked out once for each two sorts of them."""

    def __init__(self, before: Evaluation, after: Evaluation, alignment: Alignment) -> None:
        self._was, self._now = Ends(before), Ends(after)
        self._slots = alignment.slots
        # A slot takes part in several regions, and few sorts of them are there.
        self._sort_of: dict[int, _Sorts] = {}
        self._sorts: dict[_Sorts, _Sorts] = {}

    def of(self, region: Region) -> Iterator[tuple[Slot, _Row]]:
        """Each source of a region, with those to whom something changes and what."""
        called = [(self._slots[index], self._sort(index)) for index in bits_of(region.destinations)]
        known: dict[tuple[Common, Common], Outcome | None] = {}
        rows: dict[int, _Row] = {}
        for index in bits_of(region.sources):
            mine = self._sort_of.get(index) or self._sort(index)
            row = rows.get(id(mine))
            if row is None:
                row = rows[id(mine)] = list(self._row(region, mine, called, known))
            yield self._slots[index], row

    def _row(
        self,
        region: Region,
        mine: _Sorts,
        called: Sequence[tuple[Slot, _Sorts]],
        known: dict[tuple[Common, Common], Outcome | None],
    ) -> Iterator[tuple[Slot, Outcome]]:
        for end, theirs in called:
            if mine[2] and theirs[2]:
                continue
            key = (self._was.common(mine[0], theirs[0]), self._now.common(mine[1], theirs[1]))
            if key not in known:
                known[key] = outcome_of(region, *key)
            outcome = known[key]
            if outcome is not None:
                yield end, outcome

    def _sort(self, index: int) -> _Sorts:
        """The sort of a slot: the same object for all slots of it."""
        found = self._sort_of.get(index)
        if found is None:
            slot = self._slots[index]
            sorts = (self._was.sort(slot.before), self._now.sort(slot.after), not slot.workload)
            found = self._sort_of[index] = self._sorts.setdefault(sorts, sorts)
        return found


# Before and after, and whether it is outside the cluster: connections within the world outside are
# none of ours.
_Sorts = tuple[Sort, Sort, bool]


def outcome_of(region: Region, before: Common, after: Common) -> Outcome | None:
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
    return Outcome(kind, was, now, verdict_before, verdict_after, bool(before and after))


def _new_or_lost(*slots: Slot) -> tuple[str, ...]:
    odd = {slot.text for slot in slots if ABSENT in (slot.before, slot.after)}
    return tuple(sorted(odd))


def _same_change(left: Change, right: Change) -> bool:
    return left.outcome is right.outcome or (
        left.before,
        left.after,
        left.verdict_before,
        left.verdict_after,
    ) == (
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
