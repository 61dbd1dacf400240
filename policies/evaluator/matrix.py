"""The matrix: sources as rows, destinations as columns, and in each cell what is open, and how
surely, with nothing left to a badge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.crossings import Crossing, Reach, crossings, pieces_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.mapnodes import namespace_node, outside_node, stranger_node, workload_node
from policies.evaluator.mapview import MapQuery, focused_ids, sentence_of
from policies.evaluator.nodes import GraphNode
from policies.evaluator.openness import Openness
from policies.evaluator.questions import find_peer, parse_port
from policies.evaluator.strangers import Beyond

__all__ = ["MOST_CELLS", "matrix_view"]

MOST_CELLS = 10_000
"""More cells than this nobody reads and no browser scrolls smoothly."""

SIDE = 100
"""Of so many rows and columns each a matrix too large keeps at least."""


class Head(msgspec.Struct, frozen=True):
    """What a row or column stands for: the id of a node of the map, and one peer for each workload
    in it. `rank` says what stays when not all fit: 0 before 1."""

    id: str
    bits: int
    rank: int = 0


class Axes(msgspec.Struct, frozen=True):
    """The rows and columns, the namespaces that are open among them, whether others were closed to
    save room, and how many rows and columns did not fit."""

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    opened: frozenset[str]
    reduced: bool = False
    rows_cut: int = 0
    columns_cut: int = 0

    @property
    def cells(self) -> int:
        """How large the matrix is."""
        return len(self.rows) * len(self.columns)


class Scene(msgspec.Struct, frozen=True):
    """What is asked about: the workloads in view, and what is open between them and the rest."""

    evaluation: Evaluation
    beyond: Beyond | None
    workloads: tuple[GraphNode, ...]
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
        "level": "workload" if axes.opened else "namespace",
        "budget": {"limit": MOST_CELLS, "elements": axes.cells, "reduced": axes.reduced},
        "sentence": sentence_of(evaluation, scene.workloads),
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


def _scene(evaluation: Evaluation, query: MapQuery, beyond: Beyond | None) -> Scene:
    names = set(evaluation.universe.namespaces)
    if query.namespaces:
        names &= set(query.namespaces)
    workloads = tuple(node for node in evaluation.workload_nodes if node.namespace in names)
    shown = mask_of(first_bit(node.bits) for node in workloads) | evaluation.universe.external
    if beyond is not None:
        shown |= mask_of(beyond.bit_of(each) for each in beyond.strangers)
    port = parse_port(query.port) if query.port else None
    return Scene(
        evaluation, beyond, workloads, Reach(pieces_of(evaluation, shown, port, beyond), port)
    )


def _axes(scene: Scene, query: MapQuery) -> Axes:
    """Every namespace open if that fits, else those that were opened; outside only who occurs."""
    names = frozenset(node.namespace for node in scene.workloads)
    asked = names & frozenset(query.opened)
    if query.level == "namespace":
        return _in_view(scene, asked, query.focus)
    whole = _in_view(scene, names, query.focus)
    if whole.cells <= MOST_CELLS:
        return whole
    return msgspec.structs.replace(_in_view(scene, asked, query.focus), reduced=True)


def _in_view(scene: Scene, opened: frozenset[str], focus: str) -> Axes:
    axes = _with_outside(scene, opened)
    return _focused(scene, axes, focus) if focus else axes


def _with_outside(scene: Scene, opened: frozenset[str]) -> Axes:
    universe = scene.evaluation.universe
    inside = tuple(_inside(scene.workloads, opened))
    callers, called = scene.reach.sources, scene.reach.of(scene.reach.sources)
    # The Internet stands there even where all is closed: that is what one looks for first.
    large = [bit for bit in bits_of(universe.external) if universe.is_rest(bit)]
    others = [bit for bit in bits_of(universe.external) if not universe.is_rest(bit)]
    rows = [*inside, *_strangers(scene.beyond)]
    columns = [*inside]
    for rank, bits in enumerate((large, others)):
        for bit in bits:
            addresses = universe.cell_addresses(bit)
            if rank == 0 or callers >> bit & 1:
                rows.append(Head(f"out:{addresses}", 1 << bit, rank))
            if rank == 0 or called >> bit & 1:
                columns.append(Head(f"in:{addresses}", 1 << bit, rank))
    return Axes(tuple(rows), tuple(columns), opened) if inside else Axes((), (), opened)


def _inside(workloads: Sequence[GraphNode], opened: frozenset[str]) -> list[Head]:
    closed: dict[str, int] = {}
    heads: dict[str, Head] = {}
    for node in workloads:
        bit = node.bits & -node.bits
        if node.namespace in opened:
            heads[node.text] = Head(node.text, bit)
            continue
        name = f"ns:{node.namespace}"
        closed[name] = closed.get(name, 0) | bit
        heads[name] = Head(name, closed[name])
    return list(heads.values())


def _strangers(beyond: Beyond | None) -> list[Head]:
    if beyond is None:
        return []
    return [Head(f"out:{each.text}", 1 << beyond.bit_of(each)) for each in beyond.strangers]


def _focused(scene: Scene, axes: Axes, focus: str) -> Axes:
    """The peer asked for and its neighbours: whoever may open something to it, or it to them."""
    ids = focused_ids(scene.evaluation, scene.workloads, axes.opened, focus)
    bits = 0
    for head in (*axes.rows, *axes.columns):
        if head.id in ids:
            bits |= head.bits
    if not bits:
        # A peer that is known and not in view, as its namespace is filtered out.
        bits = find_peer(scene.evaluation, focus, "focus").bits if focus[:3] != "ns:" else 0
    callers, called = bits | scene.reach.to(bits), bits | scene.reach.of(bits)
    pods = scene.evaluation.universe.pods
    near = (callers | called) & pods
    return msgspec.structs.replace(
        axes,
        rows=tuple(head for head in axes.rows if head.bits & (near | callers)),
        columns=tuple(head for head in axes.columns if head.bits & (near | called)),
    )


def _fitting(axes: Axes) -> Axes:
    """As many rows and columns as MOST_CELLS allows; addresses that a policy names go first."""
    if axes.cells <= MOST_CELLS:
        return axes
    height = min(len(axes.rows), max(SIDE, MOST_CELLS // len(axes.columns)))
    width = MOST_CELLS // height
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
    evaluation = scene.evaluation
    openness = Openness(evaluation)
    ids = {head.id for head in (*axes.rows, *axes.columns)}
    nodes: list[dict[str, Any]] = []
    by_namespace: dict[str, list[GraphNode]] = {}
    for node in scene.workloads:
        by_namespace.setdefault(node.namespace, []).append(node)
    for name, members in by_namespace.items():
        inside = [workload_node(openness, node) for node in members if node.text in ids]
        if name not in axes.opened and f"ns:{name}" not in ids:
            continue
        if name in axes.opened and not inside:
            continue
        nodes.append(namespace_node(openness, name, members, is_open=name in axes.opened))
        if name in axes.opened:
            nodes += inside
    strangers = {head.id for head in _strangers(scene.beyond)}
    for head_id in sorted(each for each in ids if each.startswith(("in:", "out:"))):
        nodes.append(
            stranger_node(head_id) if head_id in strangers else outside_node(evaluation, head_id)
        )
    return nodes
