"""The map: nodes and edges to draw, summarised to a budget, with badges in place of hairballs."""

from __future__ import annotations

from itertools import chain
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.ground import Ground, ground_of
from policies.evaluator.lines import Opened, Traffic, traffic_of
from policies.evaluator.mapnodes import group_node, namespace_node, outside_node, workload_node
from policies.evaluator.mapplan import RANGES, Picture, Scene, picture_of
from policies.evaluator.mapwords import cut_json, edge_json, sentence_of
from policies.evaluator.questions import Port, find_peer, parse_port
from policies.evaluator.spacegroups import GROUP_PREFIX

__all__ = [
    "MapQuery",
    "Pairs",
    "filtered",
    "level_of",
    "map_view",
    "peers_meant",
    "scene_of",
    "spread",
]

_OPENING = "opening maps"
OPENINGS_KEPT = 4


class MapQuery(msgspec.Struct, frozen=True):
    """What to show: `level` auto, namespace or workload; namespaces, and groups of them, that are
    `opened` are not closed.

    `namespaces` keeps those only, `focus` a node and its neighbours, `port` edges that open it.
    `budget` is how many nodes and edges are readable.
    """

    level: str = "auto"
    opened: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    focus: str = ""
    port: str = ""
    budget: int = 300


Pairs = dict[tuple[str, str], Opened]


