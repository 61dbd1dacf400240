"""Empty, null and absent fields (semantics A.3)."""

from __future__ import annotations

import pytest

from tests.support.fixture_cluster import E1, N2, cluster, policy
from tests.support.laws import Law, law

NAMESPACE_X = policy({})


def whole_spec(spec: dict[str, object]) -> dict[str, object]:
    """A policy in x with exactly this spec: no podSelector is put in."""
    return {**NAMESPACE_X, "spec": spec}


CLOSED = ["y/a -> x/a", "y/a -> x/b", "y/a -> x/c"]

LAWS = [
    law("A-20", title="an absent podSelector selects all", given=[whole_spec({})], deny=CLOSED),
    law(
        "A-20",
        title="a null podSelector selects all",
        given=[whole_spec({"podSelector": None})],
        deny=CLOSED,
    ),
    law(
        "A-20",
        title="an empty podSelector selects all",
        given=[whole_spec({"podSelector": {}})],
        deny=CLOSED,
    ),
    law(
        "A-21",
        title="absent ingress allows nothing",
        given=["policyTypes: [Ingress]"],
        deny=["x/b -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-21",
        title="null ingress allows nothing",
        given=["ingress: null"],
        deny=["x/b -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-21",
        title="empty ingress allows nothing",
        given=["ingress: []"],
        deny=["x/b -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-21",
        title="empty egress allows nothing",
        given=["{policyTypes: [Egress], egress: []}"],
        deny=["x/a -> x/b", f"x/a -> {E1}"],
    ),
    law(
        "A-22",
        title="one empty ingress rule allows everything",
        given=["ingress: [{}]"],
        allow=["y/a -> x/a", f"{E1} -> x/a SCTP 9", f"{N2} -> x/a"],
    ),
    law(
        "A-22",
        title="one empty egress rule allows everything",
        given=["{policyTypes: [Egress], egress: [{}]}"],
        allow=["x/a -> y/a", f"x/a -> {E1} UDP 53", f"x/a -> {N2}"],
    ),
    *[
        law(
            "A-23",
            title=f"{word} from is any source",
            given=[f"ingress: [{{{text}ports: [{{port: 80}}]}}]"],
            allow=[f"{E1} -> x/a TCP 80", "z/c -> x/a TCP 80", f"{N2} -> x/a TCP 80"],
            deny=[f"{E1} -> x/a TCP 81"],
        )
        for word, text in (("absent", ""), ("null", "from: null, "), ("empty", "from: [], "))
    ],
    *[
        law(
            "A-25",
            title=f"{word} ports is every port",
            given=[f"ingress: [{{from: [{{podSelector: {{}}}}]{text}}}]"],
            allow=["x/b -> x/a UDP 81", "x/b -> x/a SCTP 65535", "x/b -> x/a TCP 1"],
            deny=["y/b -> x/a UDP 81"],
        )
        for word, text in (("absent", ""), ("null", ", ports: null"), ("empty", ", ports: []"))
    ],
    law(
        "A-26",
        title="an empty port entry is all of TCP",
        given=["ingress: [{ports: [{}]}]"],
        allow=["x/b -> x/a TCP 81", "x/b -> x/a TCP 65535"],
        deny=["x/b -> x/a UDP 80", "x/b -> x/a SCTP 80"],
    ),
    law(
        "A-27",
        title="a protocol alone is all of its ports",
        given=["ingress: [{ports: [{protocol: UDP}]}]"],
        allow=["x/b -> x/a UDP 80"],
        deny=["x/b -> x/a TCP 80"],
    ),
    law(
        "A-28",
        title="a port alone is of TCP",
        given=["ingress: [{ports: [{port: 80}]}]"],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a UDP 80", "x/b -> x/a TCP 81"],
    ),
    law(
        "A-29",
        title="an empty podSelector peer is the policy's namespace",
        given=["ingress: [{from: [{podSelector: {}}]}]"],
        allow=["x/b -> x/a"],
        deny=["y/a -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-30",
        title="an empty namespaceSelector is every pod and no address",
        given=["ingress: [{from: [{namespaceSelector: {}}]}]"],
        allow=["z/c -> x/a", "x/b -> x/a"],
        deny=[f"{E1} -> x/a", f"{N2} -> x/a"],
    ),
    law(
        "A-31",
        title="both selectors empty is every pod",
        given=["ingress: [{from: [{namespaceSelector: {}, podSelector: {}}]}]"],
        allow=["z/c -> x/a"],
        deny=[f"{E1} -> x/a"],
    ),
    law(
        "A-33",
        title="a null rule is an empty rule",
        given=["ingress: [null]"],
        allow=["z/c -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-34",
        title="rules are alternatives and a rule is peers and ports",
        given=[
            "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 80}]},"
            " {from: [{podSelector: {matchLabels: {pod: c}}}], ports: [{port: 81}]}]"
        ],
        allow=["x/b -> x/a TCP 80", "x/c -> x/a TCP 81"],
        deny=["x/b -> x/a TCP 81", "x/c -> x/a TCP 80"],
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_empty_and_null_follow_the_law(case: Law) -> None:
    case.check()


@pytest.mark.law("A-24", "A-32")
@pytest.mark.parametrize("peer", ["{}", "null", "{podSelector: null}"])
def test_a_peer_without_a_field_is_refused(peer: str) -> None:
    state = cluster(f"ingress: [{{from: [{peer}]}}]")
    assert state.policies == ()
    errors = [problem for problem in state.problems if problem.severity == "error"]
    assert [problem.path for problem in errors] == ["spec.ingress[0].from[0]"]
