"""Drafts of one policy: what people try before they apply it."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.shapes import as_list
from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["drafts"]

_EACH = 10


def drafts(pods: int) -> list[tuple[ClusterState, tuple[str, ...]]]:
    """Ten of each: ingress of a workload, its egress, a namespace closed both ways, and one policy
    deleted; each with what to delete."""
    chance = random.Random(7)
    spaces = max(2, pods // 50)
    found: list[tuple[ClusterState, tuple[str, ...]]] = []
    for _ in range(_EACH):
        app, other = ({"matchLabels": {"app": f"app-{chance.randrange(5)}"}} for _ in range(2))
        ports = [{"protocol": "TCP", "port": 8081}]
        tried: tuple[dict[str, Any], ...] = (
            {"podSelector": app, "ingress": [{"from": [{"podSelector": other}], "ports": ports}]},
            {
                "podSelector": app,
                "policyTypes": ["Egress"],
                "egress": [{"to": [{"podSelector": other}], "ports": ports}],
            },
            {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        )
        found += [(_draft(f"ns-{chance.randrange(spaces)}", spec), ()) for spec in tried]
        index = chance.randrange(pods // 10)
        deleted = f"NetworkPolicy/ns-{index % spaces}/policy-{index}"
        found.append((ClusterState(), (deleted,)))
    return found


def _draft(namespace: str, spec: dict[str, Any]) -> ClusterState:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "draft", "namespace": namespace},
        "spec": spec,
    }
    return read_state([SourceText("draft.json", as_list([policy]))])
