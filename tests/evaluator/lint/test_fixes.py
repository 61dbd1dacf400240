"""Fixes that would do harm are not given, or not so: what each draft opens, closes and keeps."""

from __future__ import annotations

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.lint import lint
from policies.evaluator.lint.finding import Finding
from policies.evaluator.read import read_state
from policies.evaluator.whatif import overlay
from tests.evaluator.lint.cases_tiers import DENY_ALL_OUT, admin, baseline, cluster
from tests.support.fixes import try_fix
from tests.support.lint import Given, given, listening, service, udp
from tests.support.states import namespace, pod, policy

COREDNS = pod("kube-system/coredns", {"k8s-app": "kube-dns"}, of="Deployment/coredns",
              ips=["10.0.0.9"])  # fmt: skip
PODS = (namespace("x"), namespace("w"), pod("x/a", ips=["10.1.0.1"]), pod("w/b", ips=["10.1.0.2"]))


def asked(check: str, *objects: Given) -> tuple[Evaluation, list[Finding]]:
    evaluation = evaluate(given(*objects))
    return evaluation, [each for each in lint(evaluation) if each.id == check]


@pytest.mark.law("L-12", "A-02")
def test_dns_is_opened_for_isolated_pods_and_others_stay_open() -> None:
    evaluation, (finding,) = asked(
        "L-12",
        pod("x/a"), pod("x/b"), pod("x/c"), COREDNS,
        policy("x/p", "podSelector: {matchLabels: {app: a}}\npolicyTypes: [Egress]"),
        policy("x/q", "podSelector: {matchLabels: {app: b}}\npolicyTypes: [Egress]"),
    )  # fmt: skip
    tried = try_fix(evaluation, finding)
    assert tried.closed == ()
    assert {(each.source, each.destination) for each in tried.opened} == {
        (f"x/{name}[Pod]", "kube-system/coredns[Deployment]") for name in "ab"
    }
    assert finding.key not in tried.left


@pytest.mark.law("L-12", "B-10")
@pytest.mark.parametrize(
    "closing",
    [
        admin("egress: [{action: Deny, to: [{namespaces: {}}]}]"),
        policy("kube-system/closed", "podSelector: {}"),
    ],
    ids=["an admin deny", "the servers' own policy"],
)
def test_dns_that_is_closed_elsewhere_has_no_fix(closing: Given) -> None:
    _, (finding,) = asked(
        "L-12",
        pod("x/a"),
        COREDNS,
        policy("x/p", "podSelector: {}\npolicyTypes: [Egress]"),
        closing,
    )
    assert finding.fix is None


TO_W = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: w}}}"


@pytest.mark.law("L-67", "B-16")
@pytest.mark.parametrize(
    "policies",
    [
        [admin(f"egress: [{DENY_ALL_OUT}, {{action: Deny, to: [{TO_W}]}}]")],
        [admin(f"egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0]}}, {TO_W}]}}]")],
        [admin(f"egress: [{DENY_ALL_OUT}]"),
         admin(f"egress: [{{action: Deny, to: [{TO_W}]}}]", name="later", priority=20)],
        [admin(f"egress: [{DENY_ALL_OUT}]"),
         admin(f"egress: [{{action: Allow, to: [{TO_W}]}}]", name="later", priority=20)],
        [baseline(f"egress: [{DENY_ALL_OUT}, {{action: Deny, to: [{TO_W}]}}]")],
        [cluster(f"egress: [{DENY_ALL_OUT}]", tier="Baseline"),
         cluster(f"egress: [{{action: Deny, to: [{TO_W}]}}]", name="later", tier="Baseline")],
    ],
    ids=["a later rule", "the rule itself", "a later policy", "a later allow", "a BANP",
         "the baseline tier"],
)  # fmt: skip
def test_pods_are_not_passed_before_what_is_said_of_them(policies: list[str]) -> None:
    _, found = asked("L-67", *PODS, *policies)
    assert found
    assert [each.fix for each in found] == [None] * len(found)


