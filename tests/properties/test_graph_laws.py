"""Laws of the whole graph: what order, more policies or another door must never change (H.2)."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import Flow, each_flow, flows
from policies.evaluator.nodes import LEVELS
from policies.evaluator.state import ClusterState, Pod, PolicyObject
from tests.oracle.clusterwide_strategies import clusterwide_policies
from tests.oracle.reference import Reference, active_types, policy_selects
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
@given(cluster_states(), st.lists(clusterwide_policies(), max_size=2), st.data())
def test_flows_one_by_one_are_the_list_of_flows(
    state: ClusterState, wide: list[PolicyObject], data: st.DataObject
) -> None:
    more = msgspec.structs.replace(state, policies=(*state.policies, *wide))
    evaluation = evaluate(more)
    pods = [None, *(f"{pod.namespace}/{pod.name}" for pod in state.pods)]
    names = [None, *evaluation.universe.namespaces]
    filters = {
        "namespace": data.draw(st.sampled_from(names)),
        "focus": data.draw(st.sampled_from(pods)),
        "port": data.draw(st.sampled_from([None, "80/TCP", "53/UDP"])),
    }
    for level in LEVELS:
        for chosen in ({}, filters):
            listed = flows(evaluation, level=level, **chosen)
            assert list(each_flow(evaluation, level=level, **chosen)) == listed


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
    """H.2 (f): the rule that opens or closes a side, the policies that do, or that none does."""
    evaluation = evaluate(state)
    for source, destination in pairs_of(state):
        shown = explain(evaluation, source, destination, "80/TCP").to_json()
        for side in (shown["egress"], shown["ingress"]):
            effects = {step["effect"] for step in side["steps"]}
            word, _, rest = side["chain"].rpartition(" -> ")[2].partition(" (")
            assert side["isolated"] == bool(side["isolated_by"]), side
            if side["verdict"] == "allow":
                assert word.endswith(" Allow"), side
                assert "allows" in effects or word == "Default Allow", side
            elif side["verdict"] == "deny":
                assert word.endswith(" Deny"), side
                assert rest, side
                assert "denies" in effects or "no rule matches" in rest, side
            else:
                assert "Unknown" in side["chain"] or "Conditional" in side["chain"], side
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
    """The same policy with its peers and ports in another order, and its rules where they are
    those of a NetworkPolicy: in the other tiers their order decides (B-11)."""
    spec = dict(policy.spec)
    for direction, field in (("ingress", "from"), ("egress", "to")):
        rules = [dict(rule or {}) for rule in spec.get(direction) or []]
        for rule in rules:
            for name in (field, "ports", "protocols"):
                if rule.get(name):
                    rule[name] = random.sample(rule[name], len(rule[name]))
        if rules and policy.kind == "NetworkPolicy":
            rules = random.sample(rules, len(rules))
        if rules:
            spec[direction] = rules
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
        policy.kind == "NetworkPolicy"
        and policy_selects(policy, pod)
        and direction in active_types(policy.spec)
        for policy in state.policies
    )


def pairs_of(state: ClusterState) -> list[tuple[str, str]]:
    texts = [peer_text(pod) for pod in state.pods]
    return [(source, destination) for source in texts for destination in texts]


@thorough
@given(cluster_states(max_pods=4, max_policies=2), clusterwide_policies("added"))
def test_a_stronger_accept_or_deny_decides_whatever_follows(
    state: ClusterState, added: PolicyObject
) -> None:
    """H.2 (e): a rule before all others decides every connection that it matches, at every port
    where anything changes."""
    spec = {**added.spec, "priority": 1, "tier": "Admin"}
    spec["ingress"] = [{"action": "Deny", "from": [{"namespaces": {}}]}]
    spec.pop("egress", None)
    first = msgspec.structs.replace(added, kind="ClusterNetworkPolicy", spec=spec)
    first = msgspec.structs.replace(first, api_version="policy.networking.k8s.io/v1alpha2")
    assume(all(policy.spec.get("priority") != 0 for policy in state.policies))
    spec["priority"] = 0
    closed = msgspec.structs.replace(state, policies=(first, *state.policies))
    table, reference = FlowIndex(pod_flows(closed)), Reference(closed)
    for source in state.pods:
        for destination in state.pods:
            selected = reference.selects(first, destination) and not destination.host_network
            if source is destination or source.host_network or not selected:
                continue
            for family in (4, 6):
                assert not table.possible_between(source, destination, family)
