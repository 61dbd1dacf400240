"""From the selectors, blocks and port names of a policy to sets of peers and connections."""

from __future__ import annotations

import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL
from policies.evaluator.kinds.networkpolicy import KIND
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Direction
from policies.evaluator.profile import Profile
from policies.evaluator.projection import Projection
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.state import ClusterState, Namespace, Pod, PolicyObject
from tests.support.states import pod, policy, state

OPEN_HTTP = "podSelector: {matchLabels: {app: a}}\ningress: [{ports: [{port: http}]}]"
TO_HTTP = "podSelector: {matchLabels: {app: a}}\negress: [{ports: [{port: http}]}]"


def resolved(
    source: PolicyObject, *objects: Pod | Namespace, profile: Profile = Profile()
) -> tuple[Universe, ResolvedPolicy]:
    cluster: ClusterState = state(*objects)
    translated = KIND.translate(source)
    universe = Universe(cluster, Projection.of([translated]), profile)
    return universe, resolve(source, translated, universe)


def workloads(universe: Universe, bits: int) -> list[str]:
    return [
        f"{universe.classes[bit].namespace}/{universe.classes[bit].workload.name}"
        for bit in bits_of(bits & universe.pods)
    ]


@pytest.mark.law("A-05", "A-90")
def test_subjects_are_pods_of_the_policys_namespace_off_the_host_network() -> None:
    universe, found = resolved(
        policy("x/p", "podSelector: {}"),
        pod("x/a"),
        pod("x/h", host_network=True, on="n1"),
        pod("y/a"),
    )
    assert workloads(universe, found.subjects) == ["x/a"]
    assert found.maybe == 0


@pytest.mark.law("A-10", "A-11")
def test_a_policy_governs_the_directions_it_isolates() -> None:
    _, ingress = resolved(policy("x/p", "podSelector: {}"), pod("x/a"))
    assert ingress.governs(Direction.INGRESS)
    assert not ingress.governs(Direction.EGRESS)


@pytest.mark.law("A-80", "A-83", "A-84", "A-85")
def test_a_named_port_of_an_ingress_rule_is_read_on_each_subject() -> None:
    universe, found = resolved(
        policy("x/p", "podSelector: {}\ningress: [{ports: [{port: http}]}]"),
        pod("x/a", ports={"http": 80}),
        pod("x/b", ports={"http": 81}),
        pod("x/c", ports={"grpc": 82}),
    )
    pieces = found.rules[0].pieces
    assert {str(each.connections): workloads(universe, each.subjects) for each in pieces} == {
        "TCP 80": ["x/a"],
        "TCP 81": ["x/b"],
    }
    assert {each.peers for each in pieces} == {universe.everyone}


@pytest.mark.law("A-82", "A-87", "A-88")
def test_a_named_port_of_an_egress_rule_is_read_on_each_peer() -> None:
    universe, found = resolved(
        policy("x/p", TO_HTTP),
        pod("x/a"),
        pod("y/b", ports={"http": 80}),
        pod("y/c", ports={"http": 81}),
    )
    pieces = found.rules[0].pieces
    assert {str(each.connections): workloads(universe, each.peers) for each in pieces} == {
        "TCP 80": ["y/b"],
        "TCP 81": ["y/c"],
    }
    assert not any(each.peers & universe.external for each in pieces)


@pytest.mark.law("A-23", "A-25")
def test_a_rule_without_peers_and_ports_is_everyone_on_every_port() -> None:
    universe, found = resolved(policy("x/p", "podSelector: {}\ningress: [{}]"), pod("x/a"))
    (piece,) = found.rules[0].pieces
    assert (piece.peers, piece.connections, piece.caveat) == (universe.everyone, ALL, None)


@pytest.mark.law("A-79")
def test_a_plugin_without_endport_still_opens_every_port_of_a_protocol() -> None:
    spec = "podSelector: {}\ningress: [{ports: [{protocol: UDP}, {port: 80, endPort: 90}]}]"
    _, found = resolved(policy("x/p", spec), pod("x/a"), profile=Profile(endport=False))
    assert str(found.rules[0].pieces[0].connections) == "TCP 80,UDP 1-65535"


@pytest.mark.law("F-06")
def test_a_peer_with_an_unknown_label_is_matched_with_a_caveat() -> None:
    source = policy(
        "x/p", "podSelector: {}\ningress: [{from: [{podSelector: {matchLabels: {hash: h}}}]}]"
    )
    universe, found = resolved(source, pod("x/a", {}), pod("x/b", {}, unknown=["hash"]))
    (piece,) = found.rules[0].pieces
    assert workloads(universe, piece.peers) == ["x/b"]
    assert piece.caveat is not None
    assert piece.caveat.verdict == "unknown"
    assert piece.caveat.reason == (
        "whether ingress[0].from[0] matches these pods depends on a label that the cluster sets "
        "at run time"
    )


@pytest.mark.law("F-06")
def test_a_subject_with_an_unknown_label_is_only_maybe_selected() -> None:
    source = policy("x/p", "podSelector: {matchLabels: {hash: h}}\ningress: [{}]")
    universe, found = resolved(source, pod("x/a", {}), pod("x/b", {}, unknown=["hash"]))
    assert found.subjects == 0
    assert workloads(universe, found.maybe) == ["x/b"]
    (piece,) = found.rules[0].pieces
    assert piece.caveat is None
    assert piece.doubt is not None
    assert piece.doubt.reason.startswith("whether NetworkPolicy/x/p selects these pods depends")


def test_a_rule_of_a_policy_that_selects_nobody_matches_nothing() -> None:
    _, found = resolved(policy("x/p", OPEN_HTTP), pod("x/b", ports={"http": 80}))
    assert [rule.pieces for rule in found.rules] == [()]
