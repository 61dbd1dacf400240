"""Differences between two evaluations: pairs, kinds, verdicts, and the rule behind each."""

from __future__ import annotations

import pytest

from policies.evaluator.diff import Change, FlowDiff, compare
from policies.evaluator.engine import evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import flows
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.support.states import daemonset, namespace, node, pod, policy, state
from tests.support.story import DENY_ALL, PODS, labelled, unlabelled

OUTSIDE = "0.0.0.0/0,::/0"
ON_A = "podSelector: {matchLabels: {app: a}}"
THREE = (pod("x/a"), pod("x/b"), pod("y/c"))
OPEN_80 = policy("x/p", f"{ON_A}\ningress: [{{ports: [{{port: 80}}]}}]")
OPEN_BOTH = policy("x/p", f"{ON_A}\ningress: [{{ports: [{{port: 80}}, {{port: 443}}]}}]")
CLOSE_A = policy("x/p", ON_A)
OPEN_TO_B = policy(
    "x/q", f"{ON_A}\ningress: [{{from: [{{podSelector: {{matchLabels: {{app: b}}}}}}]}}]"
)
DB = tuple(
    pod(f"x/db-{role}", {"role": role}, of="StatefulSet/db", ips=[f"10.0.0.{number}"])
    for number, role in enumerate(("copy", "main"), start=1)
)


def difference(before: ClusterState, after: ClusterState) -> FlowDiff:
    base = evaluate(before)
    return compare(base, evaluate(after, base=base))


def row(change: Change) -> tuple[str, str, str, str, str]:
    return (change.kind, change.source, change.destination, str(change.before), str(change.after))


def effects(found: FlowDiff) -> set[tuple[str, str, str, str]]:
    """Side, effect, policy and rule of every reason of every change."""
    return {
        (reason.side, reason.effect, reason.policy, reason.rule)
        for change in found.changes
        for reason in found.reasons_of(change)
    }


P, Q = "NetworkPolicy/x/p", "NetworkPolicy/x/q"
ALL, NONE = "All Connections", "No Connections"
INTO_A = tuple((source, "x/a[Pod]") for source in (OUTSIDE, "x/b[Pod]", "y/c[Pod]"))
# Before, after, the kind of each change into x/a with its connections, and the one reason.
CHANGES = (
    ("a policy isolates", state(*THREE), state(*THREE, CLOSE_A),
     ("removed", ALL, NONE), ("ingress", "isolated by", P, "")),
    ("its deletion opens again", state(*THREE, CLOSE_A), state(*THREE),
     ("added", NONE, ALL), ("ingress", "no longer isolated by", P, "")),
    ("a rule is added", state(*THREE, CLOSE_A), state(*THREE, OPEN_80),
     ("added", NONE, "TCP 80"), ("ingress", "allowed by", P, "ingress[0]")),
    ("a rule is removed", state(*THREE, OPEN_80), state(*THREE, CLOSE_A),
     ("removed", "TCP 80", NONE), ("ingress", "no longer allowed by", P, "ingress[0]")),
    ("a port is added", state(*THREE, OPEN_80), state(*THREE, OPEN_BOTH),
     ("changed", "TCP 80", "TCP 80,443"), ("ingress", "allowed by", P, "ingress[0]")),
    ("a port is removed", state(*THREE, OPEN_BOTH), state(*THREE, OPEN_80),
     ("changed", "TCP 80,443", "TCP 80"), ("ingress", "no longer allowed by", P, "ingress[0]")),
    ("a policy isolates and opens a part", state(*THREE), state(*THREE, OPEN_80),
     ("changed", ALL, "TCP 80"), ("ingress", "isolated by", P, "")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "kind", "reason"),
    [each[1:] for each in CHANGES],
    ids=[each[0] for each in CHANGES],
)
def test_every_change_has_its_kind_and_its_rule(
    before: ClusterState,
    after: ClusterState,
    kind: tuple[str, str, str],
    reason: tuple[str, str, str, str],
) -> None:
    found = difference(before, after)
    assert [row(change) for change in found.changes] == [
        (kind[0], *ends, *kind[1:]) for ends in INTO_A
    ]
    assert effects(found) == {reason}


