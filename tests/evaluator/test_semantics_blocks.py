"""Address blocks (semantics A.6)."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from tests.oracle.reference import Flags
from tests.support.fixture_cluster import E1, E2, N1, N2, Manifest, cluster, pod
from tests.support.laws import Law, law


def to(*blocks: str) -> str:
    """Egress from x/a to these blocks, each written as the inside of an ipBlock."""
    peers = ", ".join(f"{{ipBlock: {{{block}}}}}" for block in blocks)
    return f"{{policyTypes: [Egress], egress: [{{to: [{peers}]}}]}}"


def ingress_from(*blocks: str) -> str:
    """Ingress to x/a from these blocks."""
    peers = ", ".join(f"{{ipBlock: {{{block}}}}}" for block in blocks)
    return f"ingress: [{{from: [{peers}]}}]"


HOLE = "cidr: 10.0.2.0/24, except: [10.0.2.2/32]"
V6 = "2001:db8::1"
DUAL = pod("y/d", ips=["10.0.2.40", "fd00::21"], on="n2")

LAWS = [
    law(
        "A-60",
        title="a block matches the addresses of pods",
        given=[to("cidr: 10.0.2.0/24")],
        allow=["x/a -> y/a"],
        deny=["x/a -> z/a", "x/a -> x/b"],
    ),
    law(
        "A-60",
        title="unless the plugin leaves pods out",
        given=[to("cidr: 10.0.0.0/8, except: [10.255.0.0/16]")],
        allow=["x/a -> 10.9.9.9"],
        deny=["x/a -> y/a"],
        flags=Flags(ipblock_matches_pods=False),
    ),
    law(
        "A-61",
        title="an except takes addresses out",
        given=[to(HOLE)],
        allow=["x/a -> 10.0.2.1", "x/a -> y/a"],
        deny=["x/a -> 10.0.2.2", "x/a -> y/b"],
    ),
    law(
        "A-62",
        title="another peer opens an excepted address",
        given=[to(HOLE, "cidr: 10.0.2.2/32")],
        allow=["x/a -> 10.0.2.2", "x/a -> 10.0.2.1"],
        deny=["x/a -> z/a"],
    ),
    law(
        "A-62",
        title="another policy opens an excepted address",
        given=[to(HOLE), to("cidr: 10.0.2.2/32")],
        allow=["x/a -> 10.0.2.2", "x/a -> 10.0.2.1"],
    ),
    law(
        "A-63",
        title="0.0.0.0/0 is IPv4 alone",
        given=[to("cidr: 0.0.0.0/0")],
        allow=[f"x/a -> {E1}"],
        deny=[f"x/a -> {V6}"],
    ),
    law(
        "A-63",
        title="::/0 is IPv6 alone",
        given=[to('cidr: "::/0"')],
        allow=[f"x/a -> {V6}"],
        deny=[f"x/a -> {E1}"],
    ),
    law(
        "A-65",
        title="host bits of a block are ignored",
        given=[to("cidr: 10.0.2.7/24")],
        allow=["x/a -> y/a", "x/a -> 10.0.2.255"],
        deny=["x/a -> z/a"],
    ),
    law(
        "A-65",
        title="single addresses of both families are blocks",
        given=[to(f"cidr: {E1}/32", f'cidr: "{V6}/128"')],
        allow=[f"x/a -> {E1}", f"x/a -> {V6}"],
        deny=["x/a -> 8.8.8.9", "x/a -> 2001:db8::2"],
    ),
    law(
        "A-66",
        title="overlapping excepts are one hole",
        given=[to("cidr: 10.0.2.0/24, except: [10.0.2.0/30, 10.0.2.2/31]")],
        allow=["x/a -> 10.0.2.4"],
        deny=["x/a -> 10.0.2.0", "x/a -> 10.0.2.3"],
    ),
    law(
        "A-67",
        title="an ingress block is compared with the source address",
        given=[ingress_from("cidr: 203.0.113.0/24")],
        allow=[f"{E2} -> x/a"],
        deny=[f"{E1} -> x/a", "x/b -> x/a"],
    ),
    law(
        "A-68",
        title="addresses of one cell are treated alike",
        given=[
            "ingress: [{from: [{ipBlock: {cidr: 8.8.8.0/24}}], ports: [{port: 80}]},"
            " {from: [{ipBlock: {cidr: 8.8.8.8/32}}], ports: [{port: 81}]}]"
        ],
        allow=["8.8.8.8 -> x/a TCP 80", "8.8.8.8 -> x/a TCP 81", "8.8.8.7 -> x/a TCP 80"],
        deny=["8.8.8.7 -> x/a TCP 81", "8.8.8.9 -> x/a TCP 81", "8.8.9.0 -> x/a TCP 80"],
    ),
    law(
        "A-69",
        title="selectors and blocks add up",
        given=["ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 203.0.113.0/24}}]}]"],
        allow=["x/b -> x/a", f"{E2} -> x/a"],
        deny=["y/a -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-71",
        title="a block on a Service address does not open its pods",
        given=[
            "{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.10/32}}],"
            " ports: [{protocol: UDP, port: 53}]}]}",
            pod("kube-system/dns", labels={"k8s-app": "kube-dns"}, ips=["10.0.9.9"], on="n2"),
        ],
        deny=["x/a -> kube-system/dns UDP 53"],
    ),
    law(
        "A-72",
        title="a block on a node's address matches the node",
        given=[ingress_from(f"cidr: {N2}/32")],
        allow=[f"{N2} -> x/a"],
        deny=["192.168.0.3 -> x/a"],
    ),
    law(
        "A-72",
        title="unless the plugin leaves nodes out",
        given=[ingress_from(f"cidr: {N2}/24")],
        allow=["192.168.0.3 -> x/a", f"{N1} -> x/a"],
        deny=[f"{N2} -> x/a"],
        flags=Flags(ipblock_matches_nodes=False),
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_blocks_follow_the_law(case: Law) -> None:
    case.check()


@pytest.mark.law("A-64")
@pytest.mark.parametrize("other", ["podSelector", "namespaceSelector"])
def test_a_block_next_to_a_selector_is_refused(other: str) -> None:
    state = cluster(f"ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}, {other}: {{}}}}]}}]")
    assert state.policies == ()
    assert any("spec.ingress[0].from[0]" in problem.path for problem in state.problems)


@pytest.mark.law("A-70")
@pytest.mark.parametrize(("block", "open_address"), [("10.0.2.0/24", 0), ("fd00::/64", 1)])
def test_a_dual_stack_pod_is_open_over_the_family_of_the_block(
    block: str, open_address: int
) -> None:
    source: Manifest = pod("x/d", labels={"pod": "a"}, ips=["10.0.1.40", "fd00::11"], on="n1")
    evaluation = evaluate(cluster(to(f'cidr: "{block}"'), source, DUAL))
    families = [explain(evaluation, "x/d", address, "80/TCP") for address in DUAL_ADDRESSES]
    wanted = ["deny", "deny"]
    wanted[open_address] = "allow"
    assert [answer.verdict for answer in families] == wanted
    assert explain(evaluation, "x/d", "y/d", "80/TCP").verdict == "conditional"


DUAL_ADDRESSES = ("10.0.2.40", "fd00::21")
