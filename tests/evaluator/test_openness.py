"""What a badge says instead of edges."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Direction
from tests.support.states import pod, policy, state

ON_A = "podSelector: {matchLabels: {app: a}}"
# The ingress rules of x/a, what it accepts from every pod, and what from the Internet.
BADGES = (
    (None, "All Connections", "All Connections"),
    ("[]", "No Connections", "No Connections"),
    ("[{}]", "All Connections", "All Connections"),
    ("[{ports: [{port: 80}]}]", "TCP 80", "TCP 80"),
    ("[{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]", "TCP 80", "No Connections"),
    ("[{from: [{podSelector: {}}]}]", "No Connections", "No Connections"),
    ("[{from: [{podSelector: {}}]}, {ports: [{port: 80}]}]", "TCP 80", "TCP 80"),
    ("[{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "No Connections", "No Connections"),
)


def of_a(ingress: str | None) -> tuple[Evaluation, int]:
    rules = [] if ingress is None else [policy("x/p", f"{ON_A}\ningress: {ingress}")]
    evaluation = evaluate(state(pod("x/a"), pod("x/b"), pod("y/c"), *rules))
    names = [each.workload.name for each in evaluation.universe.classes]
    return evaluation, names.index("a")


@pytest.mark.parametrize(("ingress", "everyone", "internet"), BADGES)
def test_a_side_is_open_to_all_by_what_it_opens_to_each(
    ingress: str | None, everyone: str, internet: str
) -> None:
    evaluation, bit = of_a(ingress)
    assert str(Openness(evaluation).of(bit, Direction.INGRESS)) == everyone
    assert str(Openness(evaluation).outside(bit, Direction.INGRESS)) == internet


def test_an_edge_is_explained_by_a_badge_when_its_other_side_is_open() -> None:
    evaluation, bit = of_a("[{ports: [{port: 80}]}]")
    openness = Openness(evaluation)
    shown = openness.of(bit, Direction.INGRESS)
    other = 1 - bit
    assert openness.explained_by_badge(1 << other, 1 << bit, shown, True, False)
    assert not openness.explained_by_badge(1 << other, 1 << bit, shown, False, False)


@pytest.mark.law("F-06")
def test_what_is_not_certain_is_on_no_badge() -> None:
    closed = policy("x/p", "podSelector: {matchLabels: {hash: h}}")
    evaluation = evaluate(state(pod("x/a", {}, unknown=["hash"]), closed))
    assert not Openness(evaluation).of(0, Direction.INGRESS)
    assert not Openness(evaluation).outside(0, Direction.INGRESS)


@pytest.mark.law("A-70")
def test_what_is_open_over_one_family_only_is_on_no_badge() -> None:
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    both = (pod("x/a", ips=["10.0.0.1", "fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]))
    assert not Openness(evaluate(state(*both, block))).of(0, Direction.INGRESS)
