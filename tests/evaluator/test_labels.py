"""Label selectors: what matches, and how a selector is written."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.labels import EVERYTHING, Operator, Requirement, Selector

LABELS = {"app": "web", "tier": "", "Env": "dev"}
REQUIREMENTS: tuple[tuple[str, Operator, tuple[str, ...], bool], ...] = (
    ("app", "In", ("db", "web"), True),
    ("app", "In", ("db",), False),
    ("zone", "In", ("a",), False),
    ("app", "NotIn", ("db",), True),
    ("app", "NotIn", ("web",), False),
    ("zone", "NotIn", ("a",), True),
    ("tier", "Exists", (), True),
    ("zone", "Exists", (), False),
    ("zone", "DoesNotExist", (), True),
    ("app", "DoesNotExist", (), False),
    ("tier", "In", ("",), True),
    ("zone", "In", ("",), False),
    ("env", "In", ("dev",), False),
)
TEXTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, ""),
    ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
    ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a"),
    ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "!a"),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}, "a=1"),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["2", "1"]}]}, "a in (1,2)"),
    ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, "a notin (1)"),
)


@pytest.mark.law("A-50", "A-51", "A-52", "A-53", "A-54", "A-57")
@pytest.mark.parametrize(("key", "operator", "values", "expected"), REQUIREMENTS)
def test_a_requirement_matches_as_kubernetes_does(
    key: str, operator: Operator, values: tuple[str, ...], expected: bool
) -> None:
    assert Requirement(key, operator, values).matches(LABELS) is expected


@pytest.mark.parametrize(("spec", "text"), TEXTS)
def test_a_selector_is_written_as_kubectl_writes_it(spec: dict[str, Any], text: str) -> None:
    assert str(Selector.from_spec(spec)) == text


@pytest.mark.law("A-20", "A-49")
@pytest.mark.parametrize("spec", [None, {}, {"matchLabels": None, "matchExpressions": None}])
def test_a_selector_without_requirements_matches_everything(spec: dict[str, Any] | None) -> None:
    selector = Selector.from_spec(spec)
    assert selector == EVERYTHING
    assert not selector
    assert selector.matches({})


@pytest.mark.law("A-55", "A-56")
def test_every_requirement_on_a_key_must_hold() -> None:
    both = Selector.from_spec(
        {
            "matchLabels": {"app": "a"},
            "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}],
        }
    )
    assert not both.matches({"app": "a"})
    assert not both.matches({"app": "b"})
    assert both.keys == {"app"}


def test_selectors_that_mean_the_same_are_equal() -> None:
    short = Selector.from_spec({"matchLabels": {"app": "a"}})
    long = Selector.from_spec(
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "a"]}]}
    )
    assert short == long
    assert len({short, long}) == 1
