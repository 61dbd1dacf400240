"""The peers of two evaluations side by side."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.slots import ABSENT, Alignment, align
from policies.evaluator.state import Pod, PolicyObject
from tests.support.states import pod, policy, state

LOOKS_AT_ROLE = policy("x/p", "podSelector: {matchLabels: {role: main}}")
IN_TEN = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
DB = tuple(
    pod(f"x/db-{i}", {"role": role}, of="StatefulSet/db") for i, role in enumerate(("main", "copy"))
)
Objects = tuple[Pod | PolicyObject, ...]


def aligned(before: Objects, after: Objects) -> Alignment:
    return align(evaluate(state(*before)).universe, evaluate(state(*after)).universe)


def texts(found: Alignment) -> list[tuple[str, str]]:
    """Slots of pods and addresses as (text, where they exist)."""
    return [
        (each.text, "both" if ABSENT not in (each.before, each.after)
         else "after" if each.before == ABSENT else "before")
        for each in found.slots
    ]  # fmt: skip


OUTSIDE = ("0.0.0.0/0,::/0", "both")
CASES: tuple[tuple[str, Objects, Objects, list[tuple[str, str]]], ...] = (
    ("the same pods", (pod("x/a"),), (pod("x/a"),), [("x/a[Pod]", "both"), OUTSIDE]),
    ("a pod with other labels", (pod("x/a"),), (pod("x/a", {}), LOOKS_AT_ROLE),
     [("x/a[Pod]", "both"), OUTSIDE]),
    ("a new and a lost workload", (pod("x/a"),), (pod("x/b"),),
     [("x/a[Pod]", "before"), ("x/b[Pod]", "after"), OUTSIDE]),
    ("a workload that is split", DB, (*DB, LOOKS_AT_ROLE),
     [("x/db[StatefulSet]", "both"), ("x/db[StatefulSet]", "both"), OUTSIDE]),
    ("a workload whose pods have new names", (pod("x/w-1", {}, of="Deployment/w"),),
     (pod("x/w-2", {}, of="Deployment/w"),), [("x/w[Deployment]", "both"), OUTSIDE]),
    ("a workload with one pod more", DB[:1], DB,
     [("x/db[StatefulSet]", "both"), OUTSIDE]),
    ("addresses that are cut", (pod("x/a"),), (pod("x/a"), IN_TEN),
     [("x/a[Pod]", "both"), ("0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255,::/0", "both"),
      ("10.0.0.0/8", "both")]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_peers_are_matched_by_workload_name_and_address(
    before: Objects, after: Objects, expected: list[tuple[str, str]]
) -> None:
    assert texts(aligned(before, after)) == expected


def test_a_universe_is_aligned_with_itself_peer_by_peer() -> None:
    universe = evaluate(state(*DB, LOOKS_AT_ROLE, IN_TEN)).universe
    found = align(universe, universe)
    assert all(each.before == each.after for each in found.slots)
    assert found.same is universe
    for bit in (*range(universe.first_node), *range(universe.first_cell, universe.size)):
        [slot] = [each for each in found.slots if each.before == bit]
        assert found.before(1 << bit) == found.after(1 << bit) == 1 << found.slots.index(slot)
        assert found.peers(1 << found.slots.index(slot), before=True) == 1 << bit


def test_a_set_of_peers_becomes_the_set_of_their_slots() -> None:
    found = aligned(DB, (*DB, LOOKS_AT_ROLE))
    # Before, both pods are one peer; it stands for both slots.
    assert found.before(0b1) == 0b011
    assert found.after(0b10) == 0b010
    assert found.after(0b111) == 0b111
