"""Fix it: drafts that open exactly the pair, what they cannot avoid, and where there are none."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from policies.evaluator.diff import compare
from policies.evaluator.documents import SourceText
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.fix import Fix, fix
from policies.evaluator.policy import Direction
from policies.evaluator.profile import Profile
from policies.evaluator.read import read_state
from policies.evaluator.state import Node, Pod, PolicyObject
from policies.evaluator.whatif import overlay
from tests.support.states import daemonset, namespace, node, pod, policy, state
from tests.support.touched import cluster_with

WEB = pod("x/web", of="Deployment/web", replicas=2)
API = pod("x/api", of="Deployment/api")
CURL = pod("y/curl")
CLOSED = policy("x/closed", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
SILENT = policy("y/silent", "{podSelector: {}, policyTypes: [Egress]}")


def cluster(*objects: Pod | PolicyObject | Node) -> Evaluation:
    return evaluate(state(namespace("x"), namespace("y"), *objects))


def applied(base: Evaluation, found: Fix) -> Evaluation:
    draft = read_state(SourceText(each.name, each.content.encode()) for each in found.documents)
    assert not draft.problems
    return evaluate(overlay(base.state, draft), base=base)


def changes(base: Evaluation, found: Fix) -> list[tuple[str, str, str, str]]:
    return [
        (each.kind, each.source, each.destination, str(each.after))
        for each in compare(base, applied(base, found)).changes
    ]


def spec_of(found: Fix, side: str) -> dict[str, Any]:
    [document] = [each for each in found.documents if each.side == side]
    spec: dict[str, Any] = yaml.safe_load(document.content)["spec"]
    return spec


def test_the_diff_of_the_draft_holds_exactly_the_pair() -> None:
    base = cluster(WEB, API, CURL, CLOSED)
    found = fix(base, "y/curl", "x/web", "80/TCP")
    assert found.outcome == "fixed"
    assert changes(base, found) == [("added", "y/curl[Pod]", "x/web[Deployment]", "TCP 80")]
    assert found.sentence == (
        "1 NetworkPolicy lets y/curl open TCP 80 to x/web, and nothing else changes."
    )
    assert spec_of(found, "ingress") == {
        "podSelector": {"matchLabels": {"app": "web"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "y"}},
                        "podSelector": {"matchLabels": {"app": "curl"}},
                    }
                ],
                "ports": [{"protocol": "TCP", "port": 80}],
            }
        ],
    }


def test_each_closed_side_gets_a_policy_of_its_own() -> None:
    base = cluster(WEB, API, CURL, CLOSED, SILENT)
    found = fix(base, "y/curl", "x/web", "53/UDP")
    assert [(each.policy, each.side) for each in found.documents] == [
        ("NetworkPolicy/x/web-from-curl", "ingress"),
        ("NetworkPolicy/y/curl-to-web", "egress"),
    ]
    assert changes(base, found) == [("added", "y/curl[Pod]", "x/web[Deployment]", "UDP 53")]


def test_pods_of_the_same_namespace_are_named_without_it() -> None:
    base = cluster(WEB, API, CLOSED)
    found = fix(base, "x/api", "x/web", "80/TCP")
    assert len(found.documents) == 2
    assert changes(base, found) == [("added", "x/api[Deployment]", "x/web[Deployment]", "TCP 80")]
    assert "namespaceSelector" not in found.documents[0].content


def test_without_a_port_everything_is_opened() -> None:
    base = cluster(WEB, CURL, CLOSED)
    found = fix(base, "y/curl", "x/web")
    assert found.outcome == "fixed"
    assert changes(base, found) == [
        ("added", "y/curl[Pod]", "x/web[Deployment]", "All Connections")
    ]


def test_a_name_that_is_taken_is_not_overwritten() -> None:
    taken = policy("x/web-from-curl", "{podSelector: {matchLabels: {app: api}}}")
    found = fix(cluster(WEB, API, CURL, CLOSED, taken), "y/curl", "x/web", "80/TCP")
    assert found.documents[0].policy == "NetworkPolicy/x/web-from-curl-2"


def test_labels_of_others_are_avoided() -> None:
    one = pod("x/one", {"app": "web", "part": "one"})
    two = pod("x/two", {"app": "web", "part": "two"})
    base = cluster(one, two, CURL, CLOSED)
    found = fix(base, "y/curl", "x/one", "80/TCP")
    assert found.outcome == "fixed"
    assert spec_of(found, "ingress")["podSelector"] == {"matchLabels": {"part": "one"}}


def test_a_pod_whose_labels_others_have_too_is_told_apart_by_what_it_lacks() -> None:
    one, two = pod("x/one", {"app": "web"}), pod("x/two", {"app": "web", "canary": "yes"})
    base = cluster(one, two, CURL, CLOSED)
    found = fix(base, "y/curl", "x/one", "80/TCP")
    assert found.outcome == "fixed"
    assert spec_of(found, "ingress")["podSelector"] == {
        "matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}],
    }


def test_what_cannot_be_told_apart_is_opened_too_and_listed() -> None:
    one, two = pod("x/one", {"app": "web"}), pod("x/two", {"app": "web"})
    base = cluster(one, two, CURL, CLOSED)
    found = fix(base, "y/curl", "x/one", "80/TCP")
    assert found.outcome == "opens more"
    assert [(each.source, each.destination) for each in found.extra] == [
        ("y/curl[Pod]", "x/two[Pod]")
    ]
    assert found.sentence == (
        "1 NetworkPolicy lets y/curl open TCP 80 to x/one, with a side effect: 1 other flow is"
        " opened with it."
    )


def test_a_rule_is_added_to_an_existing_policy_where_a_new_one_would_close_others() -> None:
    one, two = pod("x/one", {"app": "web"}), pod("x/two", {"app": "web"})
    three = pod("x/three", {"app": "web"}, ports={"http": 80})
    only = policy("x/only", "{podSelector: {matchLabels: {app: web}}, ingress: []}")
    base = cluster(one, two, three, CURL, only)
    found = fix(base, "y/curl", "x/one", "80/TCP")
    assert not found.closes
    half = policy("x/half", "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}")
    assert not fix(cluster(one, two, CURL, half), "y/curl", "x/one", "80/TCP").closes


@pytest.mark.parametrize(
    ("peer", "blocks"),
    [
        ("8.8.8.8", [{"cidr": "8.8.8.8/32"}]),
        ("203.0.113.0/24", [{"cidr": "203.0.113.0/24"}]),
        ("2001:db8::1", [{"cidr": "2001:db8::1/128"}]),
        ("203.0.113.1-203.0.113.2", [{"cidr": "203.0.113.1/32"}, {"cidr": "203.0.113.2/32"}]),
    ],
)
@pytest.mark.law("A-63")
def test_addresses_are_named_by_blocks(peer: str, blocks: list[dict[str, str]]) -> None:
    base = cluster(WEB, CLOSED)
    for source, destination, side, field in (
        (peer, "x/web", "ingress", "from"),
        ("x/web", peer, "egress", "to"),
    ):
        found = fix(base, source, destination, "443/TCP")
        assert found.outcome == "fixed"
        [rule] = spec_of(found, side)[side]
        assert [each["ipBlock"] for each in rule[field]] == blocks


@pytest.mark.law("A-60")
def test_the_internet_is_opened_without_the_private_addresses_that_pods_have() -> None:
    base = cluster(pod("x/web", ips=["10.0.0.1"]), pod("y/curl", ips=["10.0.1.1"]), CLOSED)
    found = fix(base, "x/web", "internet", "443/TCP")
    assert found.outcome == "fixed"
    assert explain(applied(base, found), "x/web", "y/curl", "443/TCP").verdict == "deny"
    assert "except" in found.documents[0].content


@pytest.mark.law("A-91")
def test_a_pod_on_its_nodes_network_is_named_by_the_address_of_the_node() -> None:
    host = pod("y/agent", on="n1", host_network=True)
    base = cluster(WEB, host, CLOSED, node("n1", "192.168.0.1"))
    found = fix(base, "y/agent", "x/web", "80/TCP")
    assert "192.168.0.1/32" in found.documents[0].content
    unknown = cluster(WEB, pod("y/agent", host_network=True), CLOSED)
    nowhere = fix(unknown, "y/agent", "x/web", "80/TCP")
    assert (nowhere.outcome, nowhere.documents) == ("cannot", ())
    assert "whose address is not in the input" in nowhere.obstacles[0]


def test_what_is_open_needs_no_fix() -> None:
    found = fix(cluster(WEB, CURL), "y/curl", "x/web", "80/TCP")
    assert (found.outcome, found.documents) == ("open already", ())
    assert found.sentence == ("y/curl may open TCP 80 to x/web already: there is nothing to fix.")


@pytest.mark.law("A-95")
def test_icmp_is_nothing_that_a_policy_can_open() -> None:
    found = fix(cluster(WEB, CURL, CLOSED), "y/curl", "x/web", "ICMP")
    assert found.outcome == "cannot"
    assert found.obstacles[0].startswith("A NetworkPolicy cannot name ICMP")


@pytest.mark.law("A-120")
def test_where_nothing_is_enforced_there_is_nothing_to_fix() -> None:
    base = evaluate(state(WEB, CURL, CLOSED, daemonset("kube-system/kube-flannel-ds")))
    assert fix(base, "y/curl", "x/web", "80/TCP").outcome == "open already"


@pytest.mark.law("M-05")
def test_where_a_policy_is_not_evaluated_nothing_is_promised() -> None:
    hidden = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: api, namespace: x}
spec: {endpointSelector: {}, ingress: [{}]}
"""
    found = fix(cluster_with(hidden), "x/b", "x/a", "80/TCP")
    assert found.outcome == "cannot"
    assert found.obstacles == (
        "What decides the ingress is not known (x/api, not evaluated): whether a NetworkPolicy"
        " would open it cannot be told.",
    )


