"""The cursor: types, unknown fields, texts of values."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.fields import Cursor, Report, describe, did_you_mean, safe_text
from policies.evaluator.manifest import read_documents


def cursor(text: str) -> Cursor:
    [document], _ = read_documents(SourceText("a.yaml", text.encode()))
    return Cursor(document.value, Report(document))


def test_children_and_items_know_their_path_and_line() -> None:
    root = cursor("spec:\n  list:\n  - a: 1\n  - a: x\n")
    entries = list(root.child("spec").child("list").items())
    assert [each.child("a").value for each in entries] == [1, "x"]
    entries[1].child("a").integer()
    [problem] = root.report.problems
    assert (problem.path, problem.line) == ("spec.list[1].a", 4)
    assert problem.message == 'must be a whole number; found "x"'


def test_absent_and_null_are_the_same_and_no_fault() -> None:
    root = cursor("a: null\n")
    for key in ("a", "b"):
        child = root.child(key)
        assert not child.present
        assert child.string() is None
        assert child.integer() is None
        assert not child.mapping("x")
        assert not list(child.items())
        assert not list(child.entries())
    assert not root.report.problems


def test_wrong_types_are_reported_once() -> None:
    root = cursor("a: [1]\nb: {c: 1}\nd: 5\ne: true\n")
    assert not root.child("a").mapping("x")
    assert not root.child("a").mapping("x")
    assert not list(root.child("b").items())
    assert root.child("d").string() is None
    assert root.child("e").integer() is None
    assert [each.message for each in root.report.problems] == [
        "must be a mapping; found a list",
        "must be a list; found a mapping",
        "must be a string; found 5 (put it in quotes)",
        "must be a whole number; found true",
    ]


def test_a_report_has_failed_with_an_error_only() -> None:
    root = cursor("a: 1\n")
    assert not root.report.failed
    root.problem("odd", "warning")
    assert not root.report.failed
    root.problem("bad")
    assert root.report.failed


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("podselector", " (did you mean podSelector?)"),
        ("podSelectors", " (did you mean podSelector?)"),
        ("ingres", " (did you mean ingress?)"),
        ("x", ""),
        ("x" * 10_000, ""),
    ],
)
def test_near_misses_are_suggested(word: str, expected: str) -> None:
    assert did_you_mean(word, ("podSelector", "ingress")) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing (null)"),
        (True, "true"),
        (1.5, "1.5"),
        (10**80, "a huge number"),
        ("a" * 100, f'"{"a" * 60}…"'),
        ({}, "a mapping"),
        ([], "a list"),
    ],
)
def test_values_are_shown_in_short(value: Any, expected: str) -> None:
    assert describe(value) == expected


def test_control_characters_and_half_characters_are_escaped() -> None:
    assert safe_text("ü\x1b\n\ud800") == "ü\\x1b\\n\\ud800"
