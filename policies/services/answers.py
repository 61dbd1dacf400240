"""Every question netviz answers, answered once; pages, API and commands only present.

An answer is plain data in the shape that all doors give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from policies.evaluator import explain as explanations
from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.entry.changes import with_entry_changes
from policies.evaluator.entry.onmap import put_badges, unknown_controller, with_ways_in
from policies.evaluator.entry.points import entries_of
from policies.evaluator.entry.rows import flows_with_entries
from policies.evaluator.entry.waychanges import way_changes
from policies.evaluator.errors import Problem
from policies.evaluator.leftout import with_what_stays
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.matrix import matrix_view
from policies.evaluator.nodes import Level
from policies.evaluator.notes import policy_notes
from policies.evaluator.profile import parse_flags
from policies.evaluator.questions import parse_port
from policies.evaluator.state import ClusterState, PolicyObject
from policies.evaluator.strangers import ANY_POD
from policies.evaluator.whatif import missing_namespaces, overlay
from policies.models import Snapshot, counts_of, not_evaluated_json
from policies.services import left_out
from policies.services.entries import entry_json, exposure_json, ways_between
from policies.services.evaluations import evaluation_of
from policies.services.reading import problems_json

__all__ = [
    "compare_answer",
    "entrypoints_answer",
    "envelope",
    "evaluate_snapshot",
    "evaluate_state",
    "explain_answer",
    "exposure_answer",
    "flows_answer",
    "map_answer",
    "matrix_answer",
    "whatif_answer",
    "whatif_map_answer",
]

VERSION = 1


def evaluate_snapshot(
    snapshot: Snapshot, profile: Iterable[str] = (), intended: bool = False
) -> Evaluation:
    """The evaluation of a snapshot under profile flags (`NAME=VALUE`), and those kept with it; it
    stays in memory."""
    return evaluation_of(
        snapshot.content_hash,
        lambda: snapshot.state,
        snapshot.profile,
        parse_flags(profile),
        intended,
    )


def evaluate_state(
    state: ClusterState, profile: Iterable[str] = (), intended: bool = False
) -> Evaluation:
    """The evaluation of a state that is not kept in the database."""
    return evaluate(state, flags=parse_flags(profile), intended=intended)


def enforcement_json(evaluation: Evaluation) -> dict[str, Any]:
    """The `enforcement` object of an answer."""
    return {
        **evaluation.enforcement.to_json(),
        "intended": evaluation.intended,
        "profile": [each.to_json() for each in evaluation.choices],
    }


def envelope(evaluation: Evaluation) -> dict[str, Any]:
    """What stands at the head of every answer: is it enforced, and what it is without."""
    return _envelope(evaluation, left_out.in_answer(evaluation.state.problems))


def _envelope(evaluation: Evaluation, left: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "enforcement": enforcement_json(evaluation),
        "not_evaluated": [not_evaluated_json(each) for each in evaluation.not_evaluated],
        "left_out": left,
    }


def flows_answer(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
    exposure: bool = False,
) -> dict[str, Any]:
    """What may talk to what; with `exposure` also what pods to come could open, apart."""
    rows = flows_with_entries(
        entries_of(evaluation), level=level, namespace=namespace, focus=focus, port=port
    )
    head = envelope(evaluation)
    return {
        "version": head.pop("version"),
        "summary": counts_of(evaluation.state),
        **head,
        "problems": problems_json(evaluation.state.problems),
        "flows": [row.to_json() for row in rows],
        **(_potential(evaluation, namespace, focus) if exposure else {}),
    }


def _potential(evaluation: Evaluation, namespace: str | None, focus: str | None) -> dict[str, Any]:
    """The exposure that goes with flows; of peers that are no workloads there is none."""
    if focus is not None and focus.strip() == ANY_POD.text:
        return {"exposure": [], "unprotected": []}
    return exposure_json(evaluation, namespace, focus)


def exposure_answer(evaluation: Evaluation, focus: str | None = None) -> dict[str, Any]:
    """What pods and namespaces to come could reach, or be reached by."""
    return {**envelope(evaluation), **exposure_json(evaluation, None, focus)}


def explain_answer(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> dict[str, Any]:
    """Whether one peer can reach another, and why or why not."""
    explanation = explanations.explain(evaluation, source, destination, port)
    asked = parse_port(port) if port else None
    ways = ways_between(evaluation, source, destination, explanation.connections, asked)
    return {**envelope(evaluation), **explanation.to_json(), **ways}


def entrypoints_answer(evaluation: Evaluation, focus: str | None = None) -> dict[str, Any]:
    """Who may come in from outside, by which path, to which pods."""
    return {**envelope(evaluation), **entry_json(evaluation, focus)}


def map_answer(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    """The graph to draw, within a budget."""
    view = with_ways_in(map_view(evaluation, query), entries_of(evaluation), query)
    return {**envelope(evaluation), **view}


def matrix_answer(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    """The same as a grid of sources and destinations, a verdict for every pair."""
    points = entries_of(evaluation)
    view = matrix_view(evaluation, query, unknown_controller(points))
    put_badges(view, points)
    return {**envelope(evaluation), **view}


def whatif_answer(
    base: Evaluation, draft: ClusterState, delete: Sequence[str] = ()
) -> dict[str, Any]:
    """What a draft adds, removes and changes, and by which rule."""
    after, head = _applied(base, draft, delete)
    return {**head, **_changes(base, after)}


def whatif_map_answer(
    base: Evaluation, draft: ClusterState, delete: Sequence[str], query: MapQuery
) -> dict[str, Any]:
    """The same as one graph of before and after."""
    after, head = _applied(base, draft, delete)
    view = diff_map(compare(base, after), query)
    put_badges(view, entries_of(base), entries_of(after))
    return {**head, **view}


def compare_answer(before: Evaluation, after: Evaluation) -> dict[str, Any]:
    """What is different between two states; the problems are those of both.

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
    head = _diff_head(before, after, (), problems, left)
    return {**head, **_changes(before, after)}


def _changes(before: Evaluation, after: Evaluation) -> dict[str, Any]:
    """What differs between known peers, and from a controller that nobody knows; beside it the ways
    in that differ."""
    answer = compare(before, after).to_json()
    there, then = entries_of(before), entries_of(after)
    ways = [each.to_json() for each in way_changes(there, then)]
    return {**with_entry_changes(answer, there, then), "ways": ways}


def _applied(
    base: Evaluation, draft: ClusterState, delete: Sequence[str]
) -> tuple[Evaluation, dict[str, Any]]:
    """The evaluation with a draft, and the head of every answer about it."""
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
    known = {(note.policy, note.path, note.text) for note in policy_notes(before)}
    keys = {policy.key for policy in written}
    notes = [
        note
        for note in policy_notes(after)
        if note.policy in keys or (note.policy, note.path, note.text) not in known
    ]
    return {
        **_envelope(after, left),
        "problems": problems_json(problems),
        "notes": [note.to_json() for note in notes],
    }
