"""Rules that never decide anything, tier by tier, on sets."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from policies.evaluator.deciding import Idle, idle_rules
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.graph import flows
from policies.evaluator.state import ClusterState, Namespace, Pod, PolicyObject
from tests.oracle.strategies import cluster_states
from tests.properties.settings import thorough
from tests.support.states import namespace, pod, policy, state
from tests.support.touched import cluster_with

A, B, C = pod("x/a"), pod("x/b"), pod("y/c")
FROM_B = "{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]}"


def idle(name: str, *objects: Pod | PolicyObject | Namespace) -> list[tuple[str, str]]:
    evaluation = evaluate(state(namespace("x"), namespace("y"), A, B, C, *objects))
    return found_in(evaluation, name)


def found_in(evaluation: Evaluation, name: str) -> list[tuple[str, str]]:
    [wanted] = [each for each in evaluation.policies if each.source.name == name]
    return [(each.path, each.why) for each in idle_rules(evaluation, wanted)]


def on_a(name: str, *rules: str) -> PolicyObject:
    spec = f"{{podSelector: {{matchLabels: {{app: a}}}}, ingress: [{', '.join(rules)}]}}"
    return policy(f"x/{name}", spec)


def test_a_rule_that_alone_opens_something_decides() -> None:
    assert idle("p", on_a("p", FROM_B)) == []


@pytest.mark.law("L-105")
def test_a_rule_that_a_wider_one_covers_never_decides_and_the_wider_one_does() -> None:
    wide = "{from: [{podSelector: {}}]}"
    assert idle("p", on_a("p", FROM_B, wide)) == [
        ("ingress[0]", "without it, everything is decided the same by ingress[1]")
    ]


@pytest.mark.law("L-105")
def test_several_rules_together_can_cover_one() -> None:
    both = "{from: [{podSelector: {}}], ports: [{port: 80}, {port: 81}]}"
    one, other = (f"{{from: [{{podSelector: {{}}}}], ports: [{{port: {n}}}]}}" for n in (80, 81))
    found = idle("p", on_a("p", both), on_a("q", one), on_a("r", other))
    assert found == [
        (
            "ingress[0]",
            "without it, everything is decided the same by q ingress[0] and r ingress[0]",
        )
    ]


def test_a_policy_that_isolates_all_the_same_can_have_a_rule_that_opens_nothing_new() -> None:
    assert idle("p", on_a("p", "{}"), on_a("q", FROM_B)) == []
    assert idle("q", on_a("p", "{}"), on_a("q", FROM_B)) == [
        ("ingress[0]", "without it, everything is decided the same by p ingress[0]")
    ]


@pytest.mark.law("L-05")
def test_a_rule_that_names_nobody_here_never_decides() -> None:
    nobody = "{from: [{podSelector: {matchLabels: {app: none}}}]}"
    assert idle("p", on_a("p", nobody)) == [("ingress[0]", "nobody that it names is here")]
    unnamed = "{from: [{podSelector: {}}], ports: [{port: metrics}]}"
    assert idle("p", on_a("p", unnamed)) == [
        ("ingress[0]", "no pod that it is about declares a port named metrics")
    ]


@pytest.mark.law("L-03")
def test_no_rule_of_a_policy_that_selects_nothing_decides() -> None:
    silent = policy("x/p", "{podSelector: {matchLabels: {app: none}}, ingress: [{}]}")
    assert idle("p", silent) == [("ingress[0]", "the policy selects no pod")]


def test_where_a_policy_is_not_evaluated_nothing_is_said_of_the_rules_beside_it() -> None:
    hidden = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: x}
spec: {endpointSelector: {}, ingress: [{}]}
"""
    plain = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {podSelector: {}, ingress: [{}, {}]}
"""
    assert found_in(cluster_with(hidden, plain), "p") == []
    assert [path for path, _ in found_in(cluster_with(plain), "p")] == ["ingress[0]", "ingress[1]"]


@thorough
@given(cluster_states())
@pytest.mark.law("L-105")
def test_taking_an_idle_rule_away_changes_no_flow(given_state: ClusterState) -> None:
    """H.2 (d), rule by rule."""
    evaluation = evaluate(given_state)
    before = flows(evaluation, level="pod")
    for resolved in evaluation.policies:
        for each in idle_rules(evaluation, resolved):
            after = evaluate(without(given_state, resolved.source, each))
            if after.universe.plan.blocks == evaluation.universe.plan.blocks:
                assert flows(after, level="pod") == before


def without(given_state: ClusterState, source: PolicyObject, rule: Idle) -> ClusterState:
    field, _, index = rule.path.removesuffix("]").partition("[")
    kept = [each for place, each in enumerate(source.spec[field]) if place != int(index)]
    types = source.spec.get("policyTypes") or (
        ["Ingress", "Egress"] if source.spec.get("egress") else ["Ingress"]
    )
    spec = {**source.spec, field: kept, "policyTypes": types}
    changed = msgspec.structs.replace(source, spec=spec)
    policies = tuple(changed if each is source else each for each in given_state.policies)
    return msgspec.structs.replace(given_state, policies=policies)


@pytest.mark.law("L-68")
def test_a_rule_of_the_admin_tier_that_an_earlier_one_covers_never_decides() -> None:
    admin = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: p}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - {action: Deny, from: [{namespaces: {}}]}
  - {action: Accept, from: [{namespaces: {matchLabels: {ns: x}}}]}
"""
    assert found_in(cluster_with(admin), "p") == [
        ("ingress[1]", "without it, everything is decided the same by ingress[0]")
    ]


@pytest.mark.law("B-11", "L-68")
def test_a_rule_that_a_stronger_policy_covers_never_decides() -> None:
    strong, weak = (
        f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {name}}}
spec:
  tier: Admin
  priority: {priority}
  subject: {{namespaces: {{}}}}
  egress:
  - {{action: {action}, to: [{{namespaces: {{}}}}]}}
"""
        for name, priority, action in (("strong", 1, "Deny"), ("weak", 2, "Accept"))
    )
    assert found_in(cluster_with(strong, weak), "strong") == []
    assert found_in(cluster_with(strong, weak), "weak") == [
        ("egress[0]", "without it, everything is decided the same by strong egress[0]")
    ]
