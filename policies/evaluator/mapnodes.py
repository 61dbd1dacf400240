"""The nodes of the map as JSON: islands, workloads with their badges, and the world outside."""

from __future__ import annotations

from typing import Any

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.ground import Ground
from policies.evaluator.mapplan import RANGES
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Direction
from policies.evaluator.spacegroups import SpaceGroup
from policies.evaluator.words import internet_name

__all__ = ["group_node", "namespace_node", "outside_node", "stranger_node", "workload_node"]

# The letters of visual.md; another kind shows its first two.
_LETTERS = {
    "Deployment": "De",
    "StatefulSet": "St",
    "DaemonSet": "Da",
    "Job": "Jo",
    "CronJob": "Cj",
    "Pod": "Po",
    "ReplicaSet": "Rs",
    "ReplicationController": "Rc",
}


def namespace_node(
    ground: Ground, name: str, *, is_open: bool, parent: str | None = None
) -> dict[str, Any]:
    """An island, in its group where that is open."""
    return {
        "id": f"ns:{name}",
        "kind": "namespace",
        "label": name,
        "parent": parent,
        "open": is_open,
        **_summary(ground, (name,)),
        "labels": dict(sorted(ground.evaluation.universe.namespaces[name].labels.items())),
    }


def group_node(
    ground: Ground, group: SpaceGroup, names: tuple[str, ...], is_open: bool, parent: str | None
) -> dict[str, Any]:
    """A group of namespaces: those of `names`, as others of it may stand by themselves."""
    return {
        "id": group.id,
        "kind": "group",
        "name": group.name,
        "label": group.label,
        "parent": parent,
        "open": is_open,
        "namespaces": len(names),
        "of": len(group.names),
        "parts": len(group.parts),
        **_summary(ground, names),
    }


def _summary(ground: Ground, names: tuple[str, ...]) -> dict[str, Any]:
    """How much is inside, and how it is protected.

    `isolation` says whether none, some or all of the workloads are isolated, or narrowed by a
    cluster-wide policy. `open_to_all` and `opens_to_all` count those whose badge stands for edges:
    they accept something from, or may send something to, every pod. `not_known` counts those that a
    policy governs that is not evaluated.
    """
    bits = ground.shown_in(names)
    veiled = ground.veiled[Direction.INGRESS] | ground.veiled[Direction.EGRESS]
    return {
        "workloads": ground.count(bits),
        "pods": ground.pods(names),
        "isolation": {
            direction.value: _share(bits, ground.guarded[direction]) for direction in Direction
        },
        "open_to_all": (bits & ground.open[Direction.INGRESS]).bit_count(),
        "opens_to_all": (bits & ground.open[Direction.EGRESS]).bit_count(),
        "not_known": (bits & veiled).bit_count(),
    }


def _share(bits: int, marked: int) -> str:
    if not bits & marked:
        return "none"
    return "some" if bits & ~marked else "all"


def workload_node(openness: Openness, node: GraphNode) -> dict[str, Any]:
    """A workload, or a variant of one, with everything its badges say."""
    evaluation = openness.evaluation
    bit = first_bit(node.bits)
    ref = node.workload
    kind = ref.kind if ref else ""
    suffix = f" ({node.variant})" if node.variant else ""
    policies = {
        policy.source.key
        for direction in Direction
        for policy in evaluation.policies_of(bit, direction)
    }
    return {
        "id": node.text,
        "kind": "workload",
        "label": f"{ref.name}{suffix}" if ref else node.text,
        "parent": f"ns:{node.namespace}",
        "letters": _LETTERS.get(kind, kind[:2]),
        "workload_kind": kind,
        "pods": node.pods,
        "isolation": {
            direction.value: evaluation.side_of(bit, direction).is_guarded
            for direction in Direction
        },
        "open_to_all": _json(openness.of(bit, Direction.INGRESS)),
        "opens_to_all": _json(openness.of(bit, Direction.EGRESS)),
        "not_known": {each.value: list(openness.veils(bit, each)) for each in Direction},
        "outside_in": _json(openness.outside(bit, Direction.INGRESS)),
        "outside_out": _json(openness.outside(bit, Direction.EGRESS)),
        "self": _json(_to_itself(evaluation, bit)) if node.pods > 1 else None,
        "policies": sorted(policies),
        "marks": _marks(evaluation, node),
        "variant": node.variant,
    }


def _json(connections: ConnectionSet) -> Any:
    shown = connections.ported
    return shown.to_json() if shown else None


def _to_itself(evaluation: Evaluation, bit: int) -> ConnectionSet:
    """What one replica may open to another (A-102)."""
    return ConnectionSet.union_of(
        connections for connections, caveat in evaluation.between(bit, bit) if caveat is None
    )


def _marks(evaluation: Evaluation, node: GraphNode) -> list[str]:
    marks = []
    if evaluation.universe.hosts & node.bits:
        marks.append("hostNetwork")
    if node.pods == 0:
        marks.append("scaled to zero")
    return marks


def outside_node(evaluation: Evaluation, end: str) -> dict[str, Any]:
    """External addresses: sources (`out:`) stand left of the map, destinations (`in:`) right."""
    prefix, _, addresses = end.partition(":")
    universe = evaluation.universe
    if addresses == RANGES:
        count = sum(not universe.is_rest(bit) for bit in bits_of(universe.external))
        label = f"{count:,} address ranges"
    else:
        names = (
            internet_name(universe, bit, "Internet")
            for bit in bits_of(universe.external)
            if str(universe.cell_addresses(bit)) == addresses
        )
        label = next(names, "") or addresses
    return {
        "id": end,
        "kind": "external",
        "side": "left" if prefix == "out" else "right",
        "label": label,
        "parent": None,
        "addresses": addresses,
    }


def stranger_node(end: str) -> dict[str, Any]:
    """A peer that is not in the input, as a source: `out:{ingress-controller}`."""
    name = end.removeprefix("out:")
    return {
        "id": end,
        "kind": "external",
        "side": "left",
        "label": name.strip("{}").replace("-", " ").capitalize(),
        "parent": None,
        "addresses": name,
    }
