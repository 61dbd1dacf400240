"""The rights that netviz needs in a cluster: to read what it reads, and nothing else."""

from __future__ import annotations

from typing import Any

from policies.ingest.resources import RESOURCES

__all__ = ["READING", "binding", "cluster_role"]

READING = ("get", "list", "watch")
NAME = "netviz"
_RBAC = "rbac.authorization.k8s.io"


def cluster_role() -> dict[str, Any]:
    """The ClusterRole, a rule for each API group."""
    groups: dict[str, set[str]] = {}
    for resource in RESOURCES:
        groups.setdefault(resource.group, set()).add(resource.plural)
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": [
            {"apiGroups": [group], "resources": sorted(plurals), "verbs": list(READING)}
            for group, plurals in sorted(groups.items())
        ],
    }


def binding(namespace: str) -> list[dict[str, Any]]:
    """A service account in this namespace, and the role given to it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": NAME, "namespace": namespace},
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
        },
    ]
