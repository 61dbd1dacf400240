"""The what-if map: before and after as one graph."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import evaluate
from policies.evaluator.mapview import MapQuery
from policies.evaluator.state import ClusterState, PolicyObject
from policies.evaluator.whatif import overlay
from tests.support.states import namespace, pod, policy, state
from tests.support.story import DENY_ALL, PODS, labelled, unlabelled

CURL, REDIS, WEB = "development/curl[Pod]", "production/redis[Pod]", "production/webserver[Pod]"
ON_A = "podSelector: {matchLabels: {app: a}}"
ABC = (pod("x/a"), pod("x/b"), pod("y/c"))
FROM_B = "from: [{podSelector: {matchLabels: {app: b}}}]"
OPEN_80 = policy("x/p", f"{ON_A}\ningress: [{{{FROM_B}, ports: [{{port: 80}}]}}]")
OPEN_BOTH = policy("x/p", f"{ON_A}\ningress: [{{{FROM_B}, ports: [{{port: 80}}, {{port: 443}}]}}]")
OPEN_443 = policy("x/p", f"{ON_A}\ningress: [{{{FROM_B}, ports: [{{port: 443}}]}}]")
CLOSE_A = policy("x/p", ON_A)


def mapped(before: ClusterState, after: ClusterState, **query: Any) -> dict[str, Any]:
    base = evaluate(before)
    return diff_map(compare(base, evaluate(after, base=base)), MapQuery(**query))


def edges(view: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (each["source"], each["target"], each["change"], each["text"]) for each in view["edges"]
    ]


TCP_80: dict[str, list[list[int]]] = {"TCP": [[80, 80]]}
# The policy before and after, and the edge from x/b to x/a: change, text, before, after.
EDGES: tuple[tuple[PolicyObject, PolicyObject, str, str, object, object], ...] = (
    (CLOSE_A, OPEN_80, "added", "TCP 80", {}, TCP_80),
    (OPEN_80, CLOSE_A, "removed", "TCP 80", TCP_80, {}),
    (OPEN_80, OPEN_80, "unchanged", "TCP 80", TCP_80, TCP_80),
    (OPEN_80, OPEN_BOTH, "changed", "TCP 80 → TCP 80,443", TCP_80,
     {"TCP": [[80, 80], [443, 443]]}),
    (OPEN_80, OPEN_443, "changed", "TCP 80 → TCP 443", TCP_80, {"TCP": [[443, 443]]}),
)  # fmt: skip


@pytest.mark.parametrize(("old", "new", "change", "text", "before", "after"), EDGES)
def test_an_edge_says_what_it_was_and_what_it_is(
    old: PolicyObject, new: PolicyObject, change: str, text: str, before: object, after: object
) -> None:
    view = mapped(state(*ABC, old), state(*ABC, new))
    (edge,) = view["edges"]
    assert (edge["source"], edge["target"]) == ("x/b[Pod]", "x/a[Pod]")
    assert (edge["change"], edge["text"]) == (change, text)
    assert (edge["before"], edge["after"]) == (before, after)


def test_the_story_shows_the_two_new_edges() -> None:
    view = mapped(unlabelled(), labelled())
    assert edges(view) == [(CURL, REDIS, "added", "TCP 80"), (CURL, WEB, "added", "TCP 80")]
    assert view["summary"] == {"added": 2, "removed": 0, "changed": 0, "unchanged": 2}


def test_nodes_are_those_of_both_so_that_nothing_moves() -> None:
    before = state(namespace("old"), *ABC)
    after = overlay(before, state(pod("z/new")), ["Namespace/old", "Pod/x/b"])
    view = mapped(before, after)
    assert {each["id"]: each["change"] for each in view["nodes"] if each["kind"] != "external"} == {
        "ns:old": "lost",
        "ns:x": None,
        "x/a[Pod]": None,
        "x/b[Pod]": "lost",
        "ns:y": None,
        "y/c[Pod]": None,
        "ns:z": "new",
        "z/new[Pod]": "new",
    }


def test_a_lost_workload_shows_what_it_was() -> None:
    before = state(*ABC, OPEN_80)
    view = mapped(before, overlay(before, state(), ["Pod/x/a"]))
    lost = next(each for each in view["nodes"] if each["id"] == "x/a[Pod]")
    assert lost["isolation"] == lost["isolation_before"] == {"ingress": True, "egress": False}


def test_a_workload_keeps_its_earlier_isolation_for_comparison() -> None:
    view = mapped(state(*PODS), state(*PODS, DENY_ALL))
    curl = next(each for each in view["nodes"] if each["id"] == CURL)
    assert curl["isolation"] == {"ingress": True, "egress": True}
    assert curl["isolation_before"] == {"ingress": False, "egress": False}


def test_changes_of_folded_pairs_are_drawn_while_they_are_few() -> None:
    view = mapped(state(*PODS), state(*PODS, DENY_ALL))
    assert {each[2] for each in edges(view)} == {"removed"}
    assert len(edges(view)) == view["summary"]["removed"] == 6
    outside = {each["id"]: each["label"] for each in view["nodes"] if each["kind"] == "external"}
    assert outside == {"in:0.0.0.0/0,::/0": "Internet", "out:0.0.0.0/0,::/0": "Internet"}


def test_closed_islands_carry_the_changes_inside_them() -> None:
    view = mapped(unlabelled(), labelled(), level="namespace")
    assert view["level"] == "namespace"
    assert edges(view) == [("ns:development", "ns:production", "added", "TCP 80")]
    assert [each["id"] for each in view["nodes"]] == ["ns:development", "ns:production"]


def test_both_maps_are_closed_when_one_of_them_is_too_large() -> None:
    view = mapped(state(*ABC, CLOSE_A), state(*ABC, OPEN_80), budget=3)
    assert view["level"] == "namespace"
    assert {each["kind"] for each in view["nodes"]} == {"namespace"}


CASES = (
    (state(*PODS), state(*PODS, DENY_ALL)),
    (unlabelled(), labelled()),
    (state(*ABC), overlay(state(*ABC), state(pod("z/new")), ["Pod/x/b"])),
    (state(*ABC, OPEN_80), state(*ABC)),
    (state(*ABC), state(*ABC, policy("x/q", "podSelector: {}\ningress: [{from: [{ipBlock: "
                                     "{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]"))),
)  # fmt: skip


@pytest.mark.parametrize("level", ["auto", "namespace"])
@pytest.mark.parametrize(("before", "after"), CASES)
def test_every_edge_ends_in_a_node_that_is_shown(
    before: ClusterState, after: ClusterState, level: str
) -> None:
    view = mapped(before, after, level=level)
    ends = {end for each in view["edges"] for end in (each["source"], each["target"])}
    assert ends <= {each["id"] for each in view["nodes"]}


@pytest.mark.law("F-01")
def test_a_variant_that_a_draft_brings_is_no_new_workload() -> None:
    db = (pod(f"x/db-{role}", {"role": role}, of="StatefulSet/db") for role in ("copy", "main"))
    before = state(*db, pod("x/c"))
    closed = policy("x/p", "podSelector: {matchLabels: {role: main}}")
    view = mapped(before, overlay(before, state(closed)))
    variants = [each for each in view["nodes"] if each.get("variant")]
    assert [(each["variant"], each["change"]) for each in variants] == [
        ("role=copy", None),
        ("role=main", None),
    ]
