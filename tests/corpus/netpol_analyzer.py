"""Answers to the cases of the netpol-analyzer set (corpus part A)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from policies.evaluator.diff import compare
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.errors import Problem
from policies.evaluator.explain import explain
from policies.evaluator.state import ClusterState
from tests.corpus import entry
from tests.corpus import exposure as potential
from tests.corpus.cases import CorpusCase
from tests.corpus.causes import verdicts
from tests.corpus.inputs import direct_owners, read_paths, without_addresses
from tests.corpus.rows import (
    ORDINARY_PODS,
    bounds,
    connection_rows,
    pieces,
    range_text,
    v4_ranges,
)

__all__ = ["answer"]

Result = dict[str, Any]
Row = dict[str, Any]


def answer(case: CorpusCase) -> Result:
    """The result for one case, as compare.py reads it."""
    return _ANSWERS[case.kind](case)


def _paths(case: CorpusCase, index: int | None = None) -> list[Path]:
    dirs = case.record["dirs"] if index is None else case.record["dirs"][index : index + 1]
    return [case.folder / each for each in dirs]


def _state(case: CorpusCase, index: int | None = None) -> ClusterState:
    return without_addresses(read_paths(_paths(case, index)))


def _rows(case: CorpusCase) -> list[Row]:
    state = _state(case)
    owners = direct_owners(_paths(case), state)
    rows = connection_rows(state, owners) + entry.controller_rows(state, owners, ORDINARY_PODS)
    return _focused(rows, case.options)


def _focused(rows: list[Row], options: dict[str, Any]) -> list[Row]:
    if options.get("focus_conn"):
        protocol, _, number = options["focus_conn"].upper().partition("-")
        rows = [row for row in rows if _holds(row["conn"], protocol, int(number))]
    focus = options.get("focus_workloads") or []
    if not focus:
        return rows
    direction = options.get("focus_direction")
    ends = {"ingress": ["dst"], "egress": ["src"]}.get(direction or "", ["src", "dst"])
    return [row for row in rows if any(_is_named(row[end], focus) for end in ends)]


def _holds(connections: Any, protocol: str, number: int) -> bool:
    if connections == "all":
        return True
    return any(low <= number <= high for low, high in connections.get(protocol, ()))


def _is_named(text: str, names: list[str]) -> bool:
    plain = text.partition("[")[0]
    return "[" in text and any(name in (plain, plain.partition("/")[2]) for name in names)


def _connlist(case: CorpusCase) -> Result:
    return {"connections": _rows(case)}


def _exposure(case: CorpusCase) -> Result:
    state = _state(case)
    owners = direct_owners(_paths(case), state)
    found = potential.exposure_result(state, owners, ORDINARY_PODS, case.record)
    if case.options.get("focus_conn"):
        return found
    return {"connections": _rows(case), **found}


def _property(case: CorpusCase) -> Result:
    if "disjoint_ip_ranges" in case.record["expected"]:
        cuts = bounds(_state(case), "ingress")
        return {"ip_ranges": [range_text(each) for each in pieces([(0, (1 << 32) - 1)], cuts)]}
    if "ingress_targets" in case.record["expected"]:
        state = _state(case)
        owners = direct_owners(_paths(case), state)
        return {"ingress_targets": entry.targets(state, owners, ORDINARY_PODS)}
    if "workloads_selected" in case.record["expected"]:
        state, query = _state(case), case.record["query"]
        owners = direct_owners(_paths(case), state)
        found = entry.selected(state, owners, query["namespace"], query["service"])
        return {"workloads_selected": len(found)}
    return {"connections": _rows(case)}


def _diff(case: CorpusCase) -> Result:
    states = [_state(case, 0), _state(case, 1)]
    names = _shown_names(case, states)
    before, after = (evaluate(state, ORDINARY_PODS) for state in states)
    rows = [
        {
            "type": change.kind,
            "src": source,
            "dst": destination,
            "dir1": change.before.to_json(),
            "dir2": change.after.to_json(),
            "new_or_lost": [names.get(text, text) for text in change.new_or_lost],
        }
        for change in compare(before, after).changes
        for source in _ends(change.source, names)
        for destination in _ends(change.destination, names)
    ]
    owners = tuple(direct_owners(_paths(case, index), state) for index, state in enumerate(states))
    return {"diff": [*rows, *entry.controller_changes((before, after), (owners[0], owners[1]))]}


def _ends(text: str, names: dict[str, str]) -> list[str]:
    if "[" in text:
        return [names.get(text, text)]
    return [range_text(each) for each in v4_ranges(text)]


def _shown_names(case: CorpusCase, states: list[ClusterState]) -> dict[str, str]:
    """Our name of a workload -> the corpus' name of it."""
    names: dict[str, str] = {}
    for index, state in enumerate(states):
        owners = direct_owners(_paths(case, index), state)
        for pod in state.pods:
            names[str(pod.workload)] = owners[pod.namespace, pod.name]
    return names


