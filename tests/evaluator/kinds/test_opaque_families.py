"""How policies that are not evaluated meet those that are, and which families are inert."""

from __future__ import annotations

import pytest

from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.inert import not_evaluated
from tests.support.touched import calico, cilium, cluster_with, manifest, touched, verdict

DENY_ALL = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {matchLabels: {pod: a}}}
"""


@pytest.mark.law("M-03", "D-91")
def test_what_may_open_and_close_leaves_nothing_certain_but_what_the_other_side_closes() -> None:
    policy = cilium("spec: {endpointSelector: {}, ingress: [{}]}")
    found = cluster_with(DENY_ALL, policy)
    assert verdict(found, "z/a -> x/a") == "unknown"
    closing = DENY_ALL.replace("namespace: x", "namespace: z").replace(
        "{podSelector", "{policyTypes: [Egress], podSelector"
    )
    assert verdict(cluster_with(closing, policy), "z/a -> x/a") == "deny"


@pytest.mark.law("E-13", "H-36")
def test_what_only_refuses_leaves_closed_what_is_closed_and_other_protocols_open() -> None:
    mesh = manifest("security.istio.io/v1", "AuthorizationPolicy", "spec: {}")
    found = cluster_with(DENY_ALL, mesh)
    assert verdict(found, "z/a -> x/a") == "deny"
    assert verdict(found, "z/a -> x/b") == "unknown"
    assert verdict(found, "z/a -> x/b", "53/UDP") == "allow"


@pytest.mark.law("E-11")
def test_an_egress_firewall_leaves_pods_alone() -> None:
    found = cluster_with(
        manifest("k8s.ovn.org/v1", "EgressFirewall", "spec: {egress: [{type: Deny}]}")
    )
    assert verdict(found, "x/a -> x/b") == "allow"
    assert verdict(found, "x/a -> z/host") == "unknown"
    assert verdict(found, "x/a -> out") == "unknown"


def daemonset(name: str) -> str:
    return (
        "apiVersion: apps/v1\nkind: DaemonSet\n"
        f"metadata: {{name: {name}, namespace: kube-system}}\n"
        f"spec: {{selector: {{matchLabels: {{k: {name}}}}}, template: {{metadata: {{labels: {{k:"
        f" {name}}}}}, spec: {{hostNetwork: true, containers: [{{name: c, image: i}}]}}}}}}\n"
    )


ANY_CILIUM = cilium("spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}")


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ([], "x/a in"),
        (["cilium"], "x/a in"),
        (["calico-node"], ""),
        (["calico-node", "cilium"], "x/a in"),
        (["kindnet"], ""),
        (["node-exporter"], "x/a in"),
    ],
)
@pytest.mark.law("E-01", "E-12")
def test_a_family_whose_agent_clearly_does_not_run_is_inert(
    agents: list[str], expected: str
) -> None:
    objects = [daemonset(agent) for agent in agents]
    assert touched(ANY_CILIUM, *objects) == expected


@pytest.mark.law("E-01")
def test_an_inert_family_is_said_to_be_inert() -> None:
    state = cluster_with(ANY_CILIUM, daemonset("calico-node")).state
    [entry] = not_evaluated(state)
    assert entry.names == ("CiliumNetworkPolicy/x/p",)
    assert entry.reason == (
        "no agent of Cilium runs here (DaemonSet kube-system/calico-node does), so these policies"
        " decide nothing (E-01)"
    )


@pytest.mark.law("A-120", "E-13")
def test_a_mesh_refuses_also_where_the_network_plugin_enforces_nothing() -> None:
    mesh = manifest("security.istio.io/v1", "AuthorizationPolicy", "spec: {}")
    found = cluster_with(mesh, DENY_ALL, daemonset("kube-flannel-ds"))
    assert not found.enforces
    assert verdict(found, "z/a -> x/a") == "unknown"
    assert verdict(found, "x/a -> z/a") == "allow"
    assert verdict(cluster_with(DENY_ALL, daemonset("kube-flannel-ds")), "z/a -> x/a") == "allow"


@pytest.mark.law("C-01")
def test_kinds_of_one_name_are_kept_apart_by_their_group() -> None:
    state = cluster_with(DENY_ALL, calico("{}").replace("name: p", "name: closed")).state
    assert [policy.key for policy in state.policies] == [
        "NetworkPolicy/x/closed",
        "NetworkPolicy.projectcalico.org/x/closed",
    ]


ON_NODE = """
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: placed, namespace: x, labels: {pod: placed}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: z, labels: {pod: agent}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: c, image: i}]}
"""
CILIUM_DENY = cilium("spec: {endpointSelector: {}, ingressDeny: [{fromEntities: [host, all]}]}")
ISTIO_DENY = manifest(
    "security.istio.io/v1", "AuthorizationPolicy", "spec: {action: ALLOW, rules: []}"
)


@pytest.mark.law("D-32", "H-42", "A-104", "M-05")
@pytest.mark.parametrize("policy", [CILIUM_DENY, ISTIO_DENY])
@pytest.mark.parametrize("source", ["z/agent", "{node n1}"])
def test_what_is_not_evaluated_may_stop_even_the_pod_s_own_node(policy: str, source: str) -> None:
    open_way = explain(cluster_with(ON_NODE), source, "x/placed", "80/TCP")
    assert open_way.verdict == "allow"
    found = explain(cluster_with(ON_NODE, policy), source, "x/placed", "80/TCP")
    assert (found.verdict, "is not evaluated" in found.reason) == ("unknown", True)


@pytest.mark.law("A-104", "M-05")
def test_flows_of_a_shared_node_are_not_known_either() -> None:
    rows = {
        (each.source, each.destination): each.verdict
        for each in flows(cluster_with(ON_NODE, CILIUM_DENY))
    }
    assert rows["z/agent[Pod]", "x/placed[Pod]"] == "unknown"


@pytest.mark.law("E-13", "M-05")
def test_without_a_port_what_is_not_known_is_said_beside_what_is() -> None:
    found = explain(cluster_with(ISTIO_DENY), "z/a", "x/a")
    assert (found.verdict, str(found.connections)) == ("allow", "SCTP 1-65535,UDP 1-65535")
    assert found.possibly is not None
    assert (str(found.possibly.connections), found.possibly.verdict) == ("TCP 1-65535", "unknown")
    assert found.sentence.endswith(
        "Whether TCP 1-65535 may be opened too is not certain: what"
        " AuthorizationPolicy.security.istio.io x/p refuses is not evaluated."
    )
