"""Texts to states, for tests of reading."""

from __future__ import annotations

from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["POD", "POLICY", "read"]

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\n"
POLICY = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: x}\n"
    "spec:\n  podSelector: {}\n  ingress:\n  - from:\n    - podSelector: {}\n    ports:\n"
    "    - port: 80\n"
)


def read(*texts: str | bytes, limits: Limits = Limits()) -> ClusterState:
    """The texts as a.yaml, b.yaml and so on."""
    sources = [
        SourceText(f"{letter}.yaml", text.encode() if isinstance(text, str) else text)
        for letter, text in zip("abcdefgh", texts, strict=False)
    ]
    return read_state(sources, limits=limits)
