"""Rows of the allowed-flow graph: levels, filters, verdicts, families."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import flow_runs, flow_table, flows, rows_json
from policies.evaluator.state import Namespace, Pod, PolicyObject
from tests.support.states import namespace, node, pod, policy, state
from tests.support.story import labelled, unlabelled

OUTSIDE = "0.0.0.0/0,::/0"
CURL, REDIS, WEB = "development/curl[Pod]", "production/redis[Pod]", "production/webserver[Pod]"
STORY = evaluate(labelled())
TCP_80 = ConnectionSet.of("TCP", 80, 80)


def rows(evaluation: Evaluation, **filters: Any) -> list[tuple[str, str, str, str]]:
    return [
        (each.source, each.destination, str(each.connections), each.verdict)
        for each in flows(evaluation, **filters)
    ]


def test_the_story_opens_the_web_server_to_curl_and_nothing_else() -> None:
    assert rows(STORY, namespace="development") == [
        (CURL, REDIS, "TCP 80", "allow"),
        (CURL, WEB, "TCP 80", "allow"),
    ]
    assert rows(evaluate(unlabelled()), namespace="development") == []


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("namespace", [("development", "production", "TCP 80", "allow"),
                       ("production", OUTSIDE, "All Connections", "allow")]),
        ("workload", [(CURL, REDIS, "TCP 80", "allow"), (CURL, WEB, "TCP 80", "allow"),
                      (REDIS, OUTSIDE, "All Connections", "allow"),
                      (WEB, OUTSIDE, "All Connections", "allow")]),
    ],
)  # fmt: skip
def test_a_level_shows_its_own_nodes(level: str, expected: list[tuple[str, ...]]) -> None:
    assert rows(STORY, level=level) == expected


def test_rows_that_differ_in_their_destination_only_are_one_run() -> None:
    found = flow_runs(STORY)
    assert [(each.source, list(each.destinations), str(each.connections)) for each in found] == [
        (CURL, [REDIS, WEB], "TCP 80"),
        (REDIS, [OUTSIDE], "All Connections"),
        (WEB, [OUTSIDE], "All Connections"),
    ]
    assert [row for run in found for row in run.rows()] == flows(STORY)


def test_pods_are_rows_of_their_own_at_pod_level() -> None:
    cluster = state(*(pod(f"x/web-{i}", {}, of="Deployment/web") for i in "12"), pod("x/c"))
    inside = [row[:2] for row in rows(evaluate(cluster), level="pod") if OUTSIDE not in row]
    assert inside == [
        ("x/c[Pod]", "x/web-1[Pod]"),
        ("x/c[Pod]", "x/web-2[Pod]"),
        ("x/web-1[Pod]", "x/c[Pod]"),
        ("x/web-1[Pod]", "x/web-2[Pod]"),
        ("x/web-2[Pod]", "x/c[Pod]"),
        ("x/web-2[Pod]", "x/web-1[Pod]"),
    ]


@pytest.mark.law("A-100", "A-102")
def test_self_flows_are_no_rows_but_are_in_the_table() -> None:
    cluster = state(pod("x/web", of="Deployment/web", replicas=2))
    evaluation = evaluate(cluster)
    assert [row[:2] for row in rows(evaluation)] == [
        (OUTSIDE, "x/web[Deployment]"),
        ("x/web[Deployment]", OUTSIDE),
    ]
    table = flow_table(evaluation, "workload")
    web = next(i for i, each in enumerate(table.nodes) if each.workload)
    assert table.rows[web][web] == {None: ALL}


def test_external_addresses_have_no_flows_among_themselves() -> None:
    cluster = state(
        pod("x/a"),
        node("n1", "192.168.0.1"),
        policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"),
    )
    found = rows(evaluate(cluster))
    assert all("[" in source or "[" in destination for source, destination, _, _ in found)
    assert not any("n1" in row for row in found)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"namespace": "production"}, 4),
        ({"focus": WEB}, 2),
        ({"focus": OUTSIDE}, 2),
        ({"port": "80/TCP"}, 4),
        ({"port": "tcp/443"}, 2),
        ({"port": "UDP 53", "focus": CURL}, 0),
        ({"port": "80", "namespace": "development"}, 2),
    ],
)
def test_filters_keep_the_rows_they_name(filters: dict[str, str], count: int) -> None:
    assert len(rows(STORY, **filters)) == count


@pytest.mark.law("F-01")
def test_a_focus_on_a_workload_keeps_the_rows_of_its_variants() -> None:
    cluster = state(
        pod("x/db-1", {"role": "main"}, of="StatefulSet/db"),
        pod("x/db-2", {"role": "copy"}, of="StatefulSet/db"),
        pod("x/c"),
        policy("x/p", "podSelector: {matchLabels: {role: main}}"),
    )
    found = {row[0] for row in rows(evaluate(cluster), focus="x/db[StatefulSet]")}
    assert found == {
        OUTSIDE,
        "x/c[Pod]",
        "x/db[StatefulSet]{role=copy}",
        "x/db[StatefulSet]{role=main}",
    }


def test_a_malformed_port_is_refused() -> None:
    with pytest.raises(BadQuestion, match="is no port"):
        flows(STORY, port="http")


@pytest.mark.law("F-06", "M-05")
def test_a_label_that_the_cluster_sets_makes_a_flow_unknown() -> None:
    cluster = state(
        pod("x/a", {"app": "a"}),
        pod("x/b", {}, unknown=["hash"]),
        policy(
            "x/p",
            """
            podSelector: {matchLabels: {app: a}}
            ingress: [{from: [{podSelector: {matchLabels: {hash: h}}}], ports: [{port: 80}]}]
            """,
        ),
    )
    (found,) = (each for each in flows(evaluate(cluster)) if each.destination == "x/a[Pod]")
    assert list(rows_json([found])) == [
        {
            "source": "x/b[Pod]",
            "destination": "x/a[Pod]",
            "connections": {"TCP": [[80, 80]]},
            "verdict": "unknown",
            "reason": "whether ingress[0].from[0] matches these pods depends on a label that the "
            "cluster sets at run time",
        }
    ]


@pytest.mark.law("F-06", "M-05")
def test_isolation_by_an_unknown_label_makes_every_flow_unknown() -> None:
    closed = policy("x/p", "podSelector: {matchLabels: {hash: h}}")
    cluster = state(pod("x/a"), pod("x/b", {}, unknown=["hash"]), closed)
    found = [row for row in rows(evaluate(cluster)) if row[1] == "x/b[Pod]"]
    assert found == [
        (OUTSIDE, "x/b[Pod]", "All Connections", "unknown"),
        ("x/a[Pod]", "x/b[Pod]", "All Connections", "unknown"),
    ]


@pytest.mark.law("A-70")
def test_what_one_family_only_may_do_is_conditional() -> None:
    block = "podSelector: {matchLabels: {app: a}}\negress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"
    cluster = state(
        pod("x/a", ips=["10.0.0.1", "fd00::1"]),
        pod("x/both", ips=["10.0.0.2", "fd00::2"]),
        pod("x/four", ips=["10.0.0.3"]),
        pod("x/six", ips=["fd00::4"]),
        policy("x/p", f"{block}\npolicyTypes: [Egress]"),
    )
    found = {
        each.destination: (str(each.connections), each.verdict, each.reason)
        for each in flows(evaluate(cluster))
        if each.source == "x/a[Pod]"
    }
    assert found == {
        "10.0.0.0/8": ("All Connections", "allow", ""),
        "x/both[Pod]": ("All Connections", "conditional", "only over IPv4"),
        "x/four[Pod]": ("All Connections", "allow", ""),
    }


def test_rows_are_the_same_for_the_same_objects_in_any_order() -> None:
    objects: list[Namespace | Pod | PolicyObject] = [
        namespace("x"),
        pod("x/a"),
        pod("x/b"),
        policy("x/p", "podSelector: {}"),
    ]
    assert rows(evaluate(state(*objects))) == rows(evaluate(state(*reversed(objects))))


@pytest.mark.parametrize(
    ("field", "value"), [("focus", "nobody"), ("level", "cluster"), ("namespace", "nowhere")]
)
def test_a_filter_that_names_nothing_is_a_bad_question(field: str, value: str) -> None:
    with pytest.raises(BadQuestion) as refused:
        flows(evaluate(state(pod("x/a"))), **{field: value})  # type: ignore[arg-type]  # any text
    assert refused.value.field == field


def test_more_flows_than_can_be_listed_are_refused_until_the_question_is_narrower() -> None:
    crowd = evaluate(state(*(pod(f"x/p{number}") for number in range(600))))
    with pytest.raises(BadQuestion, match="more than the 250,000 that can be listed") as refused:
        flows(crowd)
    assert refused.value.field == "level"
    # To and from each of the others, and the Internet.
    assert len(flows(crowd, focus="x/p7")) == 2 * 600
    assert len(flows(crowd, level="namespace")) == 2