def _eval(case: CorpusCase) -> Result:
    query = case.record["query"]
    state = _state(case)
    evaluation = evaluate(state, ORDINARY_PODS)
    port = f"{query['port']}/{query['protocol'].upper()}" if query.get("port") else None
    if query.get("all_pod_pairs"):
        names = [f"{pod.namespace}/{pod.name}" for pod in state.pods]
        matrix = [
            [source, destination, _is_open(evaluation, source, destination, port)]
            for source in names
            for destination in names
        ]
        return {"matrix": matrix}
    source, destination = (query.get(end) or query[f"{end}_workload"] for end in ("src", "dst"))
    found = explain(evaluation, source, destination, port)
    return {"allowed": found.verdict == "allow", "conn": found.connections.to_json()}


def _is_open(evaluation: Evaluation, source: str, destination: str, port: str | None) -> bool:
    return explain(evaluation, f"{source}[Pod]", f"{destination}[Pod]", port).verdict == "allow"


def _explain(case: CorpusCase) -> Result:
    state = _state(case)
    owners = direct_owners(_paths(case), state)
    names = {text: f"{place[0]}/{place[1]}[Pod]" for place, text in sorted(owners.items())}
    evaluation = evaluate(state, ORDINARY_PODS)
    expected = case.record["expected"]
    pairs = []
    for asked in [*expected["pairs"], *(expected.get("default_pairs") or [])]:
        found = explain(evaluation, _one_of(asked["src"], names), _one_of(asked["dst"], names))
        pairs.append({"src": asked["src"], "dst": asked["dst"], "verdicts": verdicts(found)})
    return {"pairs": pairs}


def _one_of(text: str, names: dict[str, str]) -> str:
    """A pod of a workload, or the first address of a range: one stands for all of them."""
    return names[text] if text in names else text.partition("-")[0]


def _error(case: CorpusCase) -> Result:
    states = [_state(case, index) for index in range(len(case.record["dirs"]))]
    errors = [p for state in states for p in state.problems if p.severity == "error"]
    classes = {_class_of(problem) for state in states for problem in state.problems}
    for state in states:
        if not state.pods:
            classes.add("no-workloads")
        if not state.policies:
            classes.add("no-policies")
        if any(problem.message.startswith("replaces ") for problem in state.problems):
            classes.add("duplicate-object")
    return {
        "fatal": bool(errors),
        "error_class": sorted(classes),
        "errors": [str(problem) for problem in errors],
        "warnings": [str(p) for state in states for p in state.problems],
    }


def _class_of(problem: Problem) -> str:
    path = problem.path
    if problem.path == "metadata.name" and problem.message.startswith("must be default"):
        return "banp-not-single-default"
    if problem.message.startswith("must be a list"):
        return "undecodable-input"
    for word, name in (
        (".priority", "anp-priority-range"),
        (".subject", "bad-subject"),
        (".action", "bad-action"),
        (".networks", "bad-cidr"),
        (".cidr", "bad-cidr"),
        (".except", "bad-cidr"),
        (".ports", "bad-port"),
        ("elector", "bad-selector"),
        (".from", "bad-peer"),
        (".to", "bad-peer"),
    ):
        if word in path:
            return name
    return "undecodable-input"


def _explain_all(case: CorpusCase) -> Result:
    """The pairs of the ingress controller are explained apart."""
    expected = case.record["expected"]
    mine, others = entry.split(expected["pairs"])
    rest = {**case.record, "expected": {**expected, "pairs": others}}
    found = _explain(CorpusCase(case.folder, rest))
    state = _state(case)
    owners = direct_owners(_paths(case), state)
    evaluation = evaluate(state, ORDINARY_PODS)
    pairs = [entry.explained(evaluation, owners, asked["dst"]) for asked in mine]
    return {"pairs": [*found["pairs"], *pairs]}


_ANSWERS: dict[str, Callable[[CorpusCase], Result]] = {
    "connlist": _connlist,
    "exposure": _exposure,
    "property": _property,
    "diff": _diff,
    "eval": _eval,
    "explain": _explain_all,
    "error": _error,
}
