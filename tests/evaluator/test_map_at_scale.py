"""The map of many namespaces: groups, and a limit that no question passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from policies.evaluator import mapview
from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.diff import compare
from policies.evaluator.diffmap import diff_map
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.ground import ground_of
from policies.evaluator.lines import Lines, Places
from policies.evaluator.mapplan import MOST_LINES, MOST_NODES, RANGES
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.matrix import matrix_view
from policies.evaluator.whatif import overlay
from tests.support.crowds import crowd
from tests.support.states import policy, state

SPACES = tuple(f"ns-{i}" for i in range(160))


def many() -> Evaluation:
    """A cluster of many namespaces, decided when a test first asks for it."""
    return crowd(160, 2000, 400)


def few_large() -> Evaluation:
    return crowd(30, 1500, 500)


def shown(evaluation: Evaluation, **query: Any) -> dict[str, Any]:
    return map_view(evaluation, MapQuery(**query))


def kinds(view: dict[str, Any]) -> Counter[str]:
    return Counter(node["kind"] for node in view["nodes"])


def test_many_namespaces_stand_in_groups() -> None:
    view = shown(many())
    assert view["level"] == "group"
    assert view["budget"]["reduced"]
    assert kinds(view)["group"] == 20
    first = view["nodes"][0]
    assert first["id"] == "group:team=team-0"
    assert (first["namespaces"], first["of"], first["workloads"]) == (8, 8, 100)
    assert sum(node.get("workloads", 0) for node in view["nodes"]) == 2000


def test_a_group_opens_to_its_namespaces_and_the_others_stay() -> None:
    view = shown(many(), opened=("team=team-0",))
    inside = [node["label"] for node in view["nodes"] if node["parent"] == "group:team=team-0"]
    assert inside == [name for name in sorted(SPACES) if int(name[3:]) % 20 == 0]
    assert kinds(view)["group"] == 20
    assert [node["open"] for node in view["nodes"][:1]] == [True]


def test_a_namespace_stands_by_itself_out_of_a_group_that_is_closed() -> None:
    view = shown(many(), opened=("ns-20",))
    by_id = {node["id"]: node for node in view["nodes"]}
    group = by_id["group:team=team-0"]
    assert (group["open"], group["namespaces"], group["of"]) == (False, 7, 8)
    assert by_id["ns:ns-20"]["parent"] is None
    assert any(node["parent"] == "ns:ns-20" for node in view["nodes"])


def _bits(evaluation: Evaluation, node: dict[str, Any]) -> set[str]:
    if node["kind"] == "namespace":
        return {node["label"]}
    known = {each.id: each.names for each in ground_of(evaluation).groups}
    return set(known[node["id"]])


@pytest.mark.parametrize("port", ["", "8080/TCP"])
def test_a_line_between_groups_is_all_lines_between_their_namespaces(port: str) -> None:
    """Of every pair of groups: what it shows is the union of what its members' pairs show."""
    small = crowd(60, 300, 300)
    whole = shown(small, port=port, budget=50)
    assert whole["level"] == "group"
    groups = {node["id"]: _bits(small, node) for node in whole["nodes"] if node["kind"] == "group"}
    names = {name: group for group, inside in groups.items() for name in inside}
    expected: dict[tuple[str, str], list[ConnectionSet]] = {}
    every = shown(small, level="workload")
    asked = shown(small, level="workload", port=port)
    assert every["level"] == asked["level"] == "workload"

    def end(node: str) -> str:
        side, _, addresses = node.partition(":")
        if side in ("in", "out"):
            large = "::" in addresses or "0.0.0.0" in addresses
            return node if large else f"{side}:{RANGES}"
        return str(names[node.partition("/")[0]])

    met = {(end(edge["source"]), end(edge["target"])) for edge in asked["edges"]}
    for edge in every["edges"]:
        ends = (end(edge["source"]), end(edge["target"]))
        # The port chooses lines; each says all that is open.
        if ends[0] != ends[1] and ends in met:
            expected.setdefault(ends, []).append(_connections(edge["connections"]))
    found = {
        (edge["source"], edge["target"]): _connections(edge["connections"])
        for edge in whole["edges"]
    }
    assert found == {ends: ConnectionSet.union_of(each) for ends, each in expected.items()}
    assert whole["folded"] == every["folded"]


def _connections(shown: Any) -> ConnectionSet:
    if shown == "all":
        return ConnectionSet.union_of(ConnectionSet.of(each) for each in ("TCP", "UDP", "SCTP"))
    return ConnectionSet.union_of(
        ConnectionSet.of(protocol, low, high)
        for protocol, ranges in shown.items()
        for low, high in ranges
    )


QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"budget": 1},
    {"budget": 1000},
    {"level": "namespace"},
    {"level": "workload"},
    {"opened": SPACES},
    {"opened": (*SPACES, *(f"team=team-{i}" for i in range(20)))},
    {"opened": tuple(f"team=team-{i}" for i in range(20))},
    {"level": "namespace", "opened": SPACES},
    {"level": "workload", "opened": SPACES[:40]},
    {"namespaces": SPACES[:40], "level": "workload"},
    {"namespaces": SPACES[:75], "level": "workload"},
    {"namespaces": SPACES[:40], "opened": SPACES},
    {"port": "8080/TCP", "opened": SPACES},
    {"port": "53/UDP", "level": "workload"},
    {"focus": "internet"},
    {"focus": "ns:ns-3"},
    {"focus": "ns-3/app-0-3"},
    {"focus": "ns-3/app-0-3", "level": "namespace", "opened": SPACES},
    {"focus": "internet", "level": "workload", "opened": SPACES},
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("cluster", [many, few_large], ids=["many", "large"])
def test_no_view_is_larger_than_a_browser_can_show(
    cluster: Callable[[], Evaluation], query: dict[str, Any]
) -> None:
    evaluation = cluster()
    view = shown(evaluation, **query)
    _within_limits(view)
    matrix = matrix_view(evaluation, MapQuery(**query))
    assert len(matrix["nodes"]) <= MOST_NODES


