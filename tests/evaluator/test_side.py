"""First match through the tiers, with policies as plain values (semantics B.2)."""

from __future__ import annotations

import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL
from policies.evaluator.policy import Direction, Policy
from policies.evaluator.side import EVERY_PEER, OPEN, decide
from policies.evaluator.state import PolicyObject
from tests.support.states import pod, state
from tests.support.tiers import (
    admin,
    baseline,
    decided,
    loose,
    network_policy,
    resolved,
    rule,
    said,
)

Named = tuple[PolicyObject, Policy]
ALLOW_Y, DENY_Y, PASS_Y = (rule(action, "y") for action in ("allow", "deny", "pass"))
ALLOW_HASH, DENY_HASH, PASS_HASH = (rule(action, "#h") for action in ("allow", "deny", "pass"))
DENY_ALL = network_policy()
ALLOW_ALL = network_policy(rule("allow"))
NOT_TCP_80 = "SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"

# The ids, the policies of every tier, and what x/a then accepts from y/a and from z/a.
TIERS: tuple[tuple[str, tuple[Named, ...], str, str], ...] = (
    ("B-10 admin deny beats an allowing NetworkPolicy", (admin(1, DENY_Y), ALLOW_ALL),
     "none", "all"),
    ("B-10 no tier says anything", (), "all", "all"),
    ("B-11 the smaller priority is stronger", (admin(10, DENY_Y), admin(20, ALLOW_Y)),
     "none", "all"),
    ("B-11 swapped", (admin(20, DENY_Y), admin(10, ALLOW_Y)), "all", "all"),
    ("B-11 rules in list order", (admin(1, ALLOW_Y, rule("deny")),), "all", "none"),
    ("B-12 admin allow isolates nobody", (admin(1, ALLOW_Y),), "all", "all"),
    ("B-14 admin allow beats deny-all", (admin(1, ALLOW_Y), DENY_ALL), "all", "none"),
    ("B-15 admin deny ends it", (admin(1, rule("deny")), ALLOW_ALL), "none", "none"),
    ("B-16 pass skips the rest of the tier", (admin(10, PASS_Y), admin(20, rule("deny"))),
     "all", "none"),
    ("B-16 pass leaves it to NetworkPolicy", (admin(10, PASS_Y), admin(20, DENY_Y), DENY_ALL),
     "none", "none"),
    ("B-17 pass in baseline is the default", (baseline(1, PASS_Y, rule("deny")),), "all", "none"),
    ("B-18 the first of several rules wins", (admin(1, ALLOW_Y, DENY_Y, PASS_Y),), "all", "all"),
    ("B-18 reordered", (admin(1, DENY_Y, ALLOW_Y, PASS_Y),), "none", "all"),
    ("B-19 a deny before a pass", (admin(50, DENY_Y), admin(60, PASS_Y), baseline(0, ALLOW_Y)),
     "none", "all"),
    ("B-19 a pass before a deny", (admin(50, DENY_Y), admin(40, PASS_Y), baseline(0, ALLOW_Y)),
     "all", "all"),
    ("B-20 baseline is not asked of the isolated", (network_policy(rule("allow", "x")),
     baseline(0, ALLOW_Y)), "none", "none"),
    ("B-21 pass, then NetworkPolicy, then baseline", (admin(1, rule("pass")),
     network_policy(ALLOW_Y), baseline(0, rule("deny"))), "all", "none"),
    ("B-21 the NetworkPolicy is deleted", (admin(1, rule("pass")), baseline(0, rule("deny"))),
     "none", "none"),
    ("B-22 egress rules leave ingress alone", (admin(1, rule("deny", direction="egress")),),
     "all", "all"),
    ("B-23 egress isolation leaves ingress to baseline", (network_policy(types=["egress"]),
     baseline(0, DENY_Y)), "none", "all"),
    ("B-26 priorities do not compare across tiers", (baseline(0, DENY_Y), admin(1000, ALLOW_Y)),
     "all", "all"),
)  # fmt: skip
PORTS: tuple[tuple[str, tuple[Named, ...], str], ...] = (
    ("deny one port", (admin(1, rule("deny", "y", 80)),), NOT_TCP_80),
    ("deny one port of an isolated pod", (admin(1, rule("deny", "y", 80)),
     network_policy(rule("allow", "y", 80, 81))), "TCP 81"),
    ("allow one port of an isolated pod", (admin(1, rule("allow", "y", 80)), DENY_ALL), "TCP 80"),
    ("pass one port, deny the rest", (admin(1, rule("pass", "y", 80), rule("deny", "y")),),
     "TCP 80"),
    ("pass one port, then NetworkPolicy opens two", (admin(1, rule("pass", "y", 80), DENY_Y),
     network_policy(rule("allow", "y", 80, 81))), "TCP 80"),
    ("what admin allows and passes meet again", (admin(1, rule("allow", "y", 80),
     rule("pass", "y", 81), DENY_Y), network_policy(rule("allow", "y", 81))), "TCP 80-81"),
)  # fmt: skip


