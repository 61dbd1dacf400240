"""The what-if map: before and after as one graph, so that nothing moves between the two."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.diff import Change, FlowDiff
from policies.evaluator.lines import Lines, traffic_of
from policies.evaluator.mapnodes import group_node, namespace_node, outside_node, workload_node
from policies.evaluator.mapplan import MOST_LINES, OUTSIDE, RANGES, Picture, Scene, picture_of
from policies.evaluator.mapview import MapQuery, Pairs, level_of, scene_of, spread
from policies.evaluator.mapwords import cut_json, edge_json, short_text
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness
from policies.evaluator.spacegroups import GROUP_PREFIX, groups_of

__all__ = ["diff_map"]

SUMMARIES = ("ns:", GROUP_PREFIX)

DRAW_ALL = 150
"""Up to so many changed lines each is drawn; above, those that badges show are left to them."""


def diff_map(diff: FlowDiff, query: MapQuery) -> dict[str, Any]:
    """The union of both maps as JSON: every edge with its change, and what it was and is."""
    asked = msgspec.structs.replace(query, focus="", port="")
    old, new = (scene_of(evaluation, asked) for evaluation in diff.evaluations)
    scenes = _Scenes(old, new)
    picture = picture_of(scenes, groups_of(_labels(diff)), query.level, query.opened, query.budget)
    if _addresses(diff) > OUTSIDE:
        picture = msgspec.structs.replace(picture, gathered=True)
    drawing = _Drawing(diff, scenes, picture)
    edges, left_out = drawing.edges()
    ends = {end for edge in edges for end in (edge["source"], edge["target"])}
    return {
        "version": 1,
        "level": level_of(picture),
        "summary": diff.summary,
        "nodes": drawing.nodes(ends),
        "edges": edges,
        "cut": cut_json(left_out, picture.refused),
        "folded": {"pairs": new.traffic.folded, "not_known": new.traffic.not_known},
    }


class _Scenes(NamedTuple):
    old: Scene
    new: Scene


def _labels(diff: FlowDiff) -> dict[str, dict[str, str]]:
    """Of all namespaces there were or are, as they are."""
    return {
        name: each.labels
        for evaluation in diff.evaluations
        for name, each in evaluation.universe.namespaces.items()
    }


def _addresses(diff: FlowDiff) -> int:
    """How many different peers outside the changes speak of."""
    return len(
        {
            text
            for change in diff.changes
            for slot, text in zip(change.slots, (change.source, change.destination), strict=True)
            if slot.workload is None
        }
    )


class _Shown:
    """Which nodes stand for a workload: its variants where either side has any, else itself."""

    def __init__(self, scenes: _Scenes) -> None:
        self._variants: dict[str, set[str]] = {}
        for scene in scenes:
            for node in scene.ground.node_at.values():
                if node.variant:
                    self._variants.setdefault(str(node.workload), set()).add(node.text)

    def nodes_of(self, text: str) -> list[str]:
        """The nodes to draw for a node's text; itself unless it is split on the other side."""
        return sorted(self._variants.get(text, {text}))


