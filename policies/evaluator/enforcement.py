"""Whether anything in the cluster enforces NetworkPolicy, and how we know (A-120, A-121)."""

from __future__ import annotations

from typing import Literal

import msgspec

from policies.evaluator.state import ClusterState, WorkloadRef

__all__ = ["Enforcement", "daemonsets", "detect", "plugin_name"]

Answer = Literal["yes", "no", "unknown"]


class Enforcement(msgspec.Struct, frozen=True):
    """The network plugin found, whether it enforces, and the evidence in one phrase."""

    cni: str
    enforced: Answer
    evidence: str

    def to_json(self) -> dict[str, str]:
        """The `enforcement` object of every answer, without the `intended` switch."""
        return {"cni": self.cni, "enforced": self.enforced, "evidence": self.evidence}

    def told(self, enforced: bool | None, *, for_cluster: bool) -> Enforcement:
        """The same where somebody says whether it enforces (A-121); None says nothing."""
        if enforced is None:
            return self
        words = "set for this cluster by" if for_cluster else "set by"
        evidence = f"{words} the profile flag np_enforced"
        return Enforcement(self.cni, "yes" if enforced else "no", evidence)


class _Agent(msgspec.Struct, frozen=True):
    """A DaemonSet that tells which plugin runs; `because` completes the evidence."""

    daemonset: str
    cni: str
    enforced: Answer
    because: str = ""


# In order of weight: an enforcing agent next to Flannel (Canal, kube-network-policies) enforces.
_AGENTS = (
    _Agent("calico-node", "calico", "yes"),
    _Agent("canal", "canal", "yes"),
    _Agent("cilium", "cilium", "yes"),
    _Agent("anetd", "gke-dataplane-v2", "yes"),
    _Agent("antrea-agent", "antrea", "yes"),
    _Agent("ovnkube-node", "ovn-kubernetes", "yes"),
    _Agent("ovn-kubernetes", "ovn-kubernetes", "yes"),
    _Agent("kube-ovn-cni", "kube-ovn", "yes"),
    _Agent("kube-network-policies", "kube-network-policies", "yes"),
    _Agent("kube-router", "kube-router", "yes"),
    _Agent("weave-net", "weave-net", "yes"),
    _Agent("azure-npm", "azure-npm", "yes"),
    _Agent(
        "aws-node",
        "aws-vpc-cni",
        "unknown",
        "it enforces only with its network policy agent on",
    ),
    _Agent(
        "kindnet",
        "kindnet",
        "unknown",
        "it enforces from kind 0.24 on, its version is not seen",
    ),
    _Agent("kube-flannel", "flannel", "no", "Flannel routes traffic and enforces no policy"),
)


# How people write the names of plugins that are more than one capital letter away.
_NAMES = {
    "aws-vpc-cni": "the AWS VPC CNI",
    "azure-npm": "Azure NPM",
    "gke-dataplane-v2": "GKE Dataplane V2",
    "k3s": "K3s",
    "kindnet": "kindnet",
    "kube-network-policies": "kube-network-policies",
    "kube-ovn": "Kube-OVN",
    "kube-router": "kube-router",
    "ovn-kubernetes": "OVN-Kubernetes",
    "weave-net": "Weave Net",
}


def plugin_name(cni: str) -> str:
    """A plugin as sentences name it: `Cilium` of `cilium`."""
    return _NAMES.get(cni, cni.capitalize())


def daemonsets(state: ClusterState) -> list[WorkloadRef]:
    """The DaemonSets of the state, with or without pods."""
    refs = {each.ref for each in state.workloads if each.ref.kind == "DaemonSet"}
    refs.update(pod.workload for pod in state.pods if pod.workload.kind == "DaemonSet")
    return sorted(refs)


def detect(state: ClusterState) -> Enforcement:
    """What the DaemonSets and nodes of the state say; `unknown` when they say nothing."""
    found = daemonsets(state)
    for agent in _AGENTS:
        for ref in found:
            # Flannel's manifests append the architecture (kube-flannel-ds-arm64).
            flannel = agent.cni == "flannel" and ref.name.startswith(agent.daemonset)
            if ref.name == agent.daemonset or flannel:
                evidence = f"DaemonSet {ref.namespace}/{ref.name}"
                if agent.because:
                    evidence = f"{evidence}: {agent.because}"
                return Enforcement(agent.cni, agent.enforced, evidence)
    for node in state.nodes:
        if node.labels.get("node.kubernetes.io/instance-type") == "k3s":
            return Enforcement(
                "k3s",
                "unknown",
                f"Node {node.name} runs K3s, which enforces unless started with "
                "--disable-network-policy",
            )
    return Enforcement("unknown", "unknown", "no network plugin is among the objects read")
