"""What a change is said to be for does not depend on how much is remembered of the state before."""

from __future__ import annotations

from hypothesis import given

from policies.evaluator.changes import change_reasons
from policies.evaluator.diff import compare
from policies.evaluator.engine import evaluate
from policies.evaluator.notes import notes_of, notes_of_change
from policies.evaluator.state import ClusterState, PolicyObject
from policies.evaluator.whatif import overlay
from tests.oracle.strategies import cluster_states, network_policies
from tests.properties.settings import thorough


@thorough
@given(cluster_states(), network_policies())
def test_reasons_worked_out_together_are_those_of_each_pair(
    state: ClusterState, draft: PolicyObject
) -> None:
    before = evaluate(state)
    changed = overlay(state, ClusterState(policies=(draft,)))
    alone = evaluate(changed)
    for after in (evaluate(changed, base=before), alone):
        diff = compare(before, after)
        for change in diff.changes:
            assert diff.reasons_of(change) == change_reasons(before, alone, *change.slots)


@thorough
@given(cluster_states(), network_policies())
def test_notes_of_a_change_are_those_of_the_whole_state_that_are_new(
    state: ClusterState, draft: PolicyObject
) -> None:
    before = evaluate(state)
    after = evaluate(overlay(state, ClusterState(policies=(draft,))), base=before)
    known = {(note.policy, note.path, note.text) for note in notes_of(before, before.policies)}
    for written in ((draft,), ()):
        keys = {policy.key for policy in written}
        expected = [
            note
            for note in notes_of(after, after.policies)
            if note.policy in keys or (note.policy, note.path, note.text) not in known
        ]
        assert notes_of_change(before, after, written) == expected
