"""Crossings: for sets of sources and of destinations, what is open between every two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, Rectangle
from policies.evaluator.graph import exempted
from policies.evaluator.mapwords import short_text, width_of
from policies.evaluator.nodes import nodes_at
from policies.evaluator.openness import Openness
from policies.evaluator.pairs import ICMP_DOUBT
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.questions import Port
from policies.evaluator.spread import split_families

__all__ = ["Crossing", "Piece", "Reach", "crossings", "pieces_of"]

CrossingVerdict = Literal["allow", "partly", "deny", "conditional", "unknown", "none"]


class Piece(msgspec.Struct, frozen=True):
    """Every source may open these connections to every destination; `plain` when a badge on one of
    the two says that already."""

    sources: int
    destinations: int
    connections: ConnectionSet
    caveat: Caveat | None
    plain: bool = False


class Crossing(msgspec.Struct, frozen=True):
    """What one set of sources may open to one set of destinations.

    Of the `pairs`, `opened` are certainly open and of `perhaps` that is not certain; `partly` when
    only some are open, `none` when there is nothing to ask: a peer and itself, or two peers that no
    policy governs. `connections` are open between some pair, certainly in allow and partly, else
    possibly; `doubtful` are possibly open besides. `caveat` is the worst reason for a doubt.
    `everyone`: whatever is open is so because a side is open to every pod.
    """

    verdict: CrossingVerdict
    connections: ConnectionSet = NONE
    doubtful: ConnectionSet = NONE
    caveat: Caveat | None = None
    everyone: bool = False
    pairs: int = 0
    opened: int = 0
    perhaps: int = 0

    def to_json(self) -> dict[str, Any]:
        """One of the answers that the cells of a matrix point at."""
        sure = self.verdict in ("allow", "partly")
        possibly = self.caveat if sure and self.doubtful else None
        return {
            "verdict": self.verdict,
            "connections": self.connections.to_json(),
            "text": short_text(self.connections) if self.connections else "",
            "width": width_of(self.connections) if self.connections else 0,
            "reason": self.caveat.reason if self.caveat and not sure else None,
            "possibly": {
                "connections": self.doubtful.to_json(),
                "verdict": possibly.verdict,
                "reason": possibly.reason,
            }
            if possibly
            else None,
            "everyone": self.everyone,
            "pairs": self.pairs,
            "opened": self.opened,
            "perhaps": self.perhaps,
        }


class Starts(msgspec.Struct, frozen=True):
    """The sources of a row; of those that open something, what they certainly open, what perhaps,
    and what of the former no badge says."""

    row: int
    members: tuple[tuple[int, int, int, int], ...]


class Reach:
    """For each source, the destinations that it may open something to: on one port, if one is
    asked for. `closes` says whether two peers are closed for certain where nothing opens that port.
    """

    def __init__(
        self, pieces: Sequence[Piece], port: Port | None, closes: Callable[[int, int], bool]
    ) -> None:
        self.port = port
        self.closes = closes
        self.pieces = pieces
        self.certain: dict[int, int] = {}
        self.perhaps: dict[int, int] = {}
        # What no badge says, of what is certain.
        self.singled: dict[int, int] = {}
        for piece in pieces:
            if not self.counts(piece):
                continue
            for bit in bits_of(piece.sources):
                if piece.caveat is not None:
                    self.perhaps[bit] = self.perhaps.get(bit, 0) | piece.destinations
                    continue
                self.certain[bit] = self.certain.get(bit, 0) | piece.destinations
                if not piece.plain:
                    self.singled[bit] = self.singled.get(bit, 0) | piece.destinations

    def counts(self, piece: Piece) -> bool:
        """Whether a piece answers the question about the port."""
        port = self.port
        return port is None or piece.connections.allows(port.protocol, port.number)

    def starts(self, row: int) -> Starts:
        """The sources of a row, looked up once for all its columns."""
        certain, perhaps, singled = self.certain, self.perhaps, self.singled
        members = (
            (bit, certain.get(bit, 0), perhaps.get(bit, 0), singled.get(bit, 0))
            for bit in bits_of(row)
        )
        return Starts(row, tuple(each for each in members if each[1] or each[2]))

    @property
    def sources(self) -> int:
        """Everybody who may open something, or perhaps may."""
        return mask_of(self.certain.keys() | self.perhaps.keys())

    def of(self, sources: int) -> int:
        """Everybody that one of these may open something to, or perhaps may."""
        found = 0
        for bit in bits_of(sources):
            found |= self.certain.get(bit, 0) | self.perhaps.get(bit, 0)
        return found

    def to(self, destinations: int) -> int:
        """Everybody who may open something to one of these, or perhaps may."""
        return mask_of(bit for bit in bits_of(self.sources) if self.of(1 << bit) & destinations)


def pieces_of(
    evaluation: Evaluation, shown: int, port: Port | None, beyond: Evaluation | None = None
) -> list[Piece]:
    """Everything open between the peers `shown`, in parts; those of `beyond` that are no peers of
    `evaluation` are sources only.

    Each shown peer stands for all that a node shows. Address families are told apart (A-70), and
    what policies never stop is among it (A-104).
    """
    openness = Openness(evaluation)
    keep_icmp = port is not None and port.protocol == "ICMP"
    found: list[Piece] = []
    strangers = shown & ~evaluation.universe.everyone
    for universe, rectangles in (
        (evaluation.universe, evaluation.rectangles),
        *(
            [(beyond.universe, beyond.rectangles_between(strangers, beyond.universe.everyone))]
            if beyond is not None and strangers
            else []
        ),
    ):
        kinds = _kinds(universe, shown)
        for each in rectangles:
            found += _parts(openness, each, kinds, keep_icmp=keep_icmp)
    table = nodes_at(evaluation, "workload")
    for i, j, caveat in exempted(evaluation, table, "workload"):
        s, d = (1 << first_bit(table.nodes[index].bits) for index in (i, j))
        if s & shown and d & shown:
            found.append(Piece(s, d, ALL, caveat))
    return found


Kinds = list[tuple[int, int, bool]]
"""Peers that share their address families and whether a policy may govern them at all."""


def _kinds(universe: Universe, shown: int) -> Kinds:
    members: dict[tuple[int, bool], int] = {}
    for bit in bits_of(shown & universe.everyone):
        key = (universe.families(bit), bit < universe.first_node)
        members[key] = members.get(key, 0) | 1 << bit
    return [(mask, *key) for key, mask in members.items()]


def _parts(
    openness: Openness, rectangle: Rectangle, kinds: Kinds, *, keep_icmp: bool
) -> Iterator[Piece]:
    """A rectangle between the shown, by address families and by whether a badge says it."""
    for source_kind, source_families, governed in kinds:
        sources = rectangle.sources & source_kind
        if not sources:
            continue
        for destination_kind, destination_families, other_governed in kinds:
            destinations = rectangle.destinations & destination_kind
            if not destinations or not (governed or other_governed):
                continue
            families = source_families & destination_families or 3
            for caveat, part in split_families(rectangle.connections, rectangle.caveat, families):
                # ICMP alone is no row: no policy can ask for it.
                if part.size or (keep_icmp and part):
                    whole = Piece(sources, destinations, part, caveat)
                    yield from _by_badge(openness, rectangle, whole)


def _by_badge(openness: Openness, rectangle: Rectangle, whole: Piece) -> Iterator[Piece]:
    """The piece, split where the badge of a destination, or of a source, says it already."""
    if whole.caveat is not None:
        yield whole
        return
    both = rectangle.source_open and rectangle.destination_open
    sources, destinations = whole.sources, whole.destinations
    if not both and rectangle.source_open:
        destinations = _badged(openness, destinations, Direction.INGRESS, rectangle.connections)
    elif not both and rectangle.destination_open:
        sources = _badged(openness, sources, Direction.EGRESS, rectangle.connections)
    elif not both:
        sources = 0
    if sources and destinations:
        yield msgspec.structs.replace(whole, sources=sources, destinations=destinations, plain=True)
    for left, right in (
        (whole.sources & ~sources, whole.destinations),
        (sources, whole.destinations & ~destinations),
    ):
        if left and right:
            yield msgspec.structs.replace(whole, sources=left, destinations=right)


def _badged(
    openness: Openness, peers: int, direction: Direction, connections: ConnectionSet
) -> int:
    """Those of the peers that open these connections to every pod."""
    return mask_of(bit for bit in bits_of(peers) if connections <= openness.of(bit, direction))


def crossings(
    reach: Reach, rows: Sequence[int], columns: Sequence[int], governed: int
) -> list[list[Crossing]]:
    """For each row its crossings with every column; policies govern only the peers `governed`."""
    opened: list[list[dict[Caveat | None, set[ConnectionSet]]]] = [
        [{} for _ in columns] for _ in rows
    ]
    doubts: dict[tuple[int, int], set[Caveat]] = {}
    for piece in reach.pieces:
        across = [(j, piece.destinations & mask) for j, mask in enumerate(columns)]
        met = [(j, mask) for j, mask in across if mask]
        asked = reach.counts(piece)
        for i, row in enumerate(rows):
            sources = piece.sources & row
            if not sources:
                continue
            for j, destinations in met:
                # What a peer opens to itself is its own affair, not that of two.
                if sources == destinations and not sources & (sources - 1):
                    continue
                opened[i][j].setdefault(piece.caveat, set()).add(piece.connections)
                if asked and piece.caveat is not None:
                    doubts.setdefault((i, j), set()).add(piece.caveat)
    unions = _Unions()
    found = []
    for i, row in enumerate(rows):
        starts = reach.starts(row)
        found.append(
            [
                _crossing(reach, starts, column, opened[i][j], doubts.get((i, j), set()), unions)
                if (row | column) & governed
                else Crossing("none")
                for j, column in enumerate(columns)
            ]
        )
    return found


class _Unions:
    """Unions of the same sets are worked out once: most cells of a matrix repeat."""

    def __init__(self) -> None:
        self._known: dict[frozenset[ConnectionSet], ConnectionSet] = {}

    def of(self, sets: Iterable[ConnectionSet]) -> ConnectionSet:
        key = frozenset(sets)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = ConnectionSet.union_of(key).ported
        return found


def _crossing(
    reach: Reach,
    starts: Starts,
    column: int,
    opened: dict[Caveat | None, set[ConnectionSet]],
    doubts: set[Caveat],
    unions: _Unions,
) -> Crossing:
    row = starts.row
    pairs = row.bit_count() * column.bit_count() - (row & column).bit_count()
    if not pairs:
        return Crossing("none")
    certain, perhaps, everyone = _counted(starts, column)
    if certain + perhaps < pairs and (left := _not_closed(reach, row, column)):
        perhaps += left
        doubts = {*doubts, ICMP_DOUBT}
    sure = unions.of(opened.get(None, ()))
    maybe = unions.of(each for caveat, sets in opened.items() if caveat for each in sets)
    if certain:
        besides = maybe - sure if reach.port is None else NONE
        if not besides and perhaps:
            besides = maybe
        caveats = doubts if besides else set()
        return Crossing(
            "allow" if certain == pairs else "partly",
            sure,
            besides,
            max(caveats, default=None),
            everyone,
            pairs,
            certain,
            perhaps,
        )
    if perhaps:
        worst = max(doubts)
        return Crossing(worst.verdict, maybe, caveat=worst, pairs=pairs, perhaps=perhaps)
    return Crossing("deny", pairs=pairs)


def _not_closed(reach: Reach, row: int, column: int) -> int:
    """Pairs that nothing opens and of which it is not certain that they are closed (A-95)."""
    if reach.port is None or reach.port.protocol != "ICMP":
        return 0
    return sum(
        not reach.closes(source, destination)
        for source in bits_of(row)
        for destination in bits_of(column & ~reach.of(1 << source) & ~(1 << source))
    )


def _counted(starts: Starts, column: int) -> tuple[int, int, bool]:
    """Pairs that are certainly open, pairs that perhaps are, and whether badges say the former."""
    certain = perhaps = singled = 0
    # Nearly no source is among the destinations of most columns.
    among = starts.row & column
    for bit, sure, doubted, single in starts.members:
        others = column & ~(1 << bit) if among >> bit & 1 else column
        sure &= others
        certain += sure.bit_count()
        if doubted:
            perhaps += (doubted & others & ~sure).bit_count()
        singled |= single & others
    return certain, perhaps, bool(certain) and not singled
