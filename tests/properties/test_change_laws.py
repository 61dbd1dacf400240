"""What a change is said to be for does not depend on how much is remembered of the state before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.changes import change_reasons
from policies.evaluator.diff import compare
from policies.evaluator.engine import evaluate
from policies.evaluator.notes import notes_of, notes_of_change
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState, PolicyObject
from policies.evaluator.whatif import overlay
from tests.oracle.strategies import cluster_states, drafts, network_policies
from tests.properties.settings import thorough
from tests.support.change_rows import assert_rows_are_those_of_the_changes


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
@given(cluster_states(), st.data())
def test_rows_told_by_whole_sets_are_those_of_each_change(
    state: ClusterState, data: st.DataObject
) -> None:
    draft, delete = data.draw(drafts(state))
    profile = Profile(own_node_ingress_exempt=data.draw(st.booleans()))
    before = evaluate(state, profile)
    changed = overlay(state, draft, delete)
    for after in (evaluate(changed, base=before), evaluate(changed, profile)):
        diff = compare(before, after)
        assert_rows_are_those_of_the_changes(diff)


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
