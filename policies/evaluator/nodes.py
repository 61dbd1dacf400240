"""What a graph shows: namespaces, workloads with their variants, pods, external addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.peers import Universe
from policies.evaluator.state import WorkloadRef

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation
    from policies.evaluator.side import Side

__all__ = ["LEVELS", "GraphNode", "Level", "NodeTable", "nodes_at", "workload_nodes"]

Level = Literal["namespace", "workload", "pod"]
LEVELS: tuple[Level, ...] = ("namespace", "workload", "pod")

MOST_LACKING = 3
"""A variant's name lists no more labels than this that its pods do not carry."""


class GraphNode(msgspec.Struct, frozen=True):
    """One node of a graph. `text` is its name in every output; `bits` its peers in the universe.

    `variant` tells apart nodes of one workload whose pods a policy tells apart (F-01).
    `pods` counts pods (a template's replicas included).
    """

    text: str
    kind: Literal["namespace", "workload", "pod", "external"]
    bits: int
    namespace: str = ""
    workload: WorkloadRef | None = None
    variant: str = ""
    pods: int = 0


class NodeTable(msgspec.Struct, frozen=True):
    """The nodes of a level in order of their text.

    `of_bit` lists the nodes that show a peer. `representatives` are the peers to look at: where a
    node's peers are all equal, one stands for it.
    """

    nodes: tuple[GraphNode, ...]
    of_bit: dict[int, tuple[int, ...]]
    representatives: int
    grouped: bool = False

    def shown(self, peers: int) -> list[tuple[int, int]]:
        """One peer for each node to look at, with all the node's peers among `peers`.

        A node whose peers are all equal is looked at once; a namespace is too, as what it may do is
        what any of its workloads may do.
        """
        if not self.grouped:
            return [(bit, 1 << bit) for bit in bits_of(peers & self.representatives)]
        met = ((node.bits & peers) for node in self.nodes)
        return [(first_bit(bits), bits) for bits in met if bits]


def nodes_at(evaluation: Evaluation, level: Level) -> NodeTable:
    """All nodes of the graph at a level; cluster nodes are peers, but not nodes of the graph."""
    universe = evaluation.universe
    if level == "workload":
        inside = list(evaluation.workload_nodes)
    elif level == "namespace":
        inside = [
            GraphNode(
                text=name,
                kind="namespace",
                bits=universe.in_namespace(name),
                namespace=name,
                pods=_pod_count(universe, universe.in_namespace(name)),
            )
            for name in universe.namespaces
        ]
    else:
        inside = _pod_nodes(universe)
    nodes = sorted([*inside, *_external_nodes(universe)], key=lambda node: (node.text, node.bits))
    of_bit: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        for bit in bits_of(node.bits):
            of_bit.setdefault(bit, []).append(index)
    equal = level == "workload"
    representatives = mask_of(
        bit
        for node in nodes
        if node.bits
        for bit in ([first_bit(node.bits)] if equal else bits_of(node.bits))
    )
    return NodeTable(
        tuple(nodes),
        {bit: tuple(found) for bit, found in of_bit.items()},
        representatives,
        grouped=level == "namespace",
    )


def workload_nodes(evaluation: Evaluation) -> list[GraphNode]:
    """One node per workload, or per variant where decisions tell its pods apart (F-01)."""
    universe = evaluation.universe
    members: dict[WorkloadRef, int] = {}
    for bit, each in universe.each_class():
        members[each.workload] = members.get(each.workload, 0) | 1 << bit
    varied = {ref for ref, mask in members.items() if mask & (mask - 1)}
    cuts = _cuts(evaluation) if varied else ()
    replicas = [pod.replicas for pod in universe.state.pods]
    nodes = []
    for ref, mask in sorted(members.items()):
        if ref not in varied:
            pods = sum(map(replicas.__getitem__, universe.classes[first_bit(mask)].pods))
            nodes.append(GraphNode(str(ref), "workload", mask, ref.namespace, ref, "", pods))
            continue
        parts = _refine(universe, mask, cuts)
        names = _variant_names(evaluation, parts)
        for part, variant in zip(parts, names, strict=True):
            text = f"{ref}{{{variant}}}" if variant else str(ref)
            pods = _pod_count(universe, part)
            nodes.append(GraphNode(text, "workload", part, ref.namespace, ref, variant, pods))
    return nodes


