"""YAML as tools write it, read by its shape: many times as fast as a parser, or not at all.

What `kubectl get -o yaml`, controllers and templates print is plain: one `key: value` or `- value`
on a line, nested by indentation alone. Such a text is the same few shapes over and over. The shape
of a line is the line without its value, the shape of an object the shapes of its lines. From the
first object of a shape a frame is made, JSON with gaps where the values go and the line of every
field; the next ones only fill the gaps.

Every line must match one pattern here, and every indentation one that is open; anything else (block
scalars, flow style, anchors, tags, escapes, lines that go on, keys that stand twice) is `NotPlain`
and left to the parser, so nothing is guessed. Scalars mean what `scalars` says.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.documents import Keys, Limits
from policies.evaluator.patterns import Lazy
from policies.evaluator.scalars import key_text, resolve

__all__ = ["NotPlain", "Places", "Shape", "ShapeMarks", "Shapes"]

_PLAIN_KEY = r"[A-Za-z0-9_./](?:[-A-Za-z0-9_./:]{0,250}[-A-Za-z0-9_./])?"
_QUOTED_KEY = r""""[ !#-\[\]-~]{0,250}"|'[ -&(-~]{0,250}'"""
_KEY = rf"(?:{_PLAIN_KEY}|{_QUOTED_KEY})"
_LINE = re.compile(
    rf"""
    (?P<head> [ ]*(?:-[ ])? (?: {_KEY}:(?:[ ]+(?=[!-~])|\Z) | (?<=-[ ])(?=[!-~]) ) )
    (?: (?P<plain> (?:[A-Za-z0-9_./~+^$(<=;\\] | [-:](?=[-A-Za-z0-9_./:])).* )
      | "(?P<double>[^"\\]*)" | '(?P<single>[^']*)' | (?P<empty>\{{\}}|\[\]) )?
    \Z""",
    re.VERBOSE,
)
# What is text for certain, whatever `scalars` says of others: names, most identifiers, addresses,
# most hashes.
_TEXT = re.compile(
    r"[A-Za-z]\w*[-./][-\w./]*|[0-9a-f]+(?:-[0-9a-f]+){2,}|\d+(?:\.\d+){2,}"
    r"|(?:[1-9]|0\d)\d*[A-DF-Za-df-z]\w*",
    re.ASCII,
)
_QUOTED_TEXT = re.compile(r"'[-\w.:/ ]*'", re.ASCII)
_HEAD = re.compile(rf"( *)(- )?(?:({_KEY}):)?( *)")
_NOTHING = Lazy(r" *(?:#[ -~]*)?")
_EMPTY = ("{}", "[]")
# Lines and shapes repeat; past these many they evidently do not, and remembering starts anew.
_LINES, _SHAPES = 200_000, 10_000
# A shape may be as deep as this below what the limit of a source allows.
_SPARE_DEPTH = 4

# The line of each entry of a mapping or list, counted from the first of the object, and what is
# inside it.
Places = dict[str | int, tuple[int, "Places"]]


class NotPlain(Exception):
    """This text is for the parser."""


class ShapeMarks:
    """Lines of the fields of one object, by its shape."""

    __slots__ = ("_first", "_places", "_shape", "_values")

    def __init__(self, first: int, shape: Shape, values: tuple[str, ...]) -> None:
        """`first` is the line of the first of the object; `values` are those of each line."""
        self._first = first
        self._shape = shape
        self._places = shape.places
        self._values = values

    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        found, places = 0, self._places
        for key in keys:
            there = (
                key in value
                if isinstance(value, dict)
                else isinstance(value, list) and isinstance(key, int) and key < len(value)
            )
            if not there:
                break
            value = value[key]
            if key in places:
                offset, places = places[key]
                found = self._first + offset
            else:
                places = {}
        return found

    def of_spec(self) -> dict[str, int]:
        """The lines of a policy's spec and of all mappings, lists and entries in it: see
        `lines_of`."""
        first, values = self._first, self._values
        return {
            path: first + offset
            for path, offset, always in self._shape.spec_lines
            if always or values[offset] in _EMPTY
        }


class Shape(msgspec.Struct, frozen=True, dict=True):
    """What all objects with the same lines, but for their values, share."""

    # Of each line all but its value; nothing where it is empty or a comment.
    heads: tuple[str, ...]
    # JSON with a `%s` for each line.
    frame: str
    places: Places
    # Offset of the line of the first field; -1 where there is nothing but comments.
    first: int
    # Keys, values, mappings and lists inside.
    nodes: int
    # Whether it is an entry of a list, with its dash.
    entry: bool

    @property
    def pieces(self) -> list[str]:
        """The parts of the frame: before the value of each line, and behind the last."""
        # No character of a line that is read is a zero.
        return [each.replace("\0", "%%") for each in self.frame.replace("%%", "\0").split("%s")]

    @cached_property
    def spec_lines(self) -> tuple[tuple[str, int, bool], ...]:
        """Paths in `spec` that have a line of their own, with its offset: those that have it
        whatever the values are, and those that have it if their value is an empty mapping or list.
        """
        if "spec" not in self.places:
            return ()
        found = []
        offset, inside = self.places["spec"]
        waiting = [("spec", offset, inside, self.first, True)]
        while waiting:
            path, offset, inside, outer, always = waiting.pop()
            if offset != outer:
                found.append((path, offset, always or bool(inside)))
            for key, (below, further) in inside.items():
                if isinstance(key, int):
                    waiting.append((f"{path}[{key}]", below, further, offset, True))
                elif key.isidentifier():
                    waiting.append((f"{path}.{key}", below, further, offset, False))
        return tuple(sorted(found))


class _Lines(dict[str, tuple[str, str]]):
    """Head and value, as JSON, of each line so far."""

    def __init__(self) -> None:
        super().__init__()
        self._heads: set[str] = set()

    def __missing__(self, line: str) -> tuple[str, str]:
        head, gap, value = line.partition(": ")
        if head in self._heads and _TEXT.fullmatch(value):
            found = (head + gap, f'"{value}"')
        elif head in self._heads and _QUOTED_TEXT.fullmatch(value):
            found = (head + gap, f'"{value[1:-1]}"')
        else:
            found = _read_line(line)
            if found[0] == head + gap:
                self._heads.add(head)
        if len(self) >= _LINES:
            self.clear()
            self._heads.clear()
        self[line] = found
        return found


class Shapes:
    """The lines and shapes met while one source is read."""

    def __init__(self, limits: Limits) -> None:
        self._depth = limits.depth - _SPARE_DEPTH
        self._lines = _Lines()
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def lines(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is no value of each line, and its value as JSON, empty where it has none. Raises
        NotPlain."""
        heads, values = zip(*map(self._lines.__getitem__, text.split("\n")), strict=True)
        return heads, values

    def text(self, value: str) -> str | None:
        """What the value of a line says; None where that is no text, or not plainly one."""
        if _TEXT.fullmatch(value):
            return value
        if _QUOTED_TEXT.fullmatch(value):
            return value[1:-1]
        try:
            head, json = self._lines[f"text: {value}"]
        except NotPlain:
            return None
        return msgspec.json.decode(json) if head == "text: " and json.startswith('"') else None

    def read(self, text: str) -> tuple[Shape, tuple[str, ...]]:
        """The shape of one object and its values, which fill the frame. Raises NotPlain.

        The text is that of a mapping; it may be an entry of a list, with its dash.
        """
        heads, values = self.lines(text)
        shape = self._shapes.get(heads)
        if shape is None:
            shape = _Builder(heads, self._depth).shape()
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            self._shapes[heads] = shape
        return shape, values


