"""Answers to probes and matrices: the k8s-e2e and npapi sets."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.state import ClusterState, Node
from tests.corpus.cases import CorpusCase
from tests.corpus.inputs import read_paths
from tests.oracle.reference import Endpoint, Flags
from tests.support.flow_tables import FlowIndex, profile_of

__all__ = ["answer"]


def answer(case: CorpusCase, flags: Flags, policies: str = "policies") -> dict[str, Any]:
    """The result for one case; blocks match pods or not, as the flags say.

    `policies` is the version of the policies, where the case has them in several.
    """
    given = case.record.get("manifests") or {}
    paths = case.record["dirs"]
    if "policies_v1alpha1" in given:
        if not given.get(policies):
            return {"skip": "no policies of that version"}
        paths = [given[name] for name in ("namespaces", "pods", policies)]
    state = _on_linux(read_paths(case.folder / path for path in paths))
    table = FlowIndex(flows(evaluate(state, profile_of(flags)), level="pod"))
    if "probes" in case.record:
        probes = [
            {
                **probe,
                "allowed": _allows(
                    table, state, probe["src"], probe["dst"], probe["protocol"], probe["port"]
                ),
            }
            for probe in case.record["probes"]
        ]
        return {"probes": probes}
    pods = case.record["pods"]
    matrix = {}
    for heading in case.record["matrix"]:
        protocol, port = heading.split()
        matrix[heading] = [
            "".join(
                "1" if _allows(table, state, source, destination, protocol, int(port)) else "0"
                for destination in pods
            )
            for source in pods
        ]
    return {"matrix": matrix}


def _on_linux(state: ClusterState) -> ClusterState:
    """The state on one node, where it has none: that of the conformance tests, which the manifests
    leave out, and which a rule about Linux nodes means."""
    if state.nodes:
        return state
    node = Node("linux", {"kubernetes.io/os": "linux"})
    pods = tuple(
        msgspec.structs.replace(pod, node=node.name) if pod.host_network else pod
        for pod in state.pods
    )
    return msgspec.structs.replace(state, pods=pods, nodes=(node,))


def _allows(
    table: FlowIndex, state: ClusterState, source: str, destination: str, protocol: str, port: int
) -> bool:
    if source == destination:
        return True
    ends = [_endpoint(state, text) for text in (source, destination)]
    return table.open_between(ends[0], ends[1], 4).allows(protocol, port)


def _endpoint(state: ClusterState, text: str) -> Endpoint:
    for pod in state.pods:
        if text == f"{pod.namespace}/{pod.name}":
            return pod
    return text
