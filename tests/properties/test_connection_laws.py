"""The algebra of connection sets, against Python sets on a small domain."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, PROTOCOLS, ConnectionSet

# Both ends of the port range and a few ports that touch: where interval code goes wrong.
DOMAIN = (1, 2, 3, 4, 5, 65533, 65534, 65535)
Point = tuple[str, int]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[ConnectionSet, frozenset[Point]]:
    """The same set twice: as a ConnectionSet, and as the points of DOMAIN that are in it."""
    connections = NONE
    points: set[Point] = set()
    for _ in range(draw(st.integers(0, 4))):
        protocol = draw(st.sampled_from(PROTOCOLS))
        low, high = sorted(draw(st.tuples(st.sampled_from(DOMAIN), st.sampled_from(DOMAIN))))
        connections |= ConnectionSet.of(protocol, low, high)
        points.update((protocol, port) for port in DOMAIN if low <= port <= high)
    return connections, frozenset(points)


def points_of(connections: ConnectionSet) -> frozenset[Point]:
    return frozenset(
        (protocol, port)
        for protocol in PROTOCOLS
        for port in DOMAIN
        if connections.allows(protocol, port)
    )


@given(pairs())
def test_a_set_holds_exactly_its_points(pair: tuple[ConnectionSet, frozenset[Point]]) -> None:
    assert points_of(pair[0]) == pair[1]


@given(pairs(), pairs())
def test_union_intersection_and_difference_are_those_of_points(
    left: tuple[ConnectionSet, frozenset[Point]], right: tuple[ConnectionSet, frozenset[Point]]
) -> None:
    assert points_of(left[0] | right[0]) == left[1] | right[1]
    assert points_of(left[0] & right[0]) == left[1] & right[1]
    assert points_of(left[0] - right[0]) == left[1] - right[1]


@given(pairs(), pairs())
def test_a_subset_is_what_adds_nothing(
    left: tuple[ConnectionSet, frozenset[Point]], right: tuple[ConnectionSet, frozenset[Point]]
) -> None:
    assert (left[0] <= right[0]) == (left[0] | right[0] == right[0])
    assert left[0] & right[0] <= left[0] <= left[0] | right[0]


@given(pairs())
def test_union_with_nothing_and_intersection_with_everything_are_identities(
    pair: tuple[ConnectionSet, frozenset[Point]],
) -> None:
    connections = pair[0]
    assert connections | NONE == connections == NONE | connections
    assert connections & ALL == connections == ALL & connections
    assert connections - NONE == connections
    assert connections - ALL == NONE == NONE - connections
    assert connections | ALL == ALL


@given(pairs())
def test_idempotence_and_complement(pair: tuple[ConnectionSet, frozenset[Point]]) -> None:
    connections = pair[0]
    assert connections | connections == connections == connections & connections
    rest = ALL - connections
    assert connections & rest == NONE
    assert connections | rest == ALL
    assert ALL - rest == connections


@given(pairs(), pairs(), pairs())
def test_operations_commute_associate_and_distribute(
    first: tuple[ConnectionSet, frozenset[Point]],
    second: tuple[ConnectionSet, frozenset[Point]],
    third: tuple[ConnectionSet, frozenset[Point]],
) -> None:
    a, b, c = first[0], second[0], third[0]
    assert a | b == b | a
    assert a & b == b & a
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a - (b | c) == (a - b) & (a - c)
    assert ConnectionSet.union_of([a, b, c]) == a | b | c


@given(pairs())
def test_equal_sets_hash_and_print_alike(pair: tuple[ConnectionSet, frozenset[Point]]) -> None:
    connections = pair[0]
    rebuilt = ALL - (ALL - connections)
    assert hash(rebuilt) == hash(connections)
    assert str(rebuilt) == str(connections)
    assert rebuilt.to_json() == connections.to_json()


@given(pairs())
def test_printed_ranges_are_sorted_disjoint_apart_and_complete(
    pair: tuple[ConnectionSet, frozenset[Point]],
) -> None:
    connections, points = pair
    shown = connections.to_json()
    assert isinstance(shown, dict) or connections.ported == ALL.ported
    if isinstance(shown, dict):
        for ranges in shown.values():
            for (_, end), (start, _) in itertools.pairwise(ranges):
                assert end + 1 < start
        assert points == {
            (protocol, port)
            for protocol, ranges in shown.items()
            for port in DOMAIN
            if any(low <= port <= high for low, high in ranges)
        }
        assert connections.size == sum(
            high - low + 1 for ranges in shown.values() for low, high in ranges
        )


@given(pairs(), pairs())
def test_each_family_keeps_its_own_part(
    left: tuple[ConnectionSet, frozenset[Point]], right: tuple[ConnectionSet, frozenset[Point]]
) -> None:
    mixed = (left[0] & IPV4) | (right[0] & IPV6)
    assert mixed.over(IPV4) == left[0]
    assert mixed.over(IPV6) == right[0]
    assert points_of(mixed) == left[1] | right[1]


def test_one_to_65535_of_a_protocol_is_all_of_it() -> None:
    every = [ConnectionSet.of(protocol, 1, 65535) for protocol in PROTOCOLS]
    assert ConnectionSet.union_of(every).to_json() == "all"
    assert every[0] == ConnectionSet.of("TCP")
    assert str(every[0]) == "TCP 1-65535"
