"""Order of tiers, policies and rules in cluster-wide policies (semantics B.0, B.2, B.8)."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.inert import not_evaluated
from policies.evaluator.kinds import kind_of
from tests.oracle.reference import Flags, Reference
from tests.support.clusterwide import (
    Given,
    Row,
    admin,
    as_manifests,
    baseline,
    both_versions,
    in_v1alpha1,
    in_v1alpha2,
    rows,
)
from tests.support.fixture_cluster import Manifest, cluster, expect, policy
from tests.support.laws import Law

ALL = "{namespaces: {}}"
FROM_Y = "from: [{namespaces: {matchLabels: {ns: 'y'}}}]"
DENY_ALL = "policyTypes: [Ingress]"
NP_Y = "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: 'y'}}}]}]"
NP_B = "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]"
TCP_80 = "protocols: [{tcp: {destinationPort: {number: 80}}}]"
TCP_81 = "protocols: [{tcp: {destinationPort: {number: 81}}}]"


def rule(action: str, peers: str = FROM_Y, ports: str = "") -> str:
    return f"{{action: {action}, {peers}{f', {ports}' if ports else ''}}}"


def ingress(*rules: str) -> str:
    return f"ingress: [{', '.join(rules)}]"


ACCEPT_Y, DENY_Y, PASS_Y = (rule(action) for action in ("Accept", "Deny", "Pass"))
DENY_EVERYONE = rule("Deny", f"from: [{ALL}]")

# Ids, what the example shows, the policies, and the connections that are open and closed.
LAWS: tuple[Row, ...] = (
    (("B-10",), "admin deny comes before NetworkPolicy",
     [admin(ingress(DENY_Y)), NP_Y], [], ["y/a -> x/a"]),
    (("B-10",), "NetworkPolicy comes before baseline",
     [NP_Y, baseline(ingress(DENY_Y))], ["y/a -> x/a"], ["z/a -> x/a"]),
    (("B-11",), "the smaller number is stronger",
     [admin(ingress(DENY_Y), 10), admin(ingress(ACCEPT_Y), 20)], [], ["y/a -> x/a"]),
    (("B-11",), "swapped",
     [admin(ingress(DENY_Y), 20), admin(ingress(ACCEPT_Y), 10)], ["y/a -> x/a"], []),
    (("B-11",), "zero is the strongest",
     [admin(ingress(DENY_Y), 1), admin(ingress(ACCEPT_Y), 0)], ["y/a -> x/a"], []),
    (("B-11",), "rules in list order",
     [admin(ingress(ACCEPT_Y, DENY_EVERYONE))], ["y/a -> x/a"], ["z/a -> x/a"]),
    (("B-12",), "a policy isolates nobody",
     [admin(ingress(ACCEPT_Y))], ["y/a -> x/a", "z/a -> x/a"], []),
    (("B-13",), "accept opens its own side only",
     [admin(ingress(ACCEPT_Y)), policy("policyTypes: [Egress]", "out", "y")],
     ["y/b -> x/a"], ["y/a -> x/a"]),
    (("B-14",), "accept beats NetworkPolicy",
     [admin(ingress(ACCEPT_Y)), DENY_ALL], ["y/a -> x/a"], ["z/a -> x/a"]),
    (("B-15",), "deny beats NetworkPolicy",
     [admin(ingress(DENY_Y)), NP_Y], [], ["y/a -> x/a"]),
    (("B-16",), "pass skips the rest of the tier",
     [admin(ingress(PASS_Y), 10), admin(ingress(DENY_EVERYONE), 20)],
     ["y/a -> x/a"], ["z/a -> x/a"]),
    (("B-16",), "what is passed is for NetworkPolicy to decide",
     [admin(ingress(PASS_Y), 10), admin(ingress(DENY_Y), 20), DENY_ALL], [], ["y/a -> x/a"]),
    (("B-18",), "the first of three rules wins",
     [admin(ingress(ACCEPT_Y, DENY_Y, PASS_Y))], ["y/a -> x/a"], []),
    (("B-18",), "reordered",
     [admin(ingress(DENY_Y, PASS_Y, ACCEPT_Y))], [], ["y/a -> x/a"]),
    (("B-19",), "a deny before a pass",
     [admin(ingress(DENY_Y), 50), admin(ingress(PASS_Y), 60), baseline(ingress(ACCEPT_Y))],
     [], ["y/a -> x/a"]),
    (("B-19",), "the pass moved before the deny",
     [admin(ingress(DENY_Y), 50), admin(ingress(PASS_Y), 40), baseline(ingress(ACCEPT_Y))],
     ["y/a -> x/a"], []),
    (("B-20",), "an isolated pod never asks baseline",
     [NP_B, baseline(ingress(ACCEPT_Y))], ["x/b -> x/a"], ["y/a -> x/a"]),
    (("B-21",), "pass, NetworkPolicy allows, baseline denies",
     [admin(ingress(PASS_Y)), NP_Y, baseline(ingress(DENY_Y))], ["y/a -> x/a"], []),
    (("B-21",), "the NetworkPolicy is deleted",
     [admin(ingress(PASS_Y)), baseline(ingress(DENY_Y))], [], ["y/a -> x/a"]),
    (("B-22",), "egress rules leave ingress alone",
     [admin(f"egress: [{rule('Deny', f'to: [{ALL}]')}]")], ["y/a -> x/a"], ["x/a -> y/a"]),
    (("B-23",), "isolated for egress only, ingress asks baseline",
     ["policyTypes: [Egress]", baseline(ingress(DENY_Y))], ["z/a -> x/a"], ["y/a -> x/a"]),
    (("B-25",), "equal priority without overlap is no tie",
     [admin(ingress(rule("Accept", ports=TCP_80)), name="p1"),
      admin(ingress(rule("Deny", ports=TCP_81)), name="p2")],
     ["y/a -> x/a TCP 80"], ["y/a -> x/a TCP 81"]),
    (("B-25",), "equal priority and equal results are no tie",
     [admin(ingress(ACCEPT_Y), name="p1"), admin(ingress(PASS_Y), name="p2")],
     ["y/a -> x/a"], []),
    (("B-26",), "priorities do not compare across tiers",
     [admin(ingress(ACCEPT_Y), 1000), baseline(ingress(DENY_Y), 0)], ["y/a -> x/a"], []),
    (("B-27",), "what is accepted is answered too",
     [admin(ingress(ACCEPT_Y)),
      admin(f"egress: [{rule('Deny', f'to: [{ALL}]')}]", 20)],
     ["y/a -> x/a"], ["x/a -> y/a"]),
    (("B-27", "B-60"), "a rule without ports is for every protocol",
     [admin(ingress(DENY_Y))], [], ["y/a -> x/a", "y/a -> x/a UDP 80", "y/a -> x/a SCTP 81"]),
)  # fmt: skip

# Only ClusterNetworkPolicy can say these.
OF_V1ALPHA2: tuple[Row, ...] = (
    (("B-00", "B-17"), "pass in baseline is the default",
     [baseline(ingress(PASS_Y, DENY_EVERYONE))], ["y/a -> x/a"], ["z/a -> x/a"]),
    (("B-00", "B-11"), "several baseline policies by priority",
     [baseline(ingress(ACCEPT_Y), 5), baseline(ingress(DENY_EVERYONE), 6)],
     ["y/a -> x/a"], ["z/a -> x/a"]),
)  # fmt: skip


@pytest.mark.parametrize("given", both_versions(LAWS) + rows(OF_V1ALPHA2, in_v1alpha2))
def test_the_order_of_decision(given: Law) -> None:
    given.check()


@pytest.mark.law("B-24")
def test_some_plugins_let_a_networkpolicy_settle_the_other_direction() -> None:
    state = cluster("policyTypes: [Egress]", in_v1alpha2(baseline(ingress(DENY_Y))))
    expect(state, allow=["y/a -> x/a"], flags=Flags(np_direction_split=False))
    expect(state, deny=["y/a -> x/a"], flags=Flags(np_direction_split=True))


TIES: tuple[tuple[str, str, Given], ...] = (
    ("y/a", "80/TCP", [admin(ingress(ACCEPT_Y), name="p1"), admin(ingress(DENY_Y), name="p2")]),
    ("y/a", "80/TCP", [baseline(ingress(ACCEPT_Y), name="p1"),
                       baseline(ingress(DENY_Y), name="p2")]),
    ("y/a", "80/TCP", [admin(ingress(PASS_Y), name="p1"), admin(ingress(ACCEPT_Y), name="p2"),
                       DENY_ALL]),
)  # fmt: skip


@pytest.mark.law("B-25")
@pytest.mark.parametrize(("source", "port", "given"), TIES)
def test_a_tie_that_matters_is_unknown_and_names_both(source: str, port: str, given: Given) -> None:
    found = explain(evaluate(cluster(*as_manifests(given, in_v1alpha2))), source, "x/a", port)
    assert found.verdict == "unknown"
    assert found.reason == (
        "ClusterNetworkPolicy/p1 and ClusterNetworkPolicy/p2 have the same priority, and which of"
        " them comes first is not defined"
    )
    reference = Reference(cluster(*as_manifests(given, in_v1alpha2)))
    pods = {f"{pod.namespace}/{pod.name}": pod for pod in reference.state.pods}
    assert reference.results(pods[source], pods["x/a"], "TCP", 80) == {True, False}


@pytest.mark.law("B-25")
def test_a_tie_between_the_two_kinds_of_the_admin_tier_is_one_too() -> None:
    given = [in_v1alpha1(admin(ingress(ACCEPT_Y))), in_v1alpha2(admin(ingress(DENY_Y)))]
    assert explain(evaluate(cluster(*given)), "y/a", "x/a", "80").verdict == "unknown"


# The table of B.8: what each tier says about y/a -> x/a, and the verdict of that side.
NP_NOBODY, NP_RULE = "policyTypes: [Ingress]", NP_Y
WORKED = (
    ("", "", "", True),
    ("", "", "Deny", False),
    ("", NP_RULE, "Deny", True),
    ("", NP_NOBODY, "Accept", False),
    ("Accept", NP_NOBODY, "Deny", True),
    ("Deny", NP_RULE, "Accept", False),
    ("Pass", "", "Deny", False),
    ("Pass", NP_RULE, "Deny", True),
    ("Pass", "", "Pass", True),
    ("other", "", "other", True),
)


@pytest.mark.law("B-10", "B-16", "B-17", "B-20", "B-21")
@pytest.mark.parametrize(("first", "middle", "last", "open_"), WORKED)
def test_the_worked_pipeline(first: str, middle: str, last: str, open_: bool) -> None:
    from_z = rule("Deny", "from: [{namespaces: {matchLabels: {ns: z}}}]")
    given: list[Manifest | str] = [middle] if middle else []
    for word, make in ((first, admin), (last, baseline)):
        if word:
            said = from_z if word == "other" else rule(word)
            given.append(in_v1alpha2(make(ingress(said))))
    state = cluster(*given)
    flow = ["y/a -> x/a"]
    expect(state, allow=flow if open_ else [], deny=[] if open_ else flow)


@pytest.mark.law("B-03")
def test_kinds_are_told_apart_by_their_group() -> None:
    foreign = {
        "apiVersion": "crd.antrea.io/v1beta1",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "mine"},
        "spec": {"tier": "Admin"},
    }
    state = cluster(foreign)
    assert not any(kind_of(each.api_version, each.kind) for each in state.policies)
    assert [each.api_version for each in not_evaluated(state)] == ["crd.antrea.io/v1beta1"]


@pytest.mark.law("B-28")
def test_the_whole_range_of_priorities_is_taken() -> None:
    state = cluster(in_v1alpha1(admin(ingress(DENY_Y), 1000)))
    expect(state, deny=["y/a -> x/a"])
