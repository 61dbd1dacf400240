"""What rectangles open between nodes, and over which address families."""

from __future__ import annotations

import pytest

from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, ConnectionSet
from policies.evaluator.engine import Rectangle, evaluate
from policies.evaluator.nodes import nodes_at
from policies.evaluator.policy import Caveat
from policies.evaluator.spread import Spread, split_families
from tests.support.states import pod, state

TCP_80 = ConnectionSet.of("TCP", 80, 80)
TCP_81 = ConnectionSet.of("TCP", 81, 81)
SPLITS = (
    (TCP_80, 3, {None: TCP_80}),
    (TCP_80 & IPV4, 1, {None: TCP_80}),
    (TCP_80 & IPV4, 2, {None: NONE}),
    (TCP_80 & IPV6, 3, {Caveat("conditional", "only over IPv6"): TCP_80}),
    ((ALL & IPV4) | (TCP_80 & IPV6), 3,
     {None: TCP_80, Caveat("conditional", "only over IPv4"): ALL - TCP_80}),
)  # fmt: skip


@pytest.mark.law("A-70")
@pytest.mark.parametrize(("connections", "families", "expected"), SPLITS)
def test_families_that_two_peers_share_decide_what_is_conditional(
    connections: ConnectionSet, families: int, expected: dict[Caveat | None, ConnectionSet]
) -> None:
    assert dict(split_families(connections, None, families)) == expected


@pytest.mark.law("A-70", "F-06")
def test_what_is_unknown_stays_unknown_over_one_family() -> None:
    unknown = Caveat("unknown", "nobody knows")
    assert dict(split_families(TCP_80 & IPV4, unknown, 3)) == {unknown: TCP_80}


@pytest.mark.law("A-70", "F-06")
def test_all_that_is_unknown_is_in_the_list_where_families_differ() -> None:
    unknown = Caveat("unknown", "nobody knows")
    evaluation = evaluate(state(pod("x/a"), pod("x/b")))
    table = nodes_at(evaluation, "workload")
    a, b = (i for i, node in enumerate(table.nodes) if node.workload)
    opened = (TCP_80 & IPV4) | (TCP_81 & IPV6)
    spread = Spread(evaluation, table)
    spread.add(Rectangle(table.nodes[a].bits, table.nodes[b].bits, opened, unknown, False, False))
    assert spread.rows == {a: {b: {unknown: TCP_80 | TCP_81}}}


def test_what_a_second_rectangle_opens_is_added_for_its_own_pairs_alone() -> None:
    evaluation = evaluate(state(pod("x/a"), pod("x/b"), pod("x/c")))
    table = nodes_at(evaluation, "workload")
    a, b, c = (i for i, node in enumerate(table.nodes) if node.workload)
    one, two, three = (table.nodes[i].bits for i in (a, b, c))
    spread = Spread(evaluation, table)
    spread.add(Rectangle(one, two | three, TCP_80, None, False, False))
    spread.add(Rectangle(one, two, TCP_81, None, False, False))
    assert spread.rows == {a: {b: {None: TCP_80 | TCP_81}, c: {None: TCP_80}}}
