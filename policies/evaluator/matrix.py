"""The matrix: sources as rows, destinations as columns, and in each cell what is open, and how
surely, with nothing left to a badge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.crossings import Crossing, Reach, crossings, pieces_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.ground import Ground, ground_of
from policies.evaluator.mapnodes import (
    group_node,
    namespace_node,
    outside_node,
    stranger_node,
    workload_node,
)
from policies.evaluator.mapplan import (
    OUTSIDE_OF_GROUPS,
    RANGES,
    Entry,
    grouped_entries,
    space_entries,
)
from policies.evaluator.mapview import MapQuery, filtered, peers_meant
from policies.evaluator.mapwords import sentence_of
from policies.evaluator.pairs import Pair
from policies.evaluator.parts import closes_icmp
from policies.evaluator.questions import parse_port
from policies.evaluator.strangers import Beyond

__all__ = ["MOST_CELLS", "matrix_view"]

MOST_CELLS = 10_000
"""More cells than this nobody reads and no browser scrolls smoothly."""

SIDE = 100
"""Of so many rows and columns each a matrix too large keeps at least; so many closed namespaces
stand one by one."""

LONGEST = 300
"""No matrix has more rows or columns: with the islands they lie on, no more nodes than a map."""


class Head(msgspec.Struct, frozen=True):
    """What a row or column stands for: the id of a node of the map, and one peer for each workload
    in it. `rank` says what stays when not all fit: 0 before 1."""

    id: str
    bits: int
    rank: int = 0


class Axes(msgspec.Struct, frozen=True):
    """The rows and columns, what they stand on, whether some was closed to save room, and how many
    rows and columns did not fit."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    entries: tuple[Entry, ...] = ()
    reduced: bool = False
    rows_cut: int = 0
    columns_cut: int = 0

    @property
    def cells(self) -> int:
        """How large the matrix is."""
        return len(self.rows) * len(self.columns)


class Scene(msgspec.Struct, frozen=True):
    """What is asked about: the namespaces in view, and what is open between them and the rest."""

    ground: Ground
    beyond: Beyond | None
    names: tuple[str, ...]
    reach: Reach


def matrix_view(
    evaluation: Evaluation, query: MapQuery, beyond: Beyond | None = None
) -> dict[str, Any]:
    """The matrix as the JSON of its endpoint; `query.budget` has no say here, MOST_CELLS has.

    `beyond` brings peers that are not in the input as sources. With a port every verdict is about
    that port, while connections are all that is open between two. Raises BadQuestion for a bad
    port or focus.
    """
    scene = _scene(evaluation, query, beyond)
    axes = _fitting(_axes(scene, query))
    answers: dict[Crossing, int] = {}
    cells = [
        [answers.setdefault(each, len(answers)) for each in row]
        for row in crossings(
            scene.reach,
            [head.bits for head in axes.rows],
            [head.bits for head in axes.columns],
            evaluation.universe.pods,
        )
    ]
    counted = list(answers)
    found = [counted[index] for row in cells for index in row]
    return {
        "version": 1,
        "level": _level(axes),
        "budget": {"limit": MOST_CELLS, "elements": axes.cells, "reduced": axes.reduced},
        "sentence": sentence_of(scene.ground, scene.ground.shown_in(scene.names)),
        "cut": _cut(axes),
        "pairs": {
            "pairs": sum(each.pairs for each in found),
            "opened": sum(each.opened for each in found),
            "perhaps": sum(each.perhaps for each in found),
        },
        "nodes": _nodes(scene, axes),
        "rows": [head.id for head in axes.rows],
        "columns": [head.id for head in axes.columns],
        "answers": [each.to_json() for each in answers],
        "cells": cells,
    }


def _level(axes: Axes) -> str:
    if any(each.is_open and each.kind == "namespace" for each in axes.entries):
        return "workload"
    return "group" if any(each.kind == "group" for each in axes.entries) else "namespace"


def _scene(evaluation: Evaluation, query: MapQuery, beyond: Beyond | None) -> Scene:
    ground = ground_of(evaluation)
    names = filtered(ground, query)
    shown = ground.shown_in(names) | evaluation.universe.external
    if beyond is not None:
        shown |= mask_of(beyond.bit_of(each) for each in beyond.strangers)
    port = parse_port(query.port) if query.port else None

    def closes(source: int, destination: int) -> bool:
        known = max(source, destination) < evaluation.universe.size
        asked = evaluation if known or beyond is None else beyond
        return port is not None and closes_icmp(asked, Pair(source, destination, {}), port)

    reach = Reach(pieces_of(evaluation, shown, port, beyond), port, closes)
    return Scene(ground, beyond, names, reach)


def _axes(scene: Scene, query: MapQuery) -> Axes:
    """Every namespace open if that fits, else those that were opened; outside only who occurs."""
    names = [name for name in scene.names if scene.ground.shown(name)]
    opened = frozenset(query.opened)
    whole = sum(scene.ground.shown(name).bit_count() for name in names)
    if query.level != "namespace" and (whole <= SIDE or query.focus):
        axes = _in_view(scene, space_entries(names, frozenset(names)), query.focus)
        if axes.cells <= MOST_CELLS:
            return axes
    grouped = len(names) > SIDE
    if grouped:
        entries = grouped_entries(scene.ground.groups, frozenset(names), opened)
    else:
        entries = space_entries(names, opened)
    reduced = query.level != "namespace" or grouped
    return msgspec.structs.replace(_in_view(scene, entries, query.focus), reduced=reduced)


def _in_view(scene: Scene, entries: tuple[Entry, ...], focus: str) -> Axes:
    axes = _with_outside(scene, entries)
    return _focused(scene, axes, focus) if focus else axes


