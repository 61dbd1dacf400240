"""Pods that come, go and change: what follows from an evaluation is what deciding anew gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.arrivals import after_events
from policies.evaluator.diff import compare
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.graph import flows
from policies.evaluator.lint import lint
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.nodes import LEVELS
from policies.evaluator.policy import Direction
from policies.evaluator.state import ClusterState, Pod
from policies.evaluator.whatif import overlay
from tests.oracle.strategies import cluster_states, drafts, pods
from tests.properties.settings import thorough

_EVENTS = 3


@st.composite
def events(draw: st.DrawFn, state: ClusterState) -> tuple[dict[int, Pod], int]:
    """Some pods changed or went, and others came: who stands where now, and how many there are."""
    now = list(state.pods)
    changes: dict[int, Pod] = {}
    for _ in range(draw(st.integers(1, 2))):
        index = draw(st.integers(0, len(now)))
        if index < len(now) and len(now) > 1 and draw(st.booleans()):
            last = now.pop()
            changes.pop(len(now), None)
            if index < len(now):
                changes[index] = now[index] = last
            continue
        pod = draw(pods(draw(st.sampled_from(sorted(_NUMBERS - numbers(now))))))
        now[index : index + 1] = [pod]
        changes[index] = pod
    return changes, len(now)


_NUMBERS = frozenset(range(40))


def numbers(found: list[Pod]) -> set[int]:
    return {int(pod.name.removeprefix("p")) for pod in found}


def rooms() -> st.SearchStrategy[int]:
    """No room at all now and then: then all is decided anew."""
    return st.sampled_from([0, 1, 3, 8])


@thorough
@given(cluster_states(), rooms(), st.data())
def test_what_follows_from_an_evaluation_is_what_deciding_anew_gives(
    state: ClusterState, room: int, data: st.DataObject
) -> None:
    evaluation = evaluate(state, room=room)
    for _ in range(_EVENTS):
        evaluation = after_events(evaluation, *data.draw(events(evaluation.state)))
        assert_same(evaluation, evaluate(evaluation.state))


@thorough
@given(cluster_states(max_policies=3), st.data())
def test_a_draft_on_what_follows_changes_what_it_changes_on_the_same_decided_anew(
    state: ClusterState, data: st.DataObject
) -> None:
    followed = evaluate(state, room=4)
    for _ in range(_EVENTS - 1):
        followed = after_events(followed, *data.draw(events(followed.state)))
    after = overlay(followed.state, *data.draw(drafts(followed.state)))
    anew = evaluate(followed.state)
    found = compare(followed, evaluate(after, base=followed, room=4))
    assert found.to_json() == compare(anew, evaluate(after)).to_json()
    assert compare(anew, followed).changes == ()


@thorough
@given(cluster_states(), st.data())
def test_pods_that_come_and_go_again_leave_everything_as_it_was(
    state: ClusterState, data: st.DataObject
) -> None:
    before = evaluate(state, room=8)
    then = after_events(before, *data.draw(events(state)))
    back = after_events(then, dict(enumerate(state.pods)), len(state.pods))
    assert_same(back, before)


def assert_same(found: Evaluation, anew: Evaluation) -> None:
    """The two give the same answers, whoever asks."""
    for level in LEVELS:
        assert flows(found, level=level) == flows(anew, level=level)
    assert drawn(found) == drawn(anew)
    assert lint(found) == lint(anew)
    assert sides(found) == sides(anew)


def drawn(evaluation: Evaluation) -> dict[str, Any]:
    """The opening map, its lists in one order: nodes stand in that of the places of classes."""
    view = map_view(evaluation, MapQuery())
    return {
        key: sorted(value, key=repr) if isinstance(value, list) else value
        for key, value in view.items()
    }


def sides(evaluation: Evaluation) -> dict[tuple[str, Direction], object]:
    """Of each pod, whether it is isolated and open, and which policies govern it."""
    pods_there = evaluation.state.pods
    return {
        (pods_there[index].name, direction): (
            evaluation.side_of(bit, direction).isolated,
            evaluation.side_of(bit, direction).is_open,
            [each.source.key for each in evaluation.policies_of(bit, direction)],
        )
        for bit, each in evaluation.universe.each_class()
        for index in each.pods
        for direction in Direction
    }
