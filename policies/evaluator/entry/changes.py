"""Changes of what the controller that nobody knows may open, beside those between known peers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from policies.evaluator.bits import first_bit
from policies.evaluator.changereasons import Reason
from policies.evaluator.changes import change_reasons
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.entry.paths import EntryPath
from policies.evaluator.entry.points import EntryPoints
from policies.evaluator.slots import Slot
from policies.evaluator.strangers import ANY_POD

__all__ = ["EntryChange", "entry_changes", "with_entry_changes"]

_ORDER = {"added": 0, "removed": 1, "changed": 2}


class _Opened(msgspec.Struct, frozen=True):
    """What the controller's paths to one workload open, and how certain it is."""

    paths: tuple[EntryPath, ...] = ()

    @property
    def connections(self) -> ConnectionSet:
        """All that is open, certainly or not."""
        return _ports(path for path in self.paths if path.verdict != "deny")

    @property
    def verdict(self) -> str:
        """As a change between known peers has it: the worst of what is open."""
        found = {path.verdict for path in self.paths} - {"deny"}
        for worst in ("unknown", "conditional", "allow"):
            if worst in found:
                return worst
        return "deny"


class EntryChange(msgspec.Struct, frozen=True):
    """A workload to which the controller may open something else than before."""

    kind: str
    destination: str
    before: _Opened
    after: _Opened
    new_or_lost: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """One entry of `changes` (design.md section 5)."""
        return {
            "kind": self.kind,
            "source": ANY_POD.text,
            "destination": self.destination,
            "new_or_lost": list(self.new_or_lost),
            "before": self.before.connections.to_json(),
            "after": self.after.connections.to_json(),
            "verdict_before": self.before.verdict,
            "verdict_after": self.after.verdict,
            "reasons": [reason.to_json() for reason in self.reasons],
        }


def entry_changes(before: EntryPoints, after: EntryPoints) -> tuple[list[EntryChange], int]:
    """The changes by destination, and how many destinations are open as before."""
    old, new = _by_backend(before), _by_backend(after)
    changes = []
    unchanged = 0
    for name in sorted({*old, *new}):
        was, now = old.get(name, _Opened()), new.get(name, _Opened())
        if (was.connections, was.verdict) == (now.connections, now.verdict):
            unchanged += was.verdict == "allow"
            continue
        kind = "changed"
        if was.verdict == "deny":
            kind = "added"
        elif now.verdict == "deny":
            kind = "removed"
        lost = () if _is_in(before, name) and _is_in(after, name) else (name,)
        reasons = _reasons(before, after, was, now, lost)
        changes.append(EntryChange(kind, name, was, now, lost, reasons))
    return changes, unchanged


def with_entry_changes(
    answer: dict[str, Any], before: EntryPoints, after: EntryPoints
) -> dict[str, Any]:
    """The JSON of a diff, with the changes of the controller in their places."""
    changes, unchanged = entry_changes(before, after)
    summary = dict(answer["summary"])
    summary["unchanged"] += unchanged
    for change in changes:
        summary[change.kind] += 1
    if not changes:
        return {**answer, "summary": summary}
    rows = [*answer["changes"], *(change.to_json() for change in changes)]
    rows.sort(key=lambda row: (_ORDER[row["kind"]], row["source"], row["destination"]))
    return {**answer, "summary": summary, "changes": rows}


def _by_backend(points: EntryPoints) -> dict[str, _Opened]:
    found: dict[str, list[EntryPath]] = {}
    for path in points.paths:
        if path.caller == ANY_POD.text and path.bits:
            found.setdefault(path.backend, []).append(path)
    return {name: _Opened(tuple(paths)) for name, paths in found.items()}


def _is_in(points: EntryPoints, name: str) -> bool:
    return any(node.text == name for node in points.evaluation.workload_nodes)


def _ports(paths: Iterable[EntryPath]) -> ConnectionSet:
    found = NONE
    for path in paths:
        found |= ConnectionSet.of(path.target.protocol, path.target.number, path.target.number)
    return found


def _reasons(
    before: EntryPoints,
    after: EntryPoints,
    was: _Opened,
    now: _Opened,
    lost: tuple[str, ...],
) -> tuple[Reason, ...]:
    """The entry points that came or went, else the policies of the workload."""
    if lost:
        when = "after" if now.paths else "before"
        effect = "new workload" if now.paths else "workload removed"
        return (Reason("", effect, "", "", "", 0, f"{lost[0]} exists only {when} the change."),)
    reasons = [
        *_entries(now, was, "led to by", "leads to"),
        *_entries(was, now, "no longer led to by", "no longer leads to"),
    ]
    if not reasons:
        views = (before.sources.beyond, after.sources.beyond)
        places = [view.bit_of(ANY_POD) for view in views]
        ends = [first_bit(opened.paths[0].bits) for opened in (was, now)]
        source = Slot(places[0], places[1], ANY_POD.text)
        destination = Slot(ends[0], ends[1], now.paths[0].backend)
        reasons = list(change_reasons(*views, source, destination))
    return tuple(dict.fromkeys(reasons))


def _entries(here: _Opened, there: _Opened, effect: str, verb: str) -> list[Reason]:
    """Entry points that lead to ports to which none leads on the other side."""
    known = _ports(there.paths)
    return [
        Reason(
            "",
            effect,
            "",
            "",
            path.source,
            path.line,
            f"{path.object} {verb} {path.target.spoken} of {path.backend}.",
        )
        for path in here.paths
        if not known.allows(path.target.protocol, path.target.number)
    ]