@pytest.mark.law("L-67", "B-16")
def test_pods_are_passed_on_the_ports_of_the_deny_only() -> None:
    rule = (
        "{action: Deny, to: [{networks: [0.0.0.0/0]}], protocols: "
        "[{tcp: {destinationPort: {number: 80}}}]}"
    )
    evaluation, (finding,) = asked("L-67", *PODS, cluster(f"egress: [{rule}]"))
    tried = try_fix(evaluation, finding)
    assert tried.closed == ()
    assert {each.new_or_lost for each in tried.opened} == {()}
    assert {str((each.after - each.before).to_json()) for each in tried.opened} == {
        "{'TCP': [[80, 80]]}"
    }


WEB_SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: w}
spec: {clusterIP: 10.96.0.10, selector: {app: b}, ports: [{port: 80, targetPort: 81}]}
"""


def to_service(peers: str, ports: str = "") -> Given:
    return policy(
        "x/p", f"podSelector: {{}}\npolicyTypes: [Egress]\negress: [{{to: [{peers}]{ports}}}]"
    )


@pytest.mark.law("L-31", "A-110")
@pytest.mark.parametrize("ports", ["", ", ports: [{port: 80}]"], ids=["any", "the Service's"])
def test_the_pods_behind_a_service_are_named_with_their_own_port(ports: str) -> None:
    evaluation, (finding,) = asked(
        "L-31", *PODS, WEB_SERVICE, to_service("{ipBlock: {cidr: 10.96.0.10/32}}", ports)
    )
    opened = {
        (each.source, each.destination): (each.after - each.before).to_json()
        for each in try_fix(evaluation, finding).opened
    }
    assert opened == {("x/a[Pod]", "w/b[Pod]"): {"TCP": [[81, 81]]}}


@pytest.mark.law("L-31", "A-110")
def test_other_peers_of_the_rule_keep_their_ports() -> None:
    peers = "{ipBlock: {cidr: 10.96.0.10/32}}, {ipBlock: {cidr: 198.51.100.0/24}}"
    evaluation, (finding,) = asked(
        "L-31", *PODS, WEB_SERVICE, to_service(peers, ", ports: [{port: 80}]")
    )
    tried = try_fix(evaluation, finding)
    assert {each.destination for each in tried.opened} == {"w/b[Pod]"}
    assert not [each for each in tried.closed if "198.51.100" in each.destination]


@pytest.mark.law("L-31")
def test_a_range_of_services_is_not_replaced_by_one() -> None:
    _, (finding,) = asked("L-31", *PODS, WEB_SERVICE, to_service("{ipBlock: {cidr: 10.96.0.0/16}}"))
    assert finding.fix is None


def lets_in(peers: str) -> Given:
    return policy("w/p", f"podSelector: {{}}\ningress: [{{from: [{peers}]}}]")


@pytest.mark.law("L-111", "A-77")
def test_the_port_that_a_service_leads_to_stays_open() -> None:
    evaluation, (finding,) = asked(
        "L-111", namespace("x"), pod("x/a"), listening(pod("w/b"), 8080), WEB_SERVICE,
        lets_in("{namespaceSelector: {}}"),
    )  # fmt: skip
    closed = try_fix(evaluation, finding).closed
    left = {str(each.after.to_json()) for each in closed if each.destination == "w/b[Pod]"}
    assert left == {"{'TCP': [[81, 81], [8080, 8080]]}"}


@pytest.mark.law("L-111", "A-77")
def test_ports_are_not_listed_for_pods_that_declare_none() -> None:
    _, (finding,) = asked(
        "L-111", namespace("x"), pod("x/a"), listening(pod("w/b"), 8080), pod("w/c"),
        lets_in("{namespaceSelector: {}}"),
    )  # fmt: skip
    assert finding.fix is None


@pytest.mark.law("L-61", "B-25")
@pytest.mark.parametrize(
    "policies",
    [
        [admin(f"ingress: [{{action: Pass, from: [{TO_W}]}}]", name="one"),
         admin(f"ingress: [{{action: Allow, from: [{TO_W}]}}]", name="two")],
        [admin(f"ingress: [{{action: Allow, from: [{TO_W}]}}]", name="first", priority=1),
         admin(f"ingress: [{{action: Deny, from: [{TO_W}]}}]", name="one"),
         admin(f"ingress: [{{action: Allow, from: [{TO_W}]}}]", name="two")],
    ],
    ids=["nothing comes after the Pass", "decided before"],
)  # fmt: skip
def test_a_tie_without_effect_is_none(policies: list[str]) -> None:
    assert asked("L-61", *PODS, *policies)[1] == []


@pytest.mark.law("L-61", "B-25")
def test_a_pass_and_an_allow_differ_where_a_networkpolicy_closes() -> None:
    tied = [
        admin(f"ingress: [{{action: {action}, from: [{TO_W}]}}]", name=action.lower())
        for action in ("Pass", "Allow")
    ]
    _, found = asked("L-61", *PODS, *tied, policy("x/closed", "podSelector: {}"))
    assert len(found) == 1


MIRROR = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: x}
spec: {gatewayClassName: any, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: x}
spec:
  parentRefs: [{name: gw}]
  rules:
  - backendRefs: [{name: open, port: 80}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: closed, port: 80}}}]
"""


