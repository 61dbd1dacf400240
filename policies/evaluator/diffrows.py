"""The changes between two states as rows: what is said of many pairs is made and written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.changereasons import Reason
from policies.evaluator.changes import Reasons
from policies.evaluator.diffpairs import (
    KINDS,
    Change,
    Kind,
    Outcome,
    Region,
    outcome_of,
    refuse_too_many,
    unordered,
)
from policies.evaluator.engine import Evaluation
from policies.evaluator.graph import MOST_FLOWS
from policies.evaluator.slots import Alignment

__all__ = ["ChangeRows", "rows_of"]

# What is kept with an evaluation that many drafts are compared with.
_PEERS = "diff.peers"
# A row is one number: the places of source and destination among the names, and below these, in so
# many bits, the number of what is said, of which there is never more than of pairs.
_BITS = MOST_FLOWS.bit_length()
_SAID = (1 << _BITS) - 1
_BETWEEN = b',"destination":'
_encode = msgspec.json.Encoder().encode


class Said(msgspec.Struct, frozen=True):
    """All that is said of a change but its ends."""

    outcome: Outcome
    new_or_lost: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def row(self, spoken: Callable[[Reason], Any]) -> dict[str, Any]:
        """One entry of `changes` (design.md section 5), whose ends are to be filled in. `spoken`
        makes of a reason what stands for it."""
        outcome = self.outcome
        return {
            "kind": outcome.kind,
            "source": "",
            "destination": "",
            "new_or_lost": list(self.new_or_lost),
            "before": outcome.before.to_json(),
            "after": outcome.after.to_json(),
            "verdict_before": outcome.verdict_before,
            "verdict_after": outcome.verdict_after,
            "reasons": list(map(spoken, self.reasons)),
        }


class _Names(msgspec.Struct, frozen=True):
    """Names of ends in order, and as they stand in JSON."""

    texts: tuple[str, ...]
    written: tuple[bytes, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> _Names:
        """These names."""
        ordered = tuple(sorted(texts))
        return cls(ordered, tuple(map(_encode, ordered)))


class ChangeRows:
    """The changes in order: added, removed, changed, each by source and destination."""

    def __init__(self, names: _Names, said: Sequence[Said], rows: dict[Kind, list[int]]) -> None:
        self._names, self._said, self._rows = names, said, rows

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind: len(self._rows[kind]) for kind in KINDS}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        texts = self._names.texts
        # Thousands of changes share a few reasons.
        spoken = cache(Reason.to_json)
        likes = [said.row(spoken) for said in self._said]
        for source, destination, said in self._each():
            row = likes[said].copy()
            row["source"], row["destination"] = texts[source], texts[destination]
            yield row

    def json_pieces(self) -> list[bytes]:
        """The rows as JSON, with no row of its own for each: pieces to be joined once, as they may
        be large."""
        written = self._names.written
        spoken = cache(lambda reason: msgspec.Raw(_encode(reason.to_json())))
        around = [_around(said.row(spoken)) for said in self._said]
        pieces = [b"["]
        for source, destination, said in self._each():
            start, end = around[said]
            pieces += (start, written[source], _BETWEEN, written[destination], end)
        # Each row begins with a comma.
        pieces[1:2] = [piece[1:] for piece in pieces[1:2]]
        pieces.append(b"]")
        return pieces

    def _each(self) -> Iterator[tuple[int, int, int]]:
        count = len(self._names.texts)
        for kind in KINDS:
            for row in self._rows[kind]:
                source, destination = divmod(row >> _BITS, count)
                yield source, destination, row & _SAID


def _around(row: dict[str, Any]) -> tuple[bytes, bytes]:
    """What stands in a row before its source, with the comma between rows, and what behind its
    destination."""
    rest = {name: row[name] for name in row if name not in ("kind", "source", "destination")}
    return b',{"kind":%b,"source":' % _encode(row["kind"]), b"," + _encode(rest)[1:]


def rows_of(
    before: Evaluation,
    after: Evaluation,
    alignment: Alignment,
    regions: Sequence[Region],
    reasons: Reasons,
) -> ChangeRows:
    """The rows of all changes. Raises BadQuestion when there are too many to list."""
    refuse_too_many(regions)
    told = _Told(before, after, alignment, reasons)
    rest = [part for region in regions for part in told.take(region)]
    return told.rows(unordered(before, after, alignment, rest))


class _Peers(msgspec.Struct, frozen=True):
    """The peers of one universe by their slots: the place of each among the names, those whose name
    is that of no other (`own`), and those of each address family."""

    alignment: Alignment
    names: _Names
    places: tuple[int, ...]
    own: int
    families: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, alignment: Alignment) -> _Peers:
        """Those of two universes are told pair by pair: none of them is looked at here."""
        universe, slots = alignment.same, alignment.slots
        if universe is None:
            return cls(alignment, _Names.of(()), (), 0, ())
        names = _Names.of({slot.text for slot in slots})
        place = {text: index for index, text in enumerate(names.texts)}
        families: dict[int, list[int]] = {}
        for index, slot in enumerate(slots):
            families.setdefault(universe.families(slot.before), []).append(index)
        shared = alignment.shared
        return cls(
            alignment,
            names,
            tuple([place[slot.text] for slot in slots]),
            mask_of(index for index, slot in enumerate(slots) if slot.text not in shared),
            tuple([(family, mask_of(found)) for family, found in families.items()]),
        )


class _Told:
    """Changes between peers of one universe that have their names for themselves are told by whole
    sets; all others pair by pair."""

    def __init__(
        self, before: Evaluation, after: Evaluation, alignment: Alignment, reasons: Reasons
    ) -> None:
        self._alignment, self._reasons = alignment, reasons
        self._rows: dict[Kind, list[int]] = {kind: [] for kind in KINDS}
        self._said: list[Said] = []
        self._numbers: dict[tuple[int, int, tuple[str, ...]], int] = {}
        kept: _Peers | None = before.derived.get(_PEERS)
        if kept is None or kept.alignment is not alignment:
            kept = before.derived[_PEERS] = _Peers.of(alignment)
        self._peers = kept
        self._own = kept.own
        if alignment.same is not None and (before.exempt or after.exempt):
            # A-104 opens pairs one by one.
            self._own &= ~alignment.before(alignment.same.hosts)

    def take(self, region: Region) -> Iterator[Region]:
        """Tell what of a region can be told by sets, and give back the rest."""
        own, replace = self._own, msgspec.structs.replace
        sources, destinations = region.sources & own, region.destinations & own
        if not sources or not destinations:
            yield region
            return
        self._take(region, sources, destinations)
        if sources != region.sources:
            yield replace(region, sources=region.sources & ~own)
        if destinations != region.destinations:
            yield replace(region, sources=sources, destinations=region.destinations & ~own)

    def _take(self, region: Region, sources: int, destinations: int) -> None:
        external = self._alignment.external
        for family, mine in self._peers.families:
            for other, theirs in self._peers.families:
                callers, called = sources & mine, destinations & theirs
                if not callers or not called:
                    continue
                common = family & other or 3
                outcome = outcome_of(region, common, common)
                if outcome is None:
                    continue
                # Connections within the world outside are none of ours.
                self._tell(callers & ~external, called, outcome)
                self._tell(callers & external, called & ~external, outcome)

    def _tell(self, sources: int, destinations: int, outcome: Outcome) -> None:
        if not sources or not destinations:
            return
        slots, peers = self._alignment.before, self._alignment.peers
        parts = self._reasons.parts(peers(sources, before=True), peers(destinations, before=True))
        for callers, called, why in parts:
            self._put(slots(callers), slots(called), outcome.kind, self._number(outcome, (), why))

    def _put(self, sources: int, destinations: int, kind: Kind, said: int) -> None:
        places, count = self._peers.places, len(self._peers.names.texts)
        callers = [places[slot] * count for slot in bits_of(sources)]
        called = [places[slot] for slot in bits_of(destinations)]
        if sources & destinations:
            # A peer and itself are no pair.
            pairs = [one + other for one in callers for other in called if one != other * count]
        elif len(called) == 1:
            [other] = called
            pairs = [one + other for one in callers]
        else:
            pairs = [one + other for one in callers for other in called]
        self._rows[kind] += [pair << _BITS | said for pair in pairs]

    def _number(
        self, outcome: Outcome, new_or_lost: tuple[str, ...], reasons: tuple[Reason, ...]
    ) -> int:
        """The number of what is said, which keeps outcome and reasons: their identities tell them
        apart."""
        key = (id(outcome), id(reasons), new_or_lost)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._said)
            self._said.append(Said(outcome, new_or_lost, reasons))
        return found

    def rows(self, others: Sequence[Change]) -> ChangeRows:
        """What was told, and some changes more, in order."""
        names, rows = self._peers.names, self._rows
        if others:
            names, rows = self._with(others)
        for found in rows.values():
            found.sort()
        return ChangeRows(names, self._said, rows)

    def _with(self, others: Sequence[Change]) -> tuple[_Names, dict[Kind, list[int]]]:
        """All under names that those of the others are among: of variants, and of what is gone."""
        texts, count = self._peers.names.texts, len(self._peers.names.texts)
        ends = {text for each in others for text in (each.source, each.destination)}
        names = _Names.of(ends.union(texts))
        place = {text: index for index, text in enumerate(names.texts)}
        width = len(place)
        moved = [place[text] for text in texts]
        rows: dict[Kind, list[int]] = {}
        for kind, found in self._rows.items():
            pairs = ((divmod(row >> _BITS, count), row & _SAID) for row in found)
            rows[kind] = [
                (moved[one] * width + moved[other]) << _BITS | said for (one, other), said in pairs
            ]
        whys = self._reasons.each(each.slots for each in others)
        for each, why in zip(others, whys, strict=True):
            said = self._number(each.outcome, each.new_or_lost, why)
            pair = place[each.source] * width + place[each.destination]
            rows[each.kind].append(pair << _BITS | said)
        return names, rows
