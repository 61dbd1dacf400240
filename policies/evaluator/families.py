"""Policy kinds that netviz knows and does not evaluate: counted and named, never passed over."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

__all__ = ["counted_kinds", "is_built_in_kind", "reason_not_evaluated"]


class _Family(msgspec.Struct, frozen=True):
    """Whose API group this is, and the kinds in it that decide flows."""

    title: str
    kinds: frozenset[str]


def _family(title: str, *kinds: str) -> _Family:
    return _Family(title, frozenset(kinds))


_CALICO = _family(
    "Calico",
    "GlobalNetworkPolicy",
    "GlobalNetworkSet",
    "HostEndpoint",
    "NetworkPolicy",
    "NetworkSet",
    "Profile",
    "StagedGlobalNetworkPolicy",
    "StagedKubernetesNetworkPolicy",
    "StagedNetworkPolicy",
    "Tier",
)
_ANTREA = _family(
    "Antrea",
    "AdminNetworkPolicy",
    "ClusterGroup",
    "ClusterNetworkPolicy",
    "Group",
    "NetworkPolicy",
    "Tier",
)
_FAMILIES = {
    "projectcalico.org": _CALICO,
    "crd.projectcalico.org": _CALICO,
    "cilium.io": _family(
        "Cilium",
        "CiliumCIDRGroup",
        "CiliumClusterwideEnvoyConfig",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
        "CiliumLocalRedirectPolicy",
        "CiliumNetworkPolicy",
    ),
    "security.istio.io": _family(
        "Istio", "AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"
    ),
    "crd.antrea.io": _ANTREA,
    "security.antrea.tanzu.vmware.com": _ANTREA,
    "k8s.ovn.org": _family(
        "OVN-Kubernetes", "AdminPolicyBasedExternalRoute", "EgressFirewall", "EgressIP"
    ),
    "network.openshift.io": _family("OpenShift SDN", "EgressNetworkPolicy", "NetNamespace"),
    "policy.linkerd.io": _family(
        "Linkerd",
        "AuthorizationPolicy",
        "MeshTLSAuthentication",
        "NetworkAuthentication",
        "Server",
        "ServerAuthorization",
    ),
    "kuma.io": _family("Kuma", "MeshTrafficPermission", "TrafficPermission"),
    "consul.hashicorp.com": _family("Consul", "ServiceIntentions"),
    "k8s.cni.cncf.io": _family("secondary network", "MultiNetworkPolicy"),
    "kubeovn.io": _family("Kube-OVN", "SecurityGroup"),
    "networking.gke.io": _family("GKE", "FQDNNetworkPolicy"),
    "networking.k8s.aws": _family(
        "AWS", "ApplicationNetworkPolicy", "ClusterNetworkPolicy", "PolicyEndpoint"
    ),
    "vpcresources.k8s.aws": _family("AWS", "SecurityGroupPolicy"),
}

# The kinds of the API groups that every cluster has, other than those that are read: a kind of
# these groups that is neither is a slip of the pen.
_BUILT_IN_KINDS = frozenset(
    {
        "Binding",
        "ComponentStatus",
        "ConfigMap",
        "ControllerRevision",
        "Eviction",
        "Event",
        "IPAddress",
        "LimitRange",
        "List",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "PodSecurityPolicy",
        "PodTemplate",
        "ResourceQuota",
        "Scale",
        "Secret",
        "ServiceAccount",
        "ServiceCIDR",
        "Status",
    }
)


def is_built_in_kind(kind: str) -> bool:
    """Whether Kubernetes itself has such a kind, which decides no flows."""
    return kind.removesuffix("List") in _BUILT_IN_KINDS or kind in _BUILT_IN_KINDS


# Where a plural is not what English makes of the kind.
_PLURALS = {"MultiNetworkPolicy": "multi-networkpolicies"}


def counted_kinds() -> Iterator[tuple[str, str, str]]:
    """Group, kind and plural of every kind that decides flows and belongs to a known family."""
    for group, family in _FAMILIES.items():
        for kind in sorted(family.kinds):
            yield group, kind, _PLURALS.get(kind) or _plural(kind.lower())


def _plural(name: str) -> str:
    if name.endswith("s"):
        return name
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def reason_not_evaluated(group: str, kind: str) -> str | None:
    """Why objects of this kind are only counted; None when they decide no flows."""
    family = _FAMILIES.get(group)
    if family is None or kind not in family.kinds:
        return None
    return (
        f"netviz does not evaluate {family.title} policies yet: what they allow or deny is not in"
        " this picture"
    )
