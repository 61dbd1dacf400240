"""A cursor over plain data that checks types and collects every problem with its path and line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.evaluator.documents import Document, render_path
from policies.evaluator.errors import Problem, Severity

__all__ = ["Cursor", "Report", "describe", "did_you_mean", "quote_it", "safe_text"]

_SHOWN = 60
_LABEL_SHOWN = 80


class Report:
    """The problems of one object, in the order found."""

    __slots__ = ("_seen", "default_namespace", "document", "problems")

    def __init__(self, document: Document, default_namespace: str = "default") -> None:
        """`default_namespace` is where objects without one are; empty for cluster-wide kinds."""
        self.document = document
        self.default_namespace = default_namespace
        self.problems: list[Problem] = []
        self._seen: set[Problem] = set()

    def add(
        self, keys: tuple[str | int, ...], message: str, severity: Severity = "error", line: int = 0
    ) -> None:
        """Note a problem of the field at `keys`; `line` 0 means where that field stands."""
        problem = Problem(
            source=self.document.source,
            document=self.document.index,
            line=line or self.document.line_at(keys),
            path=safe_text(render_path(keys)),
            message=message,
            severity=severity,
            object=_label(self.document.value, self.default_namespace),
        )
        if problem not in self._seen:
            self._seen.add(problem)
            self.problems.append(problem)

    @property
    def failed(self) -> bool:
        """Whether the object must not be evaluated."""
        return bool(self.problems) and any(problem.severity == "error" for problem in self.problems)


def _label(value: Any, default_namespace: str) -> str:
    """The object as problems name it, `Pod/default/web`; empty where it has no kind."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return ""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    parts = [kind]
    if kind not in ("Namespace", "Node") and default_namespace:
        namespace = metadata.get("namespace")
        parts.append(namespace if isinstance(namespace, str) and namespace else default_namespace)
    name = metadata.get("name") or metadata.get("generateName")
    parts.append(name if isinstance(name, str) else "")
    return safe_text("/".join(part[:_LABEL_SHOWN] for part in parts if part))


class Cursor:
    """A field of an object: its value, where it is, and the questions a validation asks.

    Null is the same as absent (as the API server decodes it), except where `items` gives it.
    """

    __slots__ = ("keys", "report", "value")

    def __init__(self, value: Any, report: Report, keys: tuple[str | int, ...] = ()) -> None:
        self.value = value
        self.report = report
        self.keys = keys

    @property
    def path(self) -> str:
        """`spec.ingress[0].from[1]`."""
        return render_path(self.keys)

    @property
    def present(self) -> bool:
        """Whether there is a value, other than null."""
        return self.value is not None

    def problem(self, message: str, severity: Severity = "error") -> None:
        """Report a fault of this field."""
        self.report.add(self.keys, message, severity)

    def child(self, key: str | int) -> Cursor:
        """The field below, absent where there is none or this is not a mapping."""
        inside = self.value.get(key) if isinstance(self.value, dict) else None
        return Cursor(inside, self.report, (*self.keys, key))

    def mapping(self, *known: str, consequence: str = "") -> bool:
        """Whether this is a mapping; reports another type, and each field that is not `known`.

        `consequence` completes what a dropped field does. Without `known` every key is right.
        """
        if self.value is None:
            return False
        if not isinstance(self.value, dict):
            self.problem(f"must be a mapping; found {describe(self.value)}")
            return False
        for key in self.value:
            if known and key not in known:
                self.child(key).problem(_unknown(key, known, consequence), "warning")
        return True

    def items(self) -> Iterator[Cursor]:
        """The entries of a list; reports another type."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.problem(f"must be a list; found {describe(self.value)}")
            return
        for index, value in enumerate(self.value):
            yield Cursor(value, self.report, (*self.keys, index))

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """Keys and values of a mapping with free keys; reports another type."""
        if self.mapping():
            for key in self.value:
                yield key, self.child(key)

    def string(self) -> str | None:
        """The text, or None where it is absent or, reported, of another type."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        self.problem(f"must be a string; found {describe(self.value)}{quote_it(self.value)}")
        return None

    def integer(self) -> int | None:
        """The whole number, or None where it is absent or, reported, of another type."""
        if self.value is None:
            return None
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        self.problem(f"must be a whole number; found {describe(self.value)}")
        return None


def describe(value: Any) -> str:
    """A value as a message shows it: short, and free of control characters."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        return f'"{safe_text(text)}"'
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return str(value) if abs(value) < 10**_SHOWN else "a huge number"


def safe_text(text: str) -> str:
    """Text that can be encoded and printed on one line, whatever the input held."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """` (did you mean podSelector?)`, or nothing when no known word is near."""
    for each in known:
        if each.lower() == word.lower():
            return f" (did you mean {each}?)"
    from difflib import get_close_matches

    near = get_close_matches(word[:_SHOWN], known, n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""


def _unknown(key: str, known: tuple[str, ...], consequence: str) -> str:
    expected = ", ".join(known)
    effect = consequence or "The API server would drop it."
    return (
        f"unknown field {describe(key)}{did_you_mean(key, known)}; expected one of: {expected}."
        f" {effect}"
    )


def quote_it(value: Any) -> str:
    """How to make a string of what YAML took for something else."""
    if isinstance(value, bool):
        word = "y, yes or on" if value else "n, no or off"
        return f" (a plain {word} is a boolean in YAML: put it in quotes)"
    return " (put it in quotes)" if isinstance(value, int | float) else ""
