"""The map: nodes and edges to draw, summarised to a budget, with badges in place of hairballs."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation, count_pairs
from policies.evaluator.graph import split_families
from policies.evaluator.mapnodes import namespace_node, outside_node, workload_node
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.questions import Port, find_peer, parse_port

__all__ = [
    "Drawn",
    "MapQuery",
    "draw",
    "edge_json",
    "focused_ids",
    "map_view",
    "sentence_of",
    "short_text",
    "width_of",
]

DOUBTS_DRAWN = 150
"""Up to so many pairs that are not known are drawn; above, the marks on their nodes say it."""

HARD_LIMIT = 1000
"""More elements than this no browser lays out and pans smoothly (measured: performance.md 4)."""


class MapQuery(msgspec.Struct, frozen=True):
    """What to show: `level` auto, namespace or workload; `opened` namespaces are never closed.

    `namespaces` keeps those only, `focus` a node and its neighbours, `port` edges that open it.
    `budget` is how many nodes and edges are readable.
    """

    level: str = "auto"
    opened: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    focus: str = ""
    port: str = ""
    budget: int = 300


Pairs = dict[tuple[str, str], dict[Caveat | None, ConnectionSet]]


class Drawn(msgspec.Struct, frozen=True):
    """Edges between node ids, the islands that are open, and how many pairs a badge stands for:
    open ones, and ones of which a policy that is not evaluated leaves nothing certain."""

    pairs: Pairs
    opened: frozenset[str]
    folded: int
    not_known: int
    reduced: bool
    workloads: tuple[GraphNode, ...]


def map_view(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    """The graph to draw, as the JSON of the graph endpoint. Raises BadQuestion for a bad port."""
    drawn = draw(evaluation, query)
    port = parse_port(query.port) if query.port else None
    pairs = {
        ends: opened for ends, opened in drawn.pairs.items() if port is None or _opens(opened, port)
    }
    focus: set[str] = set()
    if query.focus:
        focus = focused_ids(evaluation, drawn.workloads, drawn.opened, query.focus)
    focused = set(focus)
    if focus:
        pairs = {ends: opened for ends, opened in pairs.items() if focus & set(ends)}
        focused.update(end for ends in pairs for end in ends)
    edges = [edge_json(*ends, opened) for ends, opened in sorted(pairs.items())]
    nodes = _nodes(evaluation, drawn, query, {end for ends in pairs for end in ends}, focused)
    return {
        "version": 1,
        "level": "workload" if drawn.opened else "namespace",
        "budget": {
            "limit": query.budget,
            "elements": len(nodes) + len(edges),
            "reduced": drawn.reduced,
        },
        "sentence": sentence_of(evaluation, drawn.workloads),
        "nodes": nodes,
        "edges": edges,
        # what never can be closed is said once, not drawn between every host and its pods.
        "folded": {
            "pairs": drawn.folded,
            "not_known": drawn.not_known,
            "same_node": len(evaluation.exempt),
        },
    }


def focused_ids(
    evaluation: Evaluation, workloads: Sequence[GraphNode], opened: Set[str], focus: str
) -> set[str]:
    """The nodes that show the peer asked for. Raises BadQuestion when there is no such peer."""
    if focus.startswith("ns:") and focus[3:] in evaluation.universe.namespaces:
        return {focus}
    bits = find_peer(evaluation, focus.removeprefix("out:").removeprefix("in:"), "focus").bits
    ids: set[str] = set()
    for node in workloads:
        if node.bits & bits:
            ids.add(node.text if node.namespace in opened else f"ns:{node.namespace}")
    for bit in bits_of(bits & evaluation.universe.external):
        addresses = evaluation.universe.cell_addresses(bit)
        ids |= {f"out:{addresses}", f"in:{addresses}"}
    return ids


def draw(evaluation: Evaluation, query: MapQuery) -> Drawn:
    """Which edges to draw: all islands open if that is within the budget, else closed ones."""
    names = set(evaluation.universe.namespaces)
    if query.namespaces:
        names &= set(query.namespaces)
    workloads = tuple(node for node in evaluation.workload_nodes if node.namespace in names)
    opened = frozenset(name for name in query.opened if name in names)
    everything = frozenset(names)
    if query.level == "namespace":
        return _drawn(evaluation, workloads, opened, reduced=False)
    limit = query.budget if query.level == "auto" else HARD_LIMIT
    if len(workloads) <= limit:
        drawn = _drawn(evaluation, workloads, everything, reduced=False)
        outside = {end for ends in drawn.pairs for end in ends if end.startswith(("in:", "out:"))}
        if len(names) + len(workloads) + len(outside) + len(drawn.pairs) <= limit:
            return drawn
    return _drawn(evaluation, workloads, opened, reduced=True)


def _drawn(
    evaluation: Evaluation,
    workloads: tuple[GraphNode, ...],
    opened: frozenset[str],
    *,
    reduced: bool,
) -> Drawn:
    universe = evaluation.universe
    name_of: dict[int, str] = {}
    shown = universe.external
    for node in workloads:
        first = node.bits & -node.bits
        shown |= first
        inside = node.namespace in opened
        name_of[first.bit_length() - 1] = node.text if inside else f"ns:{node.namespace}"
    openness = Openness(evaluation)
    pairs: Pairs = {}
    folded = 0
    doubted, not_known = _doubted(openness, shown)
    for each in evaluation.rectangles:
        if id(each) in doubted:
            continue
        sources, destinations = each.sources & shown, each.destinations & shown
        if each.source_open and each.destination_open:
            folded += count_pairs(sources, destinations, universe.external)
            continue
        for s in bits_of(sources):
            for d in bits_of(destinations):
                if s == d or (s >= universe.first_cell and d >= universe.first_cell):
                    continue
                if each.caveat is None and openness.explained_by_badge(
                    s, d, each.connections, each.source_open, each.destination_open
                ):
                    folded += 1
                    continue
                source = name_of.get(s) or f"out:{universe.cell_addresses(s)}"
                destination = name_of.get(d) or f"in:{universe.cell_addresses(d)}"
                if source == destination:
                    continue
                families = universe.families(s) & universe.families(d) or 3
                for caveat, part in split_families(each.connections, each.caveat, families):
                    # Open over the other family alone, or for ICMP alone: nothing to draw.
                    if not part.size:
                        continue
                    opened_pair = pairs.setdefault((source, destination), {})
                    held = opened_pair.get(caveat)
                    opened_pair[caveat] = part if held is None else held | part
    return Drawn(pairs, opened, folded, not_known, reduced, workloads)


def _doubted(openness: Openness, shown: int) -> tuple[set[int], int]:
    """The rectangles that are left to the marks on nodes, and their pairs: where policies that are
    not evaluated leave so many pairs unknown that nobody can follow a line."""
    evaluation = openness.evaluation
    found = [each for each in evaluation.rectangles if openness.said_by_doubts(each)]
    pairs = sum(
        count_pairs(each.sources & shown, each.destinations & shown, evaluation.universe.external)
        for each in found
    )
    if pairs <= DOUBTS_DRAWN:
        return set(), 0
    return {id(each) for each in found}, pairs


def _opens(opened: dict[Caveat | None, ConnectionSet], port: Port) -> bool:
    return any(each.allows(port.protocol, port.number) for each in opened.values())


def _nodes(
    evaluation: Evaluation,
    drawn: Drawn,
    query: MapQuery,
    ends: set[str],
    focused: set[str],
) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    openness = Openness(evaluation)
    by_namespace: dict[str, list[GraphNode]] = {}
    for node in drawn.workloads:
        by_namespace.setdefault(node.namespace, []).append(node)
    for name in evaluation.universe.namespaces:
        if query.namespaces and name not in query.namespaces:
            continue
        inside = by_namespace.get(name, [])
        kept = [node for node in inside if not focused or node.text in focused]
        if focused and not kept and f"ns:{name}" not in focused:
            continue
        nodes.append(namespace_node(openness, name, inside, is_open=name in drawn.opened))
        if name in drawn.opened:
            nodes += [workload_node(openness, node) for node in kept]
    for end in sorted(ends):
        if end.startswith(("in:", "out:")):
            nodes.append(outside_node(evaluation, end))
    return nodes


def edge_json(
    source: str, destination: str, opened: dict[Caveat | None, ConnectionSet]
) -> dict[str, Any]:
    """One edge: all that may flow, and the worst certainty among it."""
    connections = ConnectionSet.union_of(opened.values()).ported
    caveats = sorted(caveat for caveat in opened if caveat is not None)
    worst = caveats[-1] if caveats else None
    return {
        "id": f"{source} -> {destination}",
        "source": source,
        "target": destination,
        "connections": connections.to_json(),
        "text": short_text(connections),
        "verdict": worst.verdict if worst else "allow",
        "reason": worst.reason if worst else None,
        "width": width_of(connections),
    }


def width_of(connections: ConnectionSet) -> int:
    """Thickness: 1 for one port, 2 for some, 3 for everything."""
    if connections.to_json() == "all":
        return 3
    return 1 if connections.size == 1 else 2


def short_text(connections: ConnectionSet, most: int = 2) -> str:
    """`TCP 80,443 +3`: the first ports, and how many more ranges there are."""
    shown = connections.to_json()
    if isinstance(shown, str):
        return "all"
    words: list[str] = []
    left = most
    more = 0
    for protocol, ranges in shown.items():
        texts = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges]
        if left > 0:
            words.append(f"{protocol} {','.join(texts[:left])}")
        more += max(0, len(texts) - max(left, 0))
        left -= len(texts)
    return " ".join([*words, f"+{more}"] if more else words)


def sentence_of(evaluation: Evaluation, workloads: Sequence[GraphNode]) -> str:
    """What the policies do to these workloads as a whole."""
    count = len({node.workload for node in workloads})
    counted = "1 workload" if count == 1 else f"{count} workloads"
    doubts = _doubts(Openness(evaluation), workloads)
    if not count:
        return "There are no workloads here."
    if not evaluation.enforces:
        return (
            f"Everything may talk to everything: nothing enforces policies in this cluster "
            f"({evaluation.enforcement.evidence}).{doubts}"
        )
    isolated = {
        direction: len(
            {
                node.workload
                for node in workloads
                if evaluation.side_of(next(bits_of(node.bits)), direction).isolated
            }
        )
        for direction in Direction
    }
    if not any(isolated.values()):
        these = "this workload" if count == 1 else f"these {counted}"
        if doubts:
            return f"No policy that is evaluated selects {these}.{doubts}"
        if any(
            evaluation.side_of(next(bits_of(node.bits)), direction).is_guarded
            for node in workloads
            for direction in Direction
        ):
            return f"No NetworkPolicy isolates {these}; cluster-wide policies close what they name."
        return f"Everything may talk to everything: no policy selects {these}."
    entered, left = isolated[Direction.INGRESS], isolated[Direction.EGRESS]
    accept = "accepts" if entered == 1 else "accept"
    return (
        f"Of {counted}, {entered} {accept} only what a policy opens and {left} may send only "
        f"what a policy opens.{doubts}"
    )


def _doubts(openness: Openness, workloads: Sequence[GraphNode]) -> str:
    """How many workloads a policy that is not evaluated governs, as one more sentence."""
    hidden = {
        node.workload
        for node in workloads
        if any(openness.veils(first_bit(node.bits), direction) for direction in Direction)
    }
    if not hidden:
        return ""
    if len(hidden) == 1:
        return (
            " 1 is governed by policies that netviz does not evaluate, so its connections are not"
            " all known."
        )
    return (
        f" {len(hidden)} are governed by policies that netviz does not evaluate, so their"
        " connections are not all known."
    )
