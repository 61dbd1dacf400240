"""Calico's selector language (semantics C.6) as alternatives of label requirements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from policies.evaluator.labels import Operator, Requirement
from policies.evaluator.patterns import Lazy

if TYPE_CHECKING:
    import re

__all__ = ["Alternatives", "alternatives"]

Alternatives = tuple[frozenset[Requirement], ...]
"""One of them holds for every pod that the selector selects; none where it selects nothing."""

ANYTHING: Alternatives = (frozenset(),)
MOST = 64
"""More alternatives than this are not told apart: the selector is taken to select everything."""

_TOKEN = Lazy(
    r"[ \t]*(?:(?P<sign>\|\||&&|==|!=|!|\(|\)|\{|\}|,)"
    r"|(?P<call>(?:has|all|global)\()"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<word>[A-Za-z0-9_./-]+))"
)
_LABEL = Lazy(r"[A-Za-z0-9_./-]{1,512}")
_BEGINS = Lazy(r"[ \t]*(?P<word>contains|starts *with|ends *with)(?=[ \t'\"])")
_LONGEST = 1024
_DEEPEST = 30


class _CannotRead(Exception):
    """The text is no selector of this language."""


def alternatives(text: str) -> Alternatives:
    """What a selector may select; everything where the text cannot be read (never less)."""
    if len(text) > _LONGEST:
        return ANYTHING
    if not text.strip(" \t"):
        return ANYTHING
    try:
        found = _Parser(text).whole()
    except _CannotRead:
        return ANYTHING
    return found if len(found) <= MOST else ANYTHING


_Part = Callable[[bool], Alternatives]
"""A part of a selector: given whether it is negated, what it may select."""


def _any_of(parts: list[_Part]) -> _Part:
    return lambda negated: _product(parts, True) if negated else _sum(parts, False)


def _all_of(parts: list[_Part]) -> _Part:
    return lambda negated: _sum(parts, True) if negated else _product(parts, False)


def _sum(parts: list[_Part], negated: bool) -> Alternatives:
    found = tuple(dict.fromkeys(each for part in parts for each in part(negated)))
    return found if len(found) <= MOST else ANYTHING


def _product(parts: list[_Part], negated: bool) -> Alternatives:
    found: Alternatives = ANYTHING
    for part in parts:
        more = part(negated)
        if len(found) * len(more) > MOST:
            # Leaving a condition out selects more.
            continue
        found = tuple(dict.fromkeys(left | right for left in found for right in more))
    return found


def _holds(requirement: Requirement, opposite: Requirement) -> _Part:
    return lambda negated: (frozenset({opposite if negated else requirement}),)


def _constant(value: bool) -> _Part:
    return lambda negated: ANYTHING if value is not negated else ()


class _Parser:
    """Recursive descent; `&&` binds tighter than `||`, `!` to one operand (C-50)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Alternatives:
        found = self._or()
        if self._text[self._at :].strip(" \t"):
            raise _CannotRead
        return found(False)

    def _peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self._text, self._at)

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token is None or token["sign"] != sign:
            return False
        self._at = token.end()
        return True

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise _CannotRead

    def _or(self) -> _Part:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _CannotRead
        parts = [self._and()]
        while self._take("||"):
            parts.append(self._and())
        self._depth -= 1
        return _any_of(parts)

    def _and(self) -> _Part:
        parts = [self._operand()]
        while self._take("&&"):
            parts.append(self._operand())
        return _all_of(parts)

    def _operand(self) -> _Part:
        negated = False
        while self._take("!"):
            negated = not negated
        part = self._positive()
        return (lambda outer: part(not outer)) if negated else part

    def _positive(self) -> _Part:
        if self._take("("):
            inside = self._or()
            self._need(")")
            return inside
        token = self._peek()
        if token is None:
            raise _CannotRead
        self._at = token.end()
        if token["call"]:
            return self._call(token["call"])
        if not token["word"] or not _LABEL.fullmatch(token["word"]):
            raise _CannotRead
        return self._condition(token["word"])

    def _call(self, name: str) -> _Part:
        if name != "has(":
            self._need(")")
            return _constant(True)
        token = self._peek()
        if token is None or not token["word"]:
            raise _CannotRead
        self._at = token.end()
        self._need(")")
        return _holds(_key(token["word"], "Exists"), _key(token["word"], "DoesNotExist"))

    def _condition(self, label: str) -> _Part:
        if self._take("=="):
            value = (self._string(),)
            return _holds(_key(label, "In", value), _key(label, "NotIn", value))
        if self._take("!="):
            value = (self._string(),)
            return _holds(_key(label, "NotIn", value), _key(label, "In", value))
        partly = _BEGINS.match(self._text, self._at)
        if partly:
            self._at = partly.end()
            self._string()
            # C-51: only a pod with the label matches; which value, is not compared.
            present = frozenset({_key(label, "Exists")})
            return lambda negated: ANYTHING if negated else (present,)
        return self._listed(label)

    def _listed(self, label: str) -> _Part:
        inside = True
        token = self._peek()
        if token is not None and token["word"] in ("not", "notin"):
            inside = False
            self._at = token.end()
            if token["word"] == "not":
                token = self._peek()
        if token is None or token["word"] not in ("in", "notin"):
            raise _CannotRead
        self._at = token.end()
        values = self._values()
        if not values:
            return _constant(not inside)  # C-52
        one, other = _key(label, "In", values), _key(label, "NotIn", values)
        return _holds(one, other) if inside else _holds(other, one)

    def _values(self) -> tuple[str, ...]:
        self._need("{")
        values: set[str] = set()
        while not self._take("}"):
            values.add(self._string())
            if not self._take(","):
                self._need("}")
                break
        return tuple(sorted(values))

    def _string(self) -> str:
        token = self._peek()
        if token is None or not token["text"]:
            raise _CannotRead
        self._at = token.end()
        return token["text"][1:-1]


def _key(label: str, operator: Operator, values: tuple[str, ...] = ()) -> Requirement:
    return Requirement(label, operator, values)
