"""Ports, ranges, names and protocols (semantics A.7, and M-06, M-07)."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from tests.oracle.reference import Flags
from tests.support.fixture_cluster import E1, cluster, pod
from tests.support.laws import Law, law


def ports(entry: str) -> str:
    """Ingress to x/a on one port entry, from anywhere."""
    return f"ingress: [{{ports: [{{{entry}}}]}}]"


def egress(entry: str, peers: str = "") -> str:
    """Egress from x/a on one port entry."""
    return f"{{policyTypes: [Egress], egress: [{{{peers}ports: [{{{entry}}}]}}]}}"


def web(place: str, *numbers: int, address: str, protocol: str = "TCP") -> dict[str, object]:
    """A pod with a port named web of these numbers, one container each."""
    containers = [
        {
            "name": f"c{number}",
            "image": "agnhost",
            "ports": [{"name": "web", "containerPort": number, "protocol": protocol}],
        }
        for number in numbers
    ]
    return {**pod(place, ips=[address], on="n1", containers=containers)}


def sidecar(restart: dict[str, str]) -> dict[str, object]:
    """x/a with an init container that declares the port web = 8080."""
    init = {
        "name": "init",
        "image": "agnhost",
        "ports": [{"name": "web", "containerPort": 8080}],
        **restart,
    }
    return {**pod("x/a", ips=["10.0.1.1"], on="n1", initContainers=[init])}


LAWS = [
    law(
        "A-75",
        title="an absent protocol is TCP",
        given=[ports("port: 80")],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a UDP 80", "x/b -> x/a SCTP 80"],
    ),
    law(
        "A-76",
        title="an egress port is the destination's",
        given=[egress("port: 80")],
        allow=["x/a -> x/b TCP 80", f"x/a -> {E1} TCP 80"],
        deny=["x/a -> x/b TCP 81"],
    ),
    law(
        "A-77",
        title="a port needs no declaration",
        given=[ports("port: 9090")],
        allow=["x/b -> x/a TCP 9090"],
        deny=["x/b -> x/a TCP 80"],
    ),
    law(
        "A-78",
        title="endPort closes a range, both ends included",
        given=[ports("port: 80, endPort: 81")],
        allow=["x/b -> x/a TCP 80", "x/b -> x/a TCP 81"],
        deny=["x/b -> x/a TCP 79", "x/b -> x/a TCP 82", "x/b -> x/a UDP 80"],
    ),
    law(
        "A-78",
        title="endPort may equal port",
        given=[ports("port: 80, endPort: 80")],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a TCP 81"],
    ),
    law(
        "A-79",
        title="a plugin without endPort opens the first port",
        given=[ports("port: 80, endPort: 81")],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a TCP 81"],
        flags=Flags(endport=False),
    ),
    law(
        "A-80",
        title="a name is a port of the destination",
        given=[ports("port: serve-80-tcp")],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a TCP 81", "x/b -> x/a UDP 80"],
    ),
    law(
        "A-81",
        title="a name of another protocol matches nothing",
        given=[ports("port: serve-80-tcp, protocol: UDP")],
        deny=["x/b -> x/a TCP 80", "x/b -> x/a UDP 80"],
    ),
    law(
        "A-81",
        title="a name without protocol means TCP",
        given=[ports("port: serve-80-udp")],
        deny=["x/b -> x/a TCP 80", "x/b -> x/a UDP 80"],
    ),
    law(
        "A-82",
        title="an egress name is looked up on each peer",
        given=[
            egress("port: web", "to: [{podSelector: {}}], "),
            web("x/b", 8080, address="10.0.1.2"),
            web("x/c", 9090, address="10.0.1.3"),
        ],
        allow=["x/a -> x/b TCP 8080", "x/a -> x/c TCP 9090"],
        deny=["x/a -> x/b TCP 9090", "x/a -> x/c TCP 8080"],
    ),
    law(
        "A-83",
        title="an ingress name is looked up on each subject",
        given=[
            "{podSelector: {}, ingress: [{ports: [{port: web}]}]}",
            web("x/a", 80, address="10.0.1.1"),
            web("x/b", 81, address="10.0.1.2"),
        ],
        allow=["y/a -> x/a TCP 80", "y/a -> x/b TCP 81"],
        deny=["y/a -> x/a TCP 81", "y/a -> x/b TCP 80"],
    ),
    law(
        "A-84",
        title="an unknown name opens nothing",
        given=[ports("port: nope")],
        deny=["x/b -> x/a TCP 80", "x/b -> x/a TCP 81"],
    ),
    law(
        "A-85",
        title="a name in two containers is both numbers",
        given=[ports("port: web"), web("x/a", 80, 81, address="10.0.1.1")],
        allow=["x/b -> x/a TCP 80", "x/b -> x/a TCP 81"],
        deny=["x/b -> x/a TCP 82"],
    ),
    law(
        "A-86",
        title="ports of an ordinary init container do not count",
        given=[ports("port: web"), sidecar({})],
        deny=["x/b -> x/a TCP 8080"],
    ),
    law(
        "A-86",
        title="ports of a restartable init container count",
        given=[ports("port: web"), sidecar({"restartPolicy": "Always"})],
        allow=["x/b -> x/a TCP 8080"],
    ),
    law(
        "A-87",
        title="a name never matches an address",
        given=[egress("port: serve-80-tcp", "to: [{ipBlock: {cidr: 0.0.0.0/0}}], ")],
        deny=[f"x/a -> {E1} TCP 80", f"x/a -> {E1} TCP 81"],
    ),
    law(
        "A-87",
        title="a name is looked up on a pod that a block covers",
        given=[egress("port: serve-80-tcp", "to: [{ipBlock: {cidr: 0.0.0.0/0}}], ")],
        allow=["x/a -> y/b TCP 80"],
        deny=["x/a -> y/b TCP 81"],
    ),
    law(
        "A-87",
        title="an ingress name with a block is looked up on the subject",
        given=["ingress: [{from: [{ipBlock: {cidr: 8.0.0.0/8}}], ports: [{port: serve-80-tcp}]}]"],
        allow=[f"{E1} -> x/a TCP 80"],
        deny=[f"{E1} -> x/a TCP 81", "x/b -> x/a TCP 80"],
    ),
    law(
        "A-88",
        title="an egress name without peers is any pod with the name",
        given=[egress("port: serve-80-tcp")],
        allow=["x/a -> y/b TCP 80"],
        deny=[f"x/a -> {E1} TCP 80", "x/a -> y/b TCP 81"],
    ),
    law(
        "A-89",
        title="an SCTP rule closes TCP",
        given=[ports("port: 80, protocol: SCTP")],
        allow=["x/b -> x/a SCTP 80"],
        deny=["x/b -> x/a TCP 80"],
    ),
    law(
        "A-89",
        title="a TCP rule closes SCTP",
        given=[ports("port: 80, protocol: TCP")],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a SCTP 80"],
    ),
    law(
        "M-07",
        title="ports are exact at both ends",
        given=[ports("port: 1, endPort: 65534")],
        allow=["x/b -> x/a TCP 1", "x/b -> x/a TCP 65534"],
        deny=["x/b -> x/a TCP 65535"],
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_ports_follow_the_law(case: Law) -> None:
    case.check()


@pytest.mark.law("M-07")
def test_1_to_65535_of_tcp_is_all_of_tcp() -> None:
    written_out = flows(evaluate(cluster(ports("port: 1, endPort: 65535"))))
    whole = flows(evaluate(cluster(ports("protocol: TCP"))))
    assert written_out == whole


@pytest.mark.law("M-06", "A-95")
@pytest.mark.parametrize(
    ("rule", "connections", "icmp"),
    [("{}", "all", "allow"), ("{ports: [{port: 80}]}", {"TCP": [[80, 80]]}, "unknown")],
)
def test_icmp_follows_the_peer_and_is_unknown_where_ports_are_given(
    rule: str, connections: str | dict[str, list[list[int]]], icmp: str
) -> None:
    evaluation = evaluate(cluster(f"ingress: [{rule}]"))
    row = next(
        flow
        for flow in flows(evaluation)
        if (flow.source, flow.destination) == ("x/b[Pod]", "x/a[Pod]")
    )
    assert row.connections.to_json() == connections
    assert explain(evaluation, "x/b", "x/a", "ICMP").verdict == icmp
