"""Peer selectors and their operators (semantics A.4, A.5)."""

from __future__ import annotations

import pytest

from tests.support.fixture_cluster import E1, N2, Manifest, namespace, pod
from tests.support.laws import Law, law

UNLABELLED = pod("x/u", labels={}, ips=["10.0.1.20"], on="n1")
EMPTY_VALUE = pod("x/e", labels={"pod": ""}, ips=["10.0.1.21"], on="n1")
ELSEWHERE = pod("x/h", labels={"pod": "h"}, ips=[N2], on="n2", hostNetwork=True)


def from_pods(selector: str) -> str:
    """Ingress to x/a from pods of x that match."""
    return f"ingress: [{{from: [{{podSelector: {selector}}}]}}]"


def from_namespaces(selector: str) -> str:
    """Ingress to x/a from all pods of the namespaces that match."""
    return f"ingress: [{{from: [{{namespaceSelector: {selector}}}]}}]"


def one(key: str, operator: str, values: str = "") -> str:
    """A selector of one expression."""
    listed = f", values: [{values}]" if values else ""
    return f"{{matchExpressions: [{{key: {key}, operator: {operator}{listed}}}]}}"


BARE: list[Manifest | str] = [namespace("bare", {}), pod("bare/p", ips=["10.0.4.1"])]

LAWS = [
    law(
        "A-40",
        title="a podSelector alone stays in the policy's namespace",
        given=[from_pods("{matchLabels: {pod: b}}")],
        allow=["x/b -> x/a"],
        deny=["y/b -> x/a", "x/c -> x/a"],
    ),
    law(
        "A-41",
        title="a namespaceSelector alone is all pods there and not the own namespace",
        given=[from_namespaces("{matchLabels: {ns: y}}")],
        allow=["y/a -> x/a", "y/b -> x/a", "y/c -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-42",
        title="both selectors in one entry must hold",
        given=[
            "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}},"
            " podSelector: {matchLabels: {pod: b}}}]}]"
        ],
        allow=["y/b -> x/a"],
        deny=["y/a -> x/a", "x/b -> x/a"],
    ),
    law(
        "A-43",
        title="two entries are alternatives",
        given=[
            "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}},"
            " {podSelector: {matchLabels: {pod: b}}}]}]"
        ],
        allow=["y/a -> x/a", "y/b -> x/a", "x/b -> x/a"],
        deny=["z/b -> x/a"],
    ),
    law(
        "A-44",
        title="an empty namespaceSelector and a podSelector is that label anywhere",
        given=[
            "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {pod: b}}}]}]"
        ],
        allow=["x/b -> x/a", "y/b -> x/a", "z/b -> x/a"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-45",
        title="a namespaceSelector may match the own namespace",
        given=[from_namespaces("{matchLabels: {ns: x}}")],
        allow=["x/b -> x/a"],
        deny=["y/b -> x/a"],
    ),
    law(
        "A-46",
        title="a selector reads labels and never names",
        given=[from_namespaces("{matchLabels: {name: y}}")],
        deny=["y/a -> x/a", "x/b -> x/a"],
    ),
    law(
        "A-47",
        title="the automatic label names a namespace",
        given=[from_namespaces("{matchLabels: {kubernetes.io/metadata.name: y}}")],
        allow=["y/a -> x/a", "y/c -> x/a"],
        deny=["x/b -> x/a", "z/a -> x/a"],
    ),
    law(
        "A-47",
        title="the automatic label excludes a namespace",
        given=[from_namespaces(one("kubernetes.io/metadata.name", "NotIn", "x"))],
        allow=["y/a -> x/a", "z/a -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-48",
        title="a selector matches no address, node or host-network pod",
        given=[from_namespaces("{}"), ELSEWHERE],
        allow=["x/b -> x/a"],
        deny=[f"{E1} -> x/a", f"{N2} -> x/a", "x/h -> x/a"],
    ),
    law(
        "A-49",
        title="a namespace without labels matches the empty selector",
        given=[from_namespaces("{}"), *BARE],
        allow=["bare/p -> x/a"],
    ),
    law(
        "A-49",
        title="a namespace without labels matches a negative expression",
        given=[from_namespaces(one("ns", "NotIn", "x")), *BARE],
        allow=["bare/p -> x/a", "y/a -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-49",
        title="a namespace without labels matches nothing positive",
        given=[from_namespaces(one("ns", "Exists")), *BARE],
        allow=["y/a -> x/a"],
        deny=["bare/p -> x/a"],
    ),
    law(
        "A-50",
        title="In needs the key and one of the values",
        given=[from_pods(one("pod", "In", "b, c")), UNLABELLED],
        allow=["x/b -> x/a", "x/c -> x/a"],
        deny=["x/u -> x/a"],
    ),
    law(
        "A-51",
        title="an absent key satisfies NotIn",
        given=[from_pods(one("tier", "NotIn", "db"))],
        allow=["x/b -> x/a"],
    ),
    law(
        "A-51",
        title="NotIn refuses its values",
        given=[from_pods(one("pod", "NotIn", "b")), UNLABELLED],
        allow=["x/c -> x/a", "x/u -> x/a"],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-52",
        title="Exists needs the key, whatever the value",
        given=[from_pods(one("pod", "Exists")), UNLABELLED, EMPTY_VALUE],
        allow=["x/b -> x/a", "x/e -> x/a"],
        deny=["x/u -> x/a"],
    ),
    law(
        "A-53",
        title="DoesNotExist needs the key to be absent",
        given=[from_pods(one("pod", "DoesNotExist")), UNLABELLED, EMPTY_VALUE],
        allow=["x/u -> x/a"],
        deny=["x/b -> x/a", "x/e -> x/a"],
    ),
    law(
        "A-54",
        title="an empty value is a value and not an absent key",
        given=[from_pods('{matchLabels: {pod: ""}}'), UNLABELLED, EMPTY_VALUE],
        allow=["x/e -> x/a"],
        deny=["x/u -> x/a", "x/b -> x/a"],
    ),
    law(
        "A-55",
        title="two expressions on one key must both hold",
        given=[
            "podSelector: {matchExpressions: [{key: pod, operator: In, values: [a, b]},"
            " {key: pod, operator: NotIn, values: [b]}]}"
        ],
        allow=["y/a -> x/b", "y/a -> x/c"],
        deny=["y/a -> x/a"],
    ),
    law(
        "A-56",
        title="a contradiction is valid and matches nothing",
        given=[
            from_pods(
                "{matchExpressions: [{key: pod, operator: In, values: [a]},"
                " {key: pod, operator: In, values: [b]}]}"
            )
        ],
        deny=["x/b -> x/a", "x/c -> x/a"],
    ),
    law(
        "A-57",
        title="keys are case-sensitive",
        given=[from_pods("{matchLabels: {Pod: b}}")],
        deny=["x/b -> x/a"],
    ),
    law(
        "A-57",
        title="values are case-sensitive",
        given=[from_pods("{matchLabels: {pod: B}}")],
        deny=["x/b -> x/a"],
    ),
]


@pytest.mark.parametrize("case", LAWS)
def test_selectors_follow_the_law(case: Law) -> None:
    case.check()
