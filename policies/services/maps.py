"""The graphs to draw, answered once for every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.onmap import entry_badges, put_on_map
from policies.evaluator.entry.points import entries_of
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.state import ClusterState
from policies.services.answers import envelope
from policies.services.changes import applied

__all__ = ["map_answer", "whatif_map_answer"]


def map_answer(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    """The graph to draw, within a budget."""
    view = map_view(evaluation, query)
    put_on_map(view, entries_of(evaluation), query)
    return {**envelope(evaluation), **view}


def whatif_map_answer(
    base: Evaluation, draft: ClusterState, delete: Sequence[str], query: MapQuery
) -> dict[str, Any]:
    """What a draft changes, as one graph of before and after."""
    after, head = applied(base, draft, delete)
    view = diff_map(compare(base, after), query)
    badges = {**entry_badges(entries_of(base)), **entry_badges(entries_of(after))}
    for node in view["nodes"]:
        if node["kind"] == "workload":
            node["entry"] = badges.get(node["id"])
    return {**head, **view}