@pytest.mark.law("B-10", "B-11", "B-12", "B-14", "B-15", "B-16", "B-17", "B-18", "B-19", "B-20",
                 "B-21", "B-22", "B-23", "B-26")  # fmt: skip
@pytest.mark.parametrize(
    ("policies", "from_y", "from_z"), [row[1:] for row in TIERS], ids=[row[0] for row in TIERS]
)
def test_the_first_match_through_the_tiers_decides(
    policies: tuple[Named, ...], from_y: str, from_z: str
) -> None:
    answers = said(*decided(*policies))
    assert (answers["y/a"], answers["z/a"]) == (from_y, from_z)


@pytest.mark.parametrize(
    ("policies", "from_y"), [row[1:] for row in PORTS], ids=[row[0] for row in PORTS]
)
def test_every_port_is_decided_for_itself(policies: tuple[Named, ...], from_y: str) -> None:
    assert said(*decided(*policies))["y/a"] == from_y


@pytest.mark.law("A-01")
def test_a_pod_without_policies_is_open() -> None:
    _, side = decided()
    assert side.is_open
    assert side.outcomes == OPEN.outcomes
    assert not side.isolated


@pytest.mark.law("A-02", "A-16")
def test_a_policy_without_rules_closes_the_direction() -> None:
    universe, side = decided(DENY_ALL)
    assert side.isolated
    assert side.reach & universe.everyone == 0
    assert not side.is_open


@pytest.mark.law("A-04", "A-22")
def test_a_rule_for_everyone_keeps_an_isolated_side_open() -> None:
    _, side = decided(DENY_ALL, network_policy(rule("allow"), name="open"))
    assert side.isolated
    assert side.is_open
    assert side.outcomes == ((EVERY_PEER, ALL, None),)


@pytest.mark.law("A-03")
def test_rules_of_several_policies_add_up() -> None:
    answers = said(
        *decided(
            network_policy(rule("allow", "y", 80), name="one"),
            network_policy(rule("allow", "y", 81), rule("allow", "z", 80), name="two"),
        )
    )
    assert answers == {"x/b": "none", "y/a": "TCP 80-81", "z/a": "TCP 80"}


def test_a_peer_is_in_one_part_for_each_certainty() -> None:
    """Several rules that overlap in peers and ports must not lose or repeat anything."""
    universe, side = decided(
        network_policy(
            rule("allow", "y", 80),
            rule("allow", None, 81),
            rule("allow", "y", 81, 82),
            rule("allow", "z", 82),
        )
    )
    assert said(universe, side) == {"x/b": "TCP 81", "y/a": "TCP 80-82", "z/a": "TCP 81-82"}
    seen = [bit for peers, _, _ in side.outcomes for bit in bits_of(peers & universe.everyone)]
    assert len(seen) == len(set(seen))


@pytest.mark.law("F-06")
def test_what_is_certain_is_settled_before_what_is_not() -> None:
    unsure = pod("y/a", {}, unknown=["app"])
    cluster = state(pod("x/a"), pod("x/b"), unsure, pod("z/a"))
    both = network_policy(rule("allow", "y", 80))
    assert said(*decided(both, cluster=cluster))["y/a"] == "TCP 80"


Y_80, DENY_Y_80, DENY_Y_81 = rule("allow", "y", 80), rule("deny", "y", 80), rule("deny", "y", 81)
# Policies of which two have one priority, and what x/a then accepts from y/a.
TIES: tuple[tuple[str, tuple[Named, ...], str], ...] = (
    ("they say the opposite", (admin(10, ALLOW_Y, name="p"), admin(10, DENY_Y, name="q")),
     "none (unknown)"),
    ("they say the same", (admin(10, DENY_Y, name="p"), admin(10, rule("deny"), name="q")), "none"),
    ("they speak of other ports", (admin(10, Y_80, name="p"), admin(10, DENY_Y_81, name="q")),
     "SCTP 1-65535,TCP 1-80,82-65535,UDP 1-65535"),
    ("they meet at one port", (admin(10, Y_80, name="p"), admin(10, DENY_Y, name="q")),
     "none (unknown)"),
    ("a stronger one decides", (admin(1, ALLOW_Y), admin(10, ALLOW_Y, name="p"),
     admin(10, DENY_Y, name="q")), "all"),
    ("allow or pass comes to the same", (admin(10, ALLOW_Y, name="p"), admin(10, PASS_Y, name="q")),
     "all"),
    ("allow or pass to a closed tier", (admin(10, ALLOW_Y, name="p"), admin(10, PASS_Y, name="q"),
     DENY_ALL), "none (unknown)"),
    ("deny or pass to a closed tier", (admin(10, DENY_Y, name="p"), admin(10, PASS_Y, name="q"),
     DENY_ALL), "none"),
    ("deny or pass to an open tier", (admin(10, DENY_Y, name="p"), admin(10, PASS_Y, name="q")),
     "none (unknown)"),
    ("in the baseline tier", (baseline(0, ALLOW_Y, name="p"), baseline(0, DENY_Y, name="q")),
     "none (unknown)"),
    ("without a priority it ties with every priority", (loose(DENY_Y), baseline(7, ALLOW_Y)),
     "none (unknown)"),
    ("without a priority, and all say the same", (loose(DENY_Y), baseline(7, rule("deny"))),
     "none"),
    ("without a priority, alone", (loose(DENY_Y), baseline(7, rule("allow", "z"))), "none"),
    ("without a priority, a pass may come first", (loose(DENY_Y), baseline(7, PASS_Y)),
     "none (unknown)"),
    ("the order within a policy stands", (admin(10, ALLOW_Y, DENY_Y, name="p"),
     admin(10, ALLOW_Y, name="q")), "all"),
)  # fmt: skip


