"""From sources to states, and what was wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from policies.evaluator.errors import Problem, UnreadableInput
from policies.evaluator.inert import not_evaluated
from policies.evaluator.kinds import kind_of
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from policies.services.memory import undisturbed

__all__ = ["problem_json", "problems_json", "read", "read_draft"]

# An answer repeats the problems of its input; past this many nobody reads on, and 100,000 broken
# documents would make every answer huge.
PROBLEMS_SHOWN = 500


def read(sources: Iterable[SourceText]) -> ClusterState:
    """The state in the sources. Raises UnreadableInput when there is no usable object in them."""
    with undisturbed():
        state = read_state(sources)
    if not _is_usable(state) or _holds_only_what_is_not_evaluated(state):
        nothing = Problem("", 0, 0, "", _nothing_found(state))
        failed = any(each.severity == "error" for each in state.problems)
        # Warnings alone would not say why there is no answer.
        raise UnreadableInput(state.problems if failed else (nothing, *state.problems))
    return state


def read_draft(sources: Iterable[SourceText]) -> ClusterState:
    """The same of a draft, which may well be empty, but not broken through and through."""
    state = read_state(sources)
    if state.problems and not _is_usable(state):
        raise UnreadableInput(state.problems)
    return state


def _is_usable(state: ClusterState) -> bool:
    return bool(
        state.pods
        or state.policies
        or state.workloads
        or state.nodes
        or state.services
        or any(True for _ in state.entry)
        or any(not namespace.synthesised for namespace in state.namespaces)
    )


def _holds_only_what_is_not_evaluated(state: ClusterState) -> bool:
    left = msgspec.structs.replace(state, policies=())
    return not _is_usable(left) and not any(
        kind_of(each.api_version, each.kind) for each in state.policies
    )


def _nothing_found(state: ClusterState) -> str:
    others = sorted(state.ignored) + [each.kind for each in not_evaluated(state)]
    found = f" Found only: {', '.join(others)}." if others else ""
    return f"There is no object here that netviz evaluates.{found}"


def problem_json(problem: Problem) -> dict[str, Any]:
    """One entry of `problems` in an answer."""
    return {
        "source": problem.source,
        "document": problem.document,
        "path": problem.path,
        "line": problem.line,
        "severity": problem.severity,
        "message": problem.message,
        "object": problem.object,
    }


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The `problems` of an answer: the first ones, and how many more there are."""
    shown = [problem_json(problem) for problem in problems[:PROBLEMS_SHOWN]]
    left = len(problems) - PROBLEMS_SHOWN
    if left > 0:
        shown.append(problem_json(Problem("", 0, 0, "", f"And {left} more problems.", "info")))
    return shown