def test_sctp_cannot_be_opened_where_the_plugin_ignores_it() -> None:
    base = evaluate(state(WEB, CURL, CLOSED), Profile(sctp=False))
    assert fix(base, "y/curl", "x/web", "80/SCTP").outcome == "cannot"


def test_long_and_odd_names_become_names_of_objects() -> None:
    long = pod("x/" + "a" * 60 + ".b")
    found = fix(cluster(long, CURL, CLOSED), "y/curl", f"x/{long.name}", "80/TCP")
    assert found.outcome == "fixed"
    assert len(found.documents[0].policy.rpartition("/")[2]) <= 63


def test_a_policy_is_drafted_for_a_direction_only() -> None:
    base = cluster(WEB, CURL, CLOSED)
    after = applied(base, fix(base, "y/curl", "x/web", "80/TCP"))
    added = next(each for each in after.policies if each.source.name == "web-from-curl")
    assert added.policy.isolates == frozenset({Direction.INGRESS})


def admin_policy(action: str, tier: str = "Admin") -> str:
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {tier.lower()}-rules}}
spec:
  tier: {tier}
  priority: 10
  subject: {{namespaces: {{matchLabels: {{ns: x}}}}}}
  ingress:
  - {{action: {action}, from: [{{namespaces: {{}}}}]}}
