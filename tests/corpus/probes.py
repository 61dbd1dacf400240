"""Answers to probes and matrices: the k8s-e2e and npapi sets."""

from __future__ import annotations

from typing import Any

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.state import ClusterState
from tests.corpus.cases import CorpusCase
from tests.corpus.inputs import read_paths
from tests.oracle.reference import Endpoint, Flags
from tests.support.flow_tables import FlowIndex, profile_of

__all__ = ["answer"]


def answer(case: CorpusCase, flags: Flags) -> dict[str, Any]:
    """The result for one case; blocks match pods or not, as the flags say."""
    state = read_paths(case.folder / path for path in case.record["dirs"])
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
