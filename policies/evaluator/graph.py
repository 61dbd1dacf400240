"""Flows: every allowed or uncertain connection between the nodes of a level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Literal

import msgspec

from policies.evaluator.certainty import one_doubt
from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, Rectangle, count_pairs
from policies.evaluator.errors import BadQuestion
from policies.evaluator.nodes import LEVELS, GraphNode, Level, NodeTable, nodes_at
from policies.evaluator.ownnode import SAME_NODE, exemptions
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import Asked, Port, find_peer, parse_port
from policies.evaluator.spread import Opened, Row, Spread

__all__ = [
    "Flow",
    "FlowTable",
    "Run",
    "each_flow",
    "exempted",
    "flow_order",
    "flow_runs",
    "flow_table",
    "flows",
    "rows_json",
    "rows_of",
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


class Run(msgspec.Struct, frozen=True):
    """Rows that stand one after the other and differ in their destination only."""

    source: str
    destinations: Sequence[str]
    verdict: Verdict
    reason: str
    connections: ConnectionSet

    @classmethod
    def of(cls, row: Flow) -> Run:
        """A row by itself."""
        return cls(row.source, (row.destination,), row.verdict, row.reason, row.connections)

    def rows(self) -> Iterator[Flow]:
        """Each of them."""
        for destination in self.destinations:
            yield Flow(self.source, destination, self.verdict, self.reason, self.connections)


flow_order = attrgetter("source", "destination", "verdict", "reason")
"""The order of rows in every answer: of what is to be sorted, the key."""


class FlowTable(msgspec.Struct, frozen=True):
    """Flows between the nodes of a level, by index; what a node opens to itself is in its row."""

    nodes: tuple[GraphNode, ...]
    rows: dict[int, Row]


def flows(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> list[Flow]:
    """Rows of the allowed-flow graph, sorted; self flows are an attribute of a node, not a row.

    Takes and raises what `flow_runs` does.
    """
    found = flow_runs(evaluation, level=level, namespace=namespace, focus=focus, port=port)
    return list(rows_of(found))


def flow_runs(
    evaluation: Evaluation,
    *,
    level: Level = "workload",
    namespace: str | None = None,
    focus: str | None = None,
    port: str | None = None,
) -> list[Run]:
    """The same rows, those that stand together and say the same in one.

    `namespace` and `focus` (a peer as printed) keep rows with that end; `port` (`80/TCP`) keeps
    rows that open it. Raises BadQuestion for a malformed port, an unknown level or focus, and when
    there are too many to list; `each_flow` gives any number.
    """
    wanted = _wanted(evaluation, level, namespace, focus, port)
    table = flow_table(evaluation, level, wanted.peers)
    listing = _Listing(table.nodes, wanted)
    runs = [run for i in sorted(table.rows) for run in listing.runs(i, table.rows[i])]
    if listing.in_order:
        return runs
    return [
        Run.of(row) for row in sorted((row for run in runs for row in run.rows()), key=flow_order)
    ]


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


class _Wanted(msgspec.Struct, frozen=True):
    """Which rows are asked for; `peers` are those of which every row has one as an end."""

    namespace: str | None
    focus: Asked | None
    peers: int
    port: Port | None

    def shows(self, connections: ConnectionSet) -> bool:
        """Whether a set makes a row."""
        # ICMP alone is no row: no policy can ask for it.
        return connections.size > 0 and (
            self.port is None or connections.allows(self.port.protocol, self.port.number)
        )


_Parts = list[tuple[Verdict, str, ConnectionSet]]


class _Listing:
    """Makes rows of what nodes open. What many pairs share is looked at once."""

    def __init__(self, nodes: Sequence[GraphNode], wanted: _Wanted) -> None:
        self._nodes = nodes
        self._texts = [node.text for node in nodes]
        self._wanted = wanted
        self._filtered = wanted.namespace is not None or wanted.focus is not None
        # With what they are of, so that no other one gets its number.
        self._known: dict[int, tuple[Opened, _Parts]] = {}
        # Nodes are in the order of their texts; of two with one text, both have rows of it.
        self.in_order = len(set(self._texts)) == len(self._texts)

    def runs(self, i: int, row: Row) -> Iterator[Run]:
        """The rows of one node, in order where no two nodes have the same text."""
        texts, source = self._texts, self._texts[i]
        others = sorted(row)
        if i in row:
            others.remove(i)
        if self._filtered:
            others = [j for j in others if self._is_kept(i, j)]
        if not others:
            return
        # The first once more: of one alone, no tuple would come.
        names, found = (itemgetter(*others, others[0])(each) for each in (texts, row))
        for start, end in _alike(found[:-1]):
            parts = self._parts_of(found[start])
            # Of two parts, both rows of one destination stand before those of the next.
            step = end - start if len(parts) == 1 else 1
            for first in range(start, end, step):
                for part in parts:
                    yield Run(source, names[first : first + step], *part)

    def _parts_of(self, opened: Opened) -> _Parts:
        known = self._known.get(id(opened))
        if known is None:
            found = one_doubt(opened) if len(opened) > 1 else opened
            parts: _Parts = [
                (caveat.verdict, caveat.reason, each) if caveat else ("allow", "", each)
                for caveat, each in found.items()
                if self._wanted.shows(each)
            ]
            known = self._known[id(opened)] = (opened, sorted(parts, key=itemgetter(0, 1)))
        return known[1]

    def _is_kept(self, i: int, j: int) -> bool:
        namespace, focus = self._wanted.namespace, self._wanted.focus
        ends = (self._nodes[i], self._nodes[j])
        if namespace is not None and not any(end.namespace == namespace for end in ends):
            return False
        return focus is None or any(end.bits & focus.bits for end in ends)


def rows_of(runs: Iterable[Run]) -> Iterator[Flow]:
    """Each row of all of them."""
    return (row for run in runs for row in run.rows())


def _alike(found: Sequence[Opened]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of what is the same."""
    start, first = 0, found[0]
    if found.count(first) < len(found):
        for place, each in enumerate(found):
            if each is not first:
                yield start, place
                start, first = place, each
    yield start, len(found)


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
    return _Wanted(namespace, asked, _kept_peers(evaluation, namespace, asked), wanted)


