"""Nodes of a graph: workloads and their variants, pods, namespaces, addresses."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.nodes import LEVELS, Level, nodes_at
from policies.evaluator.state import Namespace, Node, Pod, PolicyObject
from tests.support.states import namespace, node, pod, policy, state

DB = tuple(
    pod(
        f"x/db-{number}", {"app": "db", "role": role}, of="StatefulSet/db", ips=[f"10.0.0.{number}"]
    )
    for number, role in ((1, "main"), (2, "copy"), (3, "copy"))
)
CLIENT = pod("x/c")
WEB = pod("x/web", of="Deployment/web", replicas=3)
Objects = tuple[Namespace | Pod | PolicyObject | Node, ...]


def texts(*objects: Namespace | Pod | PolicyObject | Node, level: Level = "workload") -> list[str]:
    return [node.text for node in nodes_at(evaluate(state(*objects)), level).nodes]


# What the policies of a StatefulSet's namespace say, and the nodes that show it.
VARIANTS: tuple[tuple[str, Objects, list[str]], ...] = (
    ("no policy", (), ["x/db[StatefulSet]"]),
    ("a policy on all of them", (policy("x/p", "podSelector: {matchLabels: {app: db}}"),),
     ["x/db[StatefulSet]"]),
    ("a policy that looks at a label and treats all alike",
     (policy("x/p", "podSelector: {matchLabels: {role: none}}"),), ["x/db[StatefulSet]"]),
    ("a policy on one of them", (policy("x/p", "podSelector: {matchLabels: {role: main}}"),),
     ["x/db[StatefulSet]{role=copy}", "x/db[StatefulSet]{role=main}"]),
    ("a rule about one of them as a peer",
     (policy("x/p", "podSelector: {matchLabels: {app: c}}\n"
             "ingress: [{from: [{podSelector: {matchLabels: {role: main}}}]}]"),),
     ["x/db[StatefulSet]{role=copy}", "x/db[StatefulSet]{role=main}"]),
    ("a block that holds one of them",
     (policy("x/p", "podSelector: {matchLabels: {app: c}}\n"
             "ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/32}}]}]"),),
     ["x/db[StatefulSet]{db-1}", "x/db[StatefulSet]{other}"]),
)  # fmt: skip


@pytest.mark.law("F-01")
@pytest.mark.parametrize(
    ("policies", "expected"), [row[1:] for row in VARIANTS], ids=[row[0] for row in VARIANTS]
)
def test_a_workload_is_split_only_where_a_decision_tells_its_pods_apart(
    policies: Objects, expected: list[str]
) -> None:
    found = texts(CLIENT, *DB, *policies)
    assert [text for text in found if text.startswith("x/db")] == expected


@pytest.mark.law("F-01", "A-90")
def test_host_network_pods_of_a_workload_are_a_variant() -> None:
    host = pod("x/web-h", {"app": "web"}, of="Deployment/web", host_network=True, on="n1")
    assert texts(host, pod("x/web-1", {"app": "web"}, of="Deployment/web"))[1:] == [
        "x/web[Deployment]{hostNetwork}",
        "x/web[Deployment]{web-1}",
    ]


@pytest.mark.law("F-01")
def test_a_variant_without_a_label_of_its_own_is_named_by_those_it_lacks() -> None:
    plain = [pod(f"x/web-{i}", {"app": "web"}, of="Deployment/web") for i in (1, 2)]
    canary = pod("x/web-3", {"app": "web", "track": "canary"}, of="Deployment/web")
    selecting = policy("x/p", "podSelector: {matchLabels: {track: canary}}")
    assert texts(*plain, canary, selecting)[1:] == [
        "x/web[Deployment]{track!=canary}",
        "x/web[Deployment]{track=canary}",
    ]


@pytest.mark.law("F-05")
def test_a_template_counts_as_many_pods_as_it_has_replicas() -> None:
    found = nodes_at(evaluate(state(WEB, *DB)), "workload").nodes
    assert {node.text: node.pods for node in found if node.workload} == {
        "x/db[StatefulSet]": 3,
        "x/web[Deployment]": 3,
    }


@pytest.mark.law("F-05")
def test_a_workload_scaled_to_zero_stays_a_node() -> None:
    nothing = pod("x/web", of="Deployment/web", replicas=0)
    (found,) = [
        each for each in nodes_at(evaluate(state(nothing)), "workload").nodes if each.workload
    ]
    assert (found.text, found.pods) == ("x/web[Deployment]", 0)


def test_every_level_has_its_own_nodes_and_the_same_outside() -> None:
    objects: Objects = (namespace("empty"), CLIENT, *DB, node("n1", "192.168.0.1"))
    outside = "0.0.0.0/0,::/0"
    assert texts(*objects, level="namespace") == [outside, "empty", "x"]
    assert texts(*objects, level="workload") == [outside, "x/c[Pod]", "x/db[StatefulSet]"]
    assert texts(*objects, level="pod") == [
        outside,
        "x/c[Pod]",
        "x/db-1[Pod]",
        "x/db-2[Pod]",
        "x/db-3[Pod]",
    ]


def test_every_peer_but_a_cluster_node_is_shown_by_a_node() -> None:
    evaluation = evaluate(state(CLIENT, *DB, node("n1", "192.168.0.1"), VARIANTS[5][1][0]))
    universe = evaluation.universe
    shown = {
        bit for bit in range(universe.size) if not universe.first_node <= bit < universe.first_cell
    }
    for level in LEVELS:
        table = nodes_at(evaluation, level)
        assert table.of_bit.keys() == shown
