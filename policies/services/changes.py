"""What changes between two states, or would by a draft, answered once for every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from policies.evaluator.diff import compare
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.changes import with_entry_changes
from policies.evaluator.entry.points import entries_of
from policies.evaluator.entry.waychanges import way_changes
from policies.evaluator.errors import Problem
from policies.evaluator.leftout import with_what_stays
from policies.evaluator.notes import notes_of_change
from policies.evaluator.state import ClusterState, PolicyObject
from policies.evaluator.whatif import missing_namespaces, overlay
from policies.services import left_out
from policies.services.answers import envelope
from policies.services.reading import problems_json

__all__ = ["applied", "compare_answer", "compared", "whatif_answer"]


def whatif_answer(
    base: Evaluation, draft: ClusterState, delete: Sequence[str] = (), *, as_json: bool = True
) -> dict[str, Any]:
    """What a draft adds, removes and changes, and by which rule.

    Without `as_json` its `changes` may be `ChangeRows`, for whoever writes them as text.
    """
    after, head = applied(base, draft, delete)
    return {**head, **_changes(base, after, as_json)}


def compare_answer(
    before: Evaluation, after: Evaluation, *, as_json: bool = True
) -> dict[str, Any]:
    """What is different between two states, as `whatif_answer` has it; the problems are those of
    both.

    See `compared` for what is left out of one of them.
    """
    after, head = compared(before, after)
    return {**head, **_changes(before, after, as_json)}


def compared(before: Evaluation, after: Evaluation) -> tuple[Evaluation, dict[str, Any]]:
    """The state after as it is compared, and the head of every answer about both.

    An object that is left out of the state after for an error stays as it was before: that is what
    a refused `kubectl apply` leaves behind.
    """
    read = after.state
    state = with_what_stays(before.state, read)
    if state is not read:
        after = after.of_another(state, base=after)
    left = [
        *left_out.before_change(before.state.problems),
        *left_out.after_change(read.problems, before.state, read),
    ]
    problems = sorted({*before.state.problems, *read.problems})
    return after, _diff_head(before, after, (), problems, left)


def _changes(before: Evaluation, after: Evaluation, as_json: bool) -> dict[str, Any]:
    """What differs between known peers, and from a controller that nobody knows; beside it the ways
    in that differ."""
    answer = compare(before, after).to_json(as_json=as_json)
    there, then = entries_of(before), entries_of(after)
    ways = [each.to_json() for each in way_changes(there, then)]
    return {**with_entry_changes(answer, there, then), "ways": ways}


def applied(
    base: Evaluation, draft: ClusterState, delete: Sequence[str]
) -> tuple[Evaluation, dict[str, Any]]:
    """The evaluation with a draft, and the head of every answer about it.

    It costs what the draft touches, however large the cluster: the counters of the evaluation tell.
    """
    changed = overlay(base.state, draft, delete)
    after = base.of_another(changed, base=base)
    left = [
        *left_out.before_change(base.state.problems),
        *left_out.after_draft(draft.problems, changed, draft),
    ]
    problems = sorted((*draft.problems, *missing_namespaces(base.state, draft, delete)))
    return after, _diff_head(base, after, draft.policies, problems, left)


def _diff_head(
    before: Evaluation,
    after: Evaluation,
    written: Sequence[PolicyObject],
    problems: Sequence[Problem],
    left: list[dict[str, Any]],
) -> dict[str, Any]:
    """The head of a comparison, with all notes on policies just written and new ones on others."""
    notes = notes_of_change(before, after, written)
    return {
        **envelope(after, left),
        "problems": problems_json(problems),
        "notes": [note.to_json() for note in notes],
    }
