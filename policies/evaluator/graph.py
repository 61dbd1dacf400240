"""Flows: every allowed or uncertain connection between the nodes of a level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.certainty import ONLY_OVER, one_doubt
from policies.evaluator.connections import ALL, IPV4, IPV6, ConnectionSet
from policies.evaluator.engine import Evaluation, Rectangle, count_pairs
from policies.evaluator.errors import BadQuestion
from policies.evaluator.nodes import LEVELS, GraphNode, Level, NodeTable, nodes_at
from policies.evaluator.ownnode import SAME_NODE, exemptions
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import Asked, Port, find_peer, parse_port

__all__ = [
    "Flow",
    "FlowTable",
    "each_flow",
    "exempted",
    "flow_order",
    "flow_table",
    "flows",
    "rows_json",
    "split_families",
]

Verdict = Literal["allow", "conditional", "unknown"]

MOST_FLOWS = 250_000
"""Rows of one answer: about 250 MB while it is made, and no reader wants more."""


class Flow(msgspec.Struct, frozen=True, order=True):
    """What a source may open to a destination; `reason` says why it is not a plain allow."""

    source: str
    destination: str
    verdict: Verdict
    reason: str
    connections: ConnectionSet


flow_order = attrgetter("source", "destination", "verdict", "reason")
"""The order of rows in every answer: of what is to be sorted, the key."""

Opened = dict[Caveat | None, ConnectionSet]
"""What is open between two nodes: certain under None, else by caveat."""


class FlowTable(msgspec.Struct, frozen=True):
    """Flows between the nodes of a level, by index; `(i, i)` is what a node opens to itself."""

    nodes: tuple[GraphNode, ...]
    pairs: dict[tuple[int, int], Opened]


def flows(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> list[Flow]:
    """Rows of the allowed-flow graph, sorted; self flows are an attribute of a node, not a row.

    `namespace` and `focus` (a peer as printed) keep rows with that end; `port` (`80/TCP`) keeps
    rows that open it. Raises BadQuestion for a malformed port, an unknown level or focus, and when
    there are too many to list; `each_flow` gives any number.
    """
    wanted = _wanted(evaluation, level, namespace, focus, port)
    table = flow_table(evaluation, level, wanted.peers)
    rows: list[Flow] = []
    for pair, opened in table.pairs.items():
        wanted.add(rows, table, pair, opened)
    rows.sort(key=flow_order)
    return rows


def each_flow(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> Iterator[Flow]:
    """The same rows one by one, never more in memory than those of one source. Raises as `flows`,
    but for their number, and before the first row."""
    wanted = _wanted(evaluation, level, namespace, focus, port)
    return _each_flow(evaluation, nodes_at(evaluation, level), level, wanted)


class _Shown(dict[ConnectionSet, bool]):
    """Whether a set makes a row. Thousands of rows share few sets, so each is asked once."""

    def __init__(self, wanted: Port | None) -> None:
        super().__init__()
        self._wanted = wanted

    def __missing__(self, connections: ConnectionSet) -> bool:
        # ICMP alone is no row: no policy can ask for it.
        shown = connections.size > 0 and (
            self._wanted is None or connections.allows(self._wanted.protocol, self._wanted.number)
        )
        self[connections] = shown
        return shown


class _Wanted(msgspec.Struct, frozen=True):
    """Which rows are asked for; `peers` are those of which every row has one as an end."""

    namespace: str | None
    focus: Asked | None
    peers: int
    shown: _Shown

    def add(
        self,
        rows: list[Flow],
        table: FlowTable | NodeTable,
        pair: tuple[int, int],
        opened: Opened,
    ) -> None:
        """Add the rows between two nodes, by index."""
        i, j = pair
        source, destination = table.nodes[i], table.nodes[j]
        if i == j or not _kept(source, destination, self.namespace, self.focus):
            return
        for caveat, connections in opened.items():
            if self.shown[connections]:
                verdict: Verdict = caveat.verdict if caveat else "allow"
                reason = caveat.reason if caveat else ""
                rows.append(Flow(source.text, destination.text, verdict, reason, connections))


def _wanted(
    evaluation: Evaluation,
    level: Level,
    namespace: str | None,
    focus: str | None,
    port: str | None,
) -> _Wanted:
    wanted = parse_port(port) if port else None
    if level not in LEVELS:
        raise BadQuestion("level", f'"{level}" is no level; they are {", ".join(LEVELS)}.')
    if namespace is not None and namespace not in evaluation.universe.namespaces:
        known = tuple(sorted(evaluation.universe.namespaces))
        raise BadQuestion("namespace", f'There is no namespace "{namespace}" here.', known[:5])
    asked = find_peer(evaluation, focus, "focus") if focus else None
    return _Wanted(namespace, asked, _kept_peers(evaluation, namespace, asked), _Shown(wanted))


def rows_json(rows: Iterable[Flow]) -> Iterator[dict[str, Any]]:
    """The rows of design.md section 5; those with the same connections share one object."""
    known: dict[ConnectionSet, str | dict[str, list[list[int]]]] = {}
    for row in rows:
        connections = known.get(row.connections)
        if connections is None:
            connections = known[row.connections] = row.connections.to_json()
        yield {
            "source": row.source,
            "destination": row.destination,
            "connections": connections,
            "verdict": row.verdict,
            "reason": row.reason or None,
        }


def _each_flow(
    evaluation: Evaluation, table: NodeTable, level: Level, wanted: _Wanted
) -> Iterator[Flow]:
    exempt: dict[int, list[tuple[int, Caveat | None]]] = {}
    for i, j, caveat in exempted(evaluation, table, level):
        exempt.setdefault(i, []).append((j, caveat))
    met: tuple[int, list[Rectangle]] = 0, []
    for _, group in groupby(range(len(table.nodes)), key=lambda i: table.nodes[i].text):
        rows: list[Flow] = []
        for i in group:
            bits = table.nodes[i].bits
            if met[0] != bits:
                # Pods that are alike stand beside each other.
                met = bits, _leaving(evaluation, bits, wanted.peers)
            pairs: dict[tuple[int, int], Opened] = {}
            for rectangle in met[1]:
                _spread(evaluation, rectangle, table, pairs, source=i)
            for j, caveat in exempt.get(i, ()):
                _merge(pairs.setdefault((i, j), {}), [(caveat, ALL)])
            for pair, opened in pairs.items():
                wanted.add(rows, table, pair, one_doubt(opened) if len(opened) > 1 else opened)
        yield from sorted(rows, key=flow_order)


def _leaving(evaluation: Evaluation, sources: int, keep: int) -> list[Rectangle]:
    """The flows from some peers of which one end is kept."""
    destinations = evaluation.universe.everyone if sources & keep else keep
    found = evaluation.rectangles_between(sources, destinations)
    return [part for each in found for part in _with_end_in(each, keep)]


def _kept(
    source: GraphNode, destination: GraphNode, namespace: str | None, focus: Asked | None
) -> bool:
    ends = (source, destination)
    if namespace is not None and not any(end.namespace == namespace for end in ends):
        return False
    return focus is None or any(end.bits & focus.bits for end in ends)


def _kept_peers(evaluation: Evaluation, namespace: str | None, focus: Asked | None) -> int:
    """Peers of which one must be an end of every row asked for."""
    keep = evaluation.universe.everyone
    if namespace is not None:
        keep &= evaluation.universe.in_namespace(namespace)
    return keep & focus.bits if focus is not None and namespace is None else keep


def flow_table(evaluation: Evaluation, level: Level, keep: int = -1) -> FlowTable:
    """Every flow of a level with an end in `keep`; no connection of a pair is in it twice.

    Raises BadQuestion when there are too many to list.
    """
    table = nodes_at(evaluation, level)
    pairs: dict[tuple[int, int], Opened] = {}
    parts = [part for each in evaluation.rectangles for part in _with_end_in(each, keep)]
    _refuse_too_many(evaluation, parts, table)
    for rectangle in parts:
        _spread(evaluation, rectangle, table, pairs)
    for i, j, caveat in exempted(evaluation, table, level):
        _merge(pairs.setdefault((i, j), {}), [(caveat, ALL)])
    return FlowTable(
        table.nodes,
        {pair: opened if len(opened) == 1 else one_doubt(opened) for pair, opened in pairs.items()},
    )


def _with_end_in(rectangle: Rectangle, keep: int) -> Iterator[Rectangle]:
    """The part from kept sources, and the part from others to kept destinations."""
    for sources, destinations in (
        (rectangle.sources & keep, rectangle.destinations),
        (rectangle.sources & ~keep, rectangle.destinations & keep),
    ):
        if sources and destinations:
            yield msgspec.structs.replace(rectangle, sources=sources, destinations=destinations)


def _refuse_too_many(
    evaluation: Evaluation, rectangles: Iterable[Rectangle], table: NodeTable
) -> None:
    if table.grouped:
        return
    shown = table.representatives
    external = evaluation.universe.external
    count = sum(
        count_pairs(each.sources & shown, each.destinations & shown, external)
        for each in rectangles
    )
    if count > MOST_FLOWS:
        raise BadQuestion(
            "level",
            f"There are about {count:,} flows between {len(table.nodes):,} nodes, more than the "
            f"{MOST_FLOWS:,} that can be listed at once. Ask for them row by row (ndjson or csv), "
            "for one namespace, for the flows of one workload (focus), or for the level namespace.",
        )


def _spread(
    evaluation: Evaluation,
    rectangle: Rectangle,
    table: NodeTable,
    pairs: dict[tuple[int, int], Opened],
    source: int | None = None,
) -> None:
    """Add what a rectangle opens to the pairs of nodes; from one source only where it is given."""
    first_cell = evaluation.universe.first_cell
    found = {
        families: split_families(rectangle.connections, rectangle.caveat, families)
        for families in (1, 2, 3)
    }
    sources = _shown(rectangle.sources, table, evaluation)
    destinations = _shown(rectangle.destinations, table, evaluation)
    for s, source_families, nodes in sources:
        source_nodes = nodes if source is None else (source,)
        for d, destination_families, destination_nodes in destinations:
            if s >= first_cell and d >= first_cell:
                continue
            opened = found[source_families & destination_families or 3]
            for i in source_nodes:
                for j in destination_nodes:
                    held = pairs.get((i, j))
                    if held is None:
                        pairs[i, j] = dict(opened)
                    else:
                        _merge(held, opened)


def _shown(
    mask: int, table: NodeTable, evaluation: Evaluation
) -> list[tuple[int, int, tuple[int, ...]]]:
    universe = evaluation.universe
    shown = []
    for first, bits in table.shown(mask):
        families = 0
        for bit in bits_of(bits):
            families |= universe.families(bit)
        shown.append((first, families, table.of_bit[first]))
    return shown


def _merge(opened: Opened, found: Iterable[tuple[Caveat | None, ConnectionSet]]) -> None:
    for caveat, connections in found:
        held = opened.get(caveat)
        opened[caveat] = connections if held is None else held | connections


def split_families(
    connections: ConnectionSet, caveat: Caveat | None, families: int
) -> tuple[tuple[Caveat | None, ConnectionSet], ...]:
    """What is open over the families that two peers share: 1 IPv4, 2 IPv6, 3 both (A-70).

    Where both are shared and differ, the difference is conditional on the family.
    """
    if families != 3:
        return ((caveat, connections.over(IPV4 if families == 1 else IPV6)),)
    over4, over6 = connections.over(IPV4), connections.over(IPV6)
    if over4 == over6:
        return ((caveat, over4),)
    parts = [(caveat, over4 & over6)]
    for name, own, other in (("IPv4", over4, over6), ("IPv6", over6, over4)):
        reason = caveat or ONLY_OVER[name]
        parts.append((reason, own - other))
    return tuple((reason, part) for reason, part in parts if part)


def exempted(
    evaluation: Evaluation, table: NodeTable, level: Level
) -> Iterator[tuple[int, int, Caveat | None]]:
    """A-104: pairs of nodes, by index, between which policies stop nothing; with the caveat where
    that does not hold for every pair of their pods."""
    if level == "namespace":
        return
    shared: dict[tuple[int, int], int] = {}
    doubts: dict[tuple[int, int], Caveat] = {}
    classes = evaluation.universe.classes
    for each in exemptions(evaluation):
        host = classes[each.source].host_network
        for i in table.of_bit[each.source]:
            for j in table.of_bit[each.destination]:
                if level == "pod":
                    pod_node = table.nodes[j if host else i]
                    names = {evaluation.state.pods[index].name for index in each.pods}
                    if pod_node.text.partition("/")[2].removesuffix("[Pod]") not in names:
                        continue
                    met = table.nodes[i].pods * table.nodes[j].pods
                else:
                    hosts = classes[each.source if host else each.destination].pods
                    met = len(each.pods) * len(hosts)
                shared[i, j] = shared.get((i, j), 0) + (met if each.certain else 0)
                if each.doubt is not None:
                    doubts[i, j] = each.doubt
    for (i, j), count in shared.items():
        total = table.nodes[i].pods * table.nodes[j].pods
        yield i, j, doubts.get((i, j)) or (None if count == total else SAME_NODE)
