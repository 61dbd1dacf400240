"""The what-if map: before and after as one graph, so that nothing moves between the two."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.diff import Change, FlowDiff
from policies.evaluator.mapnodes import namespace_node, outside_node, workload_node
from policies.evaluator.mapview import Drawn, MapQuery, draw, edge_json, short_text
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness

__all__ = ["diff_map"]

DRAW_ALL = 150
"""Up to so many changes each is drawn; above, those that badges already show are left to them."""


def diff_map(diff: FlowDiff, query: MapQuery) -> dict[str, Any]:
    """The union of both maps as JSON: every edge with its change, and what it was and is."""
    before, after = diff.evaluations
    old, new = draw(before, query), draw(after, query)
    opened = old.opened & new.opened if old.reduced or new.reduced else old.opened | new.opened
    if old.opened != opened or new.opened != opened:
        closed = msgspec.structs.replace(query, level="namespace", opened=tuple(opened))
        old, new = draw(before, closed), draw(after, closed)
    edges = _edges(diff, old, new, opened)
    ends = {end for edge in edges for end in (edge["source"], edge["target"])}
    return {
        "version": 1,
        "level": "workload" if opened else "namespace",
        "summary": diff.summary,
        "nodes": _nodes(diff, old, new, opened, ends),
        "edges": edges,
        "folded": {"pairs": new.folded},
    }


def _edges(diff: FlowDiff, old: Drawn, new: Drawn, opened: frozenset[str]) -> list[dict[str, Any]]:
    drawn = old.pairs.keys() | new.pairs.keys()
    changed: dict[tuple[str, str], list[Change]] = {}
    draw_all = len(diff.changes) <= DRAW_ALL
    for change in diff.changes:
        ends = (_end(change, 0, opened), _end(change, 1, opened))
        if ends[0] != ends[1] and (draw_all or ends in drawn):
            changed.setdefault(ends, []).append(change)
    edges = []
    for ends in sorted(drawn | changed.keys()):
        if ends in changed:
            edges.append(_changed_edge(ends, changed[ends]))
        elif ends in new.pairs:
            same = edge_json(*ends, new.pairs[ends])
            edges.append(
                {
                    **same,
                    "change": "unchanged",
                    "before": same["connections"],
                    "after": same["connections"],
                }
            )
    return edges


def _end(change: Change, place: int, opened: frozenset[str]) -> str:
    slot = change.slots[place]
    text = (change.source, change.destination)[place]
    if slot.workload is None:
        return f"{('out', 'in')[place]}:{text}"
    return text if slot.workload.namespace in opened else f"ns:{slot.workload.namespace}"


def _changed_edge(ends: tuple[str, str], changes: list[Change]) -> dict[str, Any]:
    before = ConnectionSet.union_of(change.before for change in changes)
    after = ConnectionSet.union_of(change.after for change in changes)
    kinds = {change.kind for change in changes}
    kind = kinds.pop() if len(kinds) == 1 else "changed"
    shown = after if after else before
    edge = edge_json(*ends, {None: shown})
    verdicts = {change.verdict_after for change in changes} - {"allow", "deny"}
    text = edge["text"]
    if kind == "changed":
        text = f"{_short(before)} → {_short(after)}"
    return {
        **edge,
        "text": text,
        "verdict": verdicts.pop() if verdicts else "allow",
        "change": kind,
        "before": before.to_json(),
        "after": after.to_json(),
    }


def _short(connections: ConnectionSet) -> str:
    return short_text(connections) if connections != NONE else "none"


def _nodes(
    diff: FlowDiff, old: Drawn, new: Drawn, opened: frozenset[str], ends: set[str]
) -> list[dict[str, Any]]:
    before, after = diff.evaluations
    nodes: list[dict[str, Any]] = []
    names = sorted({*before.universe.namespaces, *after.universe.namespaces})
    for name in names:
        is_new = name not in before.universe.namespaces
        is_lost = name not in after.universe.namespaces
        evaluation, drawn = (before, old) if is_lost else (after, new)
        inside = [node for node in drawn.workloads if node.namespace == name]
        island = namespace_node(evaluation, name, inside, is_open=name in opened)
        nodes.append({**island, "change": "new" if is_new else "lost" if is_lost else None})
        if name in opened:
            nodes += _workloads(diff, old, new, name)
    for end in sorted(ends):
        if end.startswith(("in:", "out:")):
            nodes.append({**outside_node(after, end), "change": None})
    return nodes


def _workloads(diff: FlowDiff, old: Drawn, new: Drawn, name: str) -> list[dict[str, Any]]:
    before, after = (Openness(evaluation) for evaluation in diff.evaluations)
    was = {node.text: node for node in old.workloads if node.namespace == name}
    now = {node.text: node for node in new.workloads if node.namespace == name}
    shown = []
    for text in sorted(was.keys() | now.keys()):
        shown_in = (after, now) if text in now else (before, was)
        node = workload_node(shown_in[0], shown_in[1][text])
        node["change"] = _existence(text, was, now)
        earlier = workload_node(before, was[text]) if text in was else None
        node["isolation_before"] = earlier["isolation"] if earlier else None
        shown.append(node)
    return shown


def _existence(text: str, was: dict[str, GraphNode], now: dict[str, GraphNode]) -> str | None:
    if text not in now:
        # A variant that merged back into its workload is not a lost workload.
        return None if any(node.workload == was[text].workload for node in now.values()) else "lost"
    if text not in was:
        return None if any(node.workload == now[text].workload for node in was.values()) else "new"
    return None