def _with_outside(scene: Scene, entries: tuple[Entry, ...]) -> Axes:
    universe = scene.ground.evaluation.universe
    inside = tuple(_inside(scene.ground, entries))
    callers, called = scene.reach.sources, scene.reach.of(scene.reach.sources)
    # The Internet stands there even where all is closed: that is what one looks for first.
    large = [bit for bit in bits_of(universe.external) if universe.is_rest(bit)]
    others = [bit for bit in bits_of(universe.external) if not universe.is_rest(bit)]
    rows = [*inside, *_strangers(scene.beyond)]
    columns = [*inside]
    if len(others) > OUTSIDE_OF_GROUPS and any(each.kind == "group" for each in entries):
        ranges = mask_of(others)
        rows.append(Head(f"out:{RANGES}", ranges))
        columns.append(Head(f"in:{RANGES}", ranges))
        others = []
    for rank, bits in enumerate((large, others)):
        for bit in bits:
            addresses = universe.cell_addresses(bit)
            if rank == 0 or callers >> bit & 1:
                rows.append(Head(f"out:{addresses}", 1 << bit, rank))
            if rank == 0 or called >> bit & 1:
                columns.append(Head(f"in:{addresses}", 1 << bit, rank))
    return Axes(tuple(rows), tuple(columns), entries) if inside else Axes((), ())


def _inside(ground: Ground, entries: tuple[Entry, ...]) -> Iterator[Head]:
    for each in entries:
        if not each.is_open:
            yield Head(each.id, ground.shown_in(each.names))
        elif each.kind == "namespace":
            for bit in bits_of(ground.shown(each.names[0])):
                yield Head(ground.node_at[bit].text, 1 << bit)


def _strangers(beyond: Beyond | None) -> list[Head]:
    if beyond is None:
        return []
    return [Head(f"out:{each.text}", 1 << beyond.bit_of(each)) for each in beyond.strangers]


def _focused(scene: Scene, axes: Axes, focus: str) -> Axes:
    """The peer asked for and its neighbours: whoever may open something to it, or it to them."""
    centre = scene.ground.standing_for(peers_meant(scene.ground, focus))
    # A peer that is known may not be in view, as its namespace is filtered out.
    bits = centre
    for head in (*axes.rows, *axes.columns):
        if head.bits & centre:
            bits |= head.bits
    callers, called = bits | scene.reach.to(bits), bits | scene.reach.of(bits)
    pods = scene.ground.evaluation.universe.pods
    near = (callers | called) & pods
    return msgspec.structs.replace(
        axes,
        rows=tuple(head for head in axes.rows if head.bits & (near | callers)),
        columns=tuple(head for head in axes.columns if head.bits & (near | called)),
    )


def _fitting(axes: Axes) -> Axes:
    """As many rows and columns as MOST_CELLS allows; addresses that a policy names go first."""
    if axes.cells <= MOST_CELLS and max(len(axes.rows), len(axes.columns)) <= LONGEST:
        return axes
    height = min(len(axes.rows), max(SIDE, MOST_CELLS // len(axes.columns)))
    height = min(height, LONGEST)
    width = min(MOST_CELLS // height, LONGEST)
    rows, columns = _first(axes.rows, height), _first(axes.columns, width)
    return msgspec.structs.replace(
        axes,
        rows=rows,
        columns=columns,
        reduced=True,
        rows_cut=len(axes.rows) - len(rows),
        columns_cut=len(axes.columns) - len(columns),
    )


def _first(heads: Sequence[Head], most: int) -> tuple[Head, ...]:
    """The outside at large stands last and stays: what does not fit is left out before it."""
    outside = [head for head in heads if not head.rank and head.id.startswith(("in:", "out:"))]
    inside = [head for head in heads if not head.id.startswith(("in:", "out:"))]
    rest = [head for head in heads if head.rank]
    kept = {head.id for head in [*outside, *inside, *rest][:most]}
    return tuple(head for head in heads if head.id in kept)


def _cut(axes: Axes) -> dict[str, Any] | None:
    """What does not fit, and how to see it; None when everything does."""
    if not axes.rows_cut and not axes.columns_cut:
        return None
    rows, columns = len(axes.rows), len(axes.columns)
    return {
        "rows": axes.rows_cut,
        "columns": axes.columns_cut,
        "sentence": (
            f"These are {rows} of {rows + axes.rows_cut} sources and {columns} of "
            f"{columns + axes.columns_cut} destinations: more do not fit. Filter by namespace, or "
            "show the connections of one workload, to see the others."
        ),
    }


def _nodes(scene: Scene, axes: Axes) -> list[dict[str, Any]]:
    """The nodes of the map that rows and columns stand for, and the islands that they lie on."""
    ground = scene.ground
    ids = {head.id for head in (*axes.rows, *axes.columns)}
    nodes: list[dict[str, Any]] = []
    for each in axes.entries:
        if each.group is not None:
            if each.is_open or each.id in ids:
                nodes.append(group_node(ground, each.group, each.names, each.is_open, each.parent))
            continue
        (name,) = each.names
        members = [ground.node_at[bit] for bit in bits_of(ground.shown(name))]
        inside = [workload_node(ground.openness, node) for node in members if node.text in ids]
        if each.id in ids or (each.is_open and inside):
            nodes.append(namespace_node(ground, name, is_open=each.is_open, parent=each.parent))
            nodes += inside if each.is_open else []
    strangers = {head.id for head in _strangers(scene.beyond)}
    for head_id in sorted(each for each in ids if each.startswith(("in:", "out:"))):
        nodes.append(
            stranger_node(head_id)
            if head_id in strangers
            else outside_node(ground.evaluation, head_id)
        )
    return nodes
