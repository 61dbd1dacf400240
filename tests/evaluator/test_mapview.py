"""The map: what is drawn, what a badge says instead, and how it is kept within a budget."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.mapwords import edge_json, short_text
from policies.evaluator.policy import Caveat
from tests.support.states import daemonset, namespace, node, pod, policy, state
from tests.support.story import PODS, labelled

STORY = evaluate(labelled())
CURL, REDIS, WEB = "development/curl[Pod]", "production/redis[Pod]", "production/webserver[Pod]"
DEVELOPMENT, PRODUCTION = "ns:development", "ns:production"


def nodes(view: dict[str, Any]) -> list[str]:
    return [each["id"] for each in view["nodes"]]


def edges(view: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["source"], each["target"], each["text"]) for each in view["edges"]]


def shown(evaluation: Evaluation, **query: Any) -> dict[str, Any]:
    return map_view(evaluation, MapQuery(**query))


STORY_NODES = [DEVELOPMENT, CURL, PRODUCTION, REDIS, WEB]
STORY_EDGES = [(CURL, REDIS, "TCP 80"), (CURL, WEB, "TCP 80")]
# The query, the level that results, and the nodes and edges shown.
QUERIES: tuple[tuple[dict[str, Any], str, list[str], list[tuple[str, str, str]]], ...] = (
    ({}, "workload", STORY_NODES, STORY_EDGES),
    ({"level": "workload"}, "workload", STORY_NODES, STORY_EDGES),
    ({"level": "namespace"}, "namespace", [DEVELOPMENT, PRODUCTION],
     [(DEVELOPMENT, PRODUCTION, "TCP 80")]),
    ({"budget": 4}, "namespace", [DEVELOPMENT, PRODUCTION], [(DEVELOPMENT, PRODUCTION, "TCP 80")]),
    ({"budget": 4, "opened": ("production",)}, "workload", [DEVELOPMENT, PRODUCTION, REDIS, WEB],
     [(DEVELOPMENT, REDIS, "TCP 80"), (DEVELOPMENT, WEB, "TCP 80")]),
    ({"level": "namespace", "opened": ("development", "nowhere")}, "workload",
     [DEVELOPMENT, CURL, PRODUCTION], [(CURL, PRODUCTION, "TCP 80")]),
    ({"namespaces": ("production",)}, "workload", [PRODUCTION, REDIS, WEB], []),
    ({"namespaces": ("production", "development")}, "workload", STORY_NODES, STORY_EDGES),
    ({"namespaces": ("nowhere",)}, "namespace", [], []),
    ({"focus": REDIS}, "workload", [DEVELOPMENT, CURL, PRODUCTION, REDIS],
     [(CURL, REDIS, "TCP 80")]),
    ({"focus": PRODUCTION, "level": "namespace"}, "namespace", [DEVELOPMENT, PRODUCTION],
     [(DEVELOPMENT, PRODUCTION, "TCP 80")]),
    ({"port": "80/TCP"}, "workload", STORY_NODES, STORY_EDGES),
    ({"port": "443"}, "workload", STORY_NODES, []),
)  # fmt: skip


@pytest.mark.parametrize(("query", "level", "drawn", "lines"), QUERIES)
def test_a_query_decides_what_is_shown(
    query: dict[str, Any], level: str, drawn: list[str], lines: list[tuple[str, str, str]]
) -> None:
    view = shown(STORY, **query)
    assert view["level"] == level
    assert nodes(view) == drawn
    assert edges(view) == lines
    assert view["budget"]["elements"] == len(drawn) + len(lines)


@pytest.mark.parametrize("query", [each[0] for each in QUERIES])
def test_every_edge_ends_in_a_node_that_is_shown(query: dict[str, Any]) -> None:
    view = shown(STORY, **query)
    ends = {end for source, target, _ in edges(view) for end in (source, target)}
    assert ends <= set(nodes(view))


def test_a_budget_that_was_not_enough_is_said() -> None:
    assert shown(STORY)["budget"] == {"limit": 300, "elements": 7, "reduced": False}
    assert shown(STORY, budget=4)["budget"] == {"limit": 4, "elements": 3, "reduced": True}


def test_a_bad_port_is_refused() -> None:
    with pytest.raises(BadQuestion):
        shown(STORY, port="eighty")


def test_pairs_that_are_open_on_both_sides_are_counted_and_not_drawn() -> None:
    view = shown(evaluate(state(*PODS)))
    assert edges(view) == []
    # Three pods with each other, and each with the outside in both directions.
    assert view["folded"]["pairs"] == 12
    assert view["sentence"] == (
        "Everything may talk to everything: no policy selects these 3 workloads."
    )


def test_a_pair_is_folded_when_one_side_is_open_and_the_other_to_everyone() -> None:
    open_80 = policy(
        "x/p", "podSelector: {matchLabels: {app: a}}\ningress: [{ports: [{port: 80}]}]"
    )
    view = shown(evaluate(state(pod("x/a"), pod("x/b"), open_80)))
    assert edges(view) == []
    assert view["folded"]["pairs"] == 6
    by_id = {each["id"]: each for each in view["nodes"]}
    assert by_id["x/a[Pod]"]["open_to_all"] == {"TCP": [[80, 80]]}


def test_what_a_badge_does_not_say_is_drawn() -> None:
    closed = policy(
        "x/p",
        """
        podSelector: {matchLabels: {app: a}}
        ingress:
        - from: [{podSelector: {matchLabels: {app: b}}}]
        - ports: [{port: 80}]
        """,
    )
    view = shown(evaluate(state(pod("x/a"), pod("x/b"), pod("x/c"), closed)))
    assert edges(view) == [("x/b[Pod]", "x/a[Pod]", "all")]


def test_addresses_stand_left_as_sources_and_right_as_destinations() -> None:
    block = "[{ipBlock: {cidr: 10.0.0.0/8}}]"
    both = policy(
        "x/p", f"podSelector: {{}}\ningress: [{{from: {block}}}]\negress: [{{to: {block}}}]"
    )
    view = shown(evaluate(state(pod("x/a"), both)))
    outside = [each for each in view["nodes"] if each["kind"] == "external"]
    assert outside == [
        {"id": f"{prefix}:10.0.0.0/8", "kind": "external", "side": side, "label": "10.0.0.0/8",
         "parent": None, "addresses": "10.0.0.0/8"}
        for prefix, side in (("in", "right"), ("out", "left"))
    ]  # fmt: skip
    assert edges(view) == [
        ("out:10.0.0.0/8", "x/a[Pod]", "all"),
        ("x/a[Pod]", "in:10.0.0.0/8", "all"),
    ]


SENTENCES = (
    (evaluate(state(namespace("empty"))), "There are no workloads here."),
    (evaluate(state(pod("x/a"))),
     "Everything may talk to everything: no policy selects this workload."),
    (STORY, "Of 3 workloads, 3 accept only what a policy opens and 1 may send only what a policy "
     "opens."),
    (evaluate(state(pod("x/a"), policy("x/p", "podSelector: {}"))),
     "Of 1 workload, 1 accepts only what a policy opens and 0 may send only what a policy opens."),
    (evaluate(state(pod("x/a"), policy("x/p", "podSelector: {}"),
                    daemonset("kube-flannel/kube-flannel-ds"))),
     "Everything may talk to everything: nothing enforces policies in this cluster (DaemonSet "
     "kube-flannel/kube-flannel-ds: Flannel routes traffic and enforces no policy)."),
)  # fmt: skip


@pytest.mark.parametrize(("evaluation", "sentence"), SENTENCES)
def test_one_sentence_sums_up_the_map(evaluation: Evaluation, sentence: str) -> None:
    assert shown(evaluation)["sentence"] == sentence


TCP = {port: ConnectionSet.of("TCP", port, port) for port in (80, 443, 8080)}
TEXTS = (
    (ALL, "all"),
    (NONE, ""),
    (TCP[80], "TCP 80"),
    (TCP[80] | TCP[443], "TCP 80,443"),
    (TCP[80] | TCP[443] | TCP[8080], "TCP 80,443 +1"),
    (TCP[80] | ConnectionSet.of("UDP", 53, 53), "TCP 80 UDP 53"),
    (TCP[80] | TCP[443] | ConnectionSet.of("UDP", 53, 60), "TCP 80,443 +1"),
    (ConnectionSet.of("TCP", 8000, 9000), "TCP 8000-9000"),
)


@pytest.mark.parametrize(("connections", "text"), TEXTS)
def test_the_text_of_an_edge_is_short(connections: ConnectionSet, text: str) -> None:
    assert short_text(connections) == text


@pytest.mark.parametrize(
    ("connections", "width"), [(TCP[80], 1), (TCP[80] | TCP[443], 2), (ALL, 3)]
)
def test_an_edge_is_as_thick_as_it_is_open(connections: ConnectionSet, width: int) -> None:
    assert edge_json("a", "b", {None: connections})["width"] == width


def test_an_edge_says_the_worst_of_its_certainties() -> None:
    conditional, unknown = Caveat("conditional", "only over IPv4"), Caveat("unknown", "who knows")
    edge = edge_json("a", "b", {None: TCP[80], conditional: TCP[443], unknown: TCP[8080]})
    assert (edge["verdict"], edge["reason"]) == ("unknown", "who knows")
    assert edge["connections"] == {"TCP": [[80, 80], [443, 443], [8080, 8080]]}
    assert edge["id"] == "a -> b"


@pytest.mark.law("A-70")
def test_an_edge_over_one_family_is_conditional() -> None:
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    both = (pod("x/a", ips=["10.0.0.1", "fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]))
    view = shown(evaluate(state(*both, block)))
    found = {each["source"]: each["verdict"] for each in view["edges"]}
    assert found == {"out:10.0.0.0/8": "allow", "y/b[Pod]": "conditional"}


def test_cluster_nodes_are_no_nodes_of_the_map() -> None:
    view = shown(evaluate(state(node("n1", "192.168.0.1"), pod("x/a"))))
    assert nodes(view) == ["ns:x", "x/a[Pod]"]


@pytest.mark.law("A-70")
def test_what_is_open_over_a_family_that_a_pair_does_not_share_is_not_drawn() -> None:
    """The rectangle is open over IPv6, of which one of the two has no address."""
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 'fd00::/8'}}]}]")
    both = (pod("x/a", ips=["10.0.0.1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]))
    view = shown(evaluate(state(*both, block)))
    assert ("y/b[Pod]", "x/a[Pod]") not in {(each[0], each[1]) for each in edges(view)}
    assert all(each["connections"] for each in view["edges"])
