"""Flows from the controller that nobody knows, as rows beside those between known peers."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.paths import EntryPath
from policies.evaluator.entry.points import EntryPoints
from policies.evaluator.graph import Flow, Verdict, flows, in_order
from policies.evaluator.nodes import Level
from policies.evaluator.questions import find_peer, parse_port
from policies.evaluator.strangers import ANY_POD

__all__ = ["controller_flows", "flows_with_entries"]


def flows_with_entries(
    points: EntryPoints,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> list[Flow]:
    """The rows of `graph.flows`, and those of `{ingress-controller}` where policies let it in.

    A controller whose pods are known has its rows already. Raises BadQuestion as `flows` does.
    """
    evaluation = points.evaluation
    of_controller = focus is not None and focus.strip() == ANY_POD.text
    if of_controller:
        rows = []
        # Wrong words of the other filters are to be told as ever.
        flows(evaluation, level="namespace", namespace=namespace, port=port)
    else:
        rows = flows(evaluation, level=level, namespace=namespace, focus=focus, port=port)
    wanted = parse_port(port) if port else None
    keep = evaluation.universe.everyone
    if focus and not of_controller:
        keep = find_peer(evaluation, focus, "focus").bits
    more = [
        row
        for row in controller_flows(points, level, keep, namespace)
        if wanted is None or row.connections.allows(wanted.protocol, wanted.number)
    ]
    return sorted([*rows, *more], key=in_order) if more else rows


def controller_flows(
    points: EntryPoints, level: Level, keep: int = -1, namespace: str | None = None
) -> Iterator[Flow]:
    """What `{ingress-controller}` may open by its paths, to each node of a level."""
    opened: dict[tuple[str, Verdict, str], ConnectionSet] = {}
    for path in points.paths:
        if path.caller != ANY_POD.text or path.verdict == "deny" or not path.bits & keep:
            continue
        if namespace is not None and path.namespace != namespace:
            continue
        port = ConnectionSet.of(path.target.protocol, path.target.number, path.target.number)
        for text in _ends(points.evaluation, path, level):
            key = (text, path.verdict, path.reason)
            opened[key] = opened.get(key, NONE) | port
    for (text, verdict, reason), connections in opened.items():
        yield Flow(ANY_POD.text, text, verdict, reason, connections)


def _ends(evaluation: Evaluation, path: EntryPath, level: Level) -> Iterator[str]:
    if level == "namespace":
        yield path.namespace
    elif level == "workload":
        yield path.backend
    else:
        for index in bits_of(path.pods):
            pod = evaluation.state.pods[index]
            yield f"{pod.namespace}/{pod.name}[Pod]"
