"""Flows from the controller that nobody knows, as rows beside those between known peers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.graph import Flow, Run, Verdict, each_flow, flow_order, flow_runs, rows_of
from policies.evaluator.nodes import Level
from policies.evaluator.questions import find_peer, parse_port
from policies.evaluator.strangers import ANY_POD

if TYPE_CHECKING:
    from policies.evaluator.entry.paths import EntryPath
    from policies.evaluator.entry.points import EntryPoints

__all__ = ["controller_flows", "each_flow_with_entries", "runs_with_entries"]


def runs_with_entries(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> list[Run]:
    """The rows of `graph.flow_runs`, and those of `{ingress-controller}` where policies let it in.

    A controller whose pods are known has its rows already. Raises BadQuestion as `flow_runs` does.
    """
    if _of_controller(focus):
        runs = []
        # Wrong words of the other filters are to be told as ever.
        each_flow(evaluation, level="namespace", namespace=namespace, port=port)
    else:
        runs = flow_runs(evaluation, level=level, namespace=namespace, focus=focus, port=port)
    more = _of_the_controller(evaluation, level, namespace, focus, port)
    if not more:
        return runs
    return [Run.of(row) for row in _merged(rows_of(runs), more)]


def each_flow_with_entries(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> Iterator[Flow]:
    """The rows of `graph.each_flow`, and those of `{ingress-controller}`, one by one."""
    if _of_controller(focus):
        rows: Iterator[Flow] = iter(())
        each_flow(evaluation, level="namespace", namespace=namespace, port=port)
    else:
        rows = each_flow(evaluation, level=level, namespace=namespace, focus=focus, port=port)
    more = _of_the_controller(evaluation, level, namespace, focus, port)
    return _merged(rows, more)


def _merged(rows: Iterable[Flow], more: Sequence[Flow]) -> Iterator[Flow]:
    if not more:
        return iter(rows)
    from heapq import merge

    return merge(rows, more, key=flow_order)


def _of_controller(focus: str | None) -> bool:
    return focus is not None and focus.strip() == ANY_POD.text


def _of_the_controller(
    evaluation: Evaluation,
    level: Level,
    namespace: str | None,
    focus: str | None,
    port: str | None,
) -> list[Flow]:
    """The rows of the controller that nobody knows, in order."""
    state = evaluation.state
    if not state.services and not any(True for _ in state.entry):
        return []
    # Many modules, for ways in that this state does have.
    from policies.evaluator.entry.points import entries_of

    points = entries_of(evaluation)
    wanted = parse_port(port) if port else None
    keep = evaluation.universe.everyone
    if focus and not _of_controller(focus):
        keep = find_peer(evaluation, focus, "focus").bits
    found = controller_flows(points, level, keep, namespace)
    return sorted(
        (
            row
            for row in found
            if wanted is None or row.connections.allows(wanted.protocol, wanted.number)
        ),
        key=flow_order,
    )


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
