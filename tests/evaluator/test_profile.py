"""The flags of a profile: how they are written and what each decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.explain import explain
from policies.evaluator.profile import Choice, Profile
from policies.evaluator.profilewords import FLAGS
from tests.support.states import daemonset, node, pod, policy, state

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "network-plugins.md"
BAD_FLAGS = (
    ("sct=true", 'There is no profile flag "sct"'),
    ("sctp", 'sctp takes true or false, not ""'),
    ("sctp=yes", 'sctp takes true or false, not "yes"'),
    ("np_enforced=None", 'np_enforced takes true or false, not "None"'),
)
CLUSTER = (
    pod("x/a", ips=["10.0.0.1"], on="n1"),
    pod("x/b", ips=["10.0.0.2"], on="n2"),
    node("n1", "192.168.0.1"),
    node("n2", "192.168.0.2"),
)
IN_A = "podSelector: {matchLabels: {app: a}}"
# What each flag decides: the policy, a question, and the verdicts with the flag off and on.
EFFECTS = (
    ("np_enforced", "", "x/b", "x/a", "80/TCP", "allow", "deny"),
    (
        "endport",
        "ingress: [{ports: [{port: 80, endPort: 90}]}]",
        "x/b",
        "x/a",
        "85",
        "deny",
        "allow",
    ),
    (
        "sctp",
        "ingress: [{ports: [{port: 80, protocol: SCTP}]}]",
        "x/b",
        "x/a",
        "80/SCTP",
        "deny",
        "allow",
    ),
    (
        "ipblock_matches_pods",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.2/32}}]}]",
        "x/b",
        "x/a",
        "80",
        "deny",
        "allow",
    ),
    (
        "ipblock_matches_nodes",
        "ingress: [{from: [{ipBlock: {cidr: 192.168.0.2/32}}]}]",
        "192.168.0.2",
        "x/a",
        "80",
        "deny",
        "allow",
    ),
    ("own_node_ingress_exempt", "", "192.168.0.1", "x/a", "80", "deny", "allow"),
    (
        "own_node_egress_exempt",
        "policyTypes: [Egress]",
        "x/a",
        "192.168.0.1",
        "80",
        "deny",
        "allow",
    ),
)


@pytest.mark.parametrize(("flag", "message"), BAD_FLAGS)
def test_a_flag_that_is_unknown_or_malformed_is_named(flag: str, message: str) -> None:
    with pytest.raises(BadQuestion, match=message) as caught:
        Profile.from_flags([flag])
    assert caught.value.field == "profile"


def test_an_unknown_flag_is_answered_with_the_flags_there_are() -> None:
    with pytest.raises(
        BadQuestion, match=r"Flags: np_enforced, ipblock_matches_pods, .*, cnp_enforced\."
    ):
        Profile.from_flags(["families=false"])


def test_flags_change_only_what_they_name() -> None:
    profile = Profile.from_flags(["sctp=false", "np_enforced=true"])
    assert profile == Profile(sctp=False, np_enforced=True)
    assert profile.to_json() == {"np_enforced": True, "sctp": False}


def test_the_default_profile_has_nothing_to_say() -> None:
    assert Profile.from_flags([]) == Profile()
    assert Profile().to_json() == {}


@pytest.mark.parametrize(("flag", "spec", "source", "target", "port", "off", "on"), EFFECTS)
def test_every_flag_decides_what_it_says(
    flag: str, spec: str, source: str, target: str, port: str, off: str, on: str
) -> None:
    cluster = state(*CLUSTER, policy("x/p", f"{IN_A}\n{spec}"))
    verdicts = [
        explain(evaluate(cluster, Profile.from_flags([f"{flag}={word}"])), source, target, port)
        for word in ("false", "true")
    ]
    assert [each.verdict for each in verdicts] == [off, on]


@pytest.mark.law("A-90", "A-91")
def test_a_plugin_may_treat_host_network_pods_as_pods() -> None:
    cluster = state(
        *CLUSTER,
        pod("x/h", ips=["192.168.0.2"], on="n2", host_network=True),
        policy("x/p", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"),
    )
    usual = evaluate(cluster)
    as_peer = evaluate(cluster, Profile(hostnet_peer_by_selector=True))
    as_subject = evaluate(cluster, Profile(hostnet_subject=True))
    assert explain(usual, "x/h", "x/a", "80").verdict == "deny"
    assert explain(as_peer, "x/h", "x/a", "80").verdict == "allow"
    assert explain(usual, "8.8.8.8", "x/h", "80").verdict == "allow"
    assert explain(as_subject, "8.8.8.8", "x/h", "80").verdict == "deny"


def test_every_flag_is_told_in_words_with_its_place_in_the_law() -> None:
    assert tuple(FLAGS) == Profile.__struct_fields__
    assert all(flag.title and flag.meaning and flag.law for flag in FLAGS.values())


def test_the_documentation_lists_the_flags_in_the_same_words() -> None:
    rows = [
        f"| `{name}` | {flag.title}. {flag.meaning} ({', '.join(flag.law)}) |"
        for name, flag in FLAGS.items()
    ]
    assert "\n".join(rows) in DOCUMENTATION.read_text()


# What is kept for a cluster whose plugin is Cilium, what is asked, and who decided on what.
DECIDED: tuple[tuple[dict[str, bool], dict[str, bool], Choice | None], ...] = (
    ({}, {}, Choice("sctp", False, "plugin")),
    ({"sctp": True}, {}, Choice("sctp", True, "snapshot")),
    ({"sctp": False}, {}, Choice("sctp", False, "plugin")),
    ({}, {"sctp": True}, Choice("sctp", True, "request")),
    ({"sctp": True}, {"sctp": True}, Choice("sctp", True, "snapshot")),
    ({"sctp": True}, {"sctp": False}, Choice("sctp", False, "request")),
    ({"endport": True}, {}, None),
    ({"endport": False}, {}, Choice("endport", False, "snapshot")),
    ({"endport": False}, {"endport": True}, Choice("endport", True, "request")),
    ({"np_enforced": True}, {}, Choice("np_enforced", True, "snapshot")),
    ({"np_enforced": True}, {"np_enforced": False}, Choice("np_enforced", False, "request")),
)


@pytest.mark.parametrize(("kept", "asked", "choice"), DECIDED)
def test_the_question_goes_before_the_cluster_and_the_cluster_before_its_plugin(
    kept: dict[str, bool], asked: dict[str, bool], choice: Choice | None
) -> None:
    evaluation = evaluate(state(*CLUSTER, daemonset("kube-system/cilium")), kept=kept, flags=asked)
    flag = choice.flag if choice else next(iter(kept))
    assert [each for each in evaluation.choices if each.flag == flag] == [choice] * bool(choice)
    value = choice.value if choice else True
    assert getattr(evaluation.profile, flag) is value


@pytest.mark.law("A-120", "A-121")
def test_who_says_whether_policies_are_enforced_is_in_the_evidence() -> None:
    cluster = state(*CLUSTER, policy("x/p", IN_A), daemonset("kube-system/kube-flannel-ds"))
    kept = evaluate(cluster, kept={"np_enforced": True})
    asked = evaluate(cluster, kept={"np_enforced": True}, flags={"np_enforced": False})
    assert explain(kept, "x/b", "x/a", "80").verdict == "deny"
    assert kept.enforcement.enforced == "yes"
    assert kept.enforcement.evidence == "set for this cluster by the profile flag np_enforced"
    assert explain(asked, "x/b", "x/a", "80").verdict == "allow"
    assert asked.enforcement.enforced == "no"
    assert asked.enforcement.evidence == "set by the profile flag np_enforced"


def test_what_is_kept_for_a_cluster_holds_for_a_draft_on_it() -> None:
    base = evaluate(state(*CLUSTER, policy("x/p", IN_A)), kept={"np_enforced": False})
    after = base.of_another(base.state, base=base)
    assert after.choices == base.choices
    assert explain(after, "x/b", "x/a", "80").verdict == "allow"