@pytest.mark.law("B-25", "M-05")
@pytest.mark.parametrize(
    ("policies", "from_y"), [row[1:] for row in TIES], ids=[row[0] for row in TIES]
)
def test_a_tie_is_unknown_only_where_the_result_differs(
    policies: tuple[Named, ...], from_y: str
) -> None:
    assert said(*decided(*policies))["y/a"] == from_y


@pytest.mark.law("B-25")
def test_a_tie_names_both_policies() -> None:
    _, side = decided(admin(10, ALLOW_Y, name="p"), admin(10, DENY_Y, name="q"))
    (reason,) = {caveat.reason for _, _, caveat in side.outcomes if caveat}
    assert reason == (
        "ClusterPolicy/p and ClusterPolicy/q have the same priority, and which of them comes first "
        "is not defined"
    )


# Rules whose peer is not certain (it has a label that only the cluster knows), and what x/a then
# accepts from it.
UNCERTAIN: tuple[tuple[str, tuple[Named, ...], str], ...] = (
    ("an allow that the default agrees with", (admin(1, ALLOW_HASH),), "all"),
    ("an allow before a deny", (admin(1, ALLOW_HASH, rule("deny")),), "none (unknown)"),
    ("a deny before the default", (admin(1, DENY_HASH),), "none (unknown)"),
    ("a deny before a deny", (admin(1, DENY_HASH, rule("deny")),), "none"),
    ("a deny before an allow", (admin(1, DENY_HASH, ALLOW_Y),), "none (unknown)"),
    ("a pass before a deny", (admin(1, PASS_HASH, rule("deny")),), "none (unknown)"),
    ("a pass to a closed tier before a deny", (admin(1, PASS_HASH, rule("deny")), DENY_ALL),
     "none"),
    ("an allow before a closed tier", (admin(1, ALLOW_HASH), DENY_ALL), "none (unknown)"),
)  # fmt: skip


@pytest.mark.law("F-06", "M-05")
@pytest.mark.parametrize(
    ("policies", "from_y"), [row[1:] for row in UNCERTAIN], ids=[row[0] for row in UNCERTAIN]
)
def test_what_may_match_is_unknown_only_where_the_result_differs(
    policies: tuple[Named, ...], from_y: str
) -> None:
    cluster = state(pod("x/a"), pod("y/a", {}, unknown=["hash"]), pod("z/a"))
    assert said(*decided(*policies, cluster=cluster))["y/a"] == from_y


@pytest.mark.law("M-05")
def test_an_opaque_policy_leaves_nothing_certain_in_its_directions() -> None:
    hidden = network_policy(types=[], name="hidden", opaque=["ingress"])
    universe, side = decided(hidden, DENY_ALL, admin(1, rule("allow")))
    assert said(universe, side) == dict.fromkeys(("x/b", "y/a", "z/a"), "none (unknown)")
    universe, policies = resolved([hidden])
    assert decide(policies, Direction.EGRESS, 1, universe.everyone).is_open


@pytest.mark.law("B-24", "H-08")
def test_a_plugin_may_let_a_networkpolicy_settle_the_other_direction() -> None:
    policies = (network_policy(types=["egress"]), baseline(0, DENY_Y))
    assert said(*decided(*policies))["y/a"] == "none"
    assert said(*decided(*policies, split=False))["y/a"] == "all"


def test_directions_are_decided_apart() -> None:
    universe, policies = resolved([network_policy(types=["egress"])])
    ingress = decide(policies, Direction.INGRESS, 1, universe.everyone)
    egress = decide(policies, Direction.EGRESS, 1, universe.everyone)
    assert ingress.is_open
    assert egress.reach & universe.everyone == 0
