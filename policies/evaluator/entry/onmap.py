"""Ways in as the map shows them: a badge on a workload, and the controller that nobody knows."""

from __future__ import annotations

from typing import Any

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.entry.points import EntryPoints
from policies.evaluator.ground import ground_of
from policies.evaluator.lines import Opened
from policies.evaluator.mapnodes import stranger_node
from policies.evaluator.mapplan import MOST_LINES
from policies.evaluator.mapview import MapQuery
from policies.evaluator.mapwords import cut_json, edge_json
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import parse_port
from policies.evaluator.strangers import ANY_POD, Beyond

__all__ = ["put_badges", "unknown_controller", "with_ways_in"]

_ORDER = ("allow", "conditional", "unknown", "deny")
_CONTROLLER = f"out:{ANY_POD.text}"


def entry_badges(points: EntryPoints) -> dict[str, dict[str, Any]]:
    """For each workload with a way in: its best verdict, whether the Internet may use it, how many
    paths there are (F-48)."""
    badges: dict[str, dict[str, Any]] = {}
    for path in points.paths:
        badge = badges.setdefault(path.backend, {"verdict": "deny", "internet": False, "paths": 0})
        badge["paths"] += 1
        if _ORDER.index(path.verdict) < _ORDER.index(badge["verdict"]):
            badge["verdict"] = path.verdict
        badge["internet"] |= path.internet and path.verdict != "deny"
    return badges


def put_badges(view: dict[str, Any], *points: EntryPoints) -> None:
    """Add the badges to the workloads of a view; of several states the last that has one counts."""
    badges = {name: badge for each in points for name, badge in entry_badges(each).items()}
    for node in view["nodes"]:
        if node["kind"] == "workload":
            node["entry"] = badges.get(node["id"])


def unknown_controller(points: EntryPoints) -> Beyond | None:
    """The evaluation with the controller that nobody knows, where a way in leads over it."""
    if any(path.caller == ANY_POD.text for path in points.paths):
        return Beyond(points.evaluation, (ANY_POD,))
    return None


def with_ways_in(view: dict[str, Any], points: EntryPoints, query: MapQuery) -> dict[str, Any]:
    """A map with the badges on its workloads, and `{ingress-controller}` on its left side."""
    nodes = [{**node} for node in view["nodes"]]
    view = {**view, "nodes": nodes}
    put_badges(view, points)
    found = _opened(points, nodes, query)
    edges = [edge_json(_CONTROLLER, target, opened) for target, opened in sorted(found.items())]
    if not edges:
        return view
    # What comes in from outside goes before lines between closed namespaces.
    room = MOST_LINES - len(edges)
    others = view["edges"]
    if len(others) > room:
        before = view["cut"] or {"lines": 0, "not_opened": 0}
        view["cut"] = cut_json(before["lines"] + len(others), before["not_opened"])
        others = []
    nodes.append(stranger_node(_CONTROLLER))
    view["edges"] = sorted([*others, *edges], key=lambda edge: str(edge["id"]))
    elements = len(nodes) + len(view["edges"])
    view["budget"] = {**view["budget"], "elements": elements}
    return view


def _opened(points: EntryPoints, nodes: list[dict[str, Any]], query: MapQuery) -> dict[str, Opened]:
    """What the controller may open, by the node that shows where it ends."""
    paths = [
        path
        for path in points.paths
        if path.caller == ANY_POD.text
        and path.verdict != "deny"
        and (not query.namespaces or path.namespace in query.namespaces)
    ]
    if not paths:
        return {}
    port = parse_port(query.port) if query.port else None
    focused = query.focus.removeprefix("out:")
    ids = {node["id"] for node in nodes if not node.get("open")}
    opened = {node["id"] for node in nodes if node.get("open")}
    grouped = {
        name: group.id
        for top in ground_of(points.evaluation).groups
        for group in top.walk()
        if group.id in ids
        for name in group.names
    }
    found: dict[str, Opened] = {}
    for path in paths:
        if port is not None and path.target != port:
            continue
        closed = f"ns:{path.namespace}"
        # The first of them that is drawn; an open namespace may show some of its workloads only.
        places = (path.backend, closed, "" if closed in opened else grouped.get(path.namespace, ""))
        target = next((place for place in places if place in ids), "")
        if not target or (focused and focused not in (ANY_POD.text, target)):
            continue
        why = None
        if path.verdict in ("conditional", "unknown"):
            why = Caveat(path.verdict, path.reason)
        held = found.setdefault(target, {})
        number = path.target.number
        held[why] = held.get(why, NONE) | ConnectionSet.of(path.target.protocol, number, number)
    return found
