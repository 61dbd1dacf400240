"""Isolation, combination and policyTypes (semantics A.1, A.2, and the model laws M)."""

from __future__ import annotations

import pytest

from tests.support.fixture_cluster import E1, namespace, pod, policy
from tests.support.laws import Law, law

DENY_IN = "policyTypes: [Ingress]"
DENY_OUT = "policyTypes: [Egress]"
FROM_B = "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]"
FROM_C = "ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}]}]"
EVERY_POD = "podSelector: {}\n"
B_CLOSED_OUT = "podSelector: {matchLabels: {pod: b}}\npolicyTypes: [Egress]"

LAWS = [
    law(
        "M-01",
        title="an answer needs no rule of its own",
        given=["{policyTypes: [Ingress, Egress], ingress: [{}]}"],
        allow=["x/b -> x/a"],
        deny=["x/a -> x/b"],
    ),
    law(
        "M-02",
        title="a direction says nothing about its reverse",
        given=[DENY_OUT],
        allow=["x/b -> x/a"],
        deny=["x/a -> x/b"],
    ),
    law(
        "M-03",
        "A-07",
        title="an open destination does not open the source",
        given=["ingress: [{}]", B_CLOSED_OUT],
        allow=["x/c -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "M-04",
        title="a policy sees the port of the pod and not of the Service",
        given=[
            "ingress: [{ports: [{port: 80}]}]",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"namespace": "x", "name": "a"},
                "spec": {"selector": {"pod": "a"}, "ports": [{"port": 80, "targetPort": 8080}]},
            },
        ],
        allow=["x/b -> x/a TCP 80"],
        deny=["x/b -> x/a TCP 8080"],
    ),
    law(
        "M-04",
        title="a rule for the pod's port opens the Service",
        given=["ingress: [{ports: [{port: 8080}]}]"],
        allow=["x/b -> x/a TCP 8080"],
        deny=["x/b -> x/a TCP 80"],
    ),
    law(
        "A-01",
        title="without a policy a pod is open both ways",
        allow=["x/b -> x/a", "z/c -> x/a UDP 81", f"{E1} -> x/a SCTP 80", f"x/a -> {E1}"],
    ),
    law(
        "A-02",
        title="isolation is per direction",
        given=["{policyTypes: [Ingress], ingress: []}"],
        allow=["x/a -> x/b"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-03",
        title="rules of all policies add up",
        given=[FROM_B, FROM_C],
        allow=["x/b -> x/a", "x/c -> x/a"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-04",
        title="allow-all next to deny-all allows",
        given=[EVERY_POD + "ingress: []", "ingress: [{}]"],
        allow=["y/b -> x/a", f"{E1} -> x/a"],
        deny=["y/b -> x/b"],
    ),
    law(
        "A-05",
        title="a policy stays in its namespace",
        given=[EVERY_POD + "policyTypes: [Ingress, Egress]"],
        allow=["z/a -> y/a", "y/a -> z/a"],
        deny=["y/a -> x/a", "x/b -> y/a"],
    ),
    law(
        "A-06",
        title="the source's isolation counts too",
        given=[FROM_B, B_CLOSED_OUT],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-06",
        title="both sides open the connection",
        given=[
            FROM_B,
            B_CLOSED_OUT,
            "{podSelector: {matchLabels: {pod: b}}, policyTypes: [Egress],"
            " egress: [{to: [{podSelector: {matchLabels: {pod: a}}}]}]}",
        ],
        allow=["x/b -> x/a"],
        deny=["x/b -> x/c"],
    ),
    law("A-08", title="deny-all is there", given=[DENY_IN], deny=["x/b -> x/a"]),
    law("A-08", title="deny-all is gone", allow=["x/b -> x/a"]),
    law(
        "A-09",
        title="a namespace without the label is not let in",
        given=["ingress: [{from: [{namespaceSelector: {matchLabels: {ns: z}}}]}]"],
        allow=["z/a -> x/a"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-09",
        title="a namespace that gains the label is let in",
        given=[
            "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: z}}}]}]",
            namespace("y", {"ns": "z"}),
        ],
        allow=["y/a -> x/a", "z/a -> x/a"],
    ),
    law(
        "A-09",
        title="a pod that gains the label is let in",
        given=[FROM_B, pod("x/c", labels={"pod": "b"}, ips=["10.0.1.3"], on="n1")],
        allow=["x/c -> x/a"],
    ),
    law(
        "A-10",
        "N-01",
        title="without types and rules only ingress is closed",
        given=[{**policy({}), "spec": {"podSelector": {}}}],
        allow=["x/a -> y/a", f"x/a -> {E1}"],
        deny=["x/b -> x/a", f"{E1} -> x/a"],
    ),
    law(
        "A-10",
        title="empty types are absent types",
        given=["policyTypes: []"],
        allow=["x/a -> y/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-11",
        title="without types an egress rule closes ingress as well",
        given=["egress: [{to: [{podSelector: {}}]}]"],
        allow=["x/a -> x/b"],
        deny=["x/b -> x/a", "x/a -> y/a"],
    ),
    law(
        "A-12",
        title="without types an empty egress list closes nothing",
        given=["egress: []"],
        allow=["x/a -> x/b"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-13",
        title="ingress rules under types Egress are inert",
        given=["{policyTypes: [Egress], ingress: [{from: [{podSelector: {}}]}]}"],
        allow=["y/a -> x/a"],
        deny=["x/a -> y/a"],
    ),
    law(
        "A-14",
        title="egress rules under types Ingress are inert",
        given=["{policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}"],
        allow=[f"x/a -> {E1}", "x/a -> y/a"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-15",
        title="a type given twice counts once",
        given=["policyTypes: [Ingress, Ingress]"],
        allow=["x/a -> x/b"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-16",
        title="both types and no rule is full isolation",
        given=["policyTypes: [Ingress, Egress]"],
        deny=["x/b -> x/a", f"{E1} -> x/a", "x/a -> x/b", f"x/a -> {E1}"],
    ),
    law(
        "A-17",
        title="types Egress without rules closes egress only",
        given=[DENY_OUT],
        allow=["y/a -> x/a"],
        deny=["x/a -> y/a"],
    ),
    law(
        "A-18",
        title="null types are absent types",
        given=["{policyTypes: null, egress: [{to: [{podSelector: {}}]}]}"],
        allow=["x/a -> x/b"],
        deny=["x/b -> x/a"],
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_isolation_follows_the_law(case: Law) -> None:
    case.check()
