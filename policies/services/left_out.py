"""What an answer is without, said in the answer itself: objects left out for an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from policies.evaluator.errors import Problem
from policies.evaluator.leftout import keys_of, left_out
from policies.evaluator.state import ClusterState

__all__ = ["after_change", "after_draft", "before_change", "in_answer"]

# Past this many nobody reads on; the problems of the answer list more.
SHOWN = 100


def in_answer(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """What an answer about one state is without."""
    return _entries(problems, lambda _: "This answer is without it.")


def before_change(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """What is missing from the state before a change."""
    return _entries(
        problems,
        lambda each: f"The state before is without {'it' if each.object else 'all of it'}.",
    )


def after_change(
    problems: Sequence[Problem], before: ClusterState, after: ClusterState
) -> list[dict[str, Any]]:
    """What is missing from the state after a change, and what stays in its place.

    `after` is the state as it was read, without what stays.
    """
    there, then = _Keys(before), _Keys(after)

    def effect(problem: Problem) -> str:
        if not problem.object:
            return "The state after is without all of it, so it may look removed."
        if problem.object in then:
            return "What else was read of it counts."
        return _what_stays(problem.object in there)

    return _entries(problems, effect)


def after_draft(
    problems: Sequence[Problem], base: ClusterState, draft: ClusterState
) -> list[dict[str, Any]]:
    """What is missing from a draft, and what stays in its place; `base` is without deletions."""
    there, written = _Keys(base), _Keys(draft)

    def effect(problem: Problem) -> str:
        if not problem.object:
            return "The draft is without all of it."
        if problem.object in written:
            return "What else the draft says of it counts."
        return _what_stays(problem.object in there)

    return _entries(problems, effect)


class _Keys:
    """The objects of a state; listed only where something is left out, which is seldom."""

    def __init__(self, state: ClusterState) -> None:
        self._state = state

    @cached_property
    def _found(self) -> frozenset[str]:
        return keys_of(self._state)

    def __contains__(self, key: object) -> bool:
        return key in self._found


def _what_stays(was_there: bool) -> str:
    if was_there:
        return "The API server would refuse it, so what was there before stays."
    return "The API server would refuse it, and it was not there before."


def _entries(problems: Sequence[Problem], effect: Callable[[Problem], str]) -> list[dict[str, Any]]:
    found = left_out(problems)
    entries = [_entry(each, effect(each)) for each in found[:SHOWN]]
    if len(found) > SHOWN:
        more = Problem("", 0, 0, "", f"{len(found) - SHOWN:,} more are left out")
        entries.append(_entry(more, "See the problems."))
    return entries


def _entry(problem: Problem, effect: str) -> dict[str, Any]:
    return {
        "object": problem.object,
        "source": problem.source,
        "line": problem.line or None,
        "path": problem.path,
        "message": problem.message,
        "effect": effect,
    }
