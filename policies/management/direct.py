"""Answers a command at once where Django is not needed: for questions about files.

Loading Django, the API and the settings takes several times as long as the answer about a small
input. So a command line that is complete, and names no snapshot, is answered from the question
itself. Whatever else it holds (`--help`, Django's own options, a mistake) Django handles as ever.
"""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser, HelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from policies.management.question import Question, Writer

__all__ = ["answer"]

_QUESTIONS = {
    "flows": "Flows",
    "explain": "Explain",
    "whatif": "WhatIf",
    "diff": "Diff",
    "lint": "Lint",
    "fix": "Fix",
    "entrypoints": "EntryPoints",
}


def answer(arguments: Sequence[str]) -> bool:
    """Answer a command line and say so, or return False where it is for Django.

    Raises SystemExit as the question does.
    """
    name = arguments[0] if arguments else ""
    if name not in _QUESTIONS:
        return False
    # The process ends with the answer: what is no longer needed need not be found and freed.
    gc.disable()
    _load_msgspec()
    module = import_module(f"policies.management.questions.{name}")
    question: Question = getattr(module, _QUESTIONS[name])(_Stream(sys.stdout), _Errors())
    parser = _Parser(add_help=False, allow_abbrev=False, formatter_class=_NoHelp)
    question.add_arguments(parser)
    try:
        options = vars(parser.parse_args(arguments[1:]))
    except _ForDjango:
        return False
    if any(options[each] for each in question.kept):
        return False
    question.answer(options)
    return True


def _load_msgspec() -> None:
    """Load msgspec without typing_extensions, a tenth of a start: it takes from there what typing
    has had since Python 3.11, and typing_extensions loads Python's own compiler."""
    if "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # Python's mark of no such module
        import_module("msgspec")
        del sys.modules["typing_extensions"]


class _ForDjango(Exception):
    """A command line that is not complete, or not ours."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _ForDjango


class _NoHelp(HelpFormatter):
    def __init__(self, prog: str) -> None:
        # argparse makes one for every option; to ask for the terminal's width it loads archivers.
        super().__init__(prog, width=80)


class _Stream:
    """Django's wrapper of a stream, without colours."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /, *, ending: str | None = None) -> None:
        ending = "\n" if ending is None else ending
        self._stream.write(text if text.endswith(ending) else text + ending)

    def flush(self) -> None:
        self._stream.flush()


class _Errors:
    """Standard error: in Django's colours where a person looks at it."""

    def __init__(self) -> None:
        self._writer: Writer | None = None

    def write(self, text: str, /, *, ending: str | None = None) -> None:
        if self._writer is None:
            self._writer = _coloured() if sys.stderr.isatty() else _Stream(sys.stderr)
        self._writer.write(text, ending=ending)

    def flush(self) -> None:
        sys.stderr.flush()


def _coloured() -> Any:
    from django.core.management.base import OutputWrapper
    from django.core.management.color import color_style

    stream = OutputWrapper(sys.stderr)
    stream.style_func = color_style().ERROR
    return stream
