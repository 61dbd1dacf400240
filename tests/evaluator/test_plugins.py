"""What a network plugin does by itself: flags chosen by what is detected, kinds left out (E-01)."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState, NotEvaluated, PolicyObject
from policies.evaluator.whatif import overlay
from tests.support.states import daemonset, pod, state

V1 = "policy.networking.k8s.io/v1alpha1"
V2 = "policy.networking.k8s.io/v1alpha2"
RULES = {
    "subject": {"namespaces": {}},
    "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}],
}
ANP = PolicyObject(V1, "AdminNetworkPolicy", "", "no", {"priority": 1, **RULES})
BANP = PolicyObject(V1, "BaselineAdminNetworkPolicy", "", "default", RULES)
CNP = PolicyObject(V2, "ClusterNetworkPolicy", "", "no", {"tier": "Admin", "priority": 1, **RULES})
PODS = (pod("x/a", ips=["10.0.0.1"]), pod("x/b", ips=["10.0.0.2"]))


def cluster(agent: str, *policies: PolicyObject) -> ClusterState:
    agents = [daemonset(f"kube-system/{agent}")] if agent else []
    return state(*PODS, *agents, *policies)


def verdict(evaluation: Evaluation) -> str:
    return explain(evaluation, "x/b", "x/a", "80").verdict


# Who enforces what: the agent, and the verdict under an ANP, a BANP and a CNP that deny.
ENFORCED = (
    ("", "deny", "deny", "deny"),
    ("cilium", "allow", "allow", "allow"),
    ("anetd", "allow", "allow", "allow"),
    ("calico-node", "deny", "deny", "deny"),
    ("ovnkube-node", "deny", "deny", "allow"),
    ("antrea-agent", "deny", "deny", "allow"),
    ("kube-router", "allow", "allow", "allow"),
    ("aws-node", "allow", "allow", "deny"),
    ("kube-network-policies", "deny", "deny", "deny"),
)


@pytest.mark.law("E-01", "B-02", "E-12")
@pytest.mark.parametrize(("agent", "anp", "banp", "cnp"), ENFORCED)
def test_kinds_that_the_plugin_does_not_know_do_nothing(
    agent: str, anp: str, banp: str, cnp: str
) -> None:
    found = [verdict(evaluate(cluster(agent, policy))) for policy in (ANP, BANP, CNP)]
    assert found == [anp, banp, cnp]


@pytest.mark.law("E-01", "B-02")
def test_what_the_plugin_does_not_enforce_is_counted_with_the_reason() -> None:
    found = evaluate(cluster("cilium", ANP, BANP, CNP))
    assert found.policies == ()
    assert found.not_evaluated == (
        NotEvaluated(V1, "AdminNetworkPolicy", 1, "Cilium does not enforce AdminNetworkPolicy"),
        NotEvaluated(
            V1,
            "BaselineAdminNetworkPolicy",
            1,
            "Cilium does not enforce BaselineAdminNetworkPolicy",
        ),
        NotEvaluated(V2, "ClusterNetworkPolicy", 1, "Cilium does not enforce ClusterNetworkPolicy"),
    )


@pytest.mark.parametrize(
    "now", [(ANP,), (ANP, BANP), (BANP, CNP), ()], ids=["same", "more", "other", "none"]
)
def test_a_change_counts_what_is_not_enforced_on_top_of_what_was_counted(
    now: tuple[PolicyObject, ...],
) -> None:
    base = evaluate(cluster("cilium", ANP))
    changed = msgspec.structs.replace(base.state, policies=now)
    found = base.of_another(changed, base=base).not_evaluated
    assert found == evaluate(changed).not_evaluated
    assert [each.kind for each in found] == [each.kind for each in now]


@pytest.mark.law("B-02")
def test_the_family_that_the_plugin_knows_is_evaluated_and_the_other_flagged() -> None:
    found = evaluate(cluster("ovnkube-node", ANP, CNP))
    assert [each.source.kind for each in found.policies] == ["AdminNetworkPolicy"]
    [left] = found.not_evaluated
    assert left.reason == "OVN-Kubernetes does not enforce ClusterNetworkPolicy"


@pytest.mark.law("B-02", "E-08")
def test_a_question_may_say_that_the_plugin_enforces_them_after_all() -> None:
    found = evaluate(cluster("cilium", CNP), flags={"cnp_enforced": True})
    assert verdict(found) == "deny"
    assert found.not_evaluated == ()
    assert [each.to_json() for each in found.choices if each.by == "request"] == [
        {"flag": "cnp_enforced", "value": True, "by": "request"}
    ]


@pytest.mark.law("B-02")
def test_a_question_may_leave_them_out() -> None:
    found = evaluate(cluster("", ANP), flags={"anp_enforced": False})
    assert verdict(found) == "allow"
    [left] = found.not_evaluated
    assert left.reason == "the profile flag anp_enforced=false leaves AdminNetworkPolicy out"


CHOSEN: tuple[tuple[str, set[str]], ...] = (
    ("cilium", {"ipblock_matches_pods", "ipblock_matches_nodes", "own_node_egress_exempt", "sctp",
                "anp_enforced", "cnp_enforced"}),
    ("calico-node", {"own_node_egress_exempt"}),
    ("kindnet", {"np_direction_split"}),
    ("kube-flannel-ds", set()),
    ("", set()),
)  # fmt: skip


@pytest.mark.law("B-24", "A-121")
@pytest.mark.parametrize(("agent", "flags"), CHOSEN)
def test_every_flag_that_the_plugin_decides_is_named(agent: str, flags: set[str]) -> None:
    choices = evaluate(cluster(agent)).choices
    assert {each.flag for each in choices} == flags
    assert {each.by for each in choices} <= {"plugin"}
    assert not any(each.value for each in choices)


def test_a_given_profile_is_taken_as_it_is() -> None:
    found = evaluate(cluster("cilium", ANP), Profile())
    assert found.profile == Profile()
    assert verdict(found) == "deny"


def test_a_draft_that_brings_another_plugin_is_read_as_that_plugin_does() -> None:
    base = evaluate(cluster("", ANP), flags={"sctp": False})
    draft = ClusterState(workloads=(daemonset("kube-system/cilium"),))
    after = base.of_another(overlay(base.state, draft), base=base)
    assert (verdict(base), verdict(after)) == ("deny", "allow")
    assert not after.profile.sctp
