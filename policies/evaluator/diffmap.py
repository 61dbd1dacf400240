"""The what-if map: before and after as one graph, so that nothing moves between the two."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.diff import Change, FlowDiff
from policies.evaluator.engine import Evaluation
from policies.evaluator.mapnodes import namespace_node, outside_node, workload_node
from policies.evaluator.mapview import Drawn, MapQuery, Pairs, draw, edge_json, short_text
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
    shown = _Shown(old, new)
    edges = _edges(diff, old, new, opened, shown)
    ends = {end for edge in edges for end in (edge["source"], edge["target"])}
    return {
        "version": 1,
        "level": "workload" if opened else "namespace",
        "summary": diff.summary,
        "nodes": _nodes(diff, old, new, opened, ends, shown),
        "edges": edges,
        "folded": {"pairs": new.folded, "not_known": new.not_known},
    }


class _Shown:
    """Which nodes stand for a workload: its variants where either side has any, else itself."""

    def __init__(self, old: Drawn, new: Drawn) -> None:
        self._variants: dict[str, set[str]] = {}
        for drawn in (old, new):
            for node in drawn.workloads:
                if node.variant:
                    self._variants.setdefault(str(node.workload), set()).add(node.text)

    def nodes_of(self, text: str) -> list[str]:
        """The nodes to draw for a node's text; itself unless it is split on the other side."""
        return sorted(self._variants.get(text, {text}))


def _edges(
    diff: FlowDiff, old: Drawn, new: Drawn, opened: frozenset[str], shown: _Shown
) -> list[dict[str, Any]]:
    was, now = _spread(old.pairs, shown), _spread(new.pairs, shown)
    drawn = was.keys() | now.keys()
    changed: dict[tuple[str, str], list[Change]] = {}
    draw_all = len(diff.changes) <= DRAW_ALL
    for change in diff.changes:
        for source in shown.nodes_of(_end(change, 0, opened)):
            for target in shown.nodes_of(_end(change, 1, opened)):
                if source != target and (draw_all or (source, target) in drawn):
                    changed.setdefault((source, target), []).append(change)
    edges = []
    for ends in sorted(drawn | changed.keys()):
        if ends in changed:
            edges.append(_changed_edge(diff, ends, changed[ends]))
        elif ends in now:
            same = edge_json(*ends, now[ends])
            edges.append(
                {
                    **same,
                    "change": "unchanged",
                    "before": same["connections"],
                    "after": same["connections"],
                }
            )
    return edges


def _spread(pairs: Pairs, shown: _Shown) -> Pairs:
    return {
        (source, target): opened
        for ends, opened in pairs.items()
        for source in shown.nodes_of(ends[0])
        for target in shown.nodes_of(ends[1])
    }


def _end(change: Change, place: int, opened: frozenset[str]) -> str:
    slot = change.slots[place]
    text = (change.source, change.destination)[place]
    if slot.workload is None:
        return f"{('out', 'in')[place]}:{text}"
    return text if slot.workload.namespace in opened else f"ns:{slot.workload.namespace}"


def _changed_edge(diff: FlowDiff, ends: tuple[str, str], changes: list[Change]) -> dict[str, Any]:
    if any(end.startswith("ns:") for end in ends):
        # Other flows between two islands may stay: an island's edge shows all of them.
        before, after = (_between(evaluation, ends) for evaluation in diff.evaluations)
    else:
        before = ConnectionSet.union_of(change.before for change in changes)
        after = ConnectionSet.union_of(change.after for change in changes)
    kind = "changed"
    if not before:
        kind = "added"
    elif not after:
        kind = "removed"
    edge = edge_json(*ends, {None: after or before})
    verdicts = {change.verdict_after for change in changes} - {"allow", "deny"}
    text = edge["text"]
    if kind == "changed":
        text = f"{_short(before)} → {_short(after)}"
        if before == after:
            # How certain it is changed, not what may be open.
            certainties = {(change.verdict_before, change.verdict_after) for change in changes}
            text = f"{_short(after)}: {_certainty(certainties)}"
    reasons = [] if not verdicts else [diff.reasons_of(each) for each in changes]
    return {
        **edge,
        "text": text,
        "verdict": max(verdicts, default="allow"),
        "reason": reasons[0][0].text if reasons and reasons[0] else None,
        "change": kind,
        "before": before.to_json(),
        "after": after.to_json(),
    }


