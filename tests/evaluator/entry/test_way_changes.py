"""What a change of Services, Ingresses and policies does to the ways in."""

from __future__ import annotations

import pytest

from policies.evaluator.entry.waychanges import way_changes
from tests.support.entry_points import ingress, points_of, service
from tests.support.fixture_cluster import E2, Manifest, cluster, pod, policy

PUBLIC = service(type="LoadBalancer", allocateLoadBalancerNodePorts=False)
KEPT = service(
    type="LoadBalancer", externalTrafficPolicy="Local", allocateLoadBalancerNodePorts=False
)
CLOSED = policy("ingress: []")
ONE_CLIENT = policy(f"ingress: [{{from: [{{ipBlock: {{cidr: {E2}/32}}}}]}}]")
ANYWHERE = "anywhere outside"


def changes(before: list[Manifest], after: list[Manifest]) -> list[str]:
    """`added Service/x/web 80/TCP: nobody -> anywhere outside allow`."""
    found = way_changes(points_of(cluster(*before)), points_of(cluster(*after)))
    shown = []
    for each in found:
        who = [
            ", ".join(f"{path.caller} {path.verdict}" for path in paths) or "nobody"
            for paths in (each.before, each.after)
        ]
        way = each.way
        shown.append(f"{each.kind} {way.object}{way.path} {way.target}: {' -> '.join(who)}")
    return shown


@pytest.mark.law("F-47")
def test_a_load_balancer_that_appears_is_a_way_in_that_opens() -> None:
    assert changes([], [PUBLIC]) == [f"added Service/x/web 80/TCP: nobody -> {ANYWHERE} allow"]
    assert changes([PUBLIC], []) == [f"removed Service/x/web 80/TCP: {ANYWHERE} allow -> nobody"]


def test_a_policy_that_closes_the_pods_closes_the_way() -> None:
    assert changes([KEPT], [KEPT, CLOSED]) == [
        f"removed Service/x/web 80/TCP: {ANYWHERE} allow -> nobody"
    ]


def test_a_way_that_is_closed_before_and_after_is_no_change() -> None:
    assert changes([KEPT, CLOSED], [CLOSED]) == []
    assert changes([CLOSED], [KEPT, CLOSED]) == []


def test_what_stays_is_not_listed_whatever_else_is_new() -> None:
    assert changes([PUBLIC], [PUBLIC]) == []
    assert changes([KEPT], [KEPT, pod("x/new", ips=["10.0.1.77"])]) == []


def test_a_policy_that_singles_out_addresses_and_closes_none_changes_nothing() -> None:
    both = "{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}"
    everybody = policy(f"ingress: [{{from: [{{ipBlock: {{cidr: {E2}/32}}}}, {both}]}}]")
    assert changes([KEPT], [KEPT, everybody]) == []


@pytest.mark.law("F-33")
def test_fewer_clients_are_a_change() -> None:
    assert changes([KEPT], [KEPT, ONE_CLIENT]) == [
        f"changed Service/x/web 80/TCP: {ANYWHERE} allow -> {E2} allow"
    ]
    ranged = [
        {**KEPT, "spec": {**KEPT["spec"], "loadBalancerSourceRanges": [cidr]}}
        for cidr in ("198.51.100.0/24", "198.51.100.0/25")
    ]
    assert changes([ranged[0]], [ranged[1]]) == [
        "changed Service/x/web 80/TCP: 198.51.100.0/24 allow -> 198.51.100.0/25 allow"
    ]


def test_other_addresses_under_the_same_name_are_a_change() -> None:
    holes = [
        policy(f"ingress: [{{from: [{{ipBlock: {{cidr: 0.0.0.0/0, except: [{each}]}}}}]}}]")
        for each in ("203.0.113.0/24", "198.51.100.0/24")
    ]
    found = changes([KEPT, holes[0]], [KEPT, holes[1]])
    assert [each.partition(":")[0] for each in found] == ["changed Service/x/web 80/TCP"]


@pytest.mark.law("A-115")
def test_a_way_that_is_no_longer_certain_is_a_change() -> None:
    [found] = changes([PUBLIC], [PUBLIC, ONE_CLIENT])
    assert found.startswith(f"changed Service/x/web 80/TCP: {ANYWHERE} allow -> ")
    assert "conditional" in found


def test_a_path_that_is_added_to_an_ingress_is_a_way_of_its_own() -> None:
    two = [service(), ingress("web:80", "web:80")]
    assert changes([service(), ingress("web:80")], two) == [
        "added Ingress/x/site/1 80/TCP: nobody -> {ingress-controller} allow"
    ]
