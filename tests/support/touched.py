"""Whom policies that are not evaluated leave unknown, in a small cluster with named places."""

from __future__ import annotations

from policies.evaluator.documents import SourceText
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.read import read_state

__all__ = ["CLUSTER", "calico", "cilium", "cluster_with", "manifest", "touched", "verdict"]

CLUSTER = """
apiVersion: v1
kind: Namespace
metadata: {name: x, labels: {ns: x, env: prod}}
---
apiVersion: v1
kind: Namespace
metadata: {name: z, labels: {ns: z}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {pod: a, tier: web}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {pod: b}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: z, labels: {pod: a}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: z, labels: {pod: host}}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
"""


def manifest(api_version: str, kind: str, spec: str, namespace: str = "x") -> str:
    """One object; `namespace` empty for a cluster-wide kind."""
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: p{place}}}\n{spec}"


def cilium(spec: str, namespace: str = "x") -> str:
    """A policy of Cilium, from the text of its fields."""
    kind = "CiliumNetworkPolicy" if namespace else "CiliumClusterwideNetworkPolicy"
    return manifest("cilium.io/v2", kind, spec, namespace)


def calico(spec: str, namespace: str = "x", version: str = "projectcalico.org/v3") -> str:
    """A policy of Calico, from its spec."""
    kind = "NetworkPolicy" if namespace else "GlobalNetworkPolicy"
    return manifest(version, kind, f"spec: {spec}", namespace)


def cluster_with(*manifests: str) -> Evaluation:
    """The evaluation of the cluster with more objects, of which none may be refused."""
    text = "\n---\n".join((CLUSTER, *manifests))
    state = read_state([SourceText("a.yaml", text.encode())])
    assert [each for each in state.problems if each.severity == "error"] == []
    return evaluate(state)


def verdict(evaluation: Evaluation, way: str, port: str = "80/TCP") -> str:
    """The verdict of `x/a -> x/b`; the outside is `out`."""
    ends = [end.replace("out", "8.8.8.8") for end in way.split(" -> ")]
    return explain(evaluation, ends[0], ends[1], port).verdict


def touched(*manifests: str) -> str:
    """The pods whose ingress or egress is not known, as `x/a in, z/a in out`.

    The question is put from and to the outside, which no policy governs.
    """
    evaluation = cluster_with(*manifests)
    found = []
    for name in ("x/a", "x/b", "z/a", "z/host"):
        ways = {"in": f"out -> {name}", "out": f"{name} -> out"}
        unknown = [word for word, way in ways.items() if verdict(evaluation, way) == "unknown"]
        if unknown:
            found.append(" ".join([name, *unknown]))
    return ", ".join(found)