@pytest.mark.law("L-48", "F-40")
def test_a_mirror_that_is_closed_fails_nobody() -> None:
    _, (finding,) = asked(
        "L-48", pod("x/open"), pod("x/closed"), service("x/open", {"app": "open"}),
        service("x/closed", {"app": "closed"}), MIRROR,
        policy("x/p", "podSelector: {matchLabels: {app: closed}}"),
    )  # fmt: skip
    assert finding.severity == "warning"
    assert "The copies are lost; whoever asks for the public address notices nothing." in (
        finding.here
    )


@pytest.mark.law("L-102")
def test_an_object_is_named_once() -> None:
    host = """
apiVersion: v1
kind: Pod
metadata: {name: hp, namespace: x}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 9000, hostPort: 9001}]}]}
"""
    _, (finding,) = asked("L-102", host)
    assert [each.object for each in finding.objects] == ["Pod/x/hp"]


@pytest.mark.law("L-10")
def test_a_fix_keeps_labels_and_annotations_and_so_what_was_decided() -> None:
    written = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p
  namespace: x
  labels: {team: shop}
  annotations:
    netviz.io/ignore: "L-39: accepted"
    kubectl.kubernetes.io/last-applied-configuration: "{}"
spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}
"""
    evaluation, (finding,) = asked("L-10", *PODS, written)
    assert finding.fix is not None
    (source,) = read_state([SourceText("fix.yaml", finding.fix.yaml.encode())]).policies
    assert source.labels == {"team": "shop"}
    assert source.annotations == {"netviz.io/ignore": "L-39: accepted"}
    fixed = overlay(evaluation.state, read_state([SourceText("f.yaml", finding.fix.yaml.encode())]))
    assert [each.suppressed for each in lint(evaluate(fixed)) if each.id == "L-39"] == ["accepted"]


@pytest.mark.law("L-24", "A-75")
def test_udp_is_opened_beside_tcp() -> None:
    rule = "podSelector: {}\ningress: [{from: [{podSelector: {}}], ports: [{}]}]"
    evaluation, (finding,) = asked("L-24", listening(pod("x/a"), udp(53)), policy("x/p", rule))
    tried = try_fix(evaluation, finding)
    assert tried.closed == ()
    assert finding.fix is not None
    assert finding.fix.title == "Open UDP 53 as well"
    assert finding.key not in tried.left


@pytest.mark.law("L-25", "A-04")
def test_a_policy_that_closes_egress_is_not_deleted_for_its_ingress() -> None:
    both = "podSelector: {}\npolicyTypes: [Ingress, Egress]\ningress: [{}]"
    _, found = asked("L-25", *PODS, policy("x/p", both), policy("x/closed", "podSelector: {}"))
    assert [each.fix for each in found] == [None]


@pytest.mark.law("L-39", "A-60")
@pytest.mark.parametrize(("address", "fixed"), [("100.64.0.9", True), ("203.0.113.7", False)])
def test_the_internet_is_every_private_range_less(address: str, fixed: bool) -> None:
    out = "podSelector: {}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"
    evaluation, (finding,) = asked("L-39", pod("x/a", ips=[address]), policy("x/p", out))
    assert (finding.fix is not None) == fixed
    assert not fixed or finding.key not in try_fix(evaluation, finding).left


@pytest.mark.law("L-32")
def test_a_pod_is_not_named_by_labels_that_another_workload_has() -> None:
    shared = [pod("x/a", {"app": "web"}, ips=["10.1.0.1"]), pod("x/b", {"app": "web"})]
    rule = "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.1.0.1/32}}]}]"
    _, (finding,) = asked("L-32", *shared, policy("x/p", rule))
    assert finding.fix is None
