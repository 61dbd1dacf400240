"""Which lines a picture has: rectangles spread over the nodes drawn, as sets, never pair by pair.

Both sides of a rectangle are those of one group each, so what a badge says is asked once for it;
what many rectangles say of the same nodes is said once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Rectangle, count_pairs
from policies.evaluator.ground import Ground
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import Port
from policies.evaluator.spread import split_families

__all__ = ["Lines", "Opened", "Piece", "Places", "Traffic", "traffic_of"]

DOUBTS_DRAWN = 150
"""Up to so many pairs that are not known are drawn; above, the marks on their nodes say it."""

Opened = dict[Caveat | None, ConnectionSet]
"""What is open between two nodes: certain under None, else by caveat."""


class Piece(msgspec.Struct, frozen=True):
    """Every source may open these connections to every destination, and no badge says so."""

    sources: int
    destinations: int
    connections: ConnectionSet
    caveat: Caveat | None


class Traffic(msgspec.Struct, frozen=True):
    """What there is to draw between the peers `shown`; `folded` pairs are open and said by badges,
    `not_known` pairs are left to the marks of policies that are not evaluated."""

    pieces: tuple[Piece, ...]
    folded: int
    not_known: int


def traffic_of(
    ground: Ground, rectangles: Iterable[Rectangle], shown: int, *, whole: bool = False
) -> Traffic:
    """The part of the rectangles between shown peers, without what badges say; the `whole` of it
    where everything counts."""
    openness, universe = ground.openness, ground.evaluation.universe
    given = [each for each in rectangles if each.sources & shown and each.destinations & shown]
    split = _Split(ground, shown)
    if whole:
        return Traffic(tuple(piece for each in given for piece in split.of(each)), 0, 0)
    doubted, not_known = _doubted(ground, given, shown)
    pieces: list[Piece] = []
    folded = 0
    for each in given:
        if id(each) in doubted:
            continue
        sources, destinations = each.sources & shown, each.destinations & shown
        if (each.source_open and each.destination_open) or (
            each.caveat is None
            and openness.explained_by_badge(
                sources,
                destinations,
                each.connections,
                each.source_open,
                each.destination_open,
            )
        ):
            folded += count_pairs(sources, destinations, universe.external)
            continue
        pieces += split.of(each)
    return Traffic(tuple(pieces), folded, not_known)


def _doubted(ground: Ground, rectangles: Sequence[Rectangle], shown: int) -> tuple[set[int], int]:
    """The rectangles that are left to the marks on nodes, and their pairs: where policies that are
    not evaluated leave so many pairs unknown that nobody can follow a line."""
    found = [each for each in rectangles if ground.openness.said_by_doubts(each)]
    external = ground.evaluation.universe.external
    pairs = sum(
        count_pairs(each.sources & shown, each.destinations & shown, external) for each in found
    )
    if pairs <= DOUBTS_DRAWN:
        return set(), 0
    return {id(each) for each in found}, pairs


class _Split:
    """Cuts rectangles by the address families that two peers share (A-70)."""

    def __init__(self, ground: Ground, shown: int) -> None:
        self._kinds = [
            (families, mask & shown) for families, mask in ground.families.items() if mask & shown
        ]
        self._parts: dict[
            tuple[ConnectionSet, Caveat | None, int],
            tuple[tuple[Caveat | None, ConnectionSet], ...],
        ] = {}

    def of(self, rectangle: Rectangle) -> Iterator[Piece]:
        for source_families, source_kind in self._kinds:
            sources = rectangle.sources & source_kind
            if not sources:
                continue
            for destination_families, destination_kind in self._kinds:
                destinations = rectangle.destinations & destination_kind
                if not destinations:
                    continue
                families = source_families & destination_families or 3
                key = (rectangle.connections, rectangle.caveat, families)
                parts = self._parts.get(key)
                if parts is None:
                    # Open over the other family alone, or for ICMP alone: nothing to draw.
                    parts = self._parts[key] = tuple(
                        part for part in split_families(*key) if part[1].size
                    )
                for caveat, connections in parts:
                    yield Piece(sources, destinations, connections, caveat)


class Places:
    """Which node of a picture shows a peer, by its index.

    `inside` pairs ids with the peers that they show. What is outside is shown by its addresses, as
    a source and as a destination apart; where it is `gathered`, only the Internet at large is, and
    one node stands for all addresses that policies name.
    """

    def __init__(
        self, ground: Ground, inside: Iterable[tuple[str, int]], gathered: str = ""
    ) -> None:
        universe = ground.evaluation.universe
        units = [*inside]
        self.first_outside = len(units)
        self.inside = (1 << self.first_outside) - 1
        named = universe.external
        if gathered:
            named = mask_of(bit for bit in bits_of(named) if universe.is_rest(bit))
            units.append((gathered, universe.external & ~named))
        units += ((str(universe.cell_addresses(bit)), 1 << bit) for bit in bits_of(named))
        self.ids = [name for name, _ in units]
        self._masks = [mask for _, mask in units]
        self._place = {bit: 1 << i for i, mask in enumerate(self._masks) for bit in bits_of(mask)}
        self._known: dict[int, int] = {}

    def of(self, peers: int) -> int:
        """The nodes that show some of these peers, as a set of indexes."""
        found = self._known.get(peers)
        if found is None:
            found = 0
            # The shorter way: a look at each peer, or at each node.
            if peers.bit_count() <= len(self._masks):
                place = self._place
                for bit in bits_of(peers):
                    found |= place.get(bit, 0)
            else:
                for index, mask in enumerate(self._masks):
                    if peers & mask:
                        found |= 1 << index
            self._known[peers] = found
        return found

    def source(self, index: int) -> str:
        """The id of a node at the start of a line."""
        return self.ids[index] if index < self.first_outside else f"out:{self.ids[index]}"

    def destination(self, index: int) -> str:
        """The id of a node at the end of a line."""
        return self.ids[index] if index < self.first_outside else f"in:{self.ids[index]}"


class Lines:
    """The lines between the nodes of a picture: for each source a set of destinations.

    With a port, only pairs that open it. `opened` says what a line stands for.
    """

    def __init__(self, traffic: Traffic, places: Places, port: Port | None = None) -> None:
        self.places = places
        self._kinds: list[tuple[Caveat | None, ConnectionSet]] = []
        self._rows: list[dict[int, int]] = []
        self._spread(traffic)
        self.to: dict[int, int] = {}
        for (_, connections), rows in zip(self._kinds, self._rows, strict=True):
            if port is None or connections.allows(port.protocol, port.number):
                for source, destinations in rows.items():
                    self.to[source] = self.to.get(source, 0) | destinations
        self._unions: dict[tuple[int, ...], Opened] = {}

    def _spread(self, traffic: Traffic) -> None:
        kinds: dict[tuple[Caveat | None, ConnectionSet], int] = {}
        met: set[tuple[int, int, int]] = set()
        columns: list[dict[int, int]] = []
        inside = self.places.inside
        for piece in traffic.pieces:
            kind = kinds.setdefault((piece.caveat, piece.connections), len(kinds))
            if kind == len(self._rows):
                self._rows.append({})
                columns.append({})
            sources = self.places.of(piece.sources)
            destinations = self.places.of(piece.destinations)
            if (kind, sources, destinations) in met:
                continue
            met.add((kind, sources, destinations))
            # Two addresses outside are nobody's flow.
            for left, right in (
                (sources & inside, destinations),
                (sources & ~inside, destinations & inside),
            ):
                if not left or not right:
                    continue
                if left.bit_count() <= right.bit_count():
                    _add(self._rows[kind], left, right)
                else:
                    _add(columns[kind], right, left)
        self._kinds = list(kinds)
        for rows, turned in zip(self._rows, columns, strict=True):
            for destination, sources in turned.items():
                _add(rows, sources, 1 << destination)
            for source in rows:
                rows[source] &= ~(1 << source)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(destinations.bit_count() for destinations in self.to.values())

    @property
    def outside(self) -> tuple[int, int]:
        """The nodes outside that lines start at, and those that lines end at."""
        inside = self.places.inside
        starts = ends = 0
        for source, destinations in self.to.items():
            if destinations and not 1 << source & inside:
                starts |= 1 << source
            ends |= destinations & ~inside
        return starts, ends

    def touching(self, nodes: int) -> int:
        """How many start or end at one of these nodes."""
        return sum(
            (found if nodes >> source & 1 else found & nodes).bit_count()
            for source, found in self.to.items()
        )

    def pairs(self, nodes: int = -1) -> Iterator[tuple[int, int, Opened]]:
        """Those that start or end at one of these nodes, in order, with what each stands for."""
        for source, found in sorted(self.to.items()):
            wanted = found if nodes >> source & 1 else found & nodes
            if not wanted:
                continue
            kinds = [(kind, rows.get(source, 0)) for kind, rows in enumerate(self._rows)]
            kinds = [(kind, mask) for kind, mask in kinds if mask & wanted]
            for destination in bits_of(wanted):
                yield (
                    source,
                    destination,
                    self._union(tuple(kind for kind, mask in kinds if mask >> destination & 1)),
                )

    def between(self, source: int, destination: int) -> Opened:
        """What one node may open to another, by their indexes."""
        return self._union(
            tuple(
                kind
                for kind, rows in enumerate(self._rows)
                if rows.get(source, 0) >> destination & 1
            )
        )

    def _union(self, kinds: tuple[int, ...]) -> Opened:
        found = self._unions.get(kinds)
        if found is None:
            sets: dict[Caveat | None, list[ConnectionSet]] = {}
            for kind in kinds:
                caveat, connections = self._kinds[kind]
                sets.setdefault(caveat, []).append(connections)
            found = self._unions[kinds] = {
                caveat: ConnectionSet.union_of(each) for caveat, each in sets.items()
            }
        return found


def _add(rows: dict[int, int], starts: int, ends: int) -> None:
    for start in bits_of(starts):
        rows[start] = rows.get(start, 0) | ends
