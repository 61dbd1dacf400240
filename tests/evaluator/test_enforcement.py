"""What is known of enforcement from the objects of a state."""

from __future__ import annotations

import pytest

from policies.evaluator.enforcement import detect
from policies.evaluator.engine import evaluate
from policies.evaluator.profile import Profile
from tests.support.states import daemonset, node, pod, policy, state

AGENTS = (
    ("kube-system/calico-node", "calico", "yes"),
    ("kube-system/canal", "canal", "yes"),
    ("kube-system/cilium", "cilium", "yes"),
    ("kube-system/anetd", "gke-dataplane-v2", "yes"),
    ("kube-system/antrea-agent", "antrea", "yes"),
    ("openshift-ovn-kubernetes/ovnkube-node", "ovn-kubernetes", "yes"),
    ("kube-system/kube-ovn-cni", "kube-ovn", "yes"),
    ("kube-system/kube-router", "kube-router", "yes"),
    ("kube-system/weave-net", "weave-net", "yes"),
    ("kube-system/azure-npm", "azure-npm", "yes"),
    ("kube-system/aws-node", "aws-vpc-cni", "unknown"),
    ("kube-system/kindnet", "kindnet", "unknown"),
    ("kube-flannel/kube-flannel-ds", "flannel", "no"),
    ("kube-system/kube-flannel-ds-arm64", "flannel", "no"),
)
CLOSED = policy("x/closed", "{podSelector: {}}")


@pytest.mark.law("A-121")
@pytest.mark.parametrize(("place", "cni", "enforced"), AGENTS)
def test_a_plugin_is_known_by_its_daemonset(place: str, cni: str, enforced: str) -> None:
    found = detect(state(daemonset(place), daemonset("kube-system/kube-proxy")))
    assert (found.cni, found.enforced) == (cni, enforced)
    assert found.evidence.startswith(f"DaemonSet {place}")


@pytest.mark.law("A-121")
def test_the_pods_of_a_daemonset_are_evidence_as_well() -> None:
    agent = pod("kube-system/calico-node-x7x7x", of="DaemonSet/calico-node")
    assert detect(state(agent)).cni == "calico"


@pytest.mark.law("A-121")
@pytest.mark.parametrize("agent", ["calico-node", "kube-network-policies", "kube-router"])
def test_an_enforcing_agent_next_to_flannel_enforces(agent: str) -> None:
    found = detect(state(daemonset("kube-system/kube-flannel-ds"), daemonset(f"a/{agent}")))
    assert found.enforced == "yes"


@pytest.mark.law("A-121")
def test_a_deployment_with_the_name_of_an_agent_is_no_evidence() -> None:
    found = detect(state(pod("x/cilium", of="Deployment/cilium")))
    assert (found.cni, found.enforced) == ("unknown", "unknown")
    assert found.evidence == "no network plugin is among the objects read"


@pytest.mark.law("A-121")
def test_k3s_enforces_unless_it_was_told_not_to() -> None:
    found = detect(state(node("n1", **{"node.kubernetes.io/instance-type": "k3s"})))
    assert (found.cni, found.enforced) == ("k3s", "unknown")
    assert "--disable-network-policy" in found.evidence


@pytest.mark.law("A-120", "A-121")
def test_policies_decide_unless_it_is_known_that_nothing_enforces_them() -> None:
    assert evaluate(state(CLOSED)).enforces
    assert evaluate(state(CLOSED, daemonset("a/aws-node"))).enforces
    assert not evaluate(state(CLOSED, daemonset("a/kube-flannel-ds"))).enforces


@pytest.mark.law("A-120")
@pytest.mark.parametrize(("flag", "answer"), [(True, "yes"), (False, "no")])
def test_the_profile_outweighs_what_was_detected(flag: bool, answer: str) -> None:
    flannel = state(CLOSED, daemonset("a/kube-flannel-ds"))
    found = evaluate(flannel, Profile(np_enforced=flag)).enforcement
    assert found.to_json() == {
        "cni": "flannel",
        "enforced": answer,
        "evidence": "set by the profile flag np_enforced",
    }
