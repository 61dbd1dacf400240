"""Explanations and changes over all tiers: chain, steps, sentence, and the rule that did it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.evaluator.diff import FlowDiff, compare
from policies.evaluator.engine import evaluate
from policies.evaluator.explain import Explanation, explain
from policies.evaluator.leftout import with_what_stays
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.support.clusterwide import Wide, admin, baseline, in_v1alpha1, in_v1alpha2
from tests.support.fixture_cluster import Manifest, cluster, pod, read

FROM_Y = "from: [{namespaces: {matchLabels: {ns: 'y'}}}]"
DENY_Y, PASS_Y, ACCEPT_Y = (
    f"ingress: [{{action: {action}, {FROM_Y}}}]" for action in ("Deny", "Pass", "Accept")
)
ONLY_B = "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]"
NP_Y = "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: 'y'}}}]}]"
DENY_ALL = "policyTypes: [Ingress]"
TCP_80 = "{tcp: {destinationPort: {number: 80}}}"
MIXED = (
    f"ingress: [{{action: Accept, {FROM_Y}, protocols: [{TCP_80}]}}, {{action: Deny, {FROM_Y}}}]"
)


def state_of(*given: Wide | Manifest | str) -> ClusterState:
    return cluster(*(in_v1alpha2(each) if isinstance(each, Wide) else each for each in given))


def explained(*given: Wide | str, port: str | None = "80/TCP") -> Explanation:
    return explain(evaluate(state_of(*given)), "y/a", "x/a", port)


CHAINS = (
    ([admin(PASS_Y), ONLY_B],
     "Admin Pass (admin-10, ingress[0]) -> NetworkPolicy Deny (x/p2, no rule matches)",
     ["passes", "isolates", "does not match"]),
    ([admin(PASS_Y), NP_Y],
     "Admin Pass (admin-10, ingress[0]) -> NetworkPolicy Allow (x/p2, ingress[0])",
     ["passes", "isolates", "allows"]),
    ([admin(DENY_Y), NP_Y], "Admin Deny (admin-10, ingress[0])",
     ["denies", "isolates", "not reached"]),
    ([admin(ACCEPT_Y), DENY_ALL], "Admin Allow (admin-10, ingress[0])", ["allows", "isolates"]),
    ([admin(PASS_Y), baseline(DENY_Y)],
     "Admin Pass (admin-10, ingress[0]) -> Baseline Deny (baseline-10, ingress[0])",
     ["passes", "denies"]),
    ([admin(PASS_Y), admin(DENY_Y, 20)], "Admin Pass (admin-10, ingress[0]) -> Default Allow",
     ["passes", "not reached"]),
    ([baseline(ACCEPT_Y)], "Baseline Allow (baseline-10, ingress[0])", ["allows"]),
    ([admin(ACCEPT_Y, name="p1"), admin(DENY_Y, name="p2")],
     "Admin Unknown (p1, ingress[0] allows or p2, ingress[0] denies)",
     ["may allow", "may deny"]),
    ([admin(ACCEPT_Y, name="p1"), admin(PASS_Y, name="p2"), DENY_ALL],
     "Admin Unknown (p1, ingress[0] allows or p2, ingress[0] passes) -> "
     "NetworkPolicy Deny (x/p3, no rule matches)",
     ["may allow", "may pass", "isolates"]),
)  # fmt: skip


@pytest.mark.law("B-10", "B-16", "B-25")
@pytest.mark.parametrize(("given", "chain", "effects"), CHAINS)
def test_the_chain_names_every_tier_that_decides(
    given: Sequence[Wide | str], chain: str, effects: list[str]
) -> None:
    side = explained(*given).ingress
    assert side.chain == chain
    assert [step.effect for step in side.steps] == effects


@pytest.mark.law("B-69")
def test_without_a_port_the_chain_says_which_connections_each_rule_takes() -> None:
    side = explained(admin(MIXED), port=None).ingress
    assert side.chain == (
        "Admin Allow (admin-10, ingress[0]: TCP 80) -> Admin Deny (admin-10, ingress[1]:"
        " SCTP 1-65535, TCP 1-79, 81-65535, UDP 1-65535)"
    )


SENTENCES = (
    ([admin(DENY_Y), NP_Y],
     "x/a is closed to y/a on TCP 80. The ingress of x/a is closed by ingress[0] of"
     " ClusterNetworkPolicy admin-10, before any NetworkPolicy is asked."),
    ([baseline(DENY_Y)],
     "x/a is closed to y/a on TCP 80. The ingress of x/a is closed by ingress[0] of"
     " ClusterNetworkPolicy baseline-10, as no NetworkPolicy isolates it."),
    ([admin(PASS_Y), DENY_ALL],
     "x/a is closed to y/a on TCP 80. The ingress of x/a is isolated by p2, which has no rule for"
     " it; ingress[0] of ClusterNetworkPolicy admin-10 passes it on."),
    ([admin(ACCEPT_Y), DENY_ALL],
     "y/a may open TCP 80 to x/a. The egress of y/a is not isolated by any policy. The ingress of"
     " x/a is opened by ingress[0] of ClusterNetworkPolicy admin-10, whatever NetworkPolicies"
     " say."),
    ([admin(PASS_Y), NP_Y],
     "y/a may open TCP 80 to x/a. The egress of y/a is not isolated by any policy. The ingress of"
     " x/a is opened by p2 ingress[0]; ingress[0] of ClusterNetworkPolicy admin-10 passes it on."),
    ([admin(PASS_Y)],
     "y/a may open TCP 80 to x/a. The egress of y/a is not isolated by any policy. The ingress of"
     " x/a is open, as no policy closes it; ingress[0] of ClusterNetworkPolicy admin-10 passes it"
     " on."),
)  # fmt: skip


@pytest.mark.parametrize(("given", "sentence"), SENTENCES)
def test_the_sentence_names_the_rule_and_its_tier(
    given: Sequence[Wide | str], sentence: str
) -> None:
    assert explained(*given).sentence == sentence


def reasons(found: FlowDiff) -> set[tuple[str, str, str]]:
    return {
        (reason.effect, reason.policy, reason.rule)
        for change in found.changes
        for reason in found.reasons_of(change)
    }


CNP = "ClusterNetworkPolicy"
Given = Sequence[Wide | str]
CHANGES: tuple[tuple[Given, Given, set[tuple[str, str, str]]], ...] = (
    ([], [admin(DENY_Y)], {("denied by", f"{CNP}/admin-10", "ingress[0]")}),
    ([admin(DENY_Y)], [], {("no longer denied by", f"{CNP}/admin-10", "ingress[0]")}),
    ([], [baseline(DENY_Y)], {("denied by", f"{CNP}/baseline-10", "ingress[0]")}),
    ([DENY_ALL], [DENY_ALL, admin(ACCEPT_Y)],
     {("allowed by", f"{CNP}/admin-10", "ingress[0]")}),
    ([DENY_ALL, admin(ACCEPT_Y)], [DENY_ALL],
     {("no longer allowed by", f"{CNP}/admin-10", "ingress[0]"),
      ("isolated by", "NetworkPolicy/x/p1", "")}),
    ([admin(DENY_Y, 50)], [admin(DENY_Y, 50), admin(PASS_Y, 40)],
     {("passed on by", f"{CNP}/admin-40", "ingress[0]"),
      ("no longer denied by", f"{CNP}/admin-50", "ingress[0]")}),
    ([admin(ACCEPT_Y, name="p")], [admin(ACCEPT_Y, name="p"), admin(DENY_Y, name="q")],
     {("uncertain by", f"{CNP}/p", "ingress[0]"), ("uncertain by", f"{CNP}/q", "ingress[0]")}),
)  # fmt: skip


@pytest.mark.law("B-15", "B-19", "B-25")
@pytest.mark.parametrize(("before", "after", "found"), CHANGES)
def test_a_change_names_the_rule_that_did_it(
    before: Sequence[Wide | str], after: Sequence[Wide | str], found: set[tuple[str, str, str]]
) -> None:
    changed = compare(evaluate(state_of(*before)), evaluate(state_of(*after)))
    assert changed.changes
    assert found <= reasons(changed)
    assert {effect for effect, _, _ in reasons(changed)} == {effect for effect, _, _ in found}


def test_a_cluster_wide_policy_is_deleted_by_kind_and_name() -> None:
    base = state_of(admin(DENY_Y))
    after = overlay(base, ClusterState(), ["ClusterNetworkPolicy/admin-10"])
    assert after.policies == ()
    assert explain(evaluate(after), "y/a", "x/a", "80").verdict == "allow"


def test_a_draft_replaces_the_policy_of_the_same_kind_and_name() -> None:
    base = state_of(admin(DENY_Y))
    draft = read([in_v1alpha2(admin(ACCEPT_Y)), in_v1alpha1(admin(PASS_Y))])
    after = overlay(base, draft)
    assert [each.key for each in after.policies] == [
        "AdminNetworkPolicy/admin-10",
        "ClusterNetworkPolicy/admin-10",
    ]


@pytest.mark.law("N-06")
def test_a_refused_update_leaves_the_policy_that_was_there() -> None:
    before = state_of(admin(DENY_Y))
    after = with_what_stays(before, state_of(admin(ACCEPT_Y, 5000, name="admin-10")))
    assert [each.spec["priority"] for each in after.policies] == [10]


@pytest.mark.law("B-12")
def test_the_map_calls_nothing_open_that_a_cluster_wide_policy_narrows() -> None:
    view = map_view(evaluate(state_of(admin(DENY_Y))), MapQuery())
    marked = {node["id"]: node["isolation"] for node in view["nodes"] if "isolation" in node}
    assert marked["ns:x"] == {"ingress": "some", "egress": "none"}
    assert marked["x/a[Pod]"] == {"ingress": True, "egress": False}
    assert view["sentence"] == (
        "No NetworkPolicy isolates these 9 workloads; cluster-wide policies close what they name."
    )


@pytest.mark.law("A-03", "A-94")
def test_a_chain_leaves_out_what_only_may_open_where_a_rule_does() -> None:
    either = "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {from: [{podSelector: {}}]}]"
    side = explain(evaluate(state_of(pod("x/new"), either)), "x/new", "x/a", "80").ingress
    assert side.chain == "NetworkPolicy Allow (x/p2, ingress[1])"
    assert [step.effect for step in side.rules] == ["may allow", "allows"]
