"""Traffic between a pod and its own node, at every level (A-104)."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.nodes import LEVELS, Level
from policies.evaluator.ownnode import SAME_NODE, exemptions
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from tests.support.states import pod, policy, state

CLOSED = policy("x/closed", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
HOST = pod("x/h", on="n1", host_network=True)
AGENTS = tuple(
    pod(f"k/agent-{on}", of="DaemonSet/agent", on=on, host_network=True) for on in ("n1", "n2")
)
WEB = tuple(pod(f"x/web-{on}", {}, of="Deployment/web", on=on) for on in ("n1", "n2"))
Row = tuple[str, str, str, str]


def rows(cluster: ClusterState, level: Level, profile: Profile = Profile()) -> list[Row]:
    """Flows between pods as (source, destination, verdict, reason)."""
    return [
        (each.source, each.destination, each.verdict, each.reason)
        for each in flows(evaluate(cluster, profile), level=level)
        if "[" in each.source and "[" in each.destination
    ]


@pytest.mark.law("A-104", "A-91")
def test_a_pod_and_the_host_network_of_its_node_are_always_open() -> None:
    cluster = state(pod("x/a", on="n1"), HOST, CLOSED)
    for level in LEVELS[1:]:
        assert rows(cluster, level) == [
            ("x/a[Pod]", "x/h[Pod]", "allow", ""),
            ("x/h[Pod]", "x/a[Pod]", "allow", ""),
        ]


@pytest.mark.law("A-104")
def test_on_another_node_policies_decide() -> None:
    assert rows(state(pod("x/a", on="n2"), HOST, CLOSED), "workload") == []


@pytest.mark.law("A-104")
@pytest.mark.parametrize(("pod_on", "host_on"), [("", ""), ("n1", ""), ("", "n1")])
def test_a_node_that_is_not_known_may_be_the_same(pod_on: str, host_on: str) -> None:
    """Templates, and pods that wait for a node: said neither open nor closed."""
    cluster = state(pod("x/a", on=pod_on), pod("x/h", on=host_on, host_network=True), CLOSED)
    for level in LEVELS[1:]:
        assert rows(cluster, level) == [
            ("x/a[Pod]", "x/h[Pod]", "conditional", SAME_NODE.reason),
            ("x/h[Pod]", "x/a[Pod]", "conditional", SAME_NODE.reason),
        ]


@pytest.mark.law("A-104")
def test_one_pod_that_waits_for_a_node_makes_its_workload_conditional() -> None:
    waiting = pod("x/web-2", {}, of="Deployment/web", on="")
    running = pod("x/web-1", {}, of="Deployment/web", on="n1")
    found = rows(state(running, waiting, HOST, CLOSED), "workload")
    assert [each[2:] for each in found] == [("conditional", SAME_NODE.reason)] * 2


@pytest.mark.law("A-104")
def test_between_workloads_it_depends_on_sharing_a_node() -> None:
    cluster = state(*AGENTS, *WEB, CLOSED)
    reason = SAME_NODE.reason
    assert rows(cluster, "workload") == [
        ("k/agent[DaemonSet]", "x/web[Deployment]", "conditional", reason),
        ("x/web[Deployment]", "k/agent[DaemonSet]", "conditional", reason),
    ]
    assert rows(cluster, "pod") == [
        ("k/agent-n1[Pod]", "k/agent-n2[Pod]", "allow", ""),
        ("k/agent-n1[Pod]", "x/web-n1[Pod]", "allow", ""),
        ("k/agent-n2[Pod]", "k/agent-n1[Pod]", "allow", ""),
        ("k/agent-n2[Pod]", "x/web-n2[Pod]", "allow", ""),
        ("x/web-n1[Pod]", "k/agent-n1[Pod]", "allow", ""),
        ("x/web-n2[Pod]", "k/agent-n2[Pod]", "allow", ""),
    ]


@pytest.mark.law("A-104")
def test_what_a_rule_opens_is_not_repeated_as_conditional() -> None:
    open_80 = policy("x/open", "podSelector: {}\ningress: [{ports: [{port: 80}]}]")
    cluster = state(*AGENTS, *WEB, CLOSED, open_80)
    into_web = [
        (each.verdict, str(each.connections))
        for each in flows(evaluate(cluster))
        if (each.source, each.destination) == ("k/agent[DaemonSet]", "x/web[Deployment]")
    ]
    assert into_web == [
        ("allow", "TCP 80"),
        ("conditional", "SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"),
    ]


@pytest.mark.law("A-104")
@pytest.mark.parametrize(
    ("profile", "left"),
    [
        (Profile(own_node_ingress_exempt=False), [("x/a[Pod]", "x/h[Pod]", "allow", "")]),
        (Profile(own_node_egress_exempt=False), [("x/h[Pod]", "x/a[Pod]", "allow", "")]),
    ],
)
def test_a_plugin_may_exempt_one_direction_only(profile: Profile, left: list[Row]) -> None:
    assert rows(state(pod("x/a", on="n1"), HOST, CLOSED), "workload", profile) == left


def test_sides_that_are_open_need_no_exemption() -> None:
    assert list(exemptions(evaluate(state(pod("x/a", on="n1"), HOST)))) == []
