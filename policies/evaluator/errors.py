"""What can be wrong with an input or a question, and where."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["BadQuestion", "EvaluatorError", "Problem", "Severity", "UnreadableInput"]

Severity = Literal["error", "warning", "info"]


class Problem(msgspec.Struct, frozen=True, order=True):
    """One fault found in an input: where it stands, what was found and what was expected.

    `document` counts from 1 within `source`; `path` is the field (`spec.ingress[0].ports[0].port`,
    empty for the whole document); `line` counts from 1, or is 0 where no line is known.
    An object with a problem of severity `error` is not evaluated.
    """

    source: str
    document: int
    line: int
    path: str
    message: str
    severity: Severity = "error"
    object: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        field = f" {self.path}:" if self.path else ""
        return f"{place}:{field} {self.message}"


class EvaluatorError(Exception):
    """Root of every error that the evaluator raises on purpose."""


class UnreadableInput(EvaluatorError):
    """An input of which nothing can be used; `problems` says why, never empty."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class BadQuestion(EvaluatorError):
    """A question that names something the state does not hold, or that is malformed.

    `field` is the parameter at fault; `suggestions` are near misses, best first.
    """

    def __init__(self, field: str, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.suggestions = suggestions
