"""Scalars as Kubernetes reads them. The tables were taken from what kubectl prints as JSON."""

from __future__ import annotations

import pytest

from policies.evaluator.scalars import Scalar, key_text, resolve, resolve_tagged

BOOLEANS = {
    True: "y Y yes Yes YES on On ON true True TRUE",
    False: "n N no No NO off Off OFF false False FALSE",
}
STRINGS = (
    "22:22",
    "1:20",
    "190:20:30.15",
    "2024-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "yEs",
    "tRUE",
    "nULL",
    "0b12",
    "_1",
    ".",
    "+",
    ".e3",
    "1e",
    "1e400",
    "0x1p3",
    "1.2.3",
    "10.0.0.0/8",
    "=",
    "<<",
    "inf",
    "nan",
    "Infinity",
    "0o8",
    "0x",
    "0b",
    "0o",
    "12abc",
    "1e5.5",
    "1,000",
    "-.nan",
    "+.nan",
    "web",
)
NUMBERS = {
    "1e3": 1000,
    "1E3": 1000,
    "1e+3": 1000,
    "12e03": 12000,
    "1e-3": 0.001,
    "1.5": 1.5,
    "1.0": 1,
    "0o17": 15,
    "0O17": 15,
    "017": 15,
    "0644": 420,
    "-017": -15,
    "08": 8,
    "09": 9,
    "0x1F": 31,
    "0X1F": 31,
    "-0x1F": -31,
    "+0x1F": 31,
    "0b11": 3,
    "-0b11": -3,
    "+12": 12,
    "-12": -12,
    "1_000": 1000,
    "1__0": 10,
    "0_7": 7,
    "1_": 1,
    "1_000.5": 1000.5,
    "0x_1": 1,
    ".5": 0.5,
    "5.": 5,
    "-.5": -0.5,
    "+.5": 0.5,
    "0": 0,
    "-0": 0,
    "00": 0,
    "0.0": 0,
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
    "18446744073709551616": 18446744073709552000.0,
    "123456789012345678901234567890": 1.2345678901234568e29,
    "1e21": 1e21,
    "3.14159": 3.14159,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [(text, value) for value, texts in BOOLEANS.items() for text in texts.split()],
)
def test_short_and_long_words_for_yes_and_no_are_booleans(text: str, expected: bool) -> None:
    assert resolve(text) is expected


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_and_the_words_for_it_are_null(text: str) -> None:
    assert resolve(text) is None


@pytest.mark.parametrize("text", STRINGS)
def test_what_only_looks_like_something_else_is_a_string(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(("text", "expected"), NUMBERS.items())
def test_numbers_in_every_notation(text: str, expected: float) -> None:
    value = resolve(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("text", [".inf", ".Inf", "+.INF", "-.inf", ".nan", ".NaN", ".NAN"])
def test_infinity_and_nan_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number that JSON can hold"):
        resolve(text)


def test_a_number_of_ten_thousand_digits_costs_nothing() -> None:
    assert resolve("9" * 10_000) == "9" * 10_000


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("str", "12", "12"),
        ("int", "12", 12),
        ("float", "1", 1),
        ("float", "1.5", 1.5),
        ("bool", "yes", True),
        ("null", "", None),
        ("timestamp", "2024-01-01", "2024-01-01"),
        ("binary", "aGVs bG8=", "hello"),
    ],
)
def test_a_tag_decides_the_type(tag: str, text: str, expected: Scalar) -> None:
    assert resolve_tagged(f"tag:yaml.org,2002:{tag}", text) == expected


def test_a_tag_of_somebody_else_leaves_the_text() -> None:
    assert resolve_tagged("!vault", "12") == "12"


@pytest.mark.parametrize(
    ("tag", "text"),
    [("int", "abc"), ("int", "1.5"), ("null", "x"), ("bool", "1"), ("binary", "*"), ("set", "a")],
)
def test_a_text_that_does_not_fit_its_tag_is_refused(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        resolve_tagged(f"tag:yaml.org,2002:{tag}", text)


@pytest.mark.parametrize(
    ("value", "expected"), [(True, "true"), (False, "false"), (80, "80"), (1.5, "1.5"), ("a", "a")]
)
def test_keys_are_text_as_json_has_it(value: Scalar, expected: str) -> None:
    assert key_text(value) == expected


def test_a_null_key_is_refused() -> None:
    with pytest.raises(ValueError, match="a key is missing"):
        key_text(None)
