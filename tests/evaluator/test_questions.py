"""What a question may say, and the answer to one that cannot be understood."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import evaluate
from policies.evaluator.entry.objects import Service
from policies.evaluator.errors import BadQuestion
from policies.evaluator.questions import Port, find_peer, parse_port
from policies.evaluator.state import FinishedPod
from policies.evaluator.words import peer_name
from tests.support.states import node, pod, policy, state

CLUSTER = evaluate(
    state(
        pod("x/web-1", {"role": "main"}, of="Deployment/web", ips=["10.0.0.1"]),
        pod("x/web-2", {"role": "copy"}, of="Deployment/web", ips=["10.0.0.2"]),
        pod("x/redis", ips=["10.0.0.3", "fd00::3"]),
        pod("y/redis", of="StatefulSet/redis"),
        pod("y/redis-0", of="Job/only-here"),
        pod("y/host", on="n1", host_network=True, ips=["192.168.0.1"]),
        node("n1", "192.168.0.1"),
        policy("x/main", "podSelector: {matchLabels: {role: main}}"),
        policy("x/out", "podSelector: {}\negress: [{to: [{ipBlock: {cidr: 172.16.0.0/12}}]}]"),
    )
)
PORTS = (
    ("80", Port("TCP", 80), "80/TCP", "TCP 80"),
    ("80/TCP", Port("TCP", 80), "80/TCP", "TCP 80"),
    (" 53/udp ", Port("UDP", 53), "53/UDP", "UDP 53"),
    ("TCP 443", Port("TCP", 443), "443/TCP", "TCP 443"),
    ("sctp/1", Port("SCTP", 1), "1/SCTP", "SCTP 1"),
    ("65535", Port("TCP", 65535), "65535/TCP", "TCP 65535"),
    ("icmp", Port("ICMP", 0), "ICMP", "ICMP"),
)
BAD_PORTS = (
    ("", "is no port"),
    ("http", "is no port"),
    ("80-90", "is no port"),
    ("-1", "is no port"),
    ("80/", "is no port"),
    ("123456", "is no port"),
    ("0", "Ports go from 1 to 65535; 0 does not"),
    ("65536/TCP", "Ports go from 1 to 65535; 65536 does not"),
    ("80/HTTP", '"HTTP" is no protocol of a policy; they are TCP, UDP, SCTP'),
    ("8/ICMP", '"ICMP" is no protocol of a policy'),
)
# What is asked, how the answer calls it, and the peers it stands for.
PEERS = (
    ("x/web[Deployment]", "x/web[Deployment]", ["x/web", "x/web"]),
    ("x/web", "x/web[Deployment]", ["x/web", "x/web"]),
    ("web", "x/web[Deployment]", ["x/web", "x/web"]),
    (" x/web ", "x/web[Deployment]", ["x/web", "x/web"]),
    ("x/web[Deployment]{role=main}", "x/web[Deployment]{role=main}", ["x/web"]),
    ("x/web-1", "x/web-1[Pod]", ["x/web"]),
    ("x/web-2[Pod]", "x/web-2[Pod]", ["x/web"]),
    ("10.0.0.2", "x/web-2[Pod]", ["x/web"]),
    ("fd00:0::3", "x/redis[Pod]", ["x/redis"]),
    ("192.168.0.1", "{node n1}", ["node n1"]),
    ("{node n1}", "{node n1}", ["node n1"]),
    ("172.16.0.1", "172.16.0.1", ["172.16.0.0/12"]),
    ("172.16.5.0/24", "172.16.5.0/24", ["172.16.0.0/12"]),
    ("172.16.0.0/12", "172.16.0.0/12", ["172.16.0.0/12"]),
    ("172.0.0.0/8", "172.0.0.0/8", ["172.16.0.0/12", "the Internet"]),
    ("8.8.8.8", "8.8.8.8", ["the Internet"]),
    ("8.8.8.8/24", "8.8.8.0/24", ["the Internet"]),
    ("Internet", "the Internet", ["the Internet"]),
)
STRANGERS = (
    ("x/webb", ("x/web[Deployment]",)),
    ("X/redis", ("x/redis[Pod]",)),
    ("y/rediss[Pod]", ("y/redis[StatefulSet]",)),
    ("10.0.0", ()),
    ("nothing at all", ()),
)


@pytest.mark.parametrize(("text", "port", "written", "spoken"), PORTS)
def test_a_port_may_be_written_in_several_ways(
    text: str, port: Port, written: str, spoken: str
) -> None:
    found = parse_port(text)
    assert found == port
    assert (str(found), found.spoken) == (written, spoken)


@pytest.mark.parametrize(("text", "message"), BAD_PORTS)
def test_a_port_that_cannot_be_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(BadQuestion, match=message) as caught:
        parse_port(text)
    assert caught.value.field == "port"


@pytest.mark.parametrize(("asked", "text", "peers"), PEERS)
def test_a_peer_is_found_by_any_of_its_names(asked: str, text: str, peers: list[str]) -> None:
    found = find_peer(CLUSTER, asked, "from")
    assert found.text == text
    assert sorted(peer_name(CLUSTER.universe, bit) for bit in bits_of(found.bits)) == peers


def test_a_pod_asked_for_by_name_is_that_pod_and_a_workload_is_none() -> None:
    names = [each.name for each in CLUSTER.state.pods]
    assert find_peer(CLUSTER, "x/web-2", "from").pod == names.index("web-2")
    assert find_peer(CLUSTER, "10.0.0.2", "from").pod == names.index("web-2")
    assert find_peer(CLUSTER, "x/web", "from").pod == -1


@pytest.mark.law("A-93", "A-94")
def test_an_address_that_no_pod_has_is_outside() -> None:
    found = find_peer(CLUSTER, "10.0.0.9", "to")
    assert (found.text, found.bits) == ("10.0.0.9", 1 << _internet())


@pytest.mark.law("A-71", "F-22", "A-68")
def test_the_address_of_a_service_is_no_peer() -> None:
    service = Service("x", "front", selector={"app": "web"}, cluster_ips=("10.96.0.10",))
    block = "podSelector: {}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: %s}}]}]"
    evaluation = evaluate(
        msgspec.structs.replace(
            state(pod("x/web-1", {"app": "web"}, of="Deployment/web"), pod("x/c"),
                  policy("x/p", block % "10.96.0.10/32")),
            services=(service,),
        )
    )  # fmt: skip
    assert "10.96.0.10" not in " ".join(
        str(each.addresses) for each in evaluation.universe.plan.cells
    )
    with pytest.raises(BadQuestion, match="is the address of Service x/front") as caught:
        find_peer(evaluation, "10.96.0.10", "to")
    assert caught.value.suggestions == ("x/web[Deployment]",)


def test_an_ipv4_address_in_the_clothes_of_ipv6_is_the_same_address() -> None:
    assert find_peer(CLUSTER, "::ffff:10.0.0.2", "to") == find_peer(CLUSTER, "10.0.0.2", "to")


def _internet() -> int:
    universe = CLUSTER.universe
    return next(bit for bit in bits_of(universe.external) if universe.is_rest(bit))


@pytest.mark.parametrize(("asked", "near"), STRANGERS)
def test_a_stranger_is_refused_with_near_misses(asked: str, near: tuple[str, ...]) -> None:
    with pytest.raises(BadQuestion, match="Nothing here is called") as caught:
        find_peer(CLUSTER, asked, "to")
    assert caught.value.field == "to"
    assert set(near) <= set(caught.value.suggestions)
    assert all(name in caught.value.message for name in caught.value.suggestions)


def test_a_name_that_two_workloads_have_must_be_made_clear() -> None:
    with pytest.raises(BadQuestion, match='"redis" may be') as caught:
        find_peer(CLUSTER, "redis", "from")
    assert caught.value.field == "from"
    assert caught.value.suggestions == ("x/redis[Pod]", "y/redis[StatefulSet]")


def test_a_question_about_the_internet_has_an_answer_when_policies_name_every_address() -> None:
    everywhere = policy(
        "x/p",
        """
        podSelector: {}
        egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]}]
        """,
    )
    evaluation = evaluate(state(pod("x/a"), everywhere))
    assert find_peer(evaluation, "internet", "to").bits


@pytest.mark.law("A-93")
@pytest.mark.parametrize("asked", ["x/done", "x/done[Pod]"])
def test_a_finished_pod_is_said_to_have_finished(asked: str) -> None:
    finished = (FinishedPod("x", "done", "Succeeded"),)
    cluster = evaluate(msgspec.structs.replace(CLUSTER.state, finished=finished))
    with pytest.raises(BadQuestion) as caught:
        find_peer(cluster, asked, "from")
    assert caught.value.field == "from"
    assert caught.value.message.startswith("Pod x/done has finished (phase Succeeded).")
