"""A what-if costs what its draft touches, however many policies the cluster has."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import Work, evaluate
from policies.evaluator.state import ClusterState, PolicyObject
from policies.services import whatif_answer
from policies.services.changes import applied
from tests.support.states import namespace, pod, policy, state

DENY = "podSelector: {}"


def spaces(count: int) -> ClusterState:
    """So many namespaces, each with two pods, and a policy that lets one in to the other."""
    names = [f"n{number}" for number in range(count)]
    return state(
        *map(namespace, names),
        *(pod(f"{name}/{app}", {"app": app}) for name in names for app in ("a", "b")),
        *(
            policy(
                f"{name}/p",
                "podSelector: {matchLabels: {app: a}}\n"
                "ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]",
            )
            for name in names
        ),
    )


CHANGES: tuple[tuple[str, list[PolicyObject], tuple[str, ...], Work], ...] = (
    ("nothing", [], (), Work()),
    ("one policy more", [policy("n1/draft", DENY)], (),
     Work(policies_resolved=1, sides_decided=2, policies_judged=1)),
    ("one policy in place of another", [policy("n1/p", DENY)], (),
     Work(policies_resolved=1, sides_decided=1, policies_judged=1)),
    ("one policy less", [], ("NetworkPolicy/n1/p",), Work()),
)  # fmt: skip


@pytest.mark.parametrize("count", [5, 50])
@pytest.mark.parametrize(
    ("draft", "delete", "work"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES]
)
def test_a_draft_of_one_policy_is_decided_and_judged_alone(
    count: int, draft: list[PolicyObject], delete: tuple[str, ...], work: Work
) -> None:
    base = evaluate(spaces(count))
    after, _ = applied(base, ClusterState(policies=tuple(draft)), delete)
    assert after.work == work


@pytest.mark.parametrize("count", [3, 8])
def test_the_notes_are_those_of_the_written_policies_and_what_is_new_on_others(count: int) -> None:
    lost = policy("n1/p", "podSelector: {matchLabels: {app: nobody}}")
    quiet = spaces(count)
    noted = ClusterState(policies=(lost,))
    [note] = whatif_answer(evaluate(quiet), noted)["notes"]
    assert (note["policy"], note["id"]) == ("NetworkPolicy/n1/p", "L-03")
    # Written again it is told again; a change elsewhere does not repeat it.
    base, _ = applied(evaluate(quiet), noted, ())
    assert [each["id"] for each in whatif_answer(base, noted)["notes"]] == ["L-03"]
    other = ClusterState(policies=(policy("n2/other", DENY),))
    assert whatif_answer(base, other)["notes"] == []
    # The last pod that another policy selects is gone: that is new.
    gone = whatif_answer(evaluate(quiet), ClusterState(), ("Pod/n2/a",))["notes"]
    assert [(each["policy"], each["id"]) for each in gone] == [("NetworkPolicy/n2/p", "L-03")]