def _read_line(line: str) -> tuple[str, str]:
    """Head and value of a line. Raises NotPlain."""
    match = _LINE.match(line)
    if match is None or not _is_printed(line):
        if not line or _NOTHING.fullmatch(line):
            return "", ""
        raise NotPlain
    head, plain, double, single, empty = match.groups()
    if plain is not None:
        # A second key, a comment behind the value, space that is no part of it.
        if ": " in plain or " #" in plain or plain[-1] in ": ":
            raise NotPlain
        return head, _json(plain)
    if empty is not None:
        return head, empty
    text = double if double is not None else single
    return head, "" if text is None else _quoted(text)


def _is_printed(line: str) -> bool:
    return line.isascii() and line.isprintable()


def _json(plain: str) -> str:
    try:
        value = resolve(plain)
    except ValueError:
        raise NotPlain from None
    return msgspec.json.encode(value).decode()


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


class _Open:
    """A mapping or list that is being built."""

    __slots__ = ("column", "listing", "places")

    def __init__(self, column: int, listing: bool, places: Places) -> None:
        self.column = column
        self.listing = listing
        self.places = places


class _Builder:
    """Makes the shape of the object whose lines have these heads."""

    def __init__(self, heads: tuple[str, ...], depth: int) -> None:
        self._heads = heads
        self._depth = depth
        self._open: list[_Open] = []
        self._frame: list[str] = []
        self._nodes = 0
        # What a key without a value on its line will hold: the next line tells what it is.
        self._asking: Places | None = None

    def shape(self) -> Shape:
        """Raises NotPlain."""
        places: Places = {}
        first, entry = -1, False
        for number, head in enumerate(self._heads):
            if head:
                spaces, dash, key, gap = self._parts(head)
                if first < 0:
                    # The dash before an object is not its own.
                    first, entry, spaces, dash = number, bool(dash), spaces + len(dash), ""
                    self._enter(spaces, False, places)
                else:
                    self._reach(spaces, bool(dash))
                self._add(number, spaces, dash, key, gap)
            self._frame.append("%s")
        self._answer_null()
        while self._open:
            self._leave()
        return Shape(self._heads, "".join(self._frame), places, first, self._nodes, entry)

    def _parts(self, head: str) -> tuple[int, str, str | None, str]:
        match = _HEAD.fullmatch(head)
        if match is None or (match[3] is None and not (match[2] and self._open)):
            raise NotPlain
        return len(match[1]), match[2] or "", match[3], match[4]

    def _add(self, number: int, column: int, dash: str, key: str | None, gap: str) -> None:
        inside: Places = {}
        if dash:
            listed = self._open[-1].places
            self._separate(listed)
            listed[len(listed)] = (number, inside)
            self._nodes += 1
        if key is None:
            return
        if dash:
            self._enter(column + len(dash), False, inside)
        fields = self._open[-1].places
        self._separate(fields)
        name = _key_of(key)
        if name in fields:
            raise NotPlain
        inside = {}
        fields[name] = (number, inside)
        self._frame.append(_quoted(name).replace("%", "%%") + ":")
        self._nodes += 2
        if not gap:
            self._asking = inside

    def _reach(self, column: int, dashed: bool) -> None:
        """Make the mapping or list that a line continues, or begins, the innermost one."""
        top = self._open[-1]
        if self._asking is not None:
            if column > top.column or (dashed and column == top.column):
                self._enter(column, dashed, self._asking)
                self._asking = None
                return
            self._answer_null()
        while top.column > column or (top.column == column and top.listing and not dashed):
            self._leave()
            if not self._open:
                raise NotPlain
            top = self._open[-1]
        if top.column != column or top.listing != dashed:
            raise NotPlain

    def _answer_null(self) -> None:
        if self._asking is not None:
            self._frame.append("null")
            self._asking = None

    def _separate(self, places: Places) -> None:
        if places:
            self._frame.append(",")

    def _enter(self, column: int, listing: bool, places: Places) -> None:
        if len(self._open) >= self._depth:
            raise NotPlain
        self._open.append(_Open(column, listing, places))
        self._frame.append("[" if listing else "{")

    def _leave(self) -> None:
        self._frame.append("]" if self._open.pop().listing else "}")


def _key_of(text: str) -> str:
    if text[0] in "\"'":
        return text[1:-1]
    try:
        return key_text(resolve(text))
    except ValueError:
        raise NotPlain from None