def rows_json(rows: Iterable[Flow]) -> Iterator[dict[str, Any]]:
    """The rows of design.md section 5; those with the same connections share one object."""
    known: dict[ConnectionSet, str | dict[str, list[list[int]]]] = {}
    last, connections = NONE, NONE.to_json()
    for row in rows:
        # Equal ones that stand together are mostly the same, and telling that is quicker.
        if row.connections is not last:
            last = row.connections
            found = known.get(last)
            connections = known[last] = last.to_json() if found is None else found
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
        # What is remembered is that of one source.
        spread, listing = Spread(evaluation, table), _Listing(table.nodes, wanted)
        runs: list[Run] = []
        for i in group:
            bits = table.nodes[i].bits
            if met[0] != bits:
                # Pods that are alike stand beside each other.
                met = bits, _leaving(evaluation, bits, wanted.peers)
            for rectangle in met[1]:
                spread.add(rectangle, source=i)
            for j, caveat in exempt.get(i, ()):
                spread.open(i, {j: {caveat: ALL}})
            runs += listing.runs(i, spread.rows.get(i, {}))
        rows = rows_of(runs)
        yield from rows if listing.in_order else sorted(rows, key=flow_order)


def _leaving(evaluation: Evaluation, sources: int, keep: int) -> list[Rectangle]:
    """The flows from some peers of which one end is kept."""
    destinations = evaluation.universe.everyone if sources & keep else keep
    found = evaluation.rectangles_between(sources, destinations)
    return [part for each in found for part in _with_end_in(each, keep)]


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
    parts = [part for each in evaluation.rectangles for part in _with_end_in(each, keep)]
    _refuse_too_many(evaluation, parts, table)
    spread = Spread(evaluation, table)
    for rectangle in parts:
        spread.add(rectangle)
    for i, j, caveat in exempted(evaluation, table, level):
        spread.open(i, {j: {caveat: ALL}})
    return FlowTable(table.nodes, spread.rows)


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
