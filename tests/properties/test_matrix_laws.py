"""Laws of the matrix: every cell says what the flows and the explanation of that pair say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.matrix import matrix_view
from policies.evaluator.state import ClusterState
from tests.oracle.strategies import NAMESPACES, cluster_states
from tests.properties.settings import thorough

PORTS = ("80/TCP", "53/UDP", "8080/TCP", "ICMP")
UNCERTAIN = ("conditional", "unknown")


def cells(view: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Each cell by its row and column, as they are named in other answers."""
    return {
        (bare(row), bare(column)): view["answers"][index]
        for row, indexes in zip(view["rows"], view["cells"], strict=True)
        for column, index in zip(view["columns"], indexes, strict=True)
    }


def bare(end: str) -> str:
    return end.removeprefix("out:").removeprefix("in:")


def shown(evaluation: Evaluation, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return cells(matrix_view(evaluation, MapQuery(**query)))


@thorough
@given(cluster_states())
def test_a_cell_holds_the_flows_of_its_pair_and_no_flow_is_missing(state: ClusterState) -> None:
    evaluation = evaluate(state)
    rows: dict[tuple[str, str], dict[str, ConnectionSet]] = {}
    for flow in flows(evaluation):
        opened = rows.setdefault((flow.source, flow.destination), {})
        opened[flow.verdict] = opened.get(flow.verdict, NONE) | flow.connections
    found = shown(evaluation)
    assert rows.keys() <= found.keys()
    for ends, cell in found.items():
        opened = rows.get(ends, {})
        sure = opened.pop("allow", NONE)
        doubtful = ConnectionSet.union_of(opened.values()) - sure
        if sure:
            assert (cell["verdict"], cell["connections"]) == ("allow", sure.to_json()), ends
            possibly = cell["possibly"]
            assert (possibly["connections"] if possibly else {}) == doubtful.to_json(), ends
        elif doubtful:
            assert cell["verdict"] == max(opened), ends
            assert cell["connections"] == doubtful.to_json(), ends
        else:
            assert cell["verdict"] in ("deny", "none"), ends


@thorough
@given(cluster_states(), st.sampled_from(PORTS))
def test_a_cell_has_the_verdict_of_the_explanation(state: ClusterState, port: str) -> None:
    evaluation = evaluate(state)
    for asked in ("", port):
        for (source, destination), cell in shown(evaluation, port=asked).items():
            if cell["verdict"] == "none":
                continue
            answer = explain(evaluation, source, destination, asked or None)
            if answer.parts:
                # One node, several pods: they may differ in where they run.
                verdicts = {part.verdict for part in answer.parts}
                assert cell["verdict"] in (*verdicts, *UNCERTAIN), (source, destination)
            elif answer.verdict in UNCERTAIN:
                assert cell["verdict"] in UNCERTAIN, (source, destination)
            else:
                assert cell["verdict"] == answer.verdict, (source, destination, asked)


@thorough
@given(cluster_states(), st.sets(st.sampled_from(NAMESPACES)), st.sampled_from(("", *PORTS)))
def test_closing_a_namespace_counts_the_cells_of_its_workloads(
    state: ClusterState, opened: set[str], port: str
) -> None:
    evaluation = evaluate(state)

    def place(end: str) -> str:
        name = end.partition("/")[0]
        return f"ns:{name}" if "[" in end and name not in opened else end

    counted: dict[tuple[str, str], list[int]] = {}
    for (source, destination), cell in shown(evaluation, port=port).items():
        sums = counted.setdefault((place(source), place(destination)), [0, 0, 0])
        for index, name in enumerate(("pairs", "opened", "perhaps")):
            sums[index] += cell[name]
    found = shown(evaluation, level="namespace", opened=tuple(opened), port=port)
    assert {
        ends: [cell["pairs"], cell["opened"], cell["perhaps"]] for ends, cell in found.items()
    } == counted
    for ends, cell in found.items():
        pairs, certain, perhaps = counted[ends]
        if not pairs:
            assert cell["verdict"] == "none", ends
        elif certain:
            assert cell["verdict"] == ("allow" if certain == pairs else "partly"), ends
        else:
            assert cell["verdict"] in (UNCERTAIN if perhaps else ("deny",)), ends


@thorough
@given(cluster_states(), st.sampled_from(("", *PORTS[:3])))
def test_every_line_of_the_map_is_a_cell_that_no_badge_explains(
    state: ClusterState, port: str
) -> None:
    evaluation = evaluate(state)
    found = shown(evaluation, port=port)
    for edge in map_view(evaluation, MapQuery(level="workload", port=port))["edges"]:
        cell = found[bare(edge["source"]), bare(edge["target"])]
        assert cell["verdict"] != "deny", edge["id"]
        if edge["verdict"] == "allow":
            assert not cell["everyone"], edge["id"]
