"""Findings that somebody decided to live with: the annotation `netviz.io/ignore` of an object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from policies.evaluator.lint.finding import Check, Finding, Hit, Place
from policies.evaluator.words import joined

__all__ = ["ABOUT_IGNORES", "Ignore", "about_ignores", "parse_ignores", "suppressed"]

_ID = re.compile(r"[A-Z]-\d+")


class Ignore(msgspec.Struct, frozen=True):
    """One entry of an annotation: `L-02: the namespace comes next week`."""

    object: str
    id: str
    reason: str


def parse_ignores(key: str, text: str) -> list[Ignore]:
    """`L-02: reason; L-30: reason`. An entry that names no finding keeps its text as the id."""
    entries = []
    for part in text.split(";"):
        name, _, reason = part.partition(":")
        if name.strip():
            entries.append(Ignore(key, name.strip(), reason.strip()))
    return entries


def suppressed(finding: Finding, reasons: Mapping[tuple[str, str], str]) -> Finding:
    """The finding, marked where the object named first ignores it, or every other one does."""
    keys = [each.object for each in finding.objects]
    first = reasons.get((keys[0], finding.id)) if keys else None
    others = [reasons.get((key, finding.id)) for key in keys[1:]]
    if first is None and others and all(others):
        first = joined(sorted({each for each in others if each}))
    return msgspec.structs.replace(finding, suppressed=first) if first else finding


def about_ignores(
    ignores: Sequence[Ignore], found: Iterable[Finding], known: frozenset[str], places: Places
) -> Iterator[tuple[Check, Hit]]:
    """What is wrong with the annotations: no reason, nothing to suppress, no such finding."""
    used = {(each.object, finding.id) for finding in found for each in finding.objects}
    for ignore in ignores:
        place = (places.get(ignore.object, Place(ignore.object)),)
        if ignore.id not in known:
            what = "is no id of a finding" if not _ID.fullmatch(ignore.id) else "is not known"
            yield (
                USELESS,
                Hit(
                    f"{ignore.object} ignores {ignore.id}, which {what}; write"
                    ' netviz.io/ignore: "L-02: reason; L-30: reason".',
                    place,
                ),
            )
        elif not ignore.reason:
            yield (
                UNREASONED,
                Hit(
                    f"{ignore.object} ignores {ignore.id} and does not say why, so the finding is"
                    f' shown all the same. Write "{ignore.id}: the reason".',
                    place,
                ),
            )
        elif (ignore.object, ignore.id) not in used:
            yield (
                USELESS,
                Hit(
                    f"{ignore.object} ignores {ignore.id} ({ignore.reason}), which is not found"
                    " there any more: take the entry out.",
                    place,
                ),
            )


Places = Mapping[str, Place]
UNREASONED = Check(
    "I-01",
    "warning",
    "A finding is ignored without a reason",
    "Whoever reads it later cannot tell a decision from an oversight.",
    lambda _: (),
)
USELESS = Check(
    "I-02",
    "info",
    "An ignore that suppresses nothing",
    "It would hide the finding when it comes back, and nobody would decide about it again.",
    lambda _: (),
)
ABOUT_IGNORES = (UNREASONED, USELESS)
