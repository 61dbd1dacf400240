"""Rows of changes beside the changes themselves."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.diff import Change, FlowDiff

__all__ = ["assert_rows_are_those_of_the_changes"]


def assert_rows_are_those_of_the_changes(diff: FlowDiff) -> None:
    """Each change has its row, in order, and the same is written as JSON."""
    rows = list(diff.rows)
    # Of two changes of the same ends either may come first.
    assert sorted(rows, key=repr) == sorted((_row(diff, each) for each in diff.changes), key=repr)
    ends = [(each.kind, each.source, each.destination) for each in diff.changes]
    assert [(row["kind"], row["source"], row["destination"]) for row in rows] == ends
    assert msgspec.json.decode(b"".join(diff.rows.json_pieces())) == rows
    assert (len(diff.rows), diff.to_json()) == (
        len(rows),
        {"summary": diff.summary, "changes": rows},
    )


def _row(diff: FlowDiff, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "source": change.source,
        "destination": change.destination,
        "new_or_lost": list(change.new_or_lost),
        "before": change.before.to_json(),
        "after": change.after.to_json(),
        "verdict_before": change.verdict_before,
        "verdict_after": change.verdict_after,
        "reasons": [reason.to_json() for reason in diff.reasons_of(change)],
    }
