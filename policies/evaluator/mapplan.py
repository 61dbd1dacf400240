"""What a picture of a cluster shows at most: which namespaces are open, closed, or in a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Literal

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.ground import Ground
from policies.evaluator.lines import Lines, Opened, Places, Traffic
from policies.evaluator.questions import Port
from policies.evaluator.spacegroups import SpaceGroup

__all__ = [
    "MOST_LINES",
    "MOST_NODES",
    "OUTSIDE",
    "OUTSIDE_OF_GROUPS",
    "RANGES",
    "Entry",
    "Picture",
    "Scene",
    "grouped_entries",
    "picture_of",
    "space_entries",
]

MOST_NODES = 1000
MOST_LINES = 2000
"""More than this no browser lays out and pans smoothly (measured: performance.md 4)."""

FEW = 40
"""So many closed namespaces can be read one by one, whatever the budget."""

OUTSIDE = 60
"""So many address ranges are drawn one by one; where namespaces stand in groups, a few."""
OUTSIDE_OF_GROUPS = 8

RANGES = "{ranges}"
"""The node that stands for all addresses that policies name."""


class Scene(msgspec.Struct, frozen=True):
    """What there is to draw of one evaluation: these namespaces, the peers `kept` of them (one for
    each node), and the traffic between them. `centre` are the peers that everything is about, if
    anything is."""

    ground: Ground
    names: tuple[str, ...]
    kept: int
    traffic: Traffic
    centre: int = 0
    port: Port | None = None

    def inside(self, name: str) -> int:
        """The peers of a namespace that may be drawn."""
        return self.ground.shown(name) & self.kept

    @property
    def outside(self) -> tuple[int, int]:
        """The addresses that sources, and that destinations, of the traffic are."""
        external = self.ground.evaluation.universe.external
        starts = ends = 0
        for piece in self.traffic.pieces:
            if self.port is None or piece.connections.allows(self.port.protocol, self.port.number):
                starts |= piece.sources
                ends |= piece.destinations
        return starts & external, ends & external


class Entry(msgspec.Struct, frozen=True):
    """A group or a namespace in a picture; `names` are the namespaces that it stands for."""

    id: str
    kind: Literal["group", "namespace"]
    names: tuple[str, ...]
    is_open: bool
    parent: str | None = None
    group: SpaceGroup | None = None


class Picture(msgspec.Struct, frozen=True):
    """What is drawn. `refused` counts what was to be opened and finds no room; `gathered`: one node
    stands for all addresses that policies name."""

    entries: tuple[Entry, ...]
    reduced: bool
    gathered: bool = False
    refused: int = 0

    @property
    def opened(self) -> frozenset[str]:
        """The namespaces whose workloads are drawn."""
        return frozenset(
            each.names[0] for each in self.entries if each.kind == "namespace" and each.is_open
        )

    @property
    def has_groups(self) -> bool:
        """Whether namespaces stand in groups."""
        return any(each.kind == "group" for each in self.entries)

    def place_of(self) -> dict[str, str]:
        """For each namespace that is not open, the node that stands for it."""
        return {name: each.id for each in self.entries if not each.is_open for name in each.names}

    def lines(self, scene: Scene) -> Lines:
        """The lines between what is drawn."""
        places = Places(scene.ground, self._units(scene), RANGES if self.gathered else "")
        return Lines(scene.traffic, places, scene.port)

    def _units(self, scene: Scene) -> Iterator[tuple[str, int]]:
        for each in self.entries:
            if each.kind == "namespace" and each.is_open:
                for bit in bits_of(scene.inside(each.names[0])):
                    yield scene.ground.node_at[bit].text, 1 << bit
            elif not each.is_open:
                yield each.id, scene.ground.shown_in(each.names) & scene.kept

    def chosen(self, scene: Scene, lines: Lines) -> tuple[list[tuple[int, int, Opened]], int]:
        """The lines to draw, and how many are left out as there are too many: those between closed
        nodes first."""
        total = lines.count
        if total <= MOST_LINES:
            return list(lines.pairs()), 0
        places = lines.places
        near = places.of(scene.centre)
        for index, name in enumerate(places.ids[: places.first_outside]):
            near |= (not name.startswith(("ns:", "group:"))) << index
        outer = ((1 << len(places.ids)) - 1) & ~places.inside
        for touching in (near | outer, near, outer):
            if lines.touching(touching) <= MOST_LINES:
                drawn = list(lines.pairs(touching))
                return drawn, total - len(drawn)
        return [], total


def picture_of(
    scenes: Sequence[Scene],
    groups: Sequence[SpaceGroup],
    level: str,
    opened: Sequence[str],
    budget: int,
) -> Picture:
    """What to draw of some evaluations as one picture, at the finest level that fits the budget,
    or that MOST_NODES and MOST_LINES allow where a level is asked for."""
    plan = _Plan(scenes, groups, budget)
    if level != "namespace":
        whole = plan.everything(MOST_NODES - 1 if level == "workload" else budget)
        if whole is not None and plan.fits(whole, level):
            return whole
    if plan.shows_spaces:
        return plan.with_open(plan.spaces(frozenset()), opened, level)
    return plan.with_open(plan.grouped(frozenset()), opened, level)


class _Plan:
    def __init__(self, scenes: Sequence[Scene], groups: Sequence[SpaceGroup], budget: int) -> None:
        self.scenes = scenes
        self.groups = groups
        self.budget = budget
        self.names = tuple(sorted({name for scene in scenes for name in scene.names}))
        self._among = frozenset(self.names)
        starts, ends = 0, 0
        for scene in scenes:
            universe = scene.ground.evaluation.universe
            large = sum(1 << bit for bit in bits_of(universe.external) if universe.is_rest(bit))
            left, right = ((each & ~large).bit_count() for each in scene.outside)
            starts, ends = max(starts, left), max(ends, right)
        self._named = max(starts, ends)
        self._outside = starts + ends + 4

    def _gathers(self, most: int) -> bool:
        return self._named > most

    def _size(self, name: str) -> int:
        """How many nodes a namespace has; of before and after together those of either."""
        found = [scene.inside(name) for scene in self.scenes]
        if len(found) == 1:
            return found[0].bit_count()
        return len(
            {
                scene.ground.node_at[bit].text
                for scene, bits in zip(self.scenes, found, strict=True)
                for bit in bits_of(bits)
            }
        )

    def everything(self, limit: int) -> Picture | None:
        """All namespaces open; None where the nodes alone are too many."""
        least = len(self.names) + max(each.kept.bit_count() for each in self.scenes)
        if least > limit or len(self.names) + sum(map(self._size, self.names)) > limit:
            return None
        return msgspec.structs.replace(self.spaces(self._among), reduced=False)

    def fits(self, picture: Picture, level: str) -> bool:
        """Whether all of a picture, with its lines, can be drawn."""
        for scene in self.scenes:
            lines = picture.lines(scene)
            starts, ends = lines.outside
            nodes = len(picture.entries) + starts.bit_count() + ends.bit_count()
            nodes += sum(map(self._size, picture.opened))
            if level == "auto" and nodes + lines.count > self.budget:
                return False
            if nodes >= MOST_NODES or lines.count > MOST_LINES:
                return False
        return True

    @property
    def shows_spaces(self) -> bool:
        """Whether namespaces are shown one by one: that does not change as some are opened."""
        if len(self.names) <= FEW:
            return True
        return len(self.names) <= self.budget and self.fits(self.spaces(frozenset()), "auto")

    def spaces(self, opened: frozenset[str]) -> Picture:
        """Every namespace by itself, some of them open."""
        entries = space_entries(self.names, opened)
        return Picture(entries, True, self._gathers(OUTSIDE))

    def grouped(self, opened: frozenset[str]) -> Picture:
        """Namespaces in groups, but for those that are open or whose group is."""
        entries = grouped_entries(self.groups, self._among, opened)
        return Picture(entries, True, self._gathers(OUTSIDE_OF_GROUPS))

    def with_open(self, closed: Picture, opened: Sequence[str], level: str) -> Picture:
        """A picture with all opened that was asked for, as far as there is room."""
        known = {each.name: each for top in self.groups for each in top.walk()}
        grouped = closed.has_groups
        outside = min(self._outside, 2 * (OUTSIDE + 2))
        room = MOST_NODES - 1 - outside - len(closed.entries)
        taken: list[str] = []
        refused = 0
        for name in dict.fromkeys(opened):
            if name in self._among:
                gain = self._size(name) + grouped
            elif grouped and name in known:
                group = known[name]
                gain = len(group.parts or [each for each in group.names if each in self._among])
            else:
                continue
            if gain > room:
                refused += 1
                continue
            room -= gain
            taken.append(name)
        made = self.grouped(frozenset(taken)) if grouped else self.spaces(frozenset(taken))
        reduced = level != "namespace" or grouped
        return msgspec.structs.replace(made, reduced=reduced, refused=refused)


def space_entries(names: Iterable[str], opened: Set[str]) -> tuple[Entry, ...]:
    """Namespaces one by one, some of them open."""
    return tuple(_space(name, opened, None) for name in names)


def grouped_entries(
    groups: Iterable[SpaceGroup], among: Set[str], opened: Set[str]
) -> tuple[Entry, ...]:
    """Some namespaces in their groups, but for those that are open or whose group is."""
    return tuple(_within(groups, among, opened, None))


def _within(
    groups: Iterable[SpaceGroup], among: Set[str], opened: Set[str], parent: str | None
) -> Iterator[Entry]:
    for group in groups:
        inside = tuple(name for name in group.names if name in among)
        if not inside:
            continue
        if group.name in opened:
            yield Entry(group.id, "group", inside, True, parent, group)
            if group.parts:
                yield from _within(group.parts, among, opened, group.id)
            else:
                yield from (_space(name, opened, group.id) for name in inside)
            continue
        rest = tuple(name for name in inside if name not in opened)
        if rest:
            yield Entry(group.id, "group", rest, False, parent, group)
        yield from (_space(name, opened, parent) for name in inside if name in opened)


def _space(name: str, opened: Set[str], parent: str | None) -> Entry:
    return Entry(f"ns:{name}", "namespace", (name,), name in opened, parent)
