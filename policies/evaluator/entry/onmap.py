"""Ways in as the map shows them: a badge on a workload, and the controller that nobody knows."""

from __future__ import annotations

from typing import Any

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.entry.points import EntryPoints
from policies.evaluator.mapnodes import stranger_node
from policies.evaluator.mapview import MapQuery, edge_json
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import parse_port
from policies.evaluator.strangers import ANY_POD, Beyond

__all__ = ["put_badges", "put_on_map", "unknown_controller"]

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


def put_on_map(view: dict[str, Any], points: EntryPoints, query: MapQuery) -> None:
    """Add the badges to the workloads of a view, and `{ingress-controller}` to its left side."""
    put_badges(view, points)
    ids = {node["id"] for node in view["nodes"] if not node.get("open")}
    edges = [
        edge_json(_CONTROLLER, target, opened)
        for target, opened in sorted(_opened(points, ids, query).items())
    ]
    if not edges:
        return
    view["nodes"].append(stranger_node(_CONTROLLER))
    view["edges"] = sorted([*view["edges"], *edges], key=lambda edge: str(edge["id"]))
    view["budget"]["elements"] += len(edges) + 1


def _opened(
    points: EntryPoints, ids: set[str], query: MapQuery
) -> dict[str, dict[Caveat | None, ConnectionSet]]:
    """What the controller may open, by the node that shows where it ends."""
    port = parse_port(query.port) if query.port else None
    focused = query.focus.removeprefix("out:")
    found: dict[str, dict[Caveat | None, ConnectionSet]] = {}
    for path in points.paths:
        if path.caller != ANY_POD.text or path.verdict == "deny":
            continue
        if port is not None and path.target != port:
            continue
        closed = f"ns:{path.namespace}"
        target = path.backend if path.backend in ids else closed
        if target not in ids or (focused and focused not in (ANY_POD.text, target)):
            continue
        why = None if path.verdict == "allow" else Caveat(path.verdict, path.reason)
        opened = found.setdefault(target, {})
        number = path.target.number
        opened[why] = opened.get(why, NONE) | ConnectionSet.of(path.target.protocol, number, number)
    return found
