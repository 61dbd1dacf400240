"""Subjects and peers of cluster-wide policies (semantics B.3, B.4, B.6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from tests.oracle.reference import Reference
from tests.support.clusterwide import (
    Given,
    Row,
    Wide,
    admin,
    as_manifests,
    both_versions,
    in_v1alpha1,
    in_v1alpha2,
)
from tests.support.fixture_cluster import E1, E2, N1, N2, Manifest, cluster, namespace, node, pod
from tests.support.laws import Law

EVERYONE = "namespaces: {}"
IN_X = "{namespaces: {matchLabels: {ns: x}}}"
DENY_IN = "ingress: [{action: Deny, from: [{namespaces: {}}]}]"


def inside(*rules: str) -> str:
    return f"ingress: [{', '.join(rules)}]"


def outside(*rules: str) -> str:
    return f"egress: [{', '.join(rules)}]"


def to(action: str, peer: str) -> str:
    return f"{{action: {action}, to: [{{{peer}}}]}}"


HOST = pod("y/h", on="n2", hostNetwork=True)
OWN_HOST = pod("x/h", on="n1", hostNetwork=True)
CONTROL = node("n2", N2, role="cp")
FINISHED = pod("y/done", ips=["10.0.2.9"], phase="Succeeded")

LAWS: tuple[Row, ...] = (
    (("B-30",), "a subject of namespaces is every pod there",
     [admin(DENY_IN, subject=IN_X)], ["x/a -> y/a"], ["y/a -> x/a", "y/a -> x/c", "x/b -> x/a"]),
    (("B-31",), "an empty selector is every namespace, kube-system included",
     [admin(DENY_IN, subject="{namespaces: {}}"), namespace("kube-system"),
      pod("kube-system/dns", ips=["10.0.9.9"])],
     [], ["y/a -> x/a", "x/a -> z/c", "x/a -> kube-system/dns"]),
    (("B-32",), "pods of every namespace",
     [admin(DENY_IN,
            subject="{pods: {namespaceSelector: {}, podSelector: {matchLabels: {pod: a}}}}")],
     ["x/a -> x/b"], ["x/b -> x/a", "x/b -> y/a", "x/b -> z/a"]),
    (("B-32",), "no namespaceSelector is every namespace",
     [admin(DENY_IN, subject="{pods: {podSelector: {matchLabels: {pod: a}}}}")],
     ["x/a -> x/b"], ["x/b -> x/a", "x/b -> z/a"]),
    (("B-33", "B-35"), "host-network pods are no peers of selectors",
     [admin(DENY_IN), HOST], ["y/h -> x/a"], ["y/a -> x/a"]),
    (("B-33", "B-35"), "host-network pods are no subjects",
     [admin(DENY_IN, subject="{namespaces: {}}"), HOST], ["x/a -> y/h"], ["x/a -> y/a"]),
    (("B-34",), "selectors read as in NetworkPolicy: an absent key is not in",
     [admin("ingress: [{action: Deny, from: [{pods: {podSelector: {matchExpressions:"
            " [{key: tier, operator: NotIn, values: [db]}]}}}]}]")],
     [], ["y/a -> x/a"]),
    (("B-34",), "a namespace made later is covered",
     [admin(DENY_IN, subject="{namespaces: {}}"), namespace("new"),
      pod("new/p", ips=["10.0.8.1"])],
     [], ["y/a -> new/p", "new/p -> x/a"]),
    (("B-40",), "several peers are joined by or",
     [admin(inside("{action: Deny, from: [{namespaces: {matchLabels: {ns: 'y'}}},"
                   " {pods: {podSelector: {matchLabels: {pod: b}}}}]}"))],
     ["z/a -> x/a"], ["y/a -> x/a", "z/b -> x/a"]),
    (("B-41",), "every namespace is every pod and nobody outside",
     [admin(DENY_IN)], [f"{E1} -> x/a", f"{N2} -> x/a"], ["y/a -> x/a", "x/b -> x/a"]),
    (("B-42",), "ingress from outside cannot be matched: NetworkPolicy decides",
     [admin(DENY_IN), "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]"],
     [f"{E2} -> x/a"], [f"{E1} -> x/a", "y/a -> x/a"]),
    (("B-43", "B-82"), "a pod counts as itself, whatever Service it calls",
     [admin("ingress: [{action: Deny, from: [{namespaces: {matchLabels: {ns: 'y'}}}]}]"),
      {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "x", "name": "a"},
       "spec": {"selector": {"pod": "a"}, "clusterIP": "10.96.0.7", "ports": [{"port": 80}]}}],
     ["z/a -> x/a"], ["y/a -> x/a"]),
    (("B-44",), "networks are real destinations, pods and nodes included",
     [admin(outside(to("Deny", "networks: [0.0.0.0/0]")))],
     [f"x/a -> {N1}"], ["x/a -> y/a", f"x/a -> {E1}", f"x/a -> {N2}"]),
    (("B-45",), "a pass for pods before it",
     [admin(outside(to("Pass", EVERYONE), to("Deny", "networks: [0.0.0.0/0]")))],
     ["x/a -> y/a"], [f"x/a -> {E1}"]),
    (("B-46",), "host bits are masked, families do not mix",
     [admin(outside(to("Deny", "networks: [8.8.8.9/24]")))],
     [f"x/a -> {E2}", "x/a -> 2001:db8::1"], [f"x/a -> {E1}"]),
    (("B-46",), "two networks of one peer",
     [admin(outside(to("Deny", "networks: [8.8.8.0/24, 203.0.113.0/24]")))],
     ["x/a -> 9.9.9.9"], [f"x/a -> {E1}", f"x/a -> {E2}"]),
    (("B-46",), "an exception is a rule before it",
     [admin(outside(to("Pass", "networks: [8.8.8.8/32]"), to("Deny", "networks: [8.8.8.0/24]")))],
     [f"x/a -> {E1}"], ["x/a -> 8.8.8.9"]),
    (("B-47",), "nodes are the addresses of matching nodes, not their pods",
     [admin(outside(to("Deny", "nodes: {matchLabels: {role: cp}}"))), CONTROL],
     ["x/a -> y/a", f"x/a -> {N1}"], [f"x/a -> {N2}"]),
    (("B-47",), "the own node is exempt first",
     [admin(outside(to("Deny", "nodes: {}")))], [f"x/a -> {N1}"], [f"x/a -> {N2}"]),
    (("B-48",), "a node stands for the host-network pods there",
     [admin(outside(to("Deny", "nodes: {matchLabels: {role: cp}}"))), CONTROL, HOST],
     ["x/a -> y/b"], ["x/a -> y/h"]),
    (("B-80",), "a pod reaches itself whatever is denied",
     [admin(DENY_IN)], ["x/a -> 10.0.1.1", "x/a -> x/a"], ["x/b -> x/a"]),
    (("B-81",), "the node of a pod reaches it whatever is denied",
     [admin(DENY_IN), OWN_HOST], [f"{N1} -> x/a", "x/h -> x/a"], ["y/a -> x/a"]),
    (("B-82",), "networks on a ClusterIP never match: policy sees the pod",
     [admin(outside(to("Deny", "networks: [10.96.0.0/12]")))], ["x/a -> y/a"], []),
    (("B-83",), "a finished pod is neither subject nor peer",
     [admin("ingress: [{action: Deny, from: [{pods: {podSelector: {matchLabels: {pod: done}}}}]}]"),
      FINISHED],
     ["10.0.2.9 -> x/a"], []),
)  # fmt: skip


@pytest.mark.parametrize("given", both_versions(LAWS))
def test_whom_a_policy_means(given: Law) -> None:
    given.check()


CLOSED: tuple[Row, ...] = (
    (("B-51",), "an accept with a peer of a newer version matches nothing",
     [admin(inside("{action: Accept, from: [{services: {}}, {namespaces: {}}]}")),
      "policyTypes: [Ingress]"],
     [], ["y/a -> x/a"]),
    (("B-51",), "a deny with one denies everything",
     [admin(inside("{action: Deny, from: [{services: {}}]}"))],
     [], ["y/a -> x/a", f"{E1} -> x/a", "y/a -> x/a UDP 81"]),
    (("B-51",), "a pass with one denies too",
     [admin(inside("{action: Pass, from: [{services: {}}]}"))], [], ["y/a -> x/a"]),
)  # fmt: skip


@pytest.mark.parametrize("given", both_versions(CLOSED))
def test_what_a_newer_version_means_fails_closed(given: Law) -> None:
    given.check()


DOMAIN = admin(outside(to("Accept", "domainNames: ['*.Example.com.']")))
CLOSED_OUT = "policyTypes: [Egress]"


@pytest.mark.law("B-49")
@pytest.mark.parametrize("version", [in_v1alpha1, in_v1alpha2])
@pytest.mark.parametrize(
    ("target", "verdict"),
    [(E1, "conditional"), ("2001:db8::1", "conditional"), ("y/a", "deny"), (N2, "deny")],
)
def test_domain_names_stand_for_addresses_outside_that_nobody_knows(
    version: Callable[[Wide], Manifest], target: str, verdict: str
) -> None:
    state = cluster(*as_manifests([DOMAIN, CLOSED_OUT], version))
    found = explain(evaluate(state), "x/a", target, "443")
    assert found.verdict == verdict
    if verdict == "conditional":
        assert found.reason == "only for addresses that *.example.com resolves to"
        assert found.egress.chain == (
            "Admin Conditional (admin-10, egress[0] allows) -> "
            "NetworkPolicy Deny (x/p2, no rule matches)"
        )
    reference = Reference(state)
    [x_a] = [each for each in state.pods if (each.namespace, each.name) == ("x", "a")]
    ends = {f"{each.namespace}/{each.name}": each for each in state.pods}
    results = reference.results(x_a, ends.get(target, target), "TCP", 443)
    assert results == ({True, False} if verdict == "conditional" else {False})


@pytest.mark.law("B-49")
def test_an_accepted_name_changes_nothing_where_all_is_open() -> None:
    state = cluster(in_v1alpha2(DOMAIN))
    assert explain(evaluate(state), "x/a", E1, "443").verdict == "allow"
    assert {row.verdict for row in flows(evaluate(state))} == {"allow"}


@pytest.mark.law("B-46", "B-60")
@pytest.mark.parametrize(("network", "found"), [("0.0.0.0/0", 4), ("::/0", 6)])
def test_networks_hold_every_protocol_of_their_family(network: str, found: int) -> None:
    state = cluster(in_v1alpha2(admin(outside(to("Accept", f"networks: ['{network}']")))),
                    CLOSED_OUT)  # fmt: skip
    v4, v6 = (explain(evaluate(state), "x/a", end, "ICMP").verdict for end in (E1, "2001:db8::1"))
    assert (v4, v6) == (("allow", "unknown") if found == 4 else ("unknown", "allow"))


@pytest.mark.law("B-48", "A-94")
def test_a_host_network_pod_whose_node_is_not_known_may_be_on_a_node() -> None:
    given: Given = [admin(outside(to("Deny", "nodes: {matchLabels: {role: cp}}"))), CONTROL]
    lost = pod("y/lost", hostNetwork=True)
    state = cluster(*as_manifests(given, in_v1alpha2), lost)
    assert explain(evaluate(state), "x/a", "y/lost", "80").verdict in ("unknown", "conditional")


@pytest.mark.law("B-01", "B-00")
def test_both_versions_are_evaluated_side_by_side() -> None:
    accept = admin("ingress: [{action: Accept, from: [{namespaces: {}}]}]", 5)
    state = cluster(in_v1alpha1(accept), in_v1alpha2(admin(DENY_IN, 6)))
    assert explain(evaluate(state), "y/a", "x/a", "80").verdict == "allow"
    assert {each.key for each in state.policies} == {
        "AdminNetworkPolicy/admin-5",
        "ClusterNetworkPolicy/admin-6",
    }
