"""The matrix: a verdict for every pair, what stands on its sides, and how it is kept readable."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.entry.onmap import unknown_controller
from policies.evaluator.errors import BadQuestion
from policies.evaluator.explain import explain
from policies.evaluator.mapview import MapQuery
from policies.evaluator.matrix import MOST_CELLS, matrix_view
from tests.support.entry_points import ingress, points_of, service
from tests.support.fixture_cluster import cluster
from tests.support.states import namespace, node, pod, policy, state
from tests.support.story import PODS, labelled

STORY = evaluate(labelled())
CURL, REDIS, WEB = "development/curl[Pod]", "production/redis[Pod]", "production/webserver[Pod]"
DEVELOPMENT, PRODUCTION = "ns:development", "ns:production"
OUT, IN = "out:0.0.0.0/0,::/0", "in:0.0.0.0/0,::/0"


def shown(evaluation: Evaluation, **query: Any) -> dict[str, Any]:
    return matrix_view(evaluation, MapQuery(**query))


def grid(view: dict[str, Any]) -> list[str]:
    """One line per row: `+` open, `/` partly, `?` not certain, `.` closed, ` ` nothing to ask."""
    marks = {"allow": "+", "partly": "/", "conditional": "?", "unknown": "?", "deny": ".",
             "none": " "}  # fmt: skip
    return [
        "".join(marks[view["answers"][index]["verdict"]] for index in row) for row in view["cells"]
    ]


def cell(view: dict[str, Any], source: str, destination: str) -> dict[str, Any]:
    row = view["cells"][view["rows"].index(source)]
    found: dict[str, Any] = view["answers"][row[view["columns"].index(destination)]]
    return found


# The query, the rows and columns, and the cells.
QUERIES: tuple[tuple[dict[str, Any], list[str], list[str], list[str]], ...] = (
    ({}, [CURL, REDIS, WEB, OUT], [CURL, REDIS, WEB, IN], [" ++.", ". .+", ".. +", "... "]),
    ({"level": "namespace"}, [DEVELOPMENT, PRODUCTION, OUT], [DEVELOPMENT, PRODUCTION, IN],
     [" +.", "..+", ".. "]),
    ({"level": "namespace", "opened": ("production", "nowhere")}, [DEVELOPMENT, REDIS, WEB, OUT],
     [DEVELOPMENT, REDIS, WEB, IN], [" ++.", ". .+", ".. +", "... "]),
    ({"namespaces": ("production",)}, [REDIS, WEB, OUT], [REDIS, WEB, IN], [" .+", ". +", ".. "]),
    ({"namespaces": ("nowhere",)}, [], [], []),
    ({"focus": REDIS}, [CURL, REDIS], [CURL, REDIS, IN], [" +.", ". +"]),
    ({"focus": DEVELOPMENT, "level": "namespace"}, [DEVELOPMENT, PRODUCTION],
     [DEVELOPMENT, PRODUCTION], [" +", ".."]),
    ({"port": "443"}, [CURL, REDIS, WEB, OUT], [CURL, REDIS, WEB, IN],
     [" ...", ". .+", ".. +", "... "]),
)  # fmt: skip


@pytest.mark.parametrize(("query", "rows", "columns", "cells"), QUERIES)
def test_a_query_decides_the_sides_and_the_cells(
    query: dict[str, Any], rows: list[str], columns: list[str], cells: list[str]
) -> None:
    view = shown(STORY, **query)
    assert (view["rows"], view["columns"], grid(view)) == (rows, columns, cells)
    assert {each["id"] for each in view["nodes"]} >= {*rows, *columns}
    assert view["budget"] == {
        "limit": MOST_CELLS, "elements": len(rows) * len(columns), "reduced": False,
    }  # fmt: skip
    assert view["cut"] is None


def test_what_the_map_leaves_to_a_badge_is_open_in_every_cell() -> None:
    view = shown(evaluate(state(*PODS)))
    assert grid(view) == [" +++", "+ ++", "++ +", "+++ "]
    assert all(each["everyone"] for each in view["answers"] if each["verdict"] == "allow")
    assert view["pairs"] == {"pairs": 12, "opened": 12, "perhaps": 0}
    assert view["sentence"] == (
        "Everything may talk to everything: no policy selects these 3 workloads."
    )


def test_a_pair_that_a_rule_opens_is_told_from_one_that_is_open_to_everyone() -> None:
    rule = "podSelector: {matchLabels: {app: a}}\ningress: [{from: [{podSelector: {}}]}]"
    view = shown(evaluate(state(pod("x/a"), pod("x/b"), pod("y/c"), policy("x/p", rule))))
    assert not cell(view, "x/b[Pod]", "x/a[Pod]")["everyone"]
    assert cell(view, "x/a[Pod]", "x/b[Pod]")["everyone"]


def test_a_closed_namespace_says_how_many_of_its_pairs_are_open() -> None:
    rule = "podSelector: {matchLabels: {app: a}}\ningress: [{from: [{podSelector: {}}]}]"
    view = shown(
        evaluate(state(pod("x/a"), pod("x/b"), pod("y/c"), policy("x/p", rule))), level="namespace"
    )
    into = cell(view, "ns:y", "ns:x")
    assert (into["verdict"], into["opened"], into["pairs"], into["text"]) == ("partly", 1, 2, "all")
    assert cell(view, "ns:x", "ns:x")["verdict"] == "allow"
    assert cell(view, "ns:y", "ns:y")["verdict"] == "none"


@pytest.mark.law("A-70")
def test_what_is_open_over_one_family_only_is_conditional_and_its_certain_part_is_not() -> None:
    block = "[{ipBlock: {cidr: 10.0.0.0/8}}]"
    rules = f"podSelector: {{}}\ningress: [{{from: {block}}}, {{ports: [{{port: 80}}]}}]"
    both = (pod("x/a", ips=["10.0.0.1", "fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]))
    view = shown(evaluate(state(*both, policy("x/p", rules))))
    found = cell(view, "y/b[Pod]", "x/a[Pod]")
    assert (found["verdict"], found["text"]) == ("allow", "TCP 80")
    assert found["possibly"]["verdict"] == "conditional"
    assert "IPv4" in found["possibly"]["reason"]
    asked = cell(
        shown(evaluate(state(*both, policy("x/p", rules))), port="443"), "y/b[Pod]", "x/a[Pod]"
    )
    assert (asked["verdict"], asked["possibly"]) == ("conditional", None)
    assert "IPv4" in asked["reason"]


@pytest.mark.law("A-95")
def test_a_question_about_icmp_is_not_known_where_a_side_is_isolated() -> None:
    view = shown(STORY, port="ICMP")
    assert cell(view, CURL, REDIS)["verdict"] == "unknown"
    assert cell(view, WEB, IN)["verdict"] == "allow"


@pytest.mark.law("A-104")
def test_what_policies_never_stop_on_a_node_is_in_the_cell() -> None:
    isolated = policy("x/p", "podSelector: {}")
    view = shown(
        evaluate(
            state(
                node("n1", "192.168.0.1"),
                pod("x/a", on="n1", ips=["10.0.0.1"]),
                pod("x/agent", on="n1", host_network=True, ips=["192.168.0.1"]),
                isolated,
            )
        )
    )
    assert cell(view, "x/agent[Pod]", "x/a[Pod]")["text"] == "all"


def test_addresses_stand_there_when_something_is_open_and_the_internet_does_always() -> None:
    block = "[{ipBlock: {cidr: 10.0.0.0/8}}]"
    rules = f"podSelector: {{}}\ningress: [{{from: {block}}}]\npolicyTypes: [Ingress, Egress]"
    view = shown(evaluate(state(pod("x/a"), policy("x/p", rules))))
    outside = {end for end in (*view["rows"], *view["columns"]) if "[" not in end}
    assert "out:10.0.0.0/8" in outside
    assert "in:10.0.0.0/8" not in outside
    rest = {end.partition(":")[2] for end in outside - {"out:10.0.0.0/8"}}
    assert {f"{side}:{each}" for side in ("in", "out") for each in rest} < outside
    assert all("10.0.0.0/8" not in each for each in rest)


def test_a_controller_that_is_not_in_the_input_is_a_source_with_what_policies_let_it_do() -> None:
    points = points_of(cluster("ingress: []", service(), ingress("web:80")))
    beyond = unknown_controller(points)
    assert beyond is not None
    view = matrix_view(points.evaluation, MapQuery(), beyond)
    assert "out:{ingress-controller}" in view["rows"]
    labels = {each["id"]: each["label"] for each in view["nodes"]}
    assert labels["out:{ingress-controller}"] == "Ingress controller"
    row = view["cells"][view["rows"].index("out:{ingress-controller}")]
    verdicts = {view["answers"][index]["verdict"] for index in row}
    assert verdicts == {"allow", "deny", "none"}
    assert cell(view, "out:{ingress-controller}", "x/a[Pod]")["verdict"] == "deny"


def crowd(namespaces: int, each: int) -> Evaluation:
    """So many namespaces with so many pods, one of which is closed to all."""
    pods = [pod(f"n{i:03}/p{j}") for i in range(namespaces) for j in range(each)]
    closed = policy("n000/closed", "podSelector: {matchLabels: {app: p0}}")
    return evaluate(state(*(namespace(f"n{i:03}") for i in range(namespaces)), *pods, closed))


def test_a_matrix_too_large_closes_its_namespaces_and_keeps_those_that_were_opened() -> None:
    many = crowd(11, 10)
    view = shown(many)
    assert view["budget"]["reduced"]
    assert view["level"] == "namespace"
    assert view["rows"] == [*(f"ns:n{i:03}" for i in range(11)), OUT]
    assert cell(view, "ns:n001", "ns:n000")["verdict"] == "partly"
    opened = shown(many, opened=("n000",))
    assert opened["rows"][:11] == [*(f"n000/p{j}[Pod]" for j in range(10)), "ns:n001"]
    assert cell(opened, "ns:n001", "n000/p0[Pod]")["verdict"] == "deny"
    assert shown(many, level="workload")["budget"]["reduced"]


def test_what_does_not_fit_even_then_is_left_out_by_number_and_the_internet_stays() -> None:
    view = shown(crowd(1, 150), opened=("n000",))
    assert len(view["rows"]) * len(view["columns"]) <= MOST_CELLS
    assert view["rows"][-1] == OUT
    assert view["columns"][-1] == IN
    assert (view["cut"]["rows"], view["cut"]["columns"]) == (51, 51)
    assert view["cut"]["sentence"].startswith(
        "These are 100 of 151 sources and 100 of 151 destinations: more do not fit."
    )


def test_many_namespaces_stand_in_groups_that_open() -> None:
    many = crowd(120, 1)
    view = shown(many)
    assert view["level"] == "group"
    assert view["cut"] is None
    first = view["rows"][0]
    assert first.startswith("group:n000..")
    assert cell(view, view["rows"][1], first)["verdict"] == "partly"
    opened = shown(many, opened=(first.removeprefix("group:"), "n000"))
    assert opened["rows"][:2] == ["n000/p0[Pod]", "ns:n001"]
    assert cell(opened, "ns:n001", "n000/p0[Pod]")["verdict"] == "deny"
    assert view["pairs"] == opened["pairs"]


def test_one_workload_and_its_neighbours_are_shown_open_in_a_cluster_that_is_too_large() -> None:
    only = "podSelector: {}\ningress: [{from: [{podSelector: {matchLabels: {app: p1}}}]}]"
    closing = policy("x/p", f"{only}\negress: []\npolicyTypes: [Ingress, Egress]")
    large = evaluate(state(*(pod(f"x/p{j}") for j in range(150)), pod("y/p"), closing))
    assert shown(large)["budget"]["reduced"]
    view = shown(large, focus="y/p[Pod]")
    assert not view["budget"]["reduced"]
    assert view["rows"] == ["y/p[Pod]", OUT]


@pytest.mark.law("F-40")
@pytest.mark.parametrize(
    "rules",
    [
        "ingress: []",
        "ingress: [{}]",
        "ingress: [{ports: [{port: 8}]}]",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]",
    ],
)
def test_the_row_of_an_unknown_controller_says_what_its_explanation_says(rules: str) -> None:
    points = points_of(cluster(rules, service(), ingress("web:80")))
    for port in ("", "80/TCP"):
        view = matrix_view(points.evaluation, MapQuery(port=port), unknown_controller(points))
        asked = 0
        for destination in view["columns"]:
            found = cell(view, "out:{ingress-controller}", destination)
            if found["verdict"] == "none":
                continue
            asked += 1
            answer = explain(points.evaluation, "{ingress-controller}", destination, port or None)
            assert found["verdict"] == answer.verdict, (destination, port)
        assert asked


@pytest.mark.parametrize("query", [{"port": "eighty"}, {"focus": "nobody"}])
def test_what_nobody_can_answer_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(BadQuestion):
        shown(STORY, **query)


def test_where_nothing_is_enforced_every_cell_is_open() -> None:
    closed = evaluate(state(*PODS, policy("production/p", "podSelector: {}")), flags={
        "np_enforced": False,
    })  # fmt: skip
    assert grid(shown(closed)) == [" +++", "+ ++", "++ +", "+++ "]
