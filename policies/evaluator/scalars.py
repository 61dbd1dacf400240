"""What a YAML scalar means to Kubernetes: the rules of its YAML reader, as one table.

They differ from PyYAML's: `22:22` and `2024-01-01` are strings, `y` and `off` are booleans, `1e3`
is 1000, `0o17` is 15 and `08` is 8.
"""

from __future__ import annotations

from policies.evaluator.patterns import Lazy

__all__ = ["Scalar", "key_text", "resolve", "resolve_tagged"]

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOT_FINITE = frozenset(
    sign + word
    for sign in ("", "+", "-")
    for word in (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
    if not (sign and word[1].lower() == "n")
)
_NUMBER_START = frozenset("+-.0123456789")
# Tried in this order; the first that matches decides (underscores are already gone).
_INTEGERS = (
    (Lazy(r"[-+]?0[xX][0-9a-fA-F]+"), 16),
    (Lazy(r"[-+]?0[bB][01]+"), 2),
    (Lazy(r"[-+]?0[oO][0-7]+"), 8),
    (Lazy(r"[-+]?0[0-7]+"), 8),
    (Lazy(r"[-+]?(?:0|[1-9][0-9]*)"), 10),
)
_FLOAT = Lazy(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1
# No number that Kubernetes accepts is longer; Python needs quadratic time for huge ones.
_LONGEST_NUMBER = 400
_TAG = "tag:yaml.org,2002:"


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar. Raises ValueError for infinity and NaN."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if text in _NOT_FINITE:
        raise ValueError(f"{text} is not a number that JSON can hold")
    return _number(text)


def _number(text: str) -> str | int | float:
    plain = text.replace("_", "") if "_" in text else text
    if len(plain) > _LONGEST_NUMBER:
        return text
    # Most are ports.
    if plain.isascii() and plain.isdigit() and plain[0] != "0":
        return _whole(int(plain))
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(plain):
            return _whole(int(plain, base))
    if not _FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    if number in (float("inf"), float("-inf")):
        return text
    return int(number) if number.is_integer() and abs(number) < _INT_MAX else number


def _whole(value: int) -> int | float:
    return value if _INT_MIN <= value <= _INT_MAX else float(value)


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag. Raises ValueError where the text does not fit.

    A tag outside YAML's own, such as `!vault`, gives the text.
    """
    name = tag.removeprefix(_TAG)
    if name == tag or name in ("str", "timestamp"):
        return text
    if name == "binary":
        return _binary(text)
    value = resolve(text)
    fits = {
        "null": value is None,
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if not fits.get(name, False):
        raise ValueError(f'"{text[:40]}" is not a !!{name[:40]}')
    return value


def _binary(text: str) -> str:
    # No manifest of an application has one.
    import base64
    import binascii

    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("the !!binary value is not base64 of UTF-8 text") from error


def key_text(value: Scalar) -> str:
    """A key as JSON has it: `y:` is `"true"`, `80:` is `"80"`. Raises ValueError for null."""
    if value is None:
        raise ValueError("a key is missing (null)")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
