"""JSON text to documents, much faster than YAML; lines of fields are found when asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from json.decoder import JSONDecodeError
from typing import Any

from policies.evaluator.documents import (
    BadText,
    Document,
    Fault,
    Keys,
    Limits,
    TooMuch,
    adopt_kind,
    names_itself,
    refuse_too_many,
)
from policies.evaluator.fields import describe

__all__ = ["ItemReader", "read_json"]

_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+')
_INT64_DIGITS = 19
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonMarks:
    """Lines of the fields of one object, by scanning its text again at the first question."""

    __slots__ = ("_end", "_first", "_lines", "_start", "_text")

    def __init__(self, text: str, start: int, end: int, first: int) -> None:
        self._text = text
        self._start = start
        self._end = end
        self._first = first
        self._lines: dict[tuple[str | int, ...], int] | None = None

    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        if self._lines is None:
            self._lines = self._scan()
        for length in range(len(keys), 0, -1):
            line = self._lines.get(tuple(keys[:length]))
            if line:
                return line
        return 0

    def _scan(self) -> dict[tuple[str | int, ...], int]:
        """Every key and list entry with its line. The text is known to be JSON."""
        lines: dict[tuple[str | int, ...], int] = {}
        path: list[str | int] = []
        line, position = self._first, self._start
        key_next = False
        for match in _TOKEN.finditer(self._text, self._start, self._end):
            line += self._text.count("\n", position, match.start())
            position = match.start()
            token = match.group()
            if path and token not in "]},:":
                if isinstance(path[-1], int):
                    lines.setdefault(tuple(path), line)
                elif key_next:
                    path[-1] = json.loads(token)
                    lines[tuple(path)] = line
                    key_next = False
                    continue
            if token in "{[":
                path.append("" if token == "{" else 0)
                key_next = token == "{"
            elif token in "}]":
                path.pop()
                key_next = False
            elif token == ",":
                if isinstance(last := path[-1], int):
                    path[-1] = last + 1
                else:
                    key_next = True
        return lines


class _Pairs:
    """Makes objects, and notes keys that stand twice; the last one counts, as in Kubernetes."""

    def __init__(self) -> None:
        self.twice: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.twice.append(key)
                seen.add(key)
        return result


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _float(text: str) -> int | float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large a number")
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _integer(text: str) -> int | float:
    # As Kubernetes does; no field that is read is so large.
    return int(text) if len(text) < _INT64_DIGITS else _float(text)


class _Reader:
    def __init__(self, name: str, text: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.pairs = _Pairs()
        decoder = json.JSONDecoder(
            object_pairs_hook=self.pairs,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
        self.scan = decoder.raw_decode
        self.index = 0
        self.take(text, 1)

    def take(self, text: str, line: int) -> None:
        """Go on with another text, which starts at `line`."""
        self.text = text
        self.first = self.line = line
        self.counted = 0
        # Half a character pair cannot be stored or shown; looked for only where one is written.
        self.surrogates = _SURROGATE.search(text) is not None

    def documents(self) -> Iterator[Document]:
        position = self._skip(0)
        while position < len(self.text):
            self.index += 1
            if self.index > self.limits.documents:
                message = f"holds more than {self.limits.documents:,} documents: split it"
                raise TooMuch(self._line_at(position), message, self.index)
            if self.text[position] == "{":
                position = yield from self._root(position)
            else:
                start = position
                value, position = self.scan(self.text, position)
                yield self.made(value, start, position)
            position = self._skip(position)

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def _line_at(self, position: int) -> int:
        self.line += self.text.count("\n", self.counted, position)
        self.counted = position
        return self.line

    def made(self, value: Any, start: int, end: int) -> Document:
        """The document that a value of the text is."""
        line = self._line_at(start)
        faults = [
            Fault(self._line_of_key(key, start, end, line), f"the key {describe(key)} stands twice")
            for key in self.pairs.twice
        ]
        self.pairs.twice = []
        if self.surrogates and not _is_text(value):
            faults.append(Fault(line, "holds half a character (a lone surrogate)"))
        marks = JsonMarks(self.text, start, end, line)
        one_line = self.text.find("\n", start, end) < 0
        return Document(self.name, self.index, line, value, marks, faults, one_line=one_line)

    def _line_of_key(self, key: str, start: int, end: int, line: int) -> int:
        last = self.text.rfind(json.dumps(key, ensure_ascii=False), start, end)
        return line + self.text.count("\n", start, last) if last > 0 else line

    def _root(self, start: int) -> Generator[Document, None, int]:
        """An object; when it has `items` it is a List, and each item is given on its own."""
        text = self.text
        root: dict[str, Any] = {}
        twice: list[str] = []
        waiting: list[Document] = []
        listed = False
        position = self._skip(start + 1)
        while text[position : position + 1] != "}":
            if text[position : position + 1] != '"':
                raise JSONDecodeError("Expecting a property name in double quotes", text, position)
            key, position = self.scan(text, position)
            position = self._skip(self._expect(":", self._skip(position)))
            if key == "items" and text[position : position + 1] == "[":
                listed = True
                position = yield from self._items(position, waiting)
            else:
                value, position = self.scan(text, position)
                twice += [*self.pairs.twice, *([key] if key in root else [])]
                self.pairs.twice = []
                root[key] = value
            position = self._skip(position)
            if text[position : position + 1] != "}":
                position = self._skip(self._expect(",", position))
        for item in waiting:
            adopt_kind(item.value, root)
            yield item
        if not listed:
            self.pairs.twice = twice
            yield self.made(root, start, position + 1)
        return position + 1

    def _items(self, start: int, waiting: list[Document]) -> Generator[Document, None, int]:
        position = self._skip(start + 1)
        while self.text[position : position + 1] != "]":
            value, end = self.scan(self.text, position)
            document = self.made(value, position, end)
            if names_itself(value):
                yield document
            else:
                waiting.append(document)
            position = self._skip(end)
            if self.text[position : position + 1] != "]":
                position = self._skip(self._expect(",", position))
        return position + 1

    def _expect(self, character: str, position: int) -> int:
        if self.text[position : position + 1] != character:
            raise JSONDecodeError(f"Expecting {character!r}", self.text, position)
        return position + 1


def _is_text(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_json(name: str, text: str, limits: Limits) -> Iterator[Document]:
    """Documents of a JSON text: one object, several one after the other, or Lists of them.

    Raises BadText where the text stops being JSON.
    """
    refuse_too_many(_values(text), limits)
    reader = _Reader(name, text, limits)
    try:
        yield from reader.documents()
    except (RecursionError, ValueError) as error:
        raise _bad_text(reader, error) from error


class ItemReader:
    """Reads the items of a List that is cut already, each by itself."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._reader = _Reader(name, "", limits)
        self._reader.index = 1
        self._values = 0

    def document(self, text: str, line: int) -> Document:
        """The object that an item is, which stands at `line`. Raises BadText."""
        self._values += _values(text)
        refuse_too_many(self._values, self._reader.limits)
        reader = self._reader
        reader.take(text, line)
        try:
            value, end = reader.scan(text, 0)
        except (RecursionError, ValueError) as error:
            raise _bad_text(reader, error) from error
        return reader.made(value, 0, end)


def _values(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{")


def _bad_text(reader: _Reader, error: Exception) -> BadText:
    """What a reader finds wrong with its text."""
    index = max(reader.index, 1)
    if isinstance(error, RecursionError):
        return TooMuch(reader.line, f"is nested more than {reader.limits.depth} levels deep", index)
    if not isinstance(error, JSONDecodeError):
        return BadText(reader.line, f"is not valid JSON: {error}", index)
    fault = error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at")
    message = f"is not valid JSON: {fault} (column {error.colno})"
    return BadText(reader.first - 1 + error.lineno, message, index)
