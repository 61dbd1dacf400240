"""Ways into the cluster, and what answers about others say of them."""

from __future__ import annotations

from typing import Any

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.points import entries_of
from policies.evaluator.entry.uses import services_to
from policies.evaluator.exposure import Exposure, exposure
from policies.evaluator.policy import Direction
from policies.evaluator.questions import Asked, Port, find_peer
from policies.evaluator.strangers import ANY_POD

__all__ = ["entry_json", "exposure_json", "ways_between"]


def entry_json(evaluation: Evaluation, focus: str | None = None) -> dict[str, Any]:
    """Every path in, and what leads nowhere; or those of one workload, with its Services.

    Raises BadQuestion when there is no such workload.
    """
    points = entries_of(evaluation)
    if focus is None:
        return points.to_json()
    asked = find_peer(evaluation, focus, "focus")
    paths = points.to(asked.bits)
    objects = {path.object for path in paths}
    opened = ConnectionSet.union_of(
        connections
        for bit in bits_of(asked.bits & evaluation.universe.pods)
        for _, connections, _ in evaluation.side_of(bit, Direction.INGRESS).outcomes
    )
    uses = services_to(points.services, _pods_of(evaluation, asked), opened)
    return {
        "paths": [path.to_json() for path in paths],
        "issues": [each.to_json() for each in points.issues if each.object in objects],
        "services": [use.to_json() for use in uses],
    }


def ways_between(
    evaluation: Evaluation,
    source: str,
    destination: str,
    opened: ConnectionSet,
    port: Port | None = None,
) -> dict[str, Any]:
    """The Services that lead to a destination, or to the port asked for there (F-36), and the ways
    in that a source may take."""
    points = entries_of(evaluation)
    there = find_peer(evaluation, destination, "to")
    uses = services_to(points.services, _pods_of(evaluation, there), opened, port)
    callers, controller = 0, source.strip() == ANY_POD.text
    if not controller:
        callers = find_peer(evaluation, source, "from").bits
        controller = bool(callers & evaluation.universe.external)
    paths = points.between(callers, there.bits, controller=controller)
    return {
        "services": [use.to_json() for use in uses],
        "paths": [path.to_json() for path in paths],
    }


_EXPOSURE = "exposure"


def exposure_json(
    evaluation: Evaluation, namespace: str | None = None, focus: str | None = None
) -> dict[str, Any]:
    """What pods to come could open, by workload; those of a namespace or one workload only.

    Raises BadQuestion when there is no such workload.
    """
    found = evaluation.derived.get(_EXPOSURE)
    if not isinstance(found, Exposure):
        found = evaluation.derived[_EXPOSURE] = exposure(evaluation)
    bits = find_peer(evaluation, focus, "focus").bits if focus else evaluation.universe.everyone
    named = {
        node.text
        for node in evaluation.workload_nodes
        if node.bits & bits and namespace in (None, node.namespace)
    }
    return found.of(named).to_json()


def _pods_of(evaluation: Evaluation, asked: Asked) -> int:
    if asked.pod >= 0:
        return 1 << asked.pod
    classes = evaluation.universe.classes
    return mask_of(
        index
        for bit in bits_of(asked.bits & evaluation.universe.pods)
        for index in classes[bit].pods
    )
