"""Calico's selector language (semantics C.6), as labels that may be selected."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.kinds._calicoselector import alternatives


def selects(text: str, labels: Mapping[str, str]) -> bool:
    return any(
        all(requirement.matches(labels) for requirement in each) for each in alternatives(text)
    )


A, B, NONE = {"k": "a"}, {"k": "b"}, {"other": "a"}


@pytest.mark.parametrize(
    ("law", "text", "expected"),
    [
        ("C-51", "k == 'a'", [A]),
        ("C-51", 'k=="a"', [A]),
        ("C-51", "k != 'a'", [B, NONE]),
        ("C-51", "k in {'a', 'c'}", [A]),
        ("C-51", "k not in {'a'}", [B, NONE]),
        ("C-56", "k notin{'a'}", [B, NONE]),
        ("C-51", "has(k)", [A, B]),
        ("C-51", "!has(k)", [NONE]),
        ("C-56", "has( k )", [A, B]),
        ("C-52", "k in {}", []),
        ("C-52", "k not in {}", [A, B, NONE]),
        ("C-52", "k in {'a',}", [A]),
        ("C-54", "all()", [A, B, NONE]),
        ("C-54", "", [A, B, NONE]),
        ("C-54", "!all()", []),
        ("C-50", "k == 'a' || k == 'b' && has(other)", [A]),
        ("C-50", "(k == 'a' || k == 'b') && has(k)", [A, B]),
        ("C-50", "!k == 'a'", [B, NONE]),
        ("C-56", "!!k == 'a'", [A]),
        ("C-50", "!(k == 'a' || k == 'b')", [NONE]),
        ("C-50", "!(has(k) && k != 'a')", [A, NONE]),
    ],
)
@pytest.mark.law("C-50", "C-51", "C-52", "C-54", "C-56")
def test_a_selector_selects(law: str, text: str, expected: list[Mapping[str, str]]) -> None:
    assert [each for each in (A, B, NONE) if selects(text, each)] == expected, law


@pytest.mark.parametrize("word", ["contains", "starts with", "startswith", "ends  with"])
@pytest.mark.law("C-51")
def test_parts_of_values_are_not_compared_so_that_more_is_selected(word: str) -> None:
    assert [each for each in (A, B, NONE) if selects(f"k {word} 'a'", each)] == [A, B]
    assert all(selects(f"!k {word} 'a'", each) for each in (A, B, NONE))


@pytest.mark.parametrize(
    "text",
    [
        "k",
        "k = 'a'",
        "k == a",
        "k == 'a' &",
        "!",
        "has (k)",
        "k in {,}",
        "k\n== 'a'",
        "k == 'a' )",
        "(" * 500,
        "k == 'a' && " * 200 + "has(k)",
    ],
)
@pytest.mark.law("C-53", "C-55")
def test_what_cannot_be_read_is_taken_to_select_everything(text: str) -> None:
    assert all(selects(text, each) for each in (A, B, NONE))


def test_a_selector_with_too_many_alternatives_selects_no_less() -> None:
    text = " && ".join(f"(k{i} == 'a' || k{i} == 'b')" for i in range(12))
    assert selects(text, {f"k{i}": "b" for i in range(12)})
    assert len(alternatives(text)) <= 64


LABELS = st.dictionaries(st.sampled_from("kl"), st.sampled_from("ab"))
ATOMS = st.sampled_from(["k == 'a'", "k != 'b'", "l in {'a','b'}", "l not in {'a'}", "has(k)"])
SELECTORS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda text: f"!({text})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} && {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} || {pair[1]})"),
    ),
    max_leaves=6,
)


def truth(text: str, labels: Mapping[str, str]) -> bool:
    """The selector as Python would say it."""
    values = {
        "k == 'a'": labels.get("k") == "a",
        "k != 'b'": labels.get("k") != "b",
        "l in {'a','b'}": labels.get("l") in ("a", "b"),
        "l not in {'a'}": labels.get("l") != "a",
        "has(k)": "k" in labels,
    }
    for atom, value in values.items():
        text = text.replace(atom, str(value))
    for sign, word in (("&&", "and"), ("||", "or"), ("!", "not ")):
        text = text.replace(sign, word)
    return bool(eval(text))


@given(SELECTORS, LABELS)
@pytest.mark.law("C-50")
def test_small_selectors_are_exact(text: str, labels: dict[str, str]) -> None:
    assert selects(text, labels) == truth(text, labels)
