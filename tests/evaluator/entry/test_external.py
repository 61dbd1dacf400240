"""Node ports, load balancers, external addresses and host ports (F-33…F-35, F-47, F-48)."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.profile import Profile
from tests.support.entry_points import paths, points_of, service
from tests.support.fixture_cluster import E2, Manifest, cluster, node, pod, policy, read

BALANCER: dict[str, Any] = {"type": "LoadBalancer"}
KEPT: dict[str, Any] = {"externalTrafficPolicy": "Local"}
FROM_E2 = f"ingress: [{{from: [{{ipBlock: {{cidr: {E2}/32}}}}]}}]"
DENY = "ingress: []"
REST = "the rest of the Internet"


@pytest.mark.law("F-47", "A-115")
@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"type": "LoadBalancer"}, "LoadBalancer"),
        ({"type": "NodePort"}, "NodePort"),
        ({"externalIPs": ["203.0.113.100"]}, "ExternalIP"),
    ],
)
def test_such_a_service_is_a_way_in_from_anywhere_outside(spec: Manifest, kind: str) -> None:
    state = cluster(service(**spec))
    assert paths(state) == [f"{kind} anywhere outside => x/a[Pod] 80/TCP: allow"]


@pytest.mark.law("F-47")
def test_a_plain_service_is_no_way_in() -> None:
    assert paths(cluster(service())) == []


@pytest.mark.law("F-33")
def test_a_load_balancer_has_its_node_port_too() -> None:
    web = service("x/web", {"port": 80, "nodePort": 30080}, **BALANCER)
    found = [(each.kind, each.opened) for each in points_of(cluster(web)).paths]
    assert found == [("LoadBalancer", "TCP 80"), ("NodePort", "TCP node port 30080")]
    without = service(
        "x/web", {"port": 80, "nodePort": 30080}, allocateLoadBalancerNodePorts=False, **BALANCER
    )
    assert [each.kind for each in points_of(cluster(without)).paths] == ["LoadBalancer"]


@pytest.mark.law("F-33")
def test_source_ranges_restrict_who_may_dial_a_load_balancer() -> None:
    state = cluster(service(loadBalancerSourceRanges=["203.0.113.0/24"], **BALANCER))
    assert paths(state) == ["LoadBalancer 203.0.113.0/24 => x/a[Pod] 80/TCP: allow"]
    assert not any(each.internet for each in points_of(state).paths)
    every = cluster(service(loadBalancerSourceRanges=["0.0.0.0/0"], **BALANCER))
    assert all(each.internet for each in points_of(every).paths)


@pytest.mark.law("F-33", "F-48")
def test_source_ranges_and_policies_meet() -> None:
    web = service(loadBalancerSourceRanges=["203.0.113.0/29"], **KEPT, **BALANCER)
    assert paths(cluster(web, FROM_E2)) == [
        "LoadBalancer 203.0.113.0-203.0.113.6 => x/a[Pod] 80/TCP: deny",
        f"LoadBalancer {E2} => x/a[Pod] 80/TCP: allow",
    ]


@pytest.mark.law("A-115", "F-48")
def test_a_client_address_that_is_kept_is_what_policies_see() -> None:
    state = cluster(service(**KEPT, **BALANCER), FROM_E2)
    found = {each.caller: (each.verdict, each.internet) for each in points_of(state).paths}
    assert found == {E2: ("allow", False), REST: ("deny", True)}


@pytest.mark.law("A-115", "A-116")
def test_a_client_address_that_may_be_replaced_makes_it_conditional() -> None:
    state = cluster(service(**BALANCER), FROM_E2)
    found = {each.caller: (each.verdict, each.reason) for each in points_of(state).paths}
    assert {verdict for verdict, _ in found.values()} == {"conditional"}
    assert "open to clients and closed to nodes" in found[E2][1]
    assert "SNAT" in found[E2][1]
    assert "not to the pod's own node" in found[REST][1]


@pytest.mark.law("A-115")
def test_both_addresses_open_is_open_and_both_closed_is_closed() -> None:
    strict = Profile(own_node_ingress_exempt=False)
    opened = cluster(service(**BALANCER), "ingress: [{ports: [{port: 80}]}]")
    assert paths(opened) == ["LoadBalancer anywhere outside => x/a[Pod] 80/TCP: allow"]
    closed = cluster(service(**BALANCER), DENY)
    assert paths(closed, strict) == ["LoadBalancer anywhere outside => x/a[Pod] 80/TCP: deny"]


@pytest.mark.law("A-115")
def test_a_node_that_is_not_in_the_input_has_an_address_that_nobody_knows() -> None:
    from_private = "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"
    alone = [pod("x/a"), service(**BALANCER), policy(from_private)]
    verdicts = {each.verdict for each in points_of(read(alone)).paths}
    assert verdicts == {"unknown"}


@pytest.mark.law("F-34", "F-47")
def test_a_host_port_is_a_way_in_that_keeps_the_client_address() -> None:
    served = pod("x/a", ports=[{"containerPort": 8080, "hostPort": 80}], on="n1")
    found = points_of(cluster(served, FROM_E2)).paths
    assert [(each.kind, each.opened) for each in found] == [
        ("HostPort", "TCP 80 on its nodes"),
        ("HostPort", "TCP 80 on its nodes"),
    ]
    assert {each.caller: each.verdict for each in found} == {E2: "allow", REST: "deny"}


@pytest.mark.law("F-35", "A-90")
def test_no_policy_keeps_anyone_from_a_backend_on_the_host_network() -> None:
    host = pod("x/a", ips=["192.168.0.1"], on="n1", hostNetwork=True)
    state = cluster(host, service(**BALANCER), DENY)
    assert paths(state) == ["LoadBalancer anywhere outside => x/a[Pod] 80/TCP: allow"]


@pytest.mark.law("F-48")
def test_without_an_entry_nothing_is_reachable_from_outside_whatever_the_policies_say() -> None:
    assert points_of(cluster(service())).paths == ()
    assert all(each.internet for each in points_of(cluster(service(**BALANCER))).paths)


@pytest.mark.law("A-114")
def test_an_external_name_leads_to_no_pod() -> None:
    state = cluster(
        service(type="ExternalName", externalName="db.example", externalIPs=["8.8.4.4"])
    )
    found = points_of(state)
    assert not found.paths
    assert [each.code for each in found.issues] == ["external-name"]


@pytest.mark.law("A-115")
def test_nodes_that_differ_make_it_conditional() -> None:
    from_n1 = "ingress: [{from: [{ipBlock: {cidr: 192.168.0.1/32}}]}]"
    state = cluster(service(**BALANCER), from_n1, node("n3", "192.168.0.3"))
    [found] = {each.reason for each in points_of(state).paths}
    assert "open to some nodes and closed to others" in found


@pytest.mark.law("A-70", "F-48")
def test_addresses_of_a_family_that_the_pods_do_not_have_are_no_callers() -> None:
    state = cluster(
        service(**KEPT, **BALANCER), "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"
    )
    [found] = points_of(state).paths
    assert (found.caller, found.verdict, found.internet) == (
        "the rest of the Internet (IPv4)",
        "allow",
        True,
    )


@pytest.mark.law("A-70", "A-115")
def test_a_node_without_an_address_of_the_pods_family_stands_for_no_client() -> None:
    alone = [
        pod("x/a", ips=["fd00::1"], on="n1"),
        node("n1", "192.168.0.1"),
        service(**BALANCER),
    ]
    found = points_of(read(alone), Profile(own_node_ingress_exempt=False)).paths
    assert {each.verdict for each in found} == {"conditional"}
