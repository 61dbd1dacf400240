"""Made-up clusters of any size, shaped like real ones: many small namespaces, small policies.

One workload has about ten pods, one namespace about five workloads, and there is one policy for ten
pods: default denies, ingress from a named app on one port, egress to another, a few address blocks.
"""

from __future__ import annotations

import random
from typing import Any

__all__ = ["PODS_PER_WORKLOAD", "manifests", "what_if_policy"]

PODS_PER_WORKLOAD = 10
WORKLOADS_PER_NAMESPACE = 5


def manifests(
    pods: int,
    seed: int = 1,
    *,
    policies: int | None = None,
    spaces: int | None = None,
    per_workload: int = PODS_PER_WORKLOAD,
) -> list[dict[str, Any]]:
    """Namespaces, pods and policies, pods/10 of them unless said, as API objects; the same for the
    same arguments."""
    chance = random.Random(seed)
    workloads = max(1, pods // per_workload)
    spaces = spaces or max(2, workloads // WORKLOADS_PER_NAMESPACE)
    policies = pods // 10 if policies is None else policies
    objects: list[dict[str, Any]] = [_namespace(index) for index in range(spaces)]
    objects += [_pod(index, workload=index % workloads, spaces=spaces) for index in range(pods)]
    objects += [_policy(index, spaces, chance) for index in range(policies)]
    return objects


def _namespace(index: int) -> dict[str, Any]:
    labels = {"team": f"team-{index % 20}", "env": ("dev", "stage", "prod")[index % 3]}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": f"ns-{index}", "labels": labels},
    }


def _pod(index: int, workload: int, spaces: int) -> dict[str, Any]:
    app = workload // spaces % WORKLOADS_PER_NAMESPACE
    owner = f"app-{app}-{workload}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{owner}-{index}",
            "namespace": f"ns-{workload % spaces}",
            "labels": {"app": f"app-{app}", "tier": ("front", "back", "data")[app % 3]},
            "ownerReferences": [{"kind": "StatefulSet", "name": owner, "controller": True}],
        },
        "spec": {
            "nodeName": f"node-{index % 50}",
            "containers": [
                {"name": "main", "ports": [{"name": "web", "containerPort": 8080 + app}]}
            ],
        },
        "status": {
            "phase": "Running",
            "podIP": f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}",
        },
    }


def _policy(index: int, spaces: int, chance: random.Random) -> dict[str, Any]:
    namespace = f"ns-{index % spaces}"
    shape = index // spaces % 5
    app = {"matchLabels": {"app": f"app-{chance.randrange(WORKLOADS_PER_NAMESPACE)}"}}
    other = {"matchLabels": {"app": f"app-{chance.randrange(WORKLOADS_PER_NAMESPACE)}"}}
    port = [{"protocol": "TCP", "port": chance.choice([80, 443, 5432, 8080, "web"])}]
    if shape == 0:
        closed = ["Ingress", "Egress"] if index % 4 == 0 else ["Ingress"]
        spec: dict[str, Any] = {"podSelector": {}, "policyTypes": closed}
    elif shape == 1:
        spec = {"podSelector": app, "ingress": [{"from": [{"podSelector": other}], "ports": port}]}
    elif shape == 2:
        team = {"matchLabels": {"team": f"team-{chance.randrange(20)}"}}
        peer = {"namespaceSelector": team, "podSelector": other}
        spec = {"podSelector": app, "ingress": [{"from": [peer], "ports": port}]}
    elif shape == 3:
        spec = {
            "podSelector": app,
            "policyTypes": ["Egress"],
            "egress": [
                {"to": [{"podSelector": other}], "ports": port},
                {"ports": [{"protocol": "UDP", "port": 53}]},
            ],
        }
    else:
        block = {"cidr": f"198.51.{chance.randrange(100)}.0/24"}
        spec = {"podSelector": app, "ingress": [{"from": [{"ipBlock": block}], "ports": port}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"policy-{index}", "namespace": namespace},
        "spec": spec,
    }


def what_if_policy(namespace: str = "ns-1") -> dict[str, Any]:
    """A draft that closes one workload and opens one port to one other."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "draft", "namespace": namespace},
        "spec": {
            "podSelector": {"matchLabels": {"app": "app-1"}},
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app": "app-2"}}}],
                    "ports": [{"protocol": "TCP", "port": 8081}],
                }
            ],
        },
    }
