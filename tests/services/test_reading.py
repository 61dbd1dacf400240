"""What is usable, and how problems are told."""

from __future__ import annotations

import pytest

from policies import services
from policies.evaluator.errors import Problem, UnreadableInput
from policies.evaluator.manifest import SourceText
from policies.services.reading import PROBLEMS_SHOWN

CONFIG_MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


def test_objects_that_decide_nothing_are_no_input() -> None:
    with pytest.raises(UnreadableInput) as caught:
        services.read([SourceText("a.yaml", CONFIG_MAP)])
    assert "ConfigMap" in caught.value.problems[0].message


def test_warnings_alone_do_not_hide_why_there_is_no_answer() -> None:
    with pytest.raises(UnreadableInput) as caught:
        services.read([SourceText("a.yaml", b"# nothing yet\n")])
    assert [each.severity for each in caught.value.problems] == ["error", "warning"]
    assert caught.value.problems[0].message == "There is no object here that netviz evaluates."


def test_no_source_at_all_is_no_input() -> None:
    with pytest.raises(UnreadableInput):
        services.read([])


def test_an_empty_draft_is_a_draft() -> None:
    assert services.read_draft([]).policies == ()


def test_a_draft_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(UnreadableInput):
        services.read_draft([SourceText("draft.yaml", b"kind: [")])


def test_problems_past_the_limit_are_counted() -> None:
    problems = [Problem("a.yaml", n, n, "", "Wrong.") for n in range(1, PROBLEMS_SHOWN + 11)]
    shown = services.problems_json(problems)
    assert len(shown) == PROBLEMS_SHOWN + 1
    assert shown[-1]["message"] == "And 10 more problems."