"""


CLOSED_X = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {}}
"""


@pytest.mark.law("B-15")
def test_what_the_admin_tier_denies_no_networkpolicy_opens() -> None:
    found = fix(cluster_with(admin_policy("Deny"), CLOSED_X), "z/a", "x/a", "80/TCP")
    assert (found.outcome, found.documents) == ("cannot", ())
    assert found.obstacles == (
        "The ingress is denied in the Admin tier (admin-rules, ingress[0]), which is asked before"
        " any NetworkPolicy: change that policy.",
    )


@pytest.mark.law("B-16")
def test_what_the_admin_tier_passes_on_a_networkpolicy_opens() -> None:
    base = cluster_with(admin_policy("Pass"), CLOSED_X)
    found = fix(base, "z/a", "x/a", "80/TCP")
    assert found.outcome == "fixed"
    assert changes(base, found) == [("added", "z/a[Pod]", "x/a[Pod]", "TCP 80")]


@pytest.mark.law("B-20")
def test_what_the_baseline_tier_denies_is_changed_there() -> None:
    found = fix(cluster_with(admin_policy("Deny", "Baseline")), "z/a", "x/a", "80/TCP")
    assert found.outcome == "cannot"
    assert "change the Baseline policy" in found.obstacles[0]
    assert found.sentence.startswith("No NetworkPolicy can open this alone")