_CERTAINTY = {"allow": "open", "conditional": "depends", "unknown": "not known"}


def _certainty(verdicts: set[tuple[str, str]]) -> str:
    """`open → not known`, where all changes of an edge agree."""
    if len(verdicts) > 1:
        return "less or more certain"
    ((before, after),) = verdicts
    return f"{_CERTAINTY.get(before, before)} → {_CERTAINTY.get(after, after)}"


def _between(evaluation: Evaluation, ends: tuple[str, str]) -> ConnectionSet:
    """All that is certainly open between two drawn nodes."""
    sources, destinations = (_bits(evaluation, end) for end in ends)
    return ConnectionSet.union_of(
        each.connections
        for each in evaluation.rectangles_between(sources, destinations)
        if each.caveat is None
    ).ported


def _bits(evaluation: Evaluation, end: str) -> int:
    universe = evaluation.universe
    if end.startswith("ns:"):
        return universe.in_namespace(end[3:])
    inside = mask_of(
        bit
        for node in evaluation.workload_nodes
        if end in (node.text, str(node.workload))
        for bit in bits_of(node.bits)
    )
    addresses = end.partition(":")[2]
    return inside | mask_of(
        bit for bit in bits_of(universe.external) if str(universe.cell_addresses(bit)) == addresses
    )


def _short(connections: ConnectionSet) -> str:
    return short_text(connections) if connections != NONE else "none"


def _nodes(
    diff: FlowDiff,
    old: Drawn,
    new: Drawn,
    opened: frozenset[str],
    ends: set[str],
    shown: _Shown,
) -> list[dict[str, Any]]:
    before, after = (Openness(evaluation) for evaluation in diff.evaluations)
    nodes: list[dict[str, Any]] = []
    was, now = before.evaluation.universe.namespaces, after.evaluation.universe.namespaces
    for name in sorted({*was, *now}):
        openness, drawn = (after, new) if name in now else (before, old)
        inside = [node for node in drawn.workloads if node.namespace == name]
        island = namespace_node(openness, name, inside, is_open=name in opened)
        change = "new" if name not in was else "lost" if name not in now else None
        nodes.append({**island, "change": change})
        if name in opened:
            nodes += _workloads((before, _by_text(old, name)), (after, _by_text(new, name)), shown)
    for end in sorted(ends):
        if end.startswith(("in:", "out:")):
            nodes.append({**outside_node(after.evaluation, end), "change": None})
    return nodes


_Side = tuple[Openness, dict[str, GraphNode]]


def _by_text(drawn: Drawn, name: str) -> dict[str, GraphNode]:
    return {node.text: node for node in drawn.workloads if node.namespace == name}


def _workloads(before: _Side, after: _Side, shown: _Shown) -> list[dict[str, Any]]:
    was, now = before[1], after[1]
    texts = {each for text in (*was, *now) for each in shown.nodes_of(text)}
    nodes = []
    for text in sorted(texts):
        openness, drawn = after if text in now else before
        node = workload_node(openness, drawn[text])
        node["change"] = _existence(drawn[text], was, now)
        node["isolation_before"] = None
        if text in was:
            node["isolation_before"] = workload_node(before[0], was[text])["isolation"]
        nodes.append(node)
    return nodes


def _existence(node: GraphNode, was: dict[str, GraphNode], now: dict[str, GraphNode]) -> str | None:
    """Whether the workload, in whatever variants, is new or lost."""
    if all(each.workload != node.workload for each in was.values()):
        return "new"
    if all(each.workload != node.workload for each in now.values()):
        return "lost"
    return None