def map_view(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    """The graph to draw, as the JSON of the graph endpoint. Raises BadQuestion for a bad port.

    What opens first is kept with the evaluation; the answer is not to be changed.
    """
    if query != MapQuery(level=query.level, budget=query.budget):
        return _map_view(evaluation, query)
    kept: dict[MapQuery, dict[str, Any]] = evaluation.derived.setdefault(_OPENING, {})
    view = kept.get(query)
    if view is None:
        view = _map_view(evaluation, query)
        if len(kept) < OPENINGS_KEPT:
            kept[query] = view
    return view


def _map_view(evaluation: Evaluation, query: MapQuery) -> dict[str, Any]:
    scene = scene_of(evaluation, query)
    opened = (*_opened_for(scene, query), *query.opened)
    picture = picture_of([scene], scene.ground.groups, query.level, opened, query.budget)
    pairs, left_out = spread(scene, picture)
    edges = [edge_json(*ends, found) for ends, found in sorted(pairs.items())]
    nodes = _nodes(scene, picture, pairs)
    return {
        "version": 1,
        "level": level_of(picture),
        "budget": {
            "limit": query.budget,
            "elements": len(nodes) + len(edges),
            "reduced": picture.reduced,
        },
        "sentence": sentence_of(scene.ground, scene.ground.shown_in(filtered(scene.ground, query))),
        "nodes": nodes,
        "edges": edges,
        "cut": cut_json(left_out, picture.refused),
        # what never can be closed is said once, not drawn between every host and its pods.
        "folded": {
            "pairs": scene.traffic.folded,
            "not_known": scene.traffic.not_known,
            "same_node": len(evaluation.exempt),
        },
    }


def level_of(picture: Picture) -> str:
    """The finest that is drawn of anything."""
    if picture.opened:
        return "workload"
    return "group" if picture.has_groups else "namespace"


def spread(scene: Scene, picture: Picture) -> tuple[Pairs, int]:
    """The lines to draw by the ids of their ends, and how many had no room."""
    lines = picture.lines(scene)
    drawn, left_out = picture.chosen(scene, lines)
    places = lines.places
    pairs = {(places.source(i), places.destination(j)): opened for i, j, opened in drawn}
    return pairs, left_out


def filtered(ground: Ground, query: MapQuery) -> tuple[str, ...]:
    """The namespaces that a question is about, in order."""
    names = ground.evaluation.universe.namespaces
    if not query.namespaces:
        return tuple(names)
    wanted = frozenset(query.namespaces)
    return tuple(name for name in names if name in wanted)


def scene_of(evaluation: Evaluation, query: MapQuery) -> Scene:
    """What there is to draw for a question. Raises BadQuestion for a bad port or focus."""
    ground = ground_of(evaluation)
    port = parse_port(query.port) if query.port else None
    names = filtered(ground, query)
    shown = ground.shown_in(names)
    visible = shown | evaluation.universe.external
    if query.focus:
        meant = peers_meant(ground, query.focus)
        centre = ground.standing_for(meant) & visible
        if centre:
            return _around(ground, query, centre, visible, port)
    if query.namespaces:
        traffic = traffic_of(ground, evaluation.rectangles, visible)
    else:
        traffic = whole_traffic(ground)
    return Scene(ground, tuple(names), shown, traffic, port=port)


_TRAFFIC = "traffic"


def whole_traffic(ground: Ground) -> Traffic:
    """What there is to draw of a whole cluster, kept with its evaluation."""
    evaluation = ground.evaluation
    found = evaluation.derived.get(_TRAFFIC)
    if not isinstance(found, Traffic):
        everyone = ground.shown_in(ground.nodes) | evaluation.universe.external
        found = traffic_of(ground, evaluation.rectangles, everyone)
        evaluation.derived[_TRAFFIC] = found
    return found


def peers_meant(ground: Ground, focus: str) -> int:
    """The peers of a node of the map, or of whoever a person means. Raises BadQuestion when there
    is no such peer."""
    evaluation = ground.evaluation
    if focus.startswith("ns:") and focus[3:] in evaluation.universe.namespaces:
        return evaluation.universe.in_namespace(focus[3:])
    if focus.startswith(GROUP_PREFIX):
        for top in ground.groups:
            for group in top.walk():
                if group.id == focus:
                    return ground.shown_in(group.names)
    if focus.partition(":")[2] == RANGES:
        universe = evaluation.universe
        return sum(1 << bit for bit in bits_of(universe.external) if not universe.is_rest(bit))
    return find_peer(evaluation, focus.removeprefix("out:").removeprefix("in:"), "focus").bits


def _around(ground: Ground, query: MapQuery, centre: int, visible: int, port: Port | None) -> Scene:
    """One node and its neighbours: only the rectangles that touch it are looked at."""
    evaluation = ground.evaluation
    if query.level == "namespace":
        # A closed namespace is drawn with all that its workloads may do.
        closed = {
            ground.node_at[bit].namespace
            for bit in bits_of(centre & evaluation.universe.pods)
            if ground.node_at[bit].namespace not in query.opened
        }
        centre |= ground.shown_in(closed)
    traffic = traffic_of(
        ground,
        chain(
            evaluation.rectangles_between(centre, visible),
            evaluation.rectangles_between(visible & ~centre, centre),
        ),
        visible,
    )
    kept = centre
    for piece in traffic.pieces:
        if port is None or piece.connections.allows(port.protocol, port.number):
            kept |= piece.sources | piece.destinations
    kept &= evaluation.universe.pods
    names = {ground.node_at[bit].namespace for bit in bits_of(kept)}
    return Scene(ground, tuple(sorted(names)), kept, traffic, centre, port)


def _opened_for(scene: Scene, query: MapQuery) -> tuple[str, ...]:
    """The workload that a map is about is drawn itself, not as its namespace."""
    if not scene.centre or query.level == "namespace" or query.focus.startswith(("ns:", "group:")):
        return ()
    inside = scene.centre & scene.ground.evaluation.universe.pods
    return tuple(dict.fromkeys(scene.ground.node_at[bit].namespace for bit in bits_of(inside)))


def _nodes(scene: Scene, picture: Picture, pairs: Pairs) -> list[dict[str, Any]]:
    ground = scene.ground
    nodes: list[dict[str, Any]] = []
    for each in picture.entries:
        if each.group is not None:
            nodes.append(group_node(ground, each.group, each.names, each.is_open, each.parent))
            continue
        (name,) = each.names
        nodes.append(namespace_node(ground, name, is_open=each.is_open, parent=each.parent))
        if each.is_open:
            nodes += [
                workload_node(ground.openness, ground.node_at[bit])
                for bit in bits_of(scene.inside(name))
            ]
    ends = {end for ends in pairs for end in ends if end.startswith(("in:", "out:"))}
    nodes += [outside_node(ground.evaluation, end) for end in sorted(ends)]
    return nodes
