"""Command lines that hold nothing unusual, read without argparse.

Loading argparse, and the translations and the locale that it asks for, takes as long as answering
about three files. So a command line is read here when every word of it is a known option in full,
the value of one, or a path; whatever else there is (abbreviations, `--`, `-ojson`, a mistake)
argparse reads, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["CommandLine", "NotPlain", "Options"]


class NotPlain(Exception):
    """This command line is for argparse."""


class Group(Protocol):
    """Options of which one is to be given."""

    def add_argument(self, *names: str, **settings: Any) -> object:
        """Add an option to the group."""


class Options(Group, Protocol):
    """What of argparse's parser the questions use."""

    def add_mutually_exclusive_group(self, *, required: bool = False) -> Group:
        """Add a group of options."""


class _Option:
    """One option, or the paths: the settings of argparse by name."""

    def __init__(
        self,
        name: str,
        dest: str = "",
        action: str = "store",
        nargs: str = "",
        choices: Sequence[str] = (),
        default: Any = None,
        required: bool = False,
        metavar: str = "",
        help: str = "",
    ) -> None:
        self.dest = dest or name.lstrip("-").replace("-", "_")
        self.flag = action == "store_true"
        self.adds = action in ("append", "extend")
        self.many = nargs in ("*", "+")
        self.choices = choices
        self.default = False if self.flag else [] if nargs == "*" else default
        self.required = required

    def put(self, values: list[str], into: dict[str, Any]) -> None:
        if self.choices and any(each not in self.choices for each in values):
            raise NotPlain
        if self.adds:
            into[self.dest] = [*into[self.dest], *values]
        else:
            into[self.dest] = True if self.flag else values if self.many else values[0]


class _Group:
    def __init__(self, line: CommandLine) -> None:
        self._line = line
        self.members: list[_Option] = []

    def add_argument(self, *names: str, **settings: Any) -> None:
        self.members.append(self._line.add_argument(*names, **settings))


class CommandLine:
    """The options of a question, and what a command line says of them."""

    def __init__(self) -> None:
        self._options: dict[str, _Option] = {}
        self._all: list[_Option] = []
        self._groups: list[_Group] = []
        self._paths: _Option | None = None

    def add_argument(self, *names: str, **settings: Any) -> _Option:
        """As argparse's; of its settings those that the questions use."""
        option = _Option(names[-1], **settings)
        self._all.append(option)
        if names[-1].startswith("-"):
            self._options.update(dict.fromkeys(names, option))
        else:
            self._paths = option
        return option

    def add_mutually_exclusive_group(self, *, required: bool = False) -> _Group:
        """A group of which one option is given; `required` is what all groups here are."""
        group = _Group(self)
        self._groups.append(group)
        return group

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """The options by name. Raises NotPlain."""
        found = {option.dest: option.default for option in self._all}
        given: set[_Option] = set()
        waiting = list(words)
        while waiting:
            option, values = self._next(waiting)
            if option is self._paths and option in given:
                # argparse takes paths in one place only.
                raise NotPlain
            option.put(values, found)
            given.add(option)
        if any(option.required and option not in given for option in self._all):
            raise NotPlain
        if any(len(given.intersection(group.members)) != 1 for group in self._groups):
            raise NotPlain
        return found

    def _next(self, waiting: list[str]) -> tuple[_Option, list[str]]:
        """The next option of a command line with its values, taken from it."""
        if _is_value(waiting[0]):
            if self._paths is None:
                raise NotPlain
            return self._paths, _values(waiting)
        name, sign, value = waiting.pop(0).partition("=")
        option = self._options.get(name)
        if option is None or (sign and (option.flag or not value or not name.startswith("--"))):
            raise NotPlain
        if sign:
            return option, [value]
        if option.flag:
            return option, []
        values = _values(waiting) if option.many else _values(waiting[:1])
        if not values:
            raise NotPlain
        if not option.many:
            del waiting[0]
        return option, values


def _is_value(word: str) -> bool:
    return word == "-" or not word.startswith("-")


def _values(waiting: list[str]) -> list[str]:
    """The values at the head of a command line, taken from it."""
    values = []
    while waiting and _is_value(waiting[0]):
        values.append(waiting.pop(0))
    return values
