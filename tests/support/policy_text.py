"""One policy written as text, its spec from line 7 on, and the problem it must have."""

from __future__ import annotations

from policies.evaluator.documents import SourceText
from policies.evaluator.errors import Problem
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["HEAD", "PEER", "accepted", "only_problem", "peer", "state_of"]

PEER = "spec.ingress[0].from[0]"
HEAD = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p
  namespace: x
spec:
"""


def state_of(spec: str, head: str = HEAD) -> ClusterState:
    """The state of one policy whose spec starts on line 7."""
    indented = "".join(f"  {line}\n" for line in spec.strip("\n").split("\n"))
    return read_state([SourceText("p.yaml", (head + indented).encode())])


def only_problem(spec: str, head: str = HEAD) -> Problem:
    state = state_of(spec, head)
    [problem] = state.problems
    assert (not state.policies) == (problem.severity == "error")
    return problem


def accepted(spec: str) -> None:
    state = state_of(spec)
    assert not state.problems
    assert len(state.policies) == 1


def peer(text: str) -> str:
    return f"podSelector: {{}}\ningress:\n- from:\n  - {text}"
