"""Ports and protocols of cluster-wide policies (semantics B.5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from tests.support.clusterwide import (
    Given,
    Row,
    Wide,
    admin,
    as_manifests,
    baseline,
    both_versions,
    in_v1alpha1,
    in_v1alpha2,
    rows,
)
from tests.support.fixture_cluster import E1, Manifest, cluster, expect, pod
from tests.support.laws import Law


def on(action: str, ports: str, direction: str = "ingress") -> str:
    field = "from" if direction == "ingress" else "to"
    given = f", protocols: [{ports}]" if ports else ""
    return f"{{action: {action}, {field}: [{{namespaces: {{}}}}]{given}}}"


def deny(ports: str) -> str:
    return f"ingress: [{on('Deny', ports)}]"


TCP_80, UDP_80, SCTP_80 = (
    f"{{{name}: {{destinationPort: {{number: 80}}}}}}" for name in ("tcp", "udp", "sctp")
)
SPAN = "{tcp: {destinationPort: {range: {start: 80, end: 81}}}}"
NAME = "{destinationNamedPort: web}"
UDP_WEB = pod(
    "y/w", ips=["10.0.2.9"], ports=[{"name": "web", "containerPort": 5353, "protocol": "UDP"}]
)
OUT_BY_NAME = f"egress: [{on('Deny', NAME, 'egress')}]"

LAWS: tuple[Row, ...] = (
    (("B-60",), "no ports are every port and protocol",
     [admin(deny(""))], [], ["y/a -> x/a", "y/a -> x/a UDP 80", "y/a -> x/a SCTP 80"]),
    (("B-61", "B-63"), "one port",
     [admin(deny(TCP_80))], ["y/a -> x/a TCP 81", "y/a -> x/a UDP 80"], ["y/a -> x/a TCP 80"]),
    (("B-61", "B-63"), "a range holds both ends",
     [admin(deny(SPAN))], ["y/a -> x/a TCP 79", "y/a -> x/a TCP 82"],
     ["y/a -> x/a TCP 80", "y/a -> x/a TCP 81"]),
    (("B-62", "B-64"), "a name is the port and the protocol that the destination declares",
     [admin(OUT_BY_NAME), UDP_WEB],
     ["x/a -> y/w TCP 5353", "x/a -> y/w UDP 53", "x/a -> y/a UDP 5353"], ["x/a -> y/w UDP 5353"]),
    (("B-64",), "a name that nobody declares matches nothing",
     [admin(f"ingress: [{on('Deny', '{destinationNamedPort: nope}')}]")], ["y/a -> x/a"], []),
    (("B-62", "B-64"), "a name on ingress is looked up on the subject",
     [admin(deny("{destinationNamedPort: serve-80-udp}"))],
     ["y/a -> x/a TCP 80", "y/a -> x/a UDP 81"], ["y/a -> x/a UDP 80"]),
    (("B-67",), "entries are joined by or",
     [admin(deny(f"{TCP_80}, {{udp: {{destinationPort: {{number: 53}}}}}}"))],
     ["y/a -> x/a UDP 80"], ["y/a -> x/a TCP 80", "y/a -> x/a UDP 53"]),
    (("B-68",), "what a rule does not name falls through",
     [admin(deny(TCP_80))], ["y/a -> x/a TCP 81", "y/a -> x/a UDP 80", "y/a -> x/a SCTP 80"],
     ["y/a -> x/a TCP 80"]),
    (("B-68",), "SCTP is a protocol of its own",
     [admin(deny(SCTP_80))], ["y/a -> x/a TCP 80"], ["y/a -> x/a SCTP 80"]),
    (("B-69",), "a rule takes its ports, the next ones get the rest",
     [admin(f"ingress: [{on('Accept', TCP_80)}, {on('Deny', '')}]")],
     ["y/a -> x/a TCP 80"], ["y/a -> x/a TCP 81", "y/a -> x/a UDP 80"]),
    (("B-69",), "what is passed and what is denied meet again in NetworkPolicy",
     [admin(f"ingress: [{on('Pass', TCP_80)}, {on('Deny', UDP_80)}]"),
      "ingress: [{ports: [{port: 80, protocol: TCP}, {port: 80, protocol: UDP}]}]"],
     ["y/a -> x/a TCP 80"], ["y/a -> x/a UDP 80", "y/a -> x/a TCP 81"]),
)  # fmt: skip

OF_V1ALPHA2: tuple[Row, ...] = (
    (("B-65",), "a transport without a port is all of its ports",
     [admin(deny("{tcp: {}}"))], ["y/a -> x/a UDP 80"],
     ["y/a -> x/a TCP 1", "y/a -> x/a TCP 65535"]),
)  # fmt: skip


@pytest.mark.parametrize("given", both_versions(LAWS) + rows(OF_V1ALPHA2, in_v1alpha2))
def test_which_ports_a_rule_names(given: Law) -> None:
    given.check()


@pytest.mark.law("B-65")
def test_a_transport_without_a_port_is_said_to_be_doubtful() -> None:
    [problem] = cluster(in_v1alpha2(admin(deny("{tcp: {}}")))).problems
    assert (problem.severity, problem.path) == ("warning", "spec.ingress[0].protocols[0].tcp")
    assert problem.message.startswith("has no destinationPort (L-65)")


BY_NAME_OR_NUMBER = (
    "egress: [{action: Deny, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}],"
    " protocols: [{destinationNamedPort: web}, {tcp: {destinationPort: {number: 80}}}]}]"
)


@pytest.mark.law("B-66")
def test_names_mean_nothing_for_addresses_in_the_same_rule() -> None:
    state = cluster(in_v1alpha1(admin(BY_NAME_OR_NUMBER)), UDP_WEB)
    [problem] = state.problems
    assert (problem.severity, problem.path) == ("warning", "spec.egress[0].ports[0].namedPort")
    expect(
        state,
        allow=["x/a -> y/a UDP 5353", f"x/a -> {E1} UDP 5353"],
        deny=["x/a -> y/w UDP 5353", f"x/a -> {E1} TCP 80", "x/a -> y/a TCP 80"],
    )
    steps = explain(evaluate(state), "x/a", "y/w", "5353/UDP").egress.steps
    assert [(step.rule, step.effect) for step in steps] == [("egress[0]", "denies")]


@pytest.mark.law("B-66")
def test_the_newer_version_refuses_such_a_rule() -> None:
    state = cluster(in_v1alpha2(admin(BY_NAME_OR_NUMBER)))
    assert not state.policies
    [problem] = state.problems
    assert problem.path == "spec.egress[0].protocols[0].destinationNamedPort"


@pytest.mark.law("A-79")
def test_a_plugin_without_endport_knows_ranges_of_cluster_wide_policies() -> None:
    state = cluster(in_v1alpha1(admin(deny(SPAN))))
    found = explain(evaluate(state, flags={"endport": False}), "y/a", "x/a", "81")
    assert found.verdict == "deny"


ON_80_THEN_ALL = f"ingress: [{on('Deny', TCP_80)}, {on('Deny', '')}]"
PASS_THEN_DENY = f"ingress: [{on('Pass', '')}, {on('Deny', '')}]"
CLOSED = "ingress: []"


@pytest.mark.law("B-60", "A-95")
@pytest.mark.parametrize("version", [in_v1alpha1, in_v1alpha2])
@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ([admin(deny(""))], "deny"),
        ([baseline(deny(""))], "deny"),
        ([admin(deny(TCP_80))], "allow"),
        ([admin(ON_80_THEN_ALL)], "deny"),
        ([admin(deny("")), CLOSED], "deny"),
        ([admin(deny(TCP_80)), CLOSED], "unknown"),
        ([baseline(deny("")), CLOSED], "unknown"),
        ([admin(f"ingress: [{on('Accept', '')}]"), CLOSED], "allow"),
        ([admin(PASS_THEN_DENY), CLOSED], "unknown"),
    ],
)
def test_a_rule_without_ports_decides_icmp_and_one_with_ports_leaves_it(
    given: Given, verdict: str, version: Callable[[Wide], Manifest]
) -> None:
    found = explain(evaluate(cluster(*as_manifests(given, version))), "y/a", "x/a", "ICMP")
    assert found.verdict == verdict
    if verdict == "deny":
        assert found.ingress.verdict == "deny"
        assert "ingress[" in found.ingress.chain
        assert found.sentence.startswith("x/a is closed to y/a on ICMP.")


@pytest.mark.law("B-25", "B-60")
def test_icmp_is_not_known_where_it_is_not_known_which_rule_comes_first() -> None:
    tie = (admin(deny(""), name="one"), admin(f"ingress: [{on('Accept', '')}]", name="two"))
    state = cluster(*as_manifests(tie, in_v1alpha2))
    assert explain(evaluate(state), "y/a", "x/a", "ICMP").verdict == "unknown"
