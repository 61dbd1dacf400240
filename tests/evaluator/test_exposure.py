"""What pods and namespaces to come could reach, or be reached by (semantics F-23, F-24)."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.exposure import exposure
from policies.evaluator.graph import flows
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from tests.support.fixture_cluster import cluster, pod

ADDRESSES_APART = Profile(ipblock_matches_pods=False)


def rows(
    state: ClusterState, workload: str = "x/a[Pod]", profile: Profile = ADDRESSES_APART
) -> list[str]:
    """The exposure of one workload, a line for each row."""
    return [
        f"{row.direction.value} {row.peer.text} : {row.connections}"
        + "".join(f" {name}/{protocol}" for name, protocol in row.named)
        + (f" ({row.caveat.verdict})" if row.caveat else "")
        for row in exposure(evaluate(state, profile)).rows
        if row.workload == workload
    ]


OPEN_OUT = "egress entire-cluster : All Connections"
NEW_TEAM = "namespaceSelector: {matchLabels: {team: new}}"


@pytest.mark.law("F-23")
def test_a_workload_without_policies_is_open_to_the_entire_cluster() -> None:
    found = exposure(evaluate(cluster("ingress: []")))
    assert ("x/b[Pod]", "ingress") in found.unprotected
    assert ("x/a[Pod]", "egress") in found.unprotected
    assert ("x/a[Pod]", "ingress") not in found.unprotected
    assert rows(cluster("ingress: []")) == [OPEN_OUT]
    assert rows(cluster("ingress: []"), "x/b[Pod]") == [
        OPEN_OUT,
        "ingress entire-cluster : All Connections",
    ]


@pytest.mark.law("F-24")
@pytest.mark.parametrize(
    ("peer", "text"),
    [
        (f"{{{NEW_TEAM}}}", "[namespace with {team=new}]/[all pods]"),
        (
            f"{{{NEW_TEAM}, podSelector: {{matchLabels: {{app: new}}}}}}",
            "[namespace with {team=new}]/[pod with {app=new}]",
        ),
        (
            "{namespaceSelector: {}, podSelector: {matchLabels: {app: new}}}",
            "[all namespaces]/[pod with {app=new}]",
        ),
        ("{podSelector: {matchLabels: {app: new}}}", "x/[pod with {app=new}]"),
        ("{podSelector: {}}", "x/[all pods]"),
        (
            "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: new}}}",
            "new/[all pods]",
        ),
        (
            "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}",
            "x/[pod with {{Key:app,Operator:Exists,Values:[],}}]",
        ),
    ],
)
def test_a_rule_about_pods_to_come_exposes_to_them(peer: str, text: str) -> None:
    state = cluster(f"ingress: [{{from: [{peer}], ports: [{{port: 80}}]}}]")
    assert rows(state) == [OPEN_OUT, f"ingress {text} : TCP 80"]


@pytest.mark.law("F-23")
def test_labels_that_a_pod_has_today_are_no_pods_to_come() -> None:
    state = cluster("ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]")
    assert rows(state) == [OPEN_OUT]


@pytest.mark.law("F-23")
def test_potential_peers_are_never_rows_of_the_flows() -> None:
    state = cluster(f"ingress: [{{from: [{{{NEW_TEAM}}}]}}]")
    ends = {end for row in flows(evaluate(state)) for end in (row.source, row.destination)}
    assert not any("team" in end or "entire-cluster" in end for end in ends)


@pytest.mark.law("F-23")
def test_a_peer_that_is_treated_like_any_pod_has_no_row_of_its_own() -> None:
    every = "{from: [{namespaceSelector: {}}], ports: [{port: 80}]}"
    new = f"{{from: [{{{NEW_TEAM}}}], ports: [{{port: %d}}]}}"
    assert rows(cluster(f"ingress: [{every}, {new % 80}]")) == [
        OPEN_OUT,
        "ingress entire-cluster : TCP 80",
    ]
    assert rows(cluster(f"ingress: [{every}, {new % 81}]")) == [
        OPEN_OUT,
        "ingress [namespace with {team=new}]/[all pods] : TCP 80-81",
        "ingress entire-cluster : TCP 80",
    ]


@pytest.mark.law("F-23")
def test_egress_to_pods_to_come_keeps_the_names_of_ports() -> None:
    state = cluster(
        f"{{policyTypes: [Egress], egress: [{{to: [{{{NEW_TEAM}}}],"
        " ports: [{port: web}, {port: 443}]}]}"
    )
    assert rows(state) == [
        "egress [namespace with {team=new}]/[all pods] : TCP 443 web/TCP",
        "ingress entire-cluster : All Connections",
    ]


@pytest.mark.law("F-23")
def test_a_name_of_the_workload_itself_has_its_number() -> None:
    state = cluster("ingress: [{from: [{namespaceSelector: {}}], ports: [{port: serve-81-tcp}]}]")
    assert rows(state) == [OPEN_OUT, "ingress entire-cluster : TCP 81"]


@pytest.mark.law("F-23", "A-49")
def test_pods_to_come_in_a_namespace_of_today_have_its_labels() -> None:
    without = "namespaceSelector: {matchExpressions: [{key: env, operator: DoesNotExist}]}"
    state = cluster(
        "ingress: [{from: [{podSelector: {matchLabels: {app: new}}}], ports: [{port: 80}]},"
        f" {{from: [{{{without}}}], ports: [{{port: 81}}]}}]"
    )
    assert "ingress x/[pod with {app=new}] : TCP 80-81" in rows(state)


@pytest.mark.law("F-23", "A-94")
def test_a_block_may_cover_pods_to_come_where_blocks_match_pods() -> None:
    state = cluster("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    assert rows(state) == [OPEN_OUT]
    assert rows(state, profile=Profile()) == [
        OPEN_OUT,
        "ingress entire-cluster : All Connections (unknown)",
    ]


@pytest.mark.law("F-23", "A-120")
def test_where_nothing_enforces_everything_is_exposed() -> None:
    state = cluster("ingress: []")
    assert rows(state, profile=Profile(np_enforced=False)) == [
        OPEN_OUT,
        "ingress entire-cluster : All Connections",
    ]


def test_variants_of_a_workload_are_exposed_each_for_itself() -> None:
    state = cluster(pod("x/new", labels={"pod": "new"}), "ingress: []")
    found = exposure(evaluate(state)).rows
    assert {row.workload for row in found} >= {"x/new[Pod]", "x/a[Pod]"}
