"""The graphs to draw, answered once for every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.onmap import put_badges, unknown_controller, with_ways_in
from policies.evaluator.entry.points import entries_of
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.matrix import matrix_view
from policies.evaluator.state import ClusterState
from policies.services.answers import envelope
from policies.services.changes import applied, compared

__all__ = ["compare_map_answer", "map_answer", "matrix_answer", "whatif_map_answer"]


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


def whatif_map_answer(
    base: Evaluation, draft: ClusterState, delete: Sequence[str], query: MapQuery
) -> dict[str, Any]:
    """What a draft changes, as one graph of before and after."""
    after, head = applied(base, draft, delete)
    return {**head, **_diff_view(base, after, query)}


def compare_map_answer(before: Evaluation, after: Evaluation, query: MapQuery) -> dict[str, Any]:
    """What is different between two states, as one graph of before and after."""
    after, head = compared(before, after)
    return {**head, **_diff_view(before, after, query)}


def _diff_view(before: Evaluation, after: Evaluation, query: MapQuery) -> dict[str, Any]:
    view = diff_map(compare(before, after), query)
    put_badges(view, entries_of(before), entries_of(after))
    return view
