"""Policies of nodes that are not evaluated: what runs on the network of a node is not known."""

from __future__ import annotations

import pytest

from policies.evaluator.diff import compare
from policies.evaluator.engine import Evaluation
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.portraits import portrait
from tests.support.touched import calico, cilium, cluster_with, manifest, verdict

NODES = """
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {role: db, kubernetes.io/os: linux}}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {role: web}}
status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent-1, namespace: z, labels: {pod: agent}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent-2, namespace: z, labels: {pod: agent}}
spec: {nodeName: n2, hostNetwork: true, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: placed, namespace: x, labels: {pod: placed}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
"""
DENY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: x}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
OF_DB = cilium("spec: {nodeSelector: {matchLabels: {role: db}}, ingress: [{}]}", "")
WHY = "what CiliumClusterwideNetworkPolicy p lets in is not evaluated"


def host_endpoint(node: str) -> str:
    return manifest("projectcalico.org/v3", "HostEndpoint", f"spec: {{node: {node}}}", "")


def antrea(selector: str) -> str:
    spec = f"spec: {{appliedTo: [{{nodeSelector: {selector}}}], ingress: [{{}}], egress: [{{}}]}}"
    return manifest("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", spec, "")


def on_hosts(found: Evaluation, source: str = "8.8.8.8") -> list[str]:
    """What the host-network pods let in, in the order z/host (no node), n1, n2."""
    names = ("z/host", "z/agent-1", "z/agent-2")
    return [explain(found, source, name, "80/TCP").verdict for name in names]


@pytest.mark.law("D-02", "D-05", "M-05")
def test_a_policy_of_nodes_leaves_the_pods_on_their_network_unknown_and_says_which() -> None:
    found = cluster_with(NODES, OF_DB)
    assert on_hosts(found) == ["unknown", "unknown", "allow"]
    answer = explain(found, "x/a", "z/agent-1", "80/TCP")
    assert (answer.verdict, answer.reason) == ("unknown", WHY)
    [step] = answer.ingress.steps
    assert step.text.startswith("CiliumClusterwideNetworkPolicy p selects z/agent-1 for ingress.")
    assert answer.ingress.chain == "Unknown (p, not evaluated)"
    assert answer.egress.verdict == "allow"


@pytest.mark.law("D-02", "M-05")
def test_it_leaves_pods_with_an_address_of_their_own_and_the_other_direction_alone() -> None:
    found = cluster_with(NODES, OF_DB)
    assert verdict(found, "x/a -> x/placed") == "allow"
    assert verdict(found, "z/agent-1 -> out") == "allow"


@pytest.mark.law("D-02", "M-05", "F-22")
def test_a_node_itself_is_not_known_either() -> None:
    found = cluster_with(NODES, OF_DB)
    assert explain(found, "x/a", "{node n1}", "80/TCP").verdict == "unknown"
    assert explain(found, "x/a", "{node n2}", "80/TCP").verdict == "allow"
    assert explain(found, "x/a", "192.168.0.1", "80/TCP").verdict == "unknown"


@pytest.mark.law("D-02", "M-05")
def test_of_all_nodes_those_that_are_not_known_are_told_apart_by_name() -> None:
    parts = explain(cluster_with(NODES, OF_DB), "x/a", "{nodes}", "80/TCP").parts
    assert {part.destination: part.verdict for part in parts} == {
        "{node n1}": "unknown",
        "{node n2}": "allow",
    }


@pytest.mark.law("D-02", "A-104", "H-42", "M-05")
def test_it_may_stop_what_a_node_and_its_own_pods_say_to_each_other() -> None:
    out = cilium("spec: {nodeSelector: {}, egress: [{toEntities: [world]}]}", "")
    assert verdict(cluster_with(NODES, DENY), "z/agent-1 -> x/placed") == "allow"
    found = cluster_with(NODES, DENY, out)
    for source in ("z/agent-1", "{node n1}"):
        assert explain(found, source, "x/placed", "80/TCP").verdict == "unknown"
    assert verdict(found, "z/agent-2 -> x/placed") == "deny"
    rows = {(row.source, row.destination): row.verdict for row in flows(found)}
    assert rows["z/agent-1[Pod]", "x/placed[Pod]"] == "unknown"
    assert ("z/agent-2[Pod]", "x/placed[Pod]") not in rows


@pytest.mark.law("D-02", "M-05")
def test_pods_whose_node_is_not_in_the_input_may_be_on_any() -> None:
    selector = "{matchLabels: {role: db}}"
    found = cluster_with(cilium(f"spec: {{nodeSelector: {selector}, ingress: [{{}}]}}", ""))
    assert verdict(found, "out -> z/host") == "unknown"
    absent = cilium("spec: {nodeSelector: {matchLabels: {role: none}}, ingress: [{}]}", "")
    assert on_hosts(cluster_with(NODES, absent)) == ["allow", "allow", "allow"]


@pytest.mark.law("D-09", "M-05")
def test_a_label_of_nodes_that_cilium_may_not_see_excludes_none() -> None:
    spec = (
        "spec: {nodeSelector: {matchExpressions: [{key: kubernetes.io/os, operator: NotIn,"
        " values: [linux]}]}, ingress: [{}]}"
    )
    assert on_hosts(cluster_with(NODES, cilium(spec, ""))) == ["unknown"] * 3


@pytest.mark.law("C-61", "C-123", "M-05")
def test_a_host_endpoint_leaves_its_node_unknown_both_ways() -> None:
    found = cluster_with(NODES, host_endpoint("n2"))
    assert on_hosts(found) == ["unknown", "allow", "unknown"]
    assert verdict(found, "z/agent-2 -> out") == "unknown"
    assert verdict(found, "out -> x/placed") == "allow"


@pytest.mark.law("C-61", "C-65")
def test_a_global_policy_of_calico_touches_no_node_without_a_host_endpoint() -> None:
    assert on_hosts(cluster_with(NODES, calico("{selector: all()}", ""))) == ["allow"] * 3


@pytest.mark.law("E-09", "M-05")
def test_an_antrea_policy_of_nodes_does_the_same() -> None:
    found = cluster_with(NODES, antrea("{matchLabels: {role: web}}"))
    assert on_hosts(found) == ["unknown", "allow", "unknown"]


@pytest.mark.law("D-01", "D-02")
def test_a_policy_of_pods_and_of_nodes_is_said_to_select_both() -> None:
    both = cilium(
        "specs: [{nodeSelector: {matchLabels: {role: db}}, ingress: [{}]},"
        " {endpointSelector: {matchLabels: {pod: b}}, ingress: [{}]}]\nspec: null",
        "",
    ).replace("spec: null", "")
    found = cluster_with(NODES, both)
    [policy] = found.policies
    assert portrait(found, policy).sentence.startswith(
        "p may select nodes with role=db and what uses its network or pods with pod=b"
    )


@pytest.mark.law("D-02", "M-05")
def test_a_draft_with_such_a_policy_changes_certain_to_not_known_for_its_nodes_only() -> None:
    before = cluster_with(NODES)
    after = cluster_with(NODES, OF_DB)
    ends = {change.destination for change in compare(before, after).changes}
    assert ends == {"z/agent-1[Pod]", "z/host[Pod]"}
    assert {change.verdict_after for change in compare(before, after).changes} == {"unknown"}
    again = before.of_another(after.state, base=before)
    assert flows(again) == flows(after)