class _Drawing:
    """One picture of before and after."""

    def __init__(self, diff: FlowDiff, scenes: _Scenes, picture: Picture) -> None:
        self.diff = diff
        self.scenes = scenes
        self.picture = picture
        self.shown = _Shown(scenes)
        self.totals = tuple(_Totals(scene, picture) for scene in scenes)
        self._place = picture.place_of()
        self._large = {
            str(universe.cell_addresses(bit))
            for universe in (each.universe for each in diff.evaluations)
            for bit in bits_of(universe.external)
            if universe.is_rest(bit)
        }

    def edges(self) -> tuple[list[dict[str, Any]], int]:
        """What changed, then what stays as far as there is room; and how many lines had none."""
        (old, old_out), (new, new_out) = (spread(scene, self.picture) for scene in self.scenes)
        was, now = _spread(old, self.shown), _spread(new, self.shown)
        changed = self._changed(was.keys() | now.keys())
        same = sorted(now.keys() - changed.keys())
        left_out = max(old_out, new_out)
        if len(changed) + len(same) > MOST_LINES:
            left_out += len(same)
            same = []
        drawn = sorted(changed)[:MOST_LINES]
        edges = [self._changed_edge(ends, changed[ends]) for ends in drawn]
        edges += [_same_edge(edge_json(*ends, now[ends])) for ends in same]
        edges.sort(key=lambda edge: (edge["source"], edge["target"]))
        return edges, left_out + len(changed) - len(drawn)

    def _changed(self, drawn: Set[tuple[str, str]]) -> dict[tuple[str, str], list[Change]]:
        changed: dict[tuple[str, str], list[Change]] = {}
        for change in self.diff.changes:
            for source in self.shown.nodes_of(self._end(change, 0)):
                for target in self.shown.nodes_of(self._end(change, 1)):
                    if source != target:
                        changed.setdefault((source, target), []).append(change)
        if len(changed) <= DRAW_ALL:
            return changed
        return {ends: changes for ends, changes in changed.items() if ends in drawn}

    def _end(self, change: Change, place: int) -> str:
        slot = change.slots[place]
        text = (change.source, change.destination)[place]
        if slot.workload is None:
            gathered = self.picture.gathered and text not in self._large
            return f"{('out', 'in')[place]}:{RANGES if gathered else text}"
        return self._place.get(slot.workload.namespace, text)

    def _changed_edge(self, ends: tuple[str, str], changes: list[Change]) -> dict[str, Any]:
        if any(end.startswith(SUMMARIES) or end.endswith(RANGES) for end in ends):
            # Other flows between two islands may stay: an island's edge shows all of them.
            before, after = (each.between(ends) for each in self.totals)
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
        reasons = [] if not verdicts else [self.diff.reasons_of(each) for each in changes]
        return {
            **edge,
            "text": text,
            "verdict": max(verdicts, default="allow"),
            "reason": reasons[0][0].text if reasons and reasons[0] else None,
            "change": kind,
            "before": before.to_json(),
            "after": after.to_json(),
        }

    def nodes(self, ends: set[str]) -> list[dict[str, Any]]:
        """The nodes of before and after, each with what becomes of it."""
        old, new = self.scenes
        was, now = (each.universe.namespaces for each in self.diff.evaluations)
        nodes: list[dict[str, Any]] = []
        for each in self.picture.entries:
            if each.group is not None:
                group = group_node(new.ground, each.group, each.names, each.is_open, each.parent)
                nodes.append({**group, "change": None})
                continue
            (name,) = each.names
            ground = new.ground if name in now else old.ground
            island = namespace_node(ground, name, is_open=each.is_open, parent=each.parent)
            change = "new" if name not in was else "lost" if name not in now else None
            nodes.append({**island, "change": change})
            if each.is_open:
                sides = [(scene.ground.openness, _by_text(scene, name)) for scene in self.scenes]
                nodes += _workloads(sides[0], sides[1], self.shown)
        for end in sorted(ends):
            if end.startswith(("in:", "out:")):
                nodes.append({**outside_node(new.ground.evaluation, end), "change": None})
        return nodes


def _same_edge(edge: dict[str, Any]) -> dict[str, Any]:
    connections = edge["connections"]
    return {**edge, "change": "unchanged", "before": connections, "after": connections}


def _spread(pairs: Pairs, shown: _Shown) -> Pairs:
    return {
        (source, target): opened
        for ends, opened in pairs.items()
        for source in shown.nodes_of(ends[0])
        for target in shown.nodes_of(ends[1])
    }


_CERTAINTY = {"allow": "open", "conditional": "depends", "unknown": "not known"}


def _certainty(verdicts: set[tuple[str, str]]) -> str:
    """`open → not known`, where all changes of an edge agree."""
    if len(verdicts) > 1:
        return "less or more certain"
    ((before, after),) = verdicts
    return f"{_CERTAINTY.get(before, before)} → {_CERTAINTY.get(after, after)}"


class _Totals:
    """All that is certainly open between two nodes of a picture, whatever badges say."""

    def __init__(self, scene: Scene, picture: Picture) -> None:
        self._scene = scene
        self._picture = picture

    @cached_property
    def _lines(self) -> Lines:
        evaluation = self._scene.ground.evaluation
        shown = self._scene.kept | evaluation.universe.external
        whole = traffic_of(self._scene.ground, evaluation.rectangles, shown, whole=True)
        return self._picture.lines(msgspec.structs.replace(self._scene, traffic=whole))

    @cached_property
    def _indexes(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        places = self._lines.places
        texts = {
            node.text: str(node.workload)
            for node in self._scene.ground.node_at.values()
            if node.variant
        }
        for index, name in enumerate(places.ids):
            found.setdefault(name, []).append(index)
            if name in texts:
                # The other side may know the workload only, not its variants.
                found.setdefault(texts[name], []).append(index)
        return found

    def between(self, ends: tuple[str, str]) -> ConnectionSet:
        """What the first of two nodes may open to the second."""
        sources, destinations = (
            self._indexes.get(end.removeprefix(prefix), ())
            for end, prefix in zip(ends, ("out:", "in:"), strict=True)
        )
        return ConnectionSet.union_of(
            self._lines.between(i, j).get(None, NONE) for i in sources for j in destinations
        ).ported


def _short(connections: ConnectionSet) -> str:
    return short_text(connections) if connections != NONE else "none"


_Side = tuple[Openness, dict[str, GraphNode]]


def _by_text(scene: Scene, name: str) -> dict[str, GraphNode]:
    return {node.text: node for node in scene.ground.nodes.get(name, ())}


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
