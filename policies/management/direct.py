"""Answers a command at once where Django is not needed: for questions about files.

Loading Django, the API and the settings takes several times as long as the answer about a small
input. So a command line that is complete, and names no snapshot, is answered from the question
itself. Whatever else it holds (`--help`, Django's own options, a mistake) Django handles as ever.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from policies.management.commandline import CommandLine, NotPlain

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


def answer(arguments: Sequence[str], *, leave: bool = False) -> bool:
    """Answer a command line and say so, or return False where it is for Django.

    Raises SystemExit as the question does. `leave`: the process ends with the answer.
    """
    name = arguments[0] if arguments else ""
    if name not in _QUESTIONS:
        return False
    # The process ends with the answer: what is no longer needed need not be found and freed.
    gc.disable()
    _load_msgspec()
    module = import_module(f"policies.management.questions.{name}")
    question: Question = getattr(module, _QUESTIONS[name])(_Stream(sys.stdout), _Errors())
    line = CommandLine()
    question.add_arguments(line)
    try:
        options = line.parse(arguments[1:])
    except NotPlain:
        return False
    if any(options[each] for each in question.kept):
        return False
    code: int | str | None = 0
    try:
        question.answer(options)
    except SystemExit as end:
        if not leave:
            raise
        code = end.code
    if leave:
        _leave(code)
    return True


def _leave(code: int | str | None) -> NoReturn:
    """End the process without taking a large cluster in memory apart, object by object."""
    if not isinstance(code, int):
        raise SystemExit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class _Later(ModuleType):
    """A module that is loaded when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def _load_msgspec() -> None:
    """Load msgspec without what it does not need to read and write, a fifth of a start.

    From typing_extensions, which loads Python's own compiler, it takes what typing has had since
    Python 3.11. `platform` and `textwrap` compile a dozen regular expressions; of the first its
    uuid wants the name of the system, which os knows (since Python 3.13 no longer), and the other
    and `inspect` make schemas.
    """
    stand_ins: dict[str, Any] = {"typing_extensions": None}  # Python's mark of no such module.
    stand_ins.update({name: _Later(name) for name in ("textwrap", "msgspec.inspect")})
    if hasattr(os, "uname"):
        stand_ins["platform"] = system = _Later("platform")
        vars(system)["system"] = lambda: os.uname().sysname
    names = stand_ins.keys() - sys.modules.keys()
    sys.modules.update((name, stand_ins[name]) for name in names)
    try:
        import_module("msgspec")
    finally:
        for name in names:
            del sys.modules[name]


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
