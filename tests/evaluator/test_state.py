"""States and problems as values: bytes, keys, lines, texts."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.errors import BadQuestion, Problem, UnreadableInput
from policies.evaluator.state import ClusterState, FinishedPod, Origin, PolicyObject, WorkloadRef
from tests.support.states import namespace, node, pod, policy, state

CLUSTER = state(
    namespace("x", {"env": "dev"}),
    pod("x/a", ips=["10.0.0.1"], ports={"web": 80}),
    node("n1", "192.168.0.1", zone="a"),
    policy("x/p", "podSelector: {}\ningress: [{ports: [{port: 80}]}]"),
)
RULES = policy(
    "x/p",
    "podSelector: {}",
    lines={"spec.ingress[0]": 10, "spec.ingress[0].from[1]": 12, "spec.podSelector": 7},
)
LINES = (
    ("spec.ingress[0]", 10),
    ("spec.ingress[0].from[1]", 12),
    ("spec.ingress[0].from[1].namespaceSelector.matchLabels.env", 12),
    ("spec.ingress[0].from[0]", 10),
    ("spec.ingress[1]", 1),
    ("spec.podSelector.matchLabels", 7),
    ("spec", 1),
    ("", 1),
)


def test_a_state_comes_back_from_its_bytes() -> None:
    assert ClusterState.from_bytes(CLUSTER.to_bytes()) == CLUSTER


def test_equal_states_have_equal_hashes_and_others_do_not() -> None:
    same = ClusterState.from_bytes(CLUSTER.to_bytes())
    other = msgspec.structs.replace(CLUSTER, finished=(FinishedPod("x", "done", "Failed"),))
    assert same.content_hash == CLUSTER.content_hash
    assert other.content_hash != CLUSTER.content_hash


def test_the_order_of_labels_does_not_change_the_hash() -> None:
    one = state(pod("x/a", {"a": "1", "b": "2"}))
    two = state(pod("x/a", {"b": "2", "a": "1"}))
    assert one.content_hash == two.content_hash


def test_bytes_of_something_else_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        ClusterState.from_bytes(b"not a state")


@pytest.mark.parametrize(("path", "line"), LINES)
def test_a_field_without_a_line_has_the_line_of_what_encloses_it(path: str, line: int) -> None:
    assert RULES.line_of(path) == line


def test_a_policy_is_named_by_kind_namespace_and_name() -> None:
    assert RULES.key == "NetworkPolicy/x/p"
    assert PolicyObject("v1", "Cluster", "", "p", {}).key == "Cluster/p"


def test_a_workload_is_written_with_its_kind() -> None:
    assert str(WorkloadRef("x", "web", "Deployment")) == "x/web[Deployment]"
    assert Origin() == Origin("", 0, 0)


PROBLEMS = (
    (Problem("a.yaml", 2, 7, "spec.ingress", "must be a list"),
     "a.yaml:7: spec.ingress: must be a list"),
    (Problem("a.yaml", 2, 0, "", "is empty"), "a.yaml: is empty"),
)  # fmt: skip


@pytest.mark.parametrize(("problem", "text"), PROBLEMS)
def test_a_problem_says_where_and_what(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_unreadable_input_tells_all_its_problems() -> None:
    error = UnreadableInput(tuple(problem for problem, _ in PROBLEMS))
    assert str(error) == "a.yaml:7: spec.ingress: must be a list; a.yaml: is empty"


def test_a_bad_question_keeps_its_field_and_its_suggestions() -> None:
    error = BadQuestion("to", "Nothing here is called that.", ("x/a",))
    assert (error.field, error.message, error.suggestions) == ("to", str(error), ("x/a",))
