"""Clusters with many namespaces, as API objects of the benchmarks."""

from __future__ import annotations

import json
from functools import cache

from benchmarks.generate import manifests
from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["crowd", "crowd_state"]

_ENOUGH = Limits(json_bytes=1 << 30, json_nodes=1 << 30)


@cache
def crowd_state(namespaces: int, workloads: int, policies: int) -> ClusterState:
    """One pod a workload, labels and policies as the benchmarks have them."""
    objects = manifests(workloads * 10, policies=policies, spaces=namespaces)
    seen: set[str] = set()
    kept = []
    for each in objects:
        owner = each["metadata"].get("ownerReferences", [{}])[0].get("name", "")
        if each["kind"] == "Pod" and owner in seen:
            continue
        seen.add(owner)
        kept.append(each)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": kept})
    return read_state([SourceText("crowd.json", text.encode())], limits=_ENOUGH)


@cache
def crowd(namespaces: int, workloads: int, policies: int) -> Evaluation:
    """The same, decided."""
    return evaluate(crowd_state(namespaces, workloads, policies))
