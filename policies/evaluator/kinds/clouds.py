"""Policies of OVN-Kubernetes, OpenShift SDN, Kube-OVN, GKE and AWS, read for whom they may select.

A MultiNetworkPolicy is not among them: it governs secondary networks, never the pod network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.kinds._opaque import (
    EGRESS,
    INGRESS,
    Family,
    OpaqueKind,
    hidden,
    mapping,
    named_directions,
    selector_of,
)
from policies.evaluator.policy import Direction, Policy, Subject, Veil

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

OVN = Family("OVN-Kubernetes", ("ovnkube-node", "ovn-kubernetes", "ovnkube-master"))
OPENSHIFT = Family("OpenShift SDN", ("sdn",))
KUBE_OVN = Family("Kube-OVN", ("kube-ovn-cni",))
GKE = Family("GKE", ("anetd",))
AWS = Family("AWS", ("aws-node",))
# EKS Auto Mode runs its agents outside of the cluster.
AWS_AUTO = Family("AWS")
_NARROWS = Veil(narrows=True)


def _egress_firewall(policy: PolicyObject) -> Policy:
    """E-11: every pod of the namespace, towards what is outside of the cluster."""
    if not policy.spec.get("egress"):
        return hidden((), ())
    veil = Veil(narrows=True, outside=True)
    return hidden([Subject(namespace=policy.namespace)], EGRESS, veil)


def _by_annotation(policy: PolicyObject) -> Policy:
    """Pods name their security group in an annotation, which is not read: any pod may."""
    return hidden([Subject()], INGRESS | EGRESS, _NARROWS)


def _security_group(policy: PolicyObject) -> Policy:
    pods = selector_of(policy.spec.get("podSelector"))
    return hidden([Subject(namespace=policy.namespace, pods=pods)], INGRESS | EGRESS, _NARROWS)


def _fqdn(policy: PolicyObject) -> Policy:
    pods = selector_of(policy.spec.get("podSelector"))
    return hidden([Subject(namespace=policy.namespace, pods=pods)], EGRESS)


def _application(policy: PolicyObject) -> Policy:
    """Shaped like a NetworkPolicy, defaults of policyTypes included (A-10…A-18)."""
    spec = policy.spec
    directions = named_directions(spec.get("policyTypes"))
    if not spec.get("policyTypes"):
        directions = INGRESS | EGRESS if spec.get("egress") else INGRESS
    pods = selector_of(spec.get("podSelector"))
    return hidden([Subject(namespace=policy.namespace, pods=pods)], directions)


def _cluster(policy: PolicyObject) -> Policy:
    """Shaped like a ClusterNetworkPolicy (B.3)."""
    subject = mapping(policy.spec.get("subject"))
    pods = mapping(subject.get("pods"))
    where = subject.get("namespaces", pods.get("namespaceSelector"))
    found = Subject(namespaces=selector_of(where), pods=selector_of(pods.get("podSelector")))
    return hidden([found], (each for each in Direction if policy.spec.get(each.value)))


_AWS_GROUP = ("networking.k8s.aws",)
OPAQUE = (
    OpaqueKind(OVN, ("k8s.ovn.org",), "EgressFirewall", "egressfirewalls", _egress_firewall),
    OpaqueKind(
        OPENSHIFT,
        ("network.openshift.io",),
        "EgressNetworkPolicy",
        "egressnetworkpolicies",
        _egress_firewall,
    ),
    OpaqueKind(
        KUBE_OVN,
        ("kubeovn.io",),
        "SecurityGroup",
        "securitygroups",
        _by_annotation,
        namespaced=False,
    ),
    OpaqueKind(GKE, ("networking.gke.io",), "FQDNNetworkPolicy", "fqdnnetworkpolicies", _fqdn),
    OpaqueKind(
        AWS_AUTO, _AWS_GROUP, "ApplicationNetworkPolicy", "applicationnetworkpolicies", _application
    ),
    OpaqueKind(
        AWS_AUTO,
        _AWS_GROUP,
        "ClusterNetworkPolicy",
        "clusternetworkpolicies",
        _cluster,
        namespaced=False,
    ),
    OpaqueKind(
        AWS,
        ("vpcresources.k8s.aws",),
        "SecurityGroupPolicy",
        "securitygrouppolicies",
        _security_group,
    ),
)
