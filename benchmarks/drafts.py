"""Drafts of one policy: what people try before they apply it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.shapes import as_list
from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["draft_bodies", "drafts"]

_EACH = 10


def drafts(pods: int) -> list[tuple[ClusterState, tuple[str, ...]]]:
    """Ten of each: ingress of a workload, its egress, a namespace closed both ways, and one policy
    deleted; each with what to delete."""
    return [(_state(written), deleted) for written, deleted in _drafts(pods)]


def draft_bodies(pods: int) -> list[dict[str, Any]]:
    """The same as clients of the API send them."""
    return [
        {
            "files": [
                {"name": "draft.json", "content": as_list([each]).decode()} for each in written
            ],
            "delete": list(deleted),
        }
        for written, deleted in _drafts(pods)
    ]


def _state(written: list[dict[str, Any]]) -> ClusterState:
    if not written:
        return ClusterState()
    return read_state([SourceText("draft.json", as_list(written))])


def _drafts(pods: int) -> Iterator[tuple[list[dict[str, Any]], tuple[str, ...]]]:
    chance = random.Random(7)
    spaces = max(2, pods // 50)
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
        for spec in tried:
            yield [_policy(f"ns-{chance.randrange(spaces)}", spec)], ()
        index = chance.randrange(pods // 10)
        yield [], (f"NetworkPolicy/ns-{index % spaces}/policy-{index}",)


def _policy(namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "draft", "namespace": namespace},
        "spec": spec,
    }
