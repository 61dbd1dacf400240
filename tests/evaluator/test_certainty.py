"""No connection of a pair is listed under two doubts."""

from __future__ import annotations

import pytest

from policies.evaluator.certainty import one_doubt
from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.ownnode import SAME_NODE
from policies.evaluator.policy import Caveat
from policies.evaluator.resolve import ADDRESS_UNKNOWN
from tests.support.states import pod, policy, state

WEB = ConnectionSet.of("TCP", 80, 80)
HIGH = ConnectionSet.of("TCP", 80, 90)
DEPENDS = Caveat("conditional", "only on Mondays")
UNKNOWN = Caveat("unknown", "nobody knows")
OTHER = Caveat("unknown", "nobody asks")
BOTH = Caveat("unknown", "nobody knows; only on Mondays")


@pytest.mark.law("M-05")
def test_where_two_doubts_meet_the_worse_stands_with_both_reasons() -> None:
    assert one_doubt({DEPENDS: HIGH, UNKNOWN: WEB}) == {BOTH: WEB, DEPENDS: HIGH - WEB}
    assert one_doubt({UNKNOWN: HIGH, DEPENDS: HIGH}) == {BOTH: HIGH}


@pytest.mark.law("M-05")
def test_what_is_certain_is_not_repeated_as_uncertain() -> None:
    assert one_doubt({None: WEB, UNKNOWN: HIGH}) == {None: WEB, UNKNOWN: HIGH - WEB}
    assert one_doubt({None: ALL, UNKNOWN: HIGH}) == {None: ALL}


@pytest.mark.law("M-05")
def test_of_many_reasons_two_are_said() -> None:
    [found] = one_doubt({DEPENDS: WEB, UNKNOWN: WEB, OTHER: WEB})
    assert found == Caveat("unknown", "nobody asks; nobody knows; and for more reasons")


@pytest.mark.law("A-94", "A-104", "M-05")
def test_a_pod_and_a_host_network_that_may_share_a_node_are_one_row_and_one_answer() -> None:
    closed = policy(
        "x/closed",
        "{podSelector: {}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: 192.168.0.0/24}}]}]}",
    )
    found = evaluate(state(pod("x/a"), pod("x/h", host_network=True), closed))
    both = f"{ADDRESS_UNKNOWN.reason}; {SAME_NODE.reason}"
    [row] = [
        row for row in flows(found) if (row.source, row.destination) == ("x/a[Pod]", "x/h[Pod]")
    ]
    assert (row.verdict, row.reason) == ("unknown", both)
    answer = explain(found, "x/a", "x/h", "80/TCP")
    assert (answer.verdict, answer.reason) == ("unknown", both)