def _within_limits(view: dict[str, Any]) -> None:
    ids = [node["id"] for node in view["nodes"]]
    assert len(ids) <= MOST_NODES
    assert len(view["edges"]) <= MOST_LINES
    assert len(ids) == len(set(ids))
    closed = {node["id"] for node in view["nodes"] if not node.get("open")}
    assert {end for edge in view["edges"] for end in (edge["source"], edge["target"])} <= closed


def test_a_group_is_shown_with_its_neighbours() -> None:
    view = shown(many(), focus="group:team=team-3")
    _within_limits(view)
    assert view["edges"]


def test_what_has_no_room_is_said_with_how_to_see_it() -> None:
    view = shown(many(), opened=SPACES)
    opened = sum(node["kind"] == "namespace" for node in view["nodes"])
    assert view["cut"]["not_opened"] == len(SPACES) - opened
    assert "no room" in view["cut"]["sentence"]
    assert "filter by namespace" in view["cut"]["sentence"]
    assert shown(many())["cut"] is None


def test_lines_that_have_no_room_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all lines there are, those drawn and those left out are together every one."""
    whole = shown(many(), opened=SPACES[:60])
    drawn = len(whole["edges"])
    monkeypatch.setattr("policies.evaluator.mapplan.MOST_LINES", drawn // 2)
    fewer = shown(many(), opened=SPACES[:60])
    assert len(fewer["edges"]) <= drawn // 2
    assert len(fewer["edges"]) + fewer["cut"]["lines"] == drawn


def test_one_workload_is_drawn_with_its_neighbours_out_of_any_cluster() -> None:
    view = shown(many(), focus="ns-3/app-0-3")
    ends = {end for edge in view["edges"] for end in (edge["source"], edge["target"])}
    asked = "ns-3/app-0-3[StatefulSet]"
    assert asked in {node["id"] for node in view["nodes"]}
    assert all(asked in (edge["source"], edge["target"]) for edge in view["edges"])
    workloads = {node["id"] for node in view["nodes"] if node["kind"] == "workload"}
    assert workloads <= {*ends, asked}


def test_a_focus_looks_at_the_rectangles_of_its_peer_only() -> None:
    evaluation = evaluate(many().state)
    shown(evaluation, focus="ns-3/app-0-3")
    assert "rectangles" not in vars(evaluation)


def test_the_opening_view_is_worked_out_once() -> None:
    evaluation = evaluate(many().state)
    assert shown(evaluation) is shown(evaluation)
    assert shown(evaluation, budget=299) is not shown(evaluation)


def test_a_badge_is_decided_for_rectangles_not_for_pairs() -> None:
    evaluation = evaluate(many().state)
    shown(evaluation)
    pieces = mapview.whole_traffic(ground_of(evaluation)).pieces
    assert len(pieces) <= 2 * len(evaluation.rectangles)
    pairs = sum(each.sources.bit_count() * each.destinations.bit_count() for each in pieces)
    assert pairs > 10 * len(pieces)


def test_a_line_is_looked_up_as_it_is_listed() -> None:
    scene = mapview.scene_of(many(), MapQuery())
    places = Places(scene.ground, ((name, scene.inside(name)) for name in scene.names))
    lines = Lines(scene.traffic, places)
    listed = {(i, j): opened for i, j, opened in lines.pairs()}
    assert len(listed) == lines.count
    for (i, j), opened in list(listed.items())[:50]:
        assert lines.between(i, j) == opened
    for index in bits_of(places.inside):
        assert not lines.between(index, index)


CLOSED = "podSelector: {}\npolicyTypes: [Ingress, Egress]"
DRAFTS = {
    "one": [policy("ns-3/draft", "podSelector: {matchLabels: {app: app-1}}")],
    "everything": [policy(f"ns-{i}/draft", CLOSED) for i in range(60)],
}


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize(
    "query",
    [{}, {"level": "workload"}, {"opened": SPACES[:50], "level": "namespace"}, {"budget": 1}],
)
def test_no_map_of_a_change_is_larger_either(draft: str, query: dict[str, Any]) -> None:
    before = crowd(60, 300, 300)
    after = evaluate(overlay(before.state, state(*DRAFTS[draft])), base=before)
    view = diff_map(compare(before, after), MapQuery(**query))
    _within_limits(view)
    assert view["nodes"]


def test_a_change_between_groups_says_all_that_was_and_is_open() -> None:
    """Closing one namespace of a group leaves what the others may do."""
    before = crowd(60, 300, 300)
    after = evaluate(overlay(before.state, state(policy("ns-3/draft", CLOSED))), base=before)
    query = MapQuery(budget=50)
    view = diff_map(compare(before, after), query)
    assert view["level"] == "group"
    changed = [edge for edge in view["edges"] if edge["change"] != "unchanged"]
    assert changed
    group = next(each for each in ground_of(before).groups if "ns-3" in each.names)
    for edge in changed:
        assert group.id in (edge["source"], edge["target"])
    assert {edge["change"] for edge in changed} <= {"changed", "removed"}
    # What the other namespaces of the group may do stays, so it is still part of the line.
    assert all(edge["after"] for edge in changed if edge["change"] == "changed")
