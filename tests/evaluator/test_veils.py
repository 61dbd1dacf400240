"""What is not evaluated, in maps, changes and sentences: never plainly open or closed."""

from __future__ import annotations

import pytest

from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.whatif import overlay
from tests.support.states import pod, policy, state
from tests.support.touched import cluster_with

HIDDEN = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: api, namespace: x}
spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}
"""
WHY = "what CiliumNetworkPolicy x/api lets in is not evaluated"


def test_an_edge_that_is_not_known_says_so_and_why() -> None:
    shown = map_view(cluster_with(HIDDEN), MapQuery())
    uncertain = {
        (edge["source"], edge["target"]): edge["reason"]
        for edge in shown["edges"]
        if edge["verdict"] == "unknown"
    }
    assert uncertain == {
        ("x/b[Pod]", "x/a[Pod]"): WHY,
        ("z/a[Pod]", "x/a[Pod]"): WHY,
        ("z/host[Pod]", "x/a[Pod]"): WHY,
        ("out:0.0.0.0/0,::/0", "x/a[Pod]"): WHY,
    }
    [node] = [node for node in shown["nodes"] if node["id"] == "x/a[Pod]"]
    assert node["not_known"] == {"ingress": ["CiliumNetworkPolicy/x/api"], "egress": []}
    assert node["open_to_all"] is None
    [island] = [node for node in shown["nodes"] if node["id"] == "ns:x"]
    assert island["not_known"] == 1
    assert shown["sentence"] == (
        "No policy that is evaluated selects these 4 workloads. 1 is governed by policies that"
        " netviz does not evaluate, so its connections are not all known."
    )


def many(count: int) -> Evaluation:
    """A namespace of many workloads that one policy leaves unknown in both directions."""
    pods = [pod(f"x/p{index}", {"pod": "a"}) for index in range(count)]
    hidden = cluster_with(
        HIDDEN.replace("{matchLabels: {pod: a}}, ingress", "{}, egress: [{}], ingress")
    )
    hole = policy("x/p1", "{podSelector: {matchLabels: {pod: none}}}")
    return evaluate(state(*pods, hole, *hidden.state.policies))


def test_many_pairs_that_are_not_known_are_a_mark_and_no_lines() -> None:
    shown = map_view(many(40), MapQuery())
    assert shown["edges"] == []
    assert shown["folded"]["not_known"] == 40 * 39 + 2 * 40
    assert all(node["not_known"]["ingress"] for node in shown["nodes"] if node["parent"])


@pytest.mark.law("M-05")
def test_an_explanation_names_the_policy_as_a_step_and_ends_the_chain_there() -> None:
    answer = explain(cluster_with(HIDDEN), "x/b", "x/a", "80/TCP")
    assert (answer.verdict, answer.reason) == ("unknown", WHY)
    assert answer.sentence == f"Whether x/b may open TCP 80 to x/a is not known: {WHY}."
    assert answer.ingress.chain == "Unknown (x/api, not evaluated)"
    [step] = answer.ingress.steps
    assert (step.effect, step.policy) == ("not evaluated", "CiliumNetworkPolicy/x/api")
    assert step.line > 0
    assert step.text == (
        "CiliumNetworkPolicy x/api selects x/a for ingress. netviz does not evaluate it, so what it"
        " lets in is not known."
    )


def test_a_side_that_is_closed_stays_closed_and_only_that_side_is_blamed() -> None:
    closed = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: silent, namespace: x}
spec: {podSelector: {matchLabels: {pod: b}}, policyTypes: [Egress]}
"""
    answer = explain(cluster_with(HIDDEN, closed), "x/b", "x/a", "80/TCP")
    assert answer.verdict == "deny"
    assert answer.sentence == (
        "x/a is closed to x/b on TCP 80. The egress of x/b is isolated by silent, which has no rule"
        " for it."
    )


@pytest.mark.law("E-13")
def test_a_chain_goes_on_to_a_layer_that_may_only_refuse() -> None:
    mesh = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: only-get, namespace: x}
spec: {}
"""
    answer = explain(cluster_with(mesh), "x/b", "x/a", "80/TCP")
    assert answer.reason == (
        "what AuthorizationPolicy.security.istio.io x/only-get refuses is not evaluated"
    )
    assert answer.ingress.chain == (
        "Default Allow (no policy selects it) -> Unknown (x/only-get, not evaluated)"
    )
    udp = explain(cluster_with(mesh), "x/b", "x/a", "53/UDP")
    assert udp.verdict == "allow"


def test_several_policies_are_named_and_of_many_the_number() -> None:
    objects = [HIDDEN.replace("name: api", f"name: p{index}") for index in range(4)]
    two = explain(cluster_with(*objects[:2]), "x/b", "x/a", "80/TCP")
    assert two.reason == (
        "what CiliumNetworkPolicy x/p0 and CiliumNetworkPolicy x/p1 let in is not evaluated"
    )
    four = explain(cluster_with(*objects), "x/b", "x/a", "80/TCP")
    assert four.reason == (
        "what CiliumNetworkPolicy x/p0, CiliumNetworkPolicy x/p1 and 2 more let in is not evaluated"
    )


def test_from_certain_to_not_known_is_a_change_with_the_policy_as_its_reason() -> None:
    before, hidden = cluster_with(), cluster_with(HIDDEN).state
    after = evaluate(overlay(before.state, hidden), base=before)
    diff = compare(before, after)
    assert {(each.kind, each.verdict_before, each.verdict_after) for each in diff.changes} == {
        ("changed", "allow", "unknown")
    }
    assert len(diff.changes) == 4
    [reason] = diff.reasons_of(diff.changes[0])
    assert (reason.side, reason.effect, reason.policy) == (
        "ingress",
        "uncertain by",
        "CiliumNetworkPolicy/x/api",
    )
    drawn = diff_map(diff, MapQuery())
    [edge] = [each for each in drawn["edges"] if each["id"] == "x/b[Pod] -> x/a[Pod]"]
    assert (edge["change"], edge["verdict"]) == ("changed", "unknown")
    assert edge["text"] == "all: open → not known"
    back = compare(after, before)
    [reason] = back.reasons_of(back.changes[0])
    assert reason.effect == "no longer uncertain by"
