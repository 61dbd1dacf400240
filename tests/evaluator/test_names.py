"""The syntax of names, tried on every short text of the characters that matter."""

from __future__ import annotations

from itertools import product

from policies.evaluator import names

TEXTS = ["".join(each) for length in range(1, 7) for each in product("a0-.Z", repeat=length)]


def is_label(text: str) -> bool:
    return bool(text) and set(text) <= set("a0-") and "-" not in (text[0], text[-1])


def test_the_name_of_a_namespace_has_letters_and_digits_at_both_ends() -> None:
    found = {text for text in TEXTS if names.namespace_fault(text) is None}
    assert found == {text for text in TEXTS if is_label(text)}


def test_the_name_of_an_object_is_such_names_with_dots_between() -> None:
    found = {text for text in TEXTS if names.object_name_fault(text) is None}
    assert found == {text for text in TEXTS if all(map(is_label, text.split(".")))}


def test_long_names_are_refused() -> None:
    assert names.object_name_fault("a-" * 126)
    assert names.object_name_fault("a." * 126)
    assert names.object_name_fault("a" * 254)