@pytest.mark.parametrize(
    ("before", "after"), [each[1:3] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
def test_unchanged_counts_the_pairs_that_stay_as_they_are(
    before: ClusterState, after: ClusterState
) -> None:
    was, now = ({(f.source, f.destination, f.connections) for f in flows(evaluate(each))}
                for each in (before, after))  # fmt: skip
    found = difference(before, after)
    assert found.unchanged == found.summary["unchanged"] == len(was & now)


def test_equal_states_have_no_changes() -> None:
    found = difference(state(*THREE, OPEN_80), state(*THREE, OPEN_80))
    assert found.changes == ()
    assert found.summary == {"added": 0, "removed": 0, "changed": 0, "unchanged": 12}


def test_the_answer_is_the_same_with_and_without_a_shared_base() -> None:
    before, after = state(*THREE, OPEN_80), state(*THREE, CLOSE_A, OPEN_TO_B)
    apart = compare(evaluate(before), evaluate(after))
    assert difference(before, after).to_json() == apart.to_json()


def test_two_reasons_on_one_side_are_both_named() -> None:
    found = difference(state(*THREE), state(*THREE, CLOSE_A, OPEN_TO_B))
    assert effects(found) == {("ingress", "isolated by", P, ""), ("ingress", "isolated by", Q, "")}
    assert [row(change)[1:3] for change in found.changes] == [INTO_A[0], INTO_A[2]]


def test_both_sides_are_named_when_both_close() -> None:
    closed = policy("x/p", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
    found = difference(state(*THREE[:2]), state(*THREE[:2], closed))
    inside = next(change for change in found.changes if OUTSIDE not in row(change))
    assert [reason.side for reason in found.reasons_of(inside)] == ["egress", "ingress"]


def test_a_label_of_a_namespace_changes_flows_without_any_policy_changing() -> None:
    found = difference(unlabelled(), labelled())
    assert [row(change) for change in found.changes] == [
        ("added", "development/curl[Pod]", f"production/{name}[Pod]", NONE, "TCP 80")
        for name in ("redis", "webserver")
    ]
    (reason,) = found.reasons_of(found.changes[0])
    assert reason.to_json() == {
        "side": "ingress",
        "effect": "allowed by",
        "policy": "NetworkPolicy/production/allow-devel-pod-to-http",
        "rule": "ingress[0]",
        "source": "policies.yaml",
        "line": 12,
        "text": "allow-devel-pod-to-http ingress[0] opens TCP 80 from every pod in namespaces with "
        "env=development.",
    }


def test_the_json_of_a_change_has_the_agreed_shape() -> None:
    found = difference(state(*PODS), state(*PODS, DENY_ALL)).to_json()
    assert found["summary"] == {"added": 0, "removed": 6, "changed": 0, "unchanged": 6}
    assert found["changes"][0] == {
        "kind": "removed",
        "source": OUTSIDE,
        "destination": "development/curl[Pod]",
        "new_or_lost": [],
        "before": "all",
        "after": {},
        "verdict_before": "allow",
        "verdict_after": "deny",
        "reasons": [
            {
                "side": "ingress",
                "effect": "isolated by",
                "policy": "NetworkPolicy/development/deny-all",
                "rule": None,
                "source": "policies.yaml",
                "line": 1,
                "text": "deny-all selects the pods for ingress, and no rule opens these "
                "connections any more.",
            }
        ],
    }


def test_changes_are_ordered_by_kind_then_by_their_ends() -> None:
    before = state(*THREE, CLOSE_A)
    after = overlay(before, state(policy("y/r", "podSelector: {}")), ["NetworkPolicy/x/p"])
    kinds = [change.kind for change in difference(before, after).changes]
    ends = [
        (change.kind, change.source, change.destination)
        for change in difference(before, after).changes
    ]
    assert kinds == ["added"] * 3 + ["removed"] * 3
    assert ends == sorted(ends)


def test_new_and_lost_workloads_are_named_as_the_reason() -> None:
    before = state(*THREE)
    found = difference(before, overlay(before, state(pod("z/new")), ["Pod/y/c"]))
    for change in found.changes:
        name = "z/new[Pod]" if change.kind == "added" else "y/c[Pod]"
        assert change.new_or_lost == (name,)
        assert name in (change.source, change.destination)
    assert effects(found) == {("", "new workload", "", ""), ("", "workload removed", "", "")}
    assert found.summary == {"added": 6, "removed": 6, "changed": 0, "unchanged": 6}


def test_pods_with_new_names_are_the_same_workload() -> None:
    old = tuple(pod(f"x/web-{i}", {}, of="Deployment/web") for i in "12")
    new = tuple(pod(f"x/web-{i}", {}, of="Deployment/web") for i in "34")
    assert difference(state(*old, *THREE), state(*new, *THREE)).changes == ()


def test_scaling_a_workload_changes_nothing() -> None:
    web = tuple(pod(f"x/web-{i}", {}, of="Deployment/web") for i in "123")
    assert difference(state(*web, *THREE), state(*web[:1], *THREE)).changes == ()


@pytest.mark.law("F-01")
def test_where_only_some_pods_of_a_workload_change_the_variant_is_named() -> None:
    before = state(*DB, pod("x/c"))
    closed = policy("x/p", "podSelector: {matchLabels: {role: main}}")
    found = difference(before, overlay(before, state(closed)))
    main, copy = "x/db[StatefulSet]{role=main}", "x/db[StatefulSet]{role=copy}"
    assert {row(change) for change in found.changes} == {
        ("removed", source, main, ALL, NONE) for source in (OUTSIDE, "x/c[Pod]", copy)
    }


@pytest.mark.law("F-01")
def test_where_all_pods_of_a_workload_change_alike_the_workload_is_named() -> None:
    before = state(*DB, pod("x/c"), policy("x/p", "podSelector: {matchLabels: {role: none}}"))
    closed = policy("x/q", "{podSelector: {matchLabels: {app: c}}, policyTypes: [Egress]}")
    found = difference(before, overlay(before, state(closed)))
    assert [row(change)[2] for change in found.changes] == [OUTSIDE, "x/db[StatefulSet]"]


@pytest.mark.law("A-68")
def test_a_new_block_cuts_the_addresses_it_changes() -> None:
    before = state(*THREE)
    block = policy(
        "y/p",
        """
        {podSelector: {}, policyTypes: [Egress],
         egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}
        """,
    )
    found = difference(before, overlay(before, state(block)))
    # The two pods have no address in the input: whether the block covers them is not known.
    assert [row(change)[:3] for change in found.changes] == [
        ("removed", "y/c[Pod]", "10.0.0.0/8"),
        ("removed", "y/c[Pod]", "::/0"),
        ("changed", "y/c[Pod]", "x/a[Pod]"),
        ("changed", "y/c[Pod]", "x/b[Pod]"),
    ]
    assert [change.verdict_after for change in found.changes[2:]] == ["unknown", "unknown"]


@pytest.mark.law("A-70")
def test_what_becomes_possible_over_one_family_only_is_conditional() -> None:
    both = (pod("x/a", ips=["10.0.0.1", "fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]))
    block = policy("x/p", f"{ON_A}\ningress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]")
    found = difference(state(*both, CLOSE_A), state(*both, block))
    change = next(each for each in found.changes if each.source == "y/b[Pod]")
    assert (change.kind, change.verdict_before, change.verdict_after) == (
        "added",
        "deny",
        "conditional",
    )


@pytest.mark.law("F-06")
def test_an_answer_that_becomes_uncertain_is_a_change() -> None:
    pods = (pod("x/a"), pod("x/b", {}, unknown=["hash"]))
    maybe = policy("x/p", "podSelector: {matchLabels: {hash: h}}")
    found = difference(state(*pods), state(*pods, maybe))
    assert [row(change)[:3] for change in found.changes] == [
        ("changed", OUTSIDE, "x/b[Pod]"),
        ("changed", "x/a[Pod]", "x/b[Pod]"),
    ]
    assert {change.verdict_after for change in found.changes} == {"unknown"}


@pytest.mark.law("A-120")
def test_a_plugin_that_enforces_on_one_side_only_is_the_reason() -> None:
    flannel = daemonset("kube-flannel/kube-flannel-ds")
    found = difference(state(*THREE, CLOSE_A, flannel), state(*THREE, CLOSE_A))
    assert effects(found) == {("", "enforcement changed", "", "")}


def test_flows_of_cluster_nodes_are_no_changes() -> None:
    machine = node("n1", "192.168.0.1")
    found = difference(state(*THREE, machine), state(*THREE, CLOSE_A, machine))
    assert not [change for change in found.changes if "n1" in change.source]


def test_evaluations_of_two_profiles_can_be_compared() -> None:
    block = policy("x/p", f"{ON_A}\ningress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]")
    cluster = state(pod("x/a"), pod("x/b", ips=["10.0.0.2"]), block)
    found = compare(evaluate(cluster), evaluate(cluster, Profile(ipblock_matches_pods=False)))
    assert [row(change)[:3] for change in found.changes] == [("removed", "x/b[Pod]", "x/a[Pod]")]
    first = found.reasons_of(found.changes[0])[0]
    assert first.text == (
        "Policies are read with ipblock_matches_pods true before and false after."
    )


def test_a_deleted_namespace_takes_its_flows_with_it() -> None:
    before = state(namespace("x"), *THREE)
    found = difference(before, overlay(before, state(), ["Namespace/y"]))
    assert {change.new_or_lost for change in found.changes} == {("y/c[Pod]",)}
    assert found.summary == {"added": 0, "removed": 6, "changed": 0, "unchanged": 6}


def test_more_changes_than_can_be_listed_are_refused() -> None:
    crowd = [pod(f"x/p{number}") for number in range(600)]
    closed = evaluate(state(*crowd, policy("x/deny", "podSelector: {}")))
    found = compare(evaluate(state(*crowd)), closed)
    assert found.regions
    with pytest.raises(BadQuestion, match="Try the draft on fewer namespaces"):
        found.to_json()
