"""Fix it where something stands in the way, or only seems to: Services, nodes, names, tiers."""

from __future__ import annotations

import pytest

from policies.evaluator.errors import BadQuestion
from policies.evaluator.explain import explain
from policies.evaluator.fix import fix
from tests.evaluator.test_fix import CLOSED_X, admin_policy, applied, spec_of
from tests.support.touched import cilium, cluster_with

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: z}
spec: {clusterIP: 10.96.0.10, selector: {pod: a}, ports: [{port: 80, targetPort: 81}]}
"""
CLOSED_OUT = CLOSED_X.replace("{podSelector: {}}", "{podSelector: {}, policyTypes: [Egress]}")
NODES = """
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: kubernetes, namespace: default}
subsets: [{addresses: [{ip: 203.0.113.9}, {ip: 192.168.0.2}], ports: [{port: 6443}]}]
"""


@pytest.mark.law("A-71")
def test_a_service_is_no_address_for_a_rule_and_its_pods_are_offered() -> None:
    with pytest.raises(BadQuestion, match="address of Service z/web") as refused:
        fix(cluster_with(SERVICE, CLOSED_OUT), "x/a", "10.96.0.10", "80/TCP")
    assert refused.value.suggestions == ("z/a[Pod]",)


@pytest.mark.law("B-49")
@pytest.mark.parametrize("end", ["8.8.8.8", "internet"])
def test_an_accept_of_names_does_not_keep_a_rule_from_opening_addresses(end: str) -> None:
    names = admin_policy("Accept").replace(
        "ingress:\n  - {action: Accept, from: [{namespaces: {}}]}",
        "egress:\n  - {action: Accept, to: [{domainNames: [a.example.com]}]}",
    )
    base = cluster_with(names, CLOSED_OUT)
    assert explain(base, "x/a", end, "443/TCP").verdict == "conditional"
    found = fix(base, "x/a", end, "443/TCP")
    assert found.outcome == "fixed"
    assert explain(applied(base, found), "x/a", end, "443/TCP").verdict == "allow"


@pytest.mark.law("F-22")
@pytest.mark.parametrize(
    ("source", "destination", "blocks"),
    [
        ("x/a", "{kube-apiserver}", ["192.168.0.2/32", "203.0.113.9/32"]),
        ("{kube-apiserver}", "x/a", ["192.168.0.2/32", "203.0.113.9/32"]),
        ("x/a", "{nodes}", ["192.168.0.1/32", "192.168.0.2/32"]),
        ("{nodes}", "x/a", ["192.168.0.1/32", "192.168.0.2/32"]),
    ],
)
def test_nodes_and_the_api_server_are_named_by_all_their_addresses(
    source: str, destination: str, blocks: list[str]
) -> None:
    base = cluster_with(NODES, CLOSED_X, CLOSED_OUT.replace("name: closed", "name: out"))
    found = fix(base, source, destination, "6443/TCP")
    (document,) = found.documents
    rule = spec_of(found, document.side)[document.side][0]
    peers = rule["from" if document.side == "ingress" else "to"]
    assert [each["ipBlock"]["cidr"] for each in peers] == blocks
    assert explain(applied(base, found), source, destination, "6443/TCP").verdict == "allow"


@pytest.mark.law("F-40")
def test_a_controller_that_nobody_knows_is_not_drafted_for() -> None:
    found = fix(cluster_with(CLOSED_X), "{ingress-controller}", "x/a", "80/TCP")
    assert (found.outcome, found.sentence) == ("cannot", "No draft can be made for this.")
    assert "would let every pod of every namespace in" in found.obstacles[0]
    found = fix(cluster_with(CLOSED_X), "{ingress-controller}", "z/a", "80/TCP")
    assert found.sentence == (
        "The ingress controller may open TCP 80 to z/a already: there is nothing to fix."
    )


@pytest.mark.law("E-01")
def test_what_cannot_be_told_is_not_denied() -> None:
    hidden = cilium("spec: {endpointSelector: {}, ingress: [{}]}")
    found = fix(cluster_with(hidden, CLOSED_X), "z/a", "x/a", "80/TCP")
    assert found.sentence == "Whether a NetworkPolicy can open this cannot be told."


def test_a_deny_above_outweighs_what_cannot_be_told() -> None:
    hidden = cilium("spec: {endpointSelector: {}, ingress: [{}]}", "z")
    denied = admin_policy("Deny").replace("ingress:", "egress:").replace("from:", "to:")
    found = fix(cluster_with(hidden, denied), "x/a", "z/a", "80/TCP")
    assert found.sentence == "No NetworkPolicy can open this."
    assert len(found.obstacles) == 2
