"""Changes as rows: the same as each change by itself says, told of whole sets."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.diff import FlowDiff, compare
from policies.evaluator.diffpairs import Change, Region, unordered
from policies.evaluator.engine import evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.support.change_rows import assert_rows_are_those_of_the_changes
from tests.support.states import Object, daemonset, node, pod, policy, state

CLOSED = policy("x/draft", "podSelector: {}")
BOTH_WAYS = policy("x/draft", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
TO_B = policy(
    "x/draft",
    """
    {podSelector: {matchLabels: {app: a}}, policyTypes: [Egress],
     egress: [{to: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]},
              {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
    """,
)
PODS = tuple(pod(f"{space}/{name}") for space in "xy" for name in "abc")
DB = tuple(
    pod(f"x/db-{role}", {"role": role}, of="StatefulSet/db", ips=[f"10.0.0.{number}"])
    for number, role in enumerate(("copy", "main"), start=1)
)
ON_MAIN = policy("x/draft", "podSelector: {matchLabels: {role: main}}")
HOST = pod("x/agent", host_network=True, on="n1", ips=["192.168.0.1"])
ON_NODE = pod("x/web", on="n1", ips=["10.0.0.9"])
SIX = pod("y/six", ips=["fd00::1"])
OPEN = policy("x/p", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}")
UNSURE = pod("y/maybe", {}, unknown=["app"])

CASES: dict[str, tuple[tuple[Object, ...], tuple[Object, ...]]] = {
    "nothing": (PODS, ()),
    "a namespace is closed": (PODS, (CLOSED,)),
    "and cut off": (PODS, (BOTH_WAYS,)),
    "one may call another": (PODS, (TO_B,)),
    "of a workload one pod is closed": ((*PODS, *DB), (ON_MAIN,)),
    "pods answer at the address of their node": (
        (*PODS, HOST, ON_NODE, node("n1", "192.168.0.1")),
        (BOTH_WAYS,),
    ),
    "of two address families": ((*PODS, *DB, SIX), (BOTH_WAYS,)),
    "ports are left open": ((*PODS, OPEN), (CLOSED,)),
    "labels are not known": ((*PODS, UNSURE), (TO_B,)),
    "pods come": (PODS, (pod("x/new"), CLOSED)),
    "nothing enforces before or after": (
        (*PODS, daemonset("kube-flannel/kube-flannel-ds")),
        (CLOSED,),
    ),
}


def difference(before: ClusterState, after: ClusterState, profile: Profile) -> FlowDiff:
    base = evaluate(before, profile)
    return compare(base, evaluate(after, base=base))


@pytest.mark.parametrize("exempt", [True, False])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_rows_say_what_each_change_says(case: str, there: bool, exempt: bool) -> None:
    given, drafted = CASES[case]
    profile = Profile(own_node_ingress_exempt=exempt, own_node_egress_exempt=exempt)
    before, after = state(*given), overlay(state(*given), state(*drafted))
    if there:
        before, after = after, before
    assert_rows_are_those_of_the_changes(difference(before, after, profile))


def test_no_change_is_looked_at_by_itself_where_names_are_not_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Region] = []

    def noted(*given: Any) -> list[Change]:
        told.extend(given[3])
        return unordered(*given)

    monkeypatch.setattr("policies.evaluator.diffrows.unordered", noted)
    before = state(*PODS)
    found = difference(before, overlay(before, state(BOTH_WAYS)), Profile())
    assert (len(found.rows), told) == (30, [])
    before = state(*PODS, *DB)
    found = difference(before, overlay(before, state(ON_MAIN)), Profile())
    assert (len(found.rows), len(told) > 0) == (8, True)


def test_too_many_changes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.evaluator.diffpairs.MOST_FLOWS", 10)
    before = state(*PODS)
    found = difference(before, overlay(before, state(BOTH_WAYS)), Profile())
    with pytest.raises(BadQuestion, match="connections change"):
        found.to_json()
