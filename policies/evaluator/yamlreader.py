"""Builds plain data as Kubernetes reads it from YAML events, with the line of every field.

libyaml gives the events; scalars, duplicate keys, aliases, depth and size are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from policies.evaluator.documents import (
    SEPARATOR,
    BadText,
    Budget,
    Document,
    Fault,
    Keys,
    TooMuch,
    adopt_kind,
    names_itself,
)
from policies.evaluator.fields import describe
from policies.evaluator.scalars import Scalar, key_text, resolve, resolve_tagged

__all__ = ["YamlReader"]

_TEMPLATE = re.compile(r"\{\{")
_HELM_HINT = "this looks like an unrendered Helm template: run `helm template` and give its output"
# Most keys and many values repeat; remembering them saves time and keeps one copy in memory.
_MEMO_ENTRIES = 50_000
_MEMO_TEXT = 80


class LineMarks:
    """Lines of the entries of every mapping and list, by the identity of the container."""

    __slots__ = ("_lines",)

    def __init__(self, lines: dict[int, list[int]]) -> None:
        self._lines = lines

    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        found = 0
        for key in keys:
            lines = self._lines.get(id(value), ())
            if isinstance(value, dict) and key in value:
                place = list(value).index(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                place = key
            else:
                break
            if place < len(lines):
                found = lines[place]
            value = value[key]
        return found


class YamlReader:
    """Builds the documents of one text, whose first line is `first_line` (from 0) of the source."""

    def __init__(self, name: str, text: str, first_line: int, index: int, budget: Budget) -> None:
        self.name = name
        self.text = text
        self.first_line = first_line
        self.index = index
        # Where the document that is being read begins. Its line would be another one: the parser
        # takes other characters for line ends as well.
        self.start = 0
        self.budget = budget
        self.lines: dict[int, list[int]] = {}
        self.faults: list[Fault] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.next: Any = None

    def documents(self) -> Iterator[Document]:
        """Raises BadText where the text stops being YAML."""
        try:
            # CSafeLoader is libyaml's parser; nothing but its events is used.
            self.next = yaml.CSafeLoader(self.text).get_event
            while True:
                event = self.next()
                if isinstance(event, StreamEndEvent):
                    return
                if isinstance(event, DocumentStartEvent):
                    yield from self._document(event)
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from error
        except yaml.reader.ReaderError as error:
            position = error.position if isinstance(error.position, int) else 0
            line = self.first_line + self.text.count("\n", 0, position) + 1
            raise BadText(line, "holds a character that YAML forbids", self.index or 1) from error
        except BadText as error:
            error.index = self.index
            raise

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> BadText:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark is not None else 0
        message = f"is not valid YAML: {error.problem or error.context or 'cannot be read'}"
        if "cannot start any token" in message and "\t" in self._text_of_line(line):
            message += " (indent with spaces, not tabs)"
        if self._is_template():
            message = f"is not valid YAML; {_HELM_HINT}"
        # The fault may come before the parser has told of the document.
        self.index = max(self.index, 1)
        return BadText(self.first_line + line + 1, message, self.index)

    def _text_of_line(self, line: int) -> str:
        start = self._start_of_line(line)
        return self.text[start : self.text.find("\n", start) + 1 or None]

    def _start_of_line(self, line: int) -> int:
        start = 0
        for _ in range(line):
            start = self.text.find("\n", start) + 1
        return start

    def _is_template(self) -> bool:
        end = SEPARATOR.search(self.text, self.start + 3)
        stop = end.start() if end else len(self.text)
        return _TEMPLATE.search(self.text, self.start, stop) is not None

    def _line(self, event: Any) -> int:
        return self.first_line + int(event.start_mark.line) + 1

    def _document(self, start: Any) -> Iterator[Document]:
        self.start = start.start_mark.index
        self.index += 1
        if self.index > self.budget.limits.documents:
            message = f"holds more than {self.budget.limits.documents:,} documents: split it"
            raise TooMuch(self._line(start), message)
        self.anchors = {}
        self._fresh()
        event = self.next()
        if isinstance(event, MappingStartEvent) and event.anchor is None:
            yield from self._root(event)
        else:
            value = self._node(event, 0)
            if value is not None:
                yield self._made(value, self._line(event))
        while not isinstance(self.next(), DocumentEndEvent):
            pass

    def _fresh(self) -> None:
        # An alias may reach into what was read before: then its lines are still needed.
        if not self.anchors:
            self.lines = {}
        self.faults = []

    def _made(self, value: Any, line: int) -> Document:
        return Document(self.name, self.index, line, value, LineMarks(self.lines), self.faults)

    def _root(self, start: Any) -> Iterator[Document]:
        """A mapping; when it has `items` it is a List, and each item is given on its own."""
        root: dict[str, Any] = {}
        lines: list[int] = []
        waiting: list[Document] = []
        merges: list[tuple[Any, int]] = []
        listed = False
        while not isinstance(event := self.next(), MappingEndEvent):
            line = self._line(event)
            merging = _is_merge(event)
            key = "<<" if merging else self._key(event)
            event = self.next()
            if merging:
                merges.append((self._node(event, 1), line))
            elif key == "items" and isinstance(event, SequenceStartEvent) and not event.anchor:
                listed = True
                for item in self._items():
                    if names_itself(item.value):
                        yield item
                    else:
                        waiting.append(item)
            else:
                self._put(root, lines, key, line, self._node(event, 1))
        for value, line in merges:
            self._merge(root, lines, value, line)
        for item in waiting:
            adopt_kind(item.value, root)
            yield item
        if not listed and (root or self.faults):
            self.lines[id(root)] = lines
            yield self._made(root, lines[0] if lines else self._line(start))

    def _items(self) -> Iterator[Document]:
        while not isinstance(event := self.next(), SequenceEndEvent):
            self._fresh()
            value = self._node(event, 2)
            yield self._made(value, self._line(event))

    def _node(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            scalar = self._scalar(event)
            if event.anchor is not None:
                self.anchors[event.anchor] = (scalar, 1)
            return scalar
        if kind is AliasEvent:
            return self._alias(event)
        self._charge(event, depth)
        anchor = event.anchor
        before = self.budget.nodes + self.budget.alias_nodes
        if anchor is not None:
            self.open_anchors.add(anchor)
        value: Any = self._mapping(depth) if kind is MappingStartEvent else self._sequence(depth)
        if anchor is not None:
            self.open_anchors.discard(anchor)
            size = before - self.budget.nodes - self.budget.alias_nodes + 1
            self.anchors[anchor] = (value, size)
        return value

    def _charge(self, event: Any, depth: int) -> None:
        if depth >= self.budget.limits.depth:
            message = f"is nested more than {self.budget.limits.depth} levels deep"
            raise BadText(self._line(event), message)
        self._spend(event)

    def _spend(self, event: Any) -> None:
        self.budget.nodes -= 1
        if self.budget.nodes < 0:
            message = f"holds more than {self.budget.limits.nodes:,} values: split it"
            raise TooMuch(self._line(event), message)

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name in self.open_anchors:
            raise BadText(self._line(event), f"the alias *{name} stands inside what it repeats")
        if name not in self.anchors:
            raise BadText(self._line(event), f"the alias *{name} has no anchor &{name} before it")
        value, size = self.anchors[name]
        self.budget.alias_nodes -= size
        if self.budget.alias_nodes < 0:
            limit = self.budget.limits.alias_nodes
            message = f"its aliases repeat more than {limit:,} values: write them out"
            raise TooMuch(self._line(event), message)
        return value

    def _sequence(self, depth: int) -> list[Any]:
        result: list[Any] = []
        lines: list[int] = []
        while type(event := self.next()) is not SequenceEndEvent:
            lines.append(self.first_line + event.start_mark.line + 1)
            result.append(
                self._scalar(event)
                if type(event) is ScalarEvent and event.anchor is None
                else self._node(event, depth + 1)
            )
        self.lines[id(result)] = lines
        return result

    def _mapping(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: list[int] = []
        merges: list[tuple[Any, int]] = []
        while type(event := self.next()) is not MappingEndEvent:
            line = self.first_line + event.start_mark.line + 1
            merging = _is_merge(event)
            key = "<<" if merging else self._key(event)
            event = self.next()
            value = (
                self._scalar(event)
                if type(event) is ScalarEvent and event.anchor is None
                else self._node(event, depth + 1)
            )
            if merging:
                merges.append((value, line))
            else:
                self._put(result, lines, key, line, value)
        for value, line in merges:
            self._merge(result, lines, value, line)
        self.lines[id(result)] = lines
        return result

    def _put(
        self, target: dict[str, Any], lines: list[int], key: str, line: int, value: Any
    ) -> None:
        if key in target:
            first = lines[list(target).index(key)]
            where = f"lines {first} and {line}" if first != line else f"line {line}"
            self.faults.append(Fault(line, f"the key {describe(key)} stands twice, on {where}"))
        else:
            lines.append(line)
        target[key] = value

    def _merge(self, target: dict[str, Any], lines: list[int], value: Any, line: int) -> None:
        """`<<`: keys of the mapping itself win, then those of earlier mappings."""
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                self.faults.append(Fault(line, "<< needs a mapping or a list of mappings"))
                return
            for key, inner in each.items():
                if key not in target:
                    target[key] = inner
                    lines.append(line)

    def _key(self, event: Any) -> str:
        if type(event) is AliasEvent:
            value = self._alias(event)
        elif type(event) is ScalarEvent:
            text = event.value
            if event.implicit[0] and event.anchor is None:
                known = self.budget.keys.get(text)
                if known is not None:
                    self._spend(event)
                    return known
            value = self._scalar(event)
            if event.anchor is not None:
                self.anchors[event.anchor] = (value, 1)
        else:
            value = {}
        if isinstance(value, dict | list):
            message = "a key must be plain text; found a mapping or list"
            raise BadText(self._line(event), _HELM_HINT if self._is_template() else message)
        try:
            key = key_text(value)
        except ValueError as error:
            self.faults.append(Fault(self._line(event), str(error)))
            return ""
        if type(event) is ScalarEvent and event.implicit[0]:
            self._remember_key(event.value, key)
        return key

    def _remember_key(self, text: str, key: str) -> None:
        if len(text) <= _MEMO_TEXT and len(self.budget.keys) < _MEMO_ENTRIES:
            self.budget.keys[text] = key

    def _scalar(self, event: Any) -> Scalar:
        budget = self.budget
        budget.nodes -= 1
        if budget.nodes < 0:
            self._spend(event)
        text: str = event.value
        try:
            if event.implicit[0]:
                values = budget.values
                if text in values:
                    return values[text]
                value = resolve(text)
                if len(text) <= _MEMO_TEXT and len(values) < _MEMO_ENTRIES:
                    values[text] = value
                return value
            return text if event.tag is None else resolve_tagged(event.tag, text)
        except ValueError as error:
            self.faults.append(Fault(self._line(event), str(error)))
            return None


def _is_merge(event: Any) -> bool:
    return type(event) is ScalarEvent and event.value == "<<" and event.implicit[0]
