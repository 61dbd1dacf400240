"""Questions about one state, answered once; pages, API and commands only present.

An answer is plain data in the shape that all doors give it. Changes, maps and explanations are in
modules of their own, as they need much that is loaded only for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.entry.rows import each_flow_with_entries, runs_with_entries
from policies.evaluator.graph import rows_json, rows_of
from policies.evaluator.nodes import Level
from policies.evaluator.profile import parse_flags
from policies.evaluator.state import ClusterState
from policies.evaluator.strangers import ANY_POD
from policies.evaluator.summary import counts_of, not_evaluated_json
from policies.services import left_out
from policies.services.memory import undisturbed
from policies.services.reading import problems_json

if TYPE_CHECKING:
    from policies.models import Snapshot

__all__ = [
    "entrypoints_answer",
    "envelope",
    "evaluate_snapshot",
    "evaluate_state",
    "exposure_answer",
    "flows_answer",
    "flows_stream",
]

VERSION = 1


def evaluate_snapshot(
    snapshot: Snapshot, profile: Iterable[str] = (), intended: bool = False
) -> Evaluation:
    """The evaluation of a snapshot under profile flags (`NAME=VALUE`), and those kept with it; it
    stays in memory."""
    # For the server, which asks again: a command about files does without.
    from policies.services.evaluations import evaluation_of

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
    flags = parse_flags(profile)
    with undisturbed():
        return evaluate(state, flags=flags, intended=intended)


def enforcement_json(evaluation: Evaluation) -> dict[str, Any]:
    """The `enforcement` object of an answer."""
    return {
        **evaluation.enforcement.to_json(),
        "intended": evaluation.intended,
        "profile": [each.to_json() for each in evaluation.choices],
    }


def envelope(evaluation: Evaluation, left: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """What stands at the head of every answer: is it enforced, and what it is without.

    `left` is what is left out, where that is not what is wrong in the state of the evaluation.
    """
    return {
        "version": VERSION,
        "enforcement": enforcement_json(evaluation),
        "not_evaluated": [not_evaluated_json(each) for each in evaluation.not_evaluated],
        "left_out": left_out.in_answer(evaluation.state.problems) if left is None else left,
    }


def flows_answer(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
    exposure: bool = False,
    as_json: bool = True,
) -> dict[str, Any]:
    """What may talk to what; with `exposure` also what pods to come could open, apart.

    Without `as_json` its `flows` are runs of rows, for whoever writes them as text.
    """
    runs = runs_with_entries(evaluation, level=level, namespace=namespace, focus=focus, port=port)
    return {
        **_flows_head(evaluation),
        "flows": list(rows_json(rows_of(runs))) if as_json else runs,
        **(_potential(evaluation, namespace, focus) if exposure else {}),
    }


def flows_stream(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
    exposure: bool = False,
) -> dict[str, Any]:
    """The same answer, whose `flows` come one by one and may be any number. Raises as
    `flows_answer`, and before the first of them."""
    rows = each_flow_with_entries(
        evaluation, level=level, namespace=namespace, focus=focus, port=port
    )
    return {
        **_flows_head(evaluation),
        "flows": rows_json(rows),
        **(_potential(evaluation, namespace, focus) if exposure else {}),
    }


def _flows_head(evaluation: Evaluation) -> dict[str, Any]:
    head = envelope(evaluation)
    return {
        "version": head.pop("version"),
        "summary": counts_of(evaluation.state),
        **head,
        "problems": problems_json(evaluation.state.problems),
    }


def _potential(evaluation: Evaluation, namespace: str | None, focus: str | None) -> dict[str, Any]:
    """The exposure that goes with flows; of peers that are no workloads there is none."""
    if focus is not None and focus.strip() == ANY_POD.text:
        return {"exposure": [], "unprotected": []}
    from policies.services.entries import exposure_json

    return exposure_json(evaluation, namespace, focus)


def exposure_answer(evaluation: Evaluation, focus: str | None = None) -> dict[str, Any]:
    """What pods and namespaces to come could reach, or be reached by."""
    from policies.services.entries import exposure_json

    return {**envelope(evaluation), **exposure_json(evaluation, None, focus)}


def entrypoints_answer(evaluation: Evaluation, focus: str | None = None) -> dict[str, Any]:
    """Who may come in from outside, by which path, to which pods."""
    from policies.services.entries import entry_json

    return {**envelope(evaluation), **entry_json(evaluation, focus)}
