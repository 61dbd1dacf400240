"""Laws of the whole graph: what order, more policies or another door must never change (H.2)."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import Flow, flows
from policies.evaluator.nodes import LEVELS
from policies.evaluator.state import ClusterState, Pod, PolicyObject
from tests.oracle.reference import active_types, policy_selects
from tests.oracle.strategies import cluster_states, network_policies
from tests.properties.settings import thorough
from tests.support.flow_tables import FlowIndex, peer_text


def pod_flows(state: ClusterState) -> list[Flow]:
    return flows(evaluate(state), level="pod")


@thorough
@given(cluster_states(), st.randoms(use_true_random=False))
def test_order_of_policies_rules_peers_and_ports_means_nothing(
    state: ClusterState, random: Random
) -> None:
    """H.2 (c)."""
    shuffled = [shuffle_lists(policy, random) for policy in state.policies]
    random.shuffle(shuffled)
    other = msgspec.structs.replace(state, policies=tuple(shuffled))
    for level in LEVELS:
        assert flows(evaluate(other), level=level) == flows(evaluate(state), level=level)


@thorough
@given(cluster_states(), network_policies())
def test_a_policy_on_isolated_pods_never_removes_a_flow(
    state: ClusterState, added: PolicyObject
) -> None:
    """H.2 (a)."""
    assume(all(is_isolated(state, pod, direction) for pod, direction in closes(state, added)))
    more = msgspec.structs.replace(state, policies=(*state.policies, added))
    before, after = FlowIndex(pod_flows(state)), FlowIndex(pod_flows(more))
    for source in state.pods:
        for destination in state.pods:
            for family in (4, 6):
                lost = before.open_between(source, destination, family) - after.open_between(
                    source, destination, family
                )
                assert not lost, (source.name, destination.name, str(lost))


@thorough
@given(cluster_states())
def test_the_same_state_gives_the_same_bytes(state: ClusterState) -> None:
    copied = ClusterState.from_bytes(state.to_bytes())
    assert copied.to_bytes() == state.to_bytes()
    assert pod_flows(copied) == pod_flows(state)


@thorough
@given(cluster_states())
def test_every_explained_verdict_names_what_decided_it(state: ClusterState) -> None:
    """H.2 (f): the rule that opens a side, the policies that close it, or that none do."""
    evaluation = evaluate(state)
    for source, destination in pairs_of(state):
        shown = explain(evaluation, source, destination, "80/TCP").to_json()
        for side in (shown["egress"], shown["ingress"]):
            effects = {step["effect"] for step in side["steps"]}
            if side["isolated"]:
                assert side["isolated_by"], side
                assert (side["verdict"] == "allow") == ("allows" in effects), side
            else:
                assert side["verdict"] == "allow", side
                assert not side["isolated_by"], side
        assert shown["sentence"]


@thorough
@given(cluster_states())
def test_pods_without_policies_are_open_to_everyone(state: ClusterState) -> None:
    bare = msgspec.structs.replace(state, policies=())
    table = FlowIndex(pod_flows(bare))
    for source in bare.pods:
        for destination in bare.pods:
            if source is not destination:
                assert table.open_between(source, destination, 4).to_json() == "all"


def shuffle_lists(policy: PolicyObject, random: Random) -> PolicyObject:
    """The same policy with its rules, peers and ports in another order."""
    spec = dict(policy.spec)
    for direction, field in (("ingress", "from"), ("egress", "to")):
        rules = [dict(rule or {}) for rule in spec.get(direction) or []]
        for rule in rules:
            for name in (field, "ports"):
                if rule.get(name):
                    rule[name] = random.sample(rule[name], len(rule[name]))
        if rules:
            spec[direction] = random.sample(rules, len(rules))
    return msgspec.structs.replace(policy, spec=spec)


def closes(state: ClusterState, policy: PolicyObject) -> list[tuple[Pod, str]]:
    """The pods and directions that a policy isolates."""
    return [
        (pod, direction)
        for pod in state.pods
        if policy_selects(policy, pod)
        for direction in active_types(policy.spec)
    ]


def is_isolated(state: ClusterState, pod: Pod, direction: str) -> bool:
    return any(
        policy_selects(policy, pod) and direction in active_types(policy.spec)
        for policy in state.policies
    )


def pairs_of(state: ClusterState) -> list[tuple[str, str]]:
    texts = [peer_text(pod) for pod in state.pods]
    return [(source, destination) for source in texts for destination in texts]
