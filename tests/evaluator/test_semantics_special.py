"""Host-network pods, nodes, finished pods, self traffic, enforcement (semantics A.8, A.10)."""

from __future__ import annotations

import pytest

from policies.evaluator.enforcement import detect
from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.profile import Profile
from tests.oracle.reference import Flags
from tests.support.fixture_cluster import (
    E1,
    E2,
    N1,
    N2,
    Manifest,
    allowed,
    cluster,
    pod,
    policy,
    read,
)
from tests.support.laws import Law, law

CLOSED = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
FROM_OWN_PODS = "ingress: [{from: [{podSelector: {}}]}]"


def host_pod(on: str, address: str) -> Manifest:
    """x/h in the network of a node."""
    return pod("x/h", ips=[address], on=on, hostNetwork=True)


ON_N1, ON_N2 = host_pod("n1", N1), host_pod("n2", N2)


def daemonset(name: str, where: str = "kube-system") -> Manifest:
    """A DaemonSet of which only the name matters."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"namespace": where, "name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "agent", "image": "agent"}]},
            },
        },
    }


LAWS = [
    law(
        "A-90",
        title="a host-network pod is never isolated",
        given=[CLOSED, ON_N2],
        allow=["y/a -> x/h", f"x/h -> {E1}"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-90",
        title="unless the plugin isolates host-network pods",
        given=[CLOSED, ON_N2],
        deny=["y/a -> x/h", f"x/h -> {E1}"],
        flags=Flags(hostnet_subject=True, own_node_ingress_exempt=False),
    ),
    law(
        "A-91",
        title="a host-network pod is no peer of a selector",
        given=[FROM_OWN_PODS, ON_N2],
        allow=["x/b -> x/a"],
        deny=["x/h -> x/a"],
    ),
    law(
        "A-91",
        title="a host-network pod comes from its node's address",
        given=[f"ingress: [{{from: [{{ipBlock: {{cidr: {N2}/32}}}}]}}]", ON_N2],
        allow=["x/h -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-91",
        "A-104",
        title="a host-network pod on the own node may always come in",
        given=[FROM_OWN_PODS, ON_N1],
        allow=["x/h -> x/a"],
    ),
    law(
        "A-92",
        title="a plugin may let selectors match host-network pods",
        given=[FROM_OWN_PODS, ON_N2],
        allow=["x/h -> x/a"],
        flags=Flags(hostnet_peer_by_selector=True),
    ),
    law(
        "A-93",
        title="an address of a finished pod is that of the pod that has it now",
        given=[
            "{policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {pod: a}}}]}]}",
            pod("x/done", labels={"pod": "a"}, ips=["10.0.2.1"], on="n1", phase="Succeeded"),
        ],
        deny=["x/a -> 10.0.2.1", "x/a -> y/a"],
    ),
    law(
        "A-94",
        title="a pod without an address is matched by selectors, and no address resolves to it",
        given=[
            "ingress: [{from: [{podSelector: {matchLabels: {pod: new}}}], ports: [{port: 80}]},"
            " {from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 81}]}]",
            pod("x/new", phase="Pending"),
        ],
        allow=["x/new -> x/a TCP 80"],
        deny=["x/new -> x/a TCP 82"],
    ),
    law(
        "A-100",
        title="a pod reaches itself",
        given=[CLOSED],
        allow=["x/a -> x/a", "x/a -> 10.0.1.1"],
        deny=["x/a -> x/b"],
    ),
    law(
        "A-104",
        title="the own node may always come in and be reached",
        given=[CLOSED],
        allow=[f"{N1} -> x/a", f"x/a -> {N1}"],
        deny=[f"{N2} -> x/a", f"x/a -> {N2}"],
    ),
    law(
        "A-104",
        title="a plugin may enforce egress to the own node",
        given=[CLOSED],
        allow=[f"{N1} -> x/a"],
        deny=[f"x/a -> {N1}"],
        flags=Flags(own_node_egress_exempt=False),
    ),
    law(
        "A-105",
        title="another node is let in by a block",
        given=["ingress: [{from: [{ipBlock: {cidr: 192.168.0.0/24}}]}]"],
        allow=[f"{N2} -> x/a"],
    ),
    law("A-105", title="another node is kept out otherwise", given=[CLOSED], deny=[f"{N2} -> x/a"]),
    law(
        "A-106",
        title="an address of the control plane is external unless it is a known node",
        given=["ingress: [{from: [{ipBlock: {cidr: 172.16.0.5/32}}]}]"],
        allow=["172.16.0.5 -> x/a"],
        deny=["172.16.0.6 -> x/a"],
    ),
    law(
        "A-117",
        title="egress is decided on the real destination",
        given=[f"{{policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: {E1}/32}}}}]}}]}}"],
        allow=[f"x/a -> {E1}"],
        deny=[f"x/a -> {E2}"],
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_special_endpoints_follow_the_law(case: Law) -> None:
    case.check()


@pytest.mark.law("A-93")
@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_is_left_out_and_counted(phase: str) -> None:
    state = cluster(pod("x/done", ips=["10.0.1.9"], on="n1", phase=phase))
    assert len(state.finished) == 1
    assert "done" not in {each.name for each in state.pods}


@pytest.mark.law("A-100")
def test_self_flows_are_no_rows_of_the_graph() -> None:
    found = flows(evaluate(cluster()), level="pod")
    assert found
    assert all(flow.source != flow.destination for flow in found)


@pytest.mark.law("A-110")
def test_a_service_is_no_peer_and_changes_no_flow() -> None:
    service: Manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": "x", "name": "a", "labels": {"pod": "b"}},
        "spec": {"selector": {"pod": "a"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    closed = "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 8080}]}]"
    with_service, without = cluster(closed, service), cluster(closed)
    assert flows(evaluate(with_service)) == flows(evaluate(without))
    assert allowed(with_service, "x/b", "x/a", "TCP", 8080)
    assert not allowed(with_service, "x/b", "x/a", "TCP", 9090)


@pytest.mark.law("A-119")
def test_names_annotations_and_status_of_a_policy_mean_nothing() -> None:
    plain = policy("ingress: [{from: [{podSelector: {}}]}]", "one")
    metadata = {
        "namespace": "x",
        "name": "another-name",
        "annotations": {"net.beta.kubernetes.io/network-policy": "{}"},
    }
    decorated = {**plain, "metadata": metadata, "status": {"conditions": []}}
    assert flows(evaluate(cluster(decorated))) == flows(evaluate(cluster(plain)))


@pytest.mark.law("A-119", "A-10")
def test_the_old_api_version_is_read_like_v1() -> None:
    current = policy("egress: [{to: [{podSelector: {}}]}]")
    old = {**current, "apiVersion": "extensions/v1beta1"}
    state = cluster(old)
    assert len(state.policies) == 1
    assert flows(evaluate(state)) == flows(evaluate(cluster(current)))


@pytest.mark.law("A-120")
def test_nothing_is_closed_where_nothing_enforces() -> None:
    state = cluster(CLOSED)
    off = Profile(np_enforced=False)
    real = explain(evaluate(state, off), "y/a", "x/a", "80/TCP")
    intended = explain(evaluate(state, off, intended=True), "y/a", "x/a", "80/TCP")
    assert real.verdict == "allow"
    assert intended.verdict == "deny"


@pytest.mark.law("A-120", "A-121")
def test_flannel_alone_enforces_nothing_without_being_asked() -> None:
    state = cluster(CLOSED, daemonset("kube-flannel-ds", "kube-flannel"))
    assert allowed(state, "y/a", "x/a")
    assert explain(evaluate(state, intended=True), "y/a", "x/a", "80/TCP").verdict == "deny"


DETECTION = [
    (("kube-flannel-ds",), "flannel", "no"),
    (("canal",), "canal", "yes"),
    (("calico-node",), "calico", "yes"),
    (("calico-node", "kube-flannel-ds"), "calico", "yes"),
    (("kube-flannel-ds", "kube-network-policies"), "kube-network-policies", "yes"),
    (("cilium",), "cilium", "yes"),
    (("antrea-agent",), "antrea", "yes"),
    (("kube-ovn-cni",), "kube-ovn", "yes"),
    (("ovnkube-node",), "ovn-kubernetes", "yes"),
    (("kube-router",), "kube-router", "yes"),
    (("weave-net",), "weave-net", "yes"),
    (("aws-node",), "aws-vpc-cni", "unknown"),
    (("node-exporter",), "unknown", "unknown"),
    ((), "unknown", "unknown"),
]


@pytest.mark.law("A-121")
@pytest.mark.parametrize(("names", "cni", "enforced"), DETECTION)
def test_the_network_plugin_is_read_from_the_daemonsets(
    names: tuple[str, ...], cni: str, enforced: str
) -> None:
    found = detect(read([daemonset(name) for name in names]))
    assert (found.cni, found.enforced) == (cni, enforced)
    assert found.evidence


@pytest.mark.law("A-121", "A-120")
def test_an_unknown_plugin_is_taken_to_enforce() -> None:
    assert not allowed(cluster(CLOSED), "y/a", "x/a")


@pytest.mark.law("A-94", "M-05")
@pytest.mark.parametrize(
    ("block", "verdict"),
    [("0.0.0.0/0", "unknown"), ("10.0.0.0/8", "unknown"), ("8.8.8.0/24", "deny")],
)
def test_whether_a_block_covers_a_pod_without_an_address_is_unknown(
    block: str, verdict: str
) -> None:
    rule = f"ingress: [{{from: [{{ipBlock: {{cidr: {block}}}}}]}}]"
    evaluation = evaluate(cluster(rule, pod("x/new", phase="Pending")))
    assert explain(evaluation, "x/new", "x/a", "80/TCP").verdict == verdict