def _cuts(evaluation: Evaluation) -> tuple[int, ...]:
    """Every set of peers that a decision distinguishes."""
    cuts: set[int] = {evaluation.universe.hosts}
    for direction, groups in evaluation.groups.items():
        # A base may leave what the same policies decided alike in several groups: no variants.
        members: dict[tuple[tuple[int, ...], Side], int] = {}
        for group in groups:
            governing = evaluation.governing[direction].get(first_bit(group.members), ())
            key = (tuple(id(policy) for policy in governing), group.side)
            members[key] = members.get(key, 0) | group.members
            cuts.update(peers for peers, _, _ in group.side.outcomes if peers > 0)
        cuts.update(members.values())
    return tuple(cuts)


def _refine(universe: Universe, mask: int, cuts: Iterable[int]) -> list[int]:
    parts = [mask]
    for cut in cuts:
        if mask & cut and mask & ~cut:
            parts = [part for each in parts for part in (each & cut, each & ~cut) if part]
    return sorted(parts, key=lambda part: _first_pod(universe, part))


def _first_pod(universe: Universe, part: int) -> int:
    """Classes stand where there was room for them, pods in the order of the state."""
    return min(universe.classes[bit].pods[0] for bit in bits_of(part))


def _variant_names(evaluation: Evaluation, parts: Sequence[int]) -> list[str]:
    """What tells each part from the others: labels it has, host network, labels it has not, the
    name of its only pod, else a number."""
    universe = evaluation.universe
    if len(parts) == 1:
        return [""]
    names = []
    keys = evaluation.projection.keys
    shared = [_common_labels(universe, part, keys) for part in parts]
    everywhere = set.intersection(*shared)
    owned = {pair for labels in shared for pair in labels - everywhere}
    for part, labels in zip(parts, shared, strict=True):
        own = sorted(labels - everywhere)
        lacking = sorted(pair for pair in owned if not _carries(universe, part, pair))
        if own:
            name = ",".join(f"{key}={value}" for key, value in own)
        elif universe.hosts & part:
            name = "hostNetwork"
        elif 0 < len(lacking) <= MOST_LACKING:
            name = ",".join(f"{key}!={value}" for key, value in lacking)
        elif len(pods := _pods_of(universe, part)) == 1:
            name = universe.state.pods[pods[0]].name
        else:
            name = "other"
        names.append(name)
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[index] = f"{name},#{seen[name]}"
    return names


def _common_labels(universe: Universe, part: int, keys: frozenset[str]) -> set[tuple[str, str]]:
    """Labels that all classes of a part share, among those that the policies look at."""
    found = (
        {pair for pair in universe.classes[bit].labels if pair[0] in keys} for bit in bits_of(part)
    )
    return set.intersection(*found)


def _pods_of(universe: Universe, bits: int) -> list[int]:
    return [index for bit in bits_of(bits) for index in universe.classes[bit].pods]


def _carries(universe: Universe, part: int, pair: tuple[str, str]) -> bool:
    return any(pair in universe.classes[bit].labels for bit in bits_of(part))


def _pod_count(universe: Universe, bits: int) -> int:
    return sum(universe.state.pods[index].replicas for index in _pods_of(universe, bits))


def _pod_nodes(universe: Universe) -> list[GraphNode]:
    pods = universe.state.pods
    return [
        GraphNode(
            text=f"{each.namespace}/{pods[index].name}[Pod]",
            kind="pod",
            bits=1 << bit,
            namespace=each.namespace,
            workload=each.workload,
            pods=pods[index].replicas,
        )
        for bit, each in universe.each_class()
        for index in each.pods
    ]


def _external_nodes(universe: Universe) -> list[GraphNode]:
    return [
        GraphNode(text=str(universe.cell_addresses(bit)), kind="external", bits=1 << bit)
        for bit in range(universe.first_cell, universe.size)
    ]
