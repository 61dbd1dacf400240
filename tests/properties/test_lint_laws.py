"""Laws of findings on random clusters: what could go changes nothing when it goes, and a fix is a
draft that can be applied."""

from __future__ import annotations

import pytest
from hypothesis import given

from policies.evaluator.diff import compare
from policies.evaluator.documents import SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.lint import lint
from policies.evaluator.lint.finding import Finding
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.oracle.strategies import cluster_states
from tests.properties.settings import thorough
from tests.support.fixes import NARROWS, OPENS, try_fix

WITHOUT_EFFECT = ("L-105", "L-106", "L-107")


def fixed(state: ClusterState, finding: Finding) -> ClusterState:
    assert finding.fix is not None
    sources = [SourceText("fix.yaml", finding.fix.yaml.encode())] if finding.fix.yaml else []
    draft = read_state(sources)
    assert not [each for each in draft.problems if each.severity == "error"]
    return overlay(state, draft, finding.fix.delete)


@pytest.mark.law("L-105", "L-106", "L-107")
@thorough
@given(cluster_states())
def test_what_could_go_changes_nothing_when_it_goes(state: ClusterState) -> None:
    """H.2 (d)."""
    before = evaluate(state)
    for finding in lint(before):
        if finding.id in WITHOUT_EFFECT and finding.fix is not None:
            after = evaluate(fixed(state, finding))
            assert compare(before, after).to_json()["changes"] == [], finding.here


@thorough
@given(cluster_states())
def test_every_fix_is_a_draft_that_can_be_applied(state: ClusterState) -> None:
    for finding in lint(evaluate(state)):
        if finding.fix is not None:
            after = evaluate(fixed(state, finding)).state
            assert len(after.policies) <= len(state.policies) + 1


@thorough
@given(cluster_states())
def test_a_fix_opens_and_closes_nothing_but_what_it_says(state: ClusterState) -> None:
    before = evaluate(state)
    for finding in lint(before):
        if finding.fix is None:
            continue
        tried = try_fix(before, finding)
        if NARROWS.get(finding.id, "\n") not in finding.fix.title:
            assert tried.closed == (), (finding.here, finding.fix.yaml)
        if finding.id not in OPENS:
            assert tried.opened == (), (finding.here, finding.fix.yaml)


@thorough
@given(cluster_states())
def test_findings_have_keys_of_their_own_and_the_same_ones_again(state: ClusterState) -> None:
    found = lint(evaluate(state))
    assert len({each.key for each in found}) == len(found)
    assert lint(evaluate(ClusterState.from_bytes(state.to_bytes()))) == found
