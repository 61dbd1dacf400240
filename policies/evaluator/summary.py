"""A state in numbers, as every answer about it shows them."""

from __future__ import annotations

from typing import Any

from policies.evaluator.kinds import kind_of
from policies.evaluator.state import ClusterState, NotEvaluated

__all__ = ["counts_of", "not_evaluated_json"]

# A summary is read with every list of snapshots; of more policies the number says enough.
NAMES_SHOWN = 100


def counts_of(state: ClusterState) -> dict[str, int]:
    """The `summary` object of an answer; pods count a template's replicas, and policies are those
    that are evaluated."""
    return {
        "namespaces": len(state.namespaces),
        "workloads": len({pod.workload for pod in state.pods}),
        "pods": sum(pod.replicas for pod in state.pods),
        "policies": sum(
            kind_of(each.api_version, each.kind) is not None for each in state.policies
        ),
    }


def not_evaluated_json(each: NotEvaluated) -> dict[str, Any]:
    """One entry of `not_evaluated` in an answer."""
    return {
        "apiVersion": each.api_version,
        "kind": each.kind,
        "count": each.count,
        "reason": each.reason,
        "names": list(each.names[:NAMES_SHOWN]),
    }
