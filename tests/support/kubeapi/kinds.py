"""Which kinds an API server serves, and what it says of them when it is asked (discovery)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["BUILT_IN", "Kind", "api_group", "api_groups", "api_resources", "api_versions"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind in one version. `custom`: a CustomResourceDefinition brought it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    custom: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """As messages name it: `pods`, `networkpolicies.networking.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _namespaced(group: str, version: str, kinds: dict[str, tuple[str, ...]]) -> list[Kind]:
    """Kinds from `Kind plural` and their short names."""
    pairs = [(each.partition(" "), short) for each, short in kinds.items()]
    return [Kind(group, version, kind, plural, short=short) for (kind, _, plural), short in pairs]


BUILT_IN: tuple[Kind, ...] = (
    Kind("", "v1", "Namespace", "namespaces", False, ("ns",)),
    Kind("", "v1", "Node", "nodes", False, ("no",)),
    Kind("", "v1", "PersistentVolume", "persistentvolumes", False, ("pv",)),
    *_namespaced(
        "",
        "v1",
        {
            "ConfigMap configmaps": ("cm",),
            "Endpoints endpoints": ("ep",),
            "Event events": ("ev",),
            "Pod pods": ("po",),
            "ReplicationController replicationcontrollers": ("rc",),
            "Secret secrets": (),
            "ServiceAccount serviceaccounts": ("sa",),
            "Service services": ("svc",),
        },
    ),
    *_namespaced(
        "apps",
        "v1",
        {
            "ControllerRevision controllerrevisions": (),
            "DaemonSet daemonsets": ("ds",),
            "Deployment deployments": ("deploy",),
            "ReplicaSet replicasets": ("rs",),
            "StatefulSet statefulsets": ("sts",),
        },
    ),
    *_namespaced("batch", "v1", {"CronJob cronjobs": ("cj",), "Job jobs": ()}),
    *_namespaced("discovery.k8s.io", "v1", {"EndpointSlice endpointslices": ()}),
    Kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", False),
    *_namespaced(
        "networking.k8s.io",
        "v1",
        {"Ingress ingresses": ("ing",), "NetworkPolicy networkpolicies": ("netpol",)},
    ),
    Kind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", False),
    *_namespaced("rbac.authorization.k8s.io", "v1", {"Role roles": ()}),
)

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def api_versions(address: str) -> Json:
    """What `/api` answers."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def _group(name: str, kinds: Iterable[Kind]) -> Json:
    versions = dict.fromkeys(each.version for each in kinds if each.group == name)
    named = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"name": name, "versions": named, "preferredVersion": named[0]}


def api_groups(kinds: Iterable[Kind]) -> Json:
    """What `/apis` answers: every group with a name."""
    kinds = list(kinds)
    names = dict.fromkeys(each.group for each in kinds if each.group)
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(name, kinds) for name in names],
    }


def api_group(name: str, kinds: Iterable[Kind]) -> Json:
    """What `/apis/GROUP` answers."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, kinds)}


def api_resources(api_version: str, kinds: Iterable[Kind]) -> Json:
    """What `/apis/GROUP/VERSION` and `/api/v1` answer: the resources of one version, and the
    status below most of them, which is a resource of its own."""
    rows: list[Json] = []
    for each in kinds:
        if each.api_version != api_version:
            continue
        row: Json = {
            "name": each.plural,
            "singularName": each.kind.lower(),
            "namespaced": each.namespaced,
            "kind": each.kind,
            "verbs": _VERBS,
        }
        if each.short:
            row["shortNames"] = list(each.short)
        status = {
            "name": f"{each.plural}/status",
            "singularName": "",
            "namespaced": each.namespaced,
            "kind": each.kind,
            "verbs": ["get", "patch", "update"],
        }
        # Definitions have it only where they ask for it.
        rows += [row] if each.custom else [row, status]
    answer: Json = {"kind": "APIResourceList", "groupVersion": api_version, "resources": rows}
    if "/" in api_version:
        answer["apiVersion"] = "v1"
    return answer
