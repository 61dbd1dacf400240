"""The graph is the same whether it is built from the manifests or from the pods they run (F-11)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.oracle.strategies import NAMESPACES, container_ports, label_sets, policy_specs
from tests.properties.settings import thorough

Manifest = dict[str, Any]
# The kind, where its controller stands between it and its pods.
KINDS = {
    "Deployment": ("apps/v1", "ReplicaSet"),
    "ReplicaSet": ("apps/v1", ""),
    "StatefulSet": ("apps/v1", ""),
    "DaemonSet": ("apps/v1", ""),
    "ReplicationController": ("v1", ""),
}


@st.composite
def workloads(draw: st.DrawFn, index: int) -> tuple[list[Manifest], list[Manifest]]:
    """One workload twice: its manifest, and the objects a cluster then holds."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    version, between = KINDS[kind]
    namespace, name = draw(st.sampled_from(NAMESPACES)), f"w{index}"
    labels = draw(label_sets())
    ports = [
        {
            **({"name": port.name} if port.name else {}),
            "containerPort": port.port,
            "protocol": port.protocol,
        }
        for port in draw(st.lists(container_ports(), max_size=2))
    ]
    spec = {"containers": [{"name": "c", "image": "i", "ports": ports}]}
    replicas = draw(st.integers(1, 3))
    manifest: Manifest = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    if kind != "DaemonSet":
        manifest["spec"]["replicas"] = replicas
    owner_kind, owner_name = (between, f"{name}-5d8f") if between else (kind, name)
    added = {"pod-template-hash": "5d8f"} if between else {}
    members: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "namespace": namespace,
                "name": f"{owner_name}-{number}",
                "labels": {**labels, **added},
                "ownerReferences": [{"kind": owner_kind, "name": owner_name, "controller": True}],
            },
            "spec": spec,
        }
        for number in range(replicas)
    ]
    return [manifest], members


@st.composite
def clusters(draw: st.DrawFn) -> tuple[ClusterState, ClusterState]:
    """The same cluster from its manifests and from its pods, with the same policies."""
    shared: list[Manifest] = [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": draw(label_sets())},
        }
        for name in NAMESPACES
    ]
    for number in range(draw(st.integers(0, 3))):
        metadata = {"namespace": draw(st.sampled_from(NAMESPACES)), "name": f"policy-{number}"}
        shared.append(
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": metadata,
                "spec": draw(policy_specs()),
            }
        )
    given_twice = [draw(workloads(index)) for index in range(draw(st.integers(1, 4)))]
    from_files, from_pods = list(shared), list(shared)
    for manifests, members in given_twice:
        from_files += manifests
        from_pods += members
    return _read(from_files), _read(from_pods)


def _read(objects: list[Manifest]) -> ClusterState:
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    state = read_state([SourceText("objects.json", json.dumps(listed).encode())])
    errors = [problem for problem in state.problems if problem.severity == "error"]
    assert not errors, errors
    return state


@pytest.mark.law("F-11")
@thorough
@given(clusters())
def test_manifests_and_their_pods_give_the_same_graph(
    pair: tuple[ClusterState, ClusterState],
) -> None:
    from_files, from_pods = pair
    assert flows(evaluate(from_files)) == flows(evaluate(from_pods))
