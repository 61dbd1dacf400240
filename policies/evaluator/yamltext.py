"""YAML text to documents, one after the other, whatever stands between them.

A document that is not YAML does not lose the ones after it: reading goes on at the next line that
starts with `---`. Plain documents, and plain entries of a List, are read by their shape; each of
the others by the parser, which alone decides what is YAML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from policies.evaluator.documents import (
    SEPARATOR,
    BadText,
    Budget,
    Document,
    Limits,
    TooMuch,
    names_itself,
)
from policies.evaluator.jsonlist import Quick
from policies.evaluator.origin import Origin
from policies.evaluator.patterns import Lazy
from policies.evaluator.podshape import GivenPod
from policies.evaluator.yamlalike import Alike, PodKeeper
from policies.evaluator.yamlshapes import NotPlain, Shape, ShapeMarks, Shapes

if TYPE_CHECKING:
    from policies.evaluator.yamlreader import YamlReader

__all__ = ["read_yaml"]

# What only the parser knows: other line ends, characters that YAML forbids, and what Python takes
# for space and YAML does not. `%` at the start of a line is for the document behind the next `---`.
_ODD = Lazy("[\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff\ufffe\uffff]")
_ODD_ASCII = ("\r", "\f", "\v")
_ITEMS = Lazy(r"(?m)^items:\n( *- )")
_OUTSIDE = Lazy(r"\n(?=[^ \n#-])")


def read_yaml(
    name: str,
    text: str,
    limits: Limits,
    line: int = 0,
    index: int = 0,
    quick: Quick | None = None,
    pods: PodKeeper | None = None,
) -> Iterator[Document | BadText]:
    """Documents and faults in the order of the text; the items of a List each on their own.

    `line` lines and `index` documents of the source stand before this text. What is plain, `quick`
    is offered as JSON, and pods that are written as many before are kept by `pods`; the
    documents are those that neither takes.
    """
    separators = text.count("\n---")
    if separators > limits.documents:
        count = f"{separators + 1:,}"
        message = f"holds {count} documents; at most {limits.documents:,} are read: split it"
        yield TooMuch(0, message)
        return
    try:
        yield from _Text(name, text, limits, line, index, quick, pods).documents()
    except TooMuch as error:
        yield error


class _Text:
    """One text while it is read."""

    def __init__(
        self,
        name: str,
        text: str,
        limits: Limits,
        line: int,
        index: int,
        quick: Quick | None,
        pods: PodKeeper | None,
    ) -> None:
        self.quick = quick
        self.name = name
        self.text = text
        self.before = line
        self.index = index
        self.limits = limits
        self.budget = Budget(limits)
        self.shapes = Shapes(limits)
        self.alike = Alike(name, self.shapes, pods, self.budget) if pods is not None else None
        # The line (from 0) up to which the parser has read; from its first fault on, each document
        # has a parser of its own, so that many bad ones stay cheap.
        self.read_to = -1
        self.failed = False

    def documents(self) -> Iterator[Document | BadText]:
        """Raises TooMuch where no more is read."""
        if self._is_odd():
            yield from self._parsed(0, len(self.text), 0)
        following = end = 0
        while (start := end) < len(self.text):
            line = following
            taken = self._pods(start, line) if line > self.read_to else None
            if taken is not None:
                lines, end = taken
                following += lines
                continue
            end = self._end(start)
            following += self.text.count("\n", start, end)
            if line > self.read_to and not self._pod(start, end, line):
                yield from self._read(start, end, line)

    def _read(self, start: int, end: int, line: int) -> Iterator[Document | BadText]:
        """What is in a part that begins on `line` of this text."""
        given = 0
        saved = self.index, self.budget.nodes, self.budget.alias_nodes
        try:
            for document in self._plain(start, end, self.before + line):
                given += 1
                if document is not None:
                    yield document
        except NotPlain:
            self.index, self.budget.nodes, self.budget.alias_nodes = saved
            yield from self._parsed(start, end, line, given)

    def _is_odd(self) -> bool:
        text = self.text
        return (
            any(each in text for each in _ODD_ASCII)
            # To find one character takes a fortieth of the time for two.
            or ("%" in text and (text.startswith("%") or "\n%" in text))
            or (not text.isascii() and _ODD.search(text) is not None)
        )

    def _end(self, start: int) -> int:
        """Where a document ends that begins at its `---`, or at the start of the text."""
        text, end = self.text, start
        while (end := text.find("\n---", end) + 1) > 0:
            if text.startswith("\n", end + 3) or SEPARATOR.match(text, end):
                return end
        return len(text)

    def _pods(self, start: int, line: int) -> tuple[int, int] | None:
        """How many lines the documents have, and where the last one ends, that begin here and are
        pods written as the ones before, if there is one. They were kept."""
        if self.alike is None:
            return None
        found = self.alike.pods(self.text, start, self.index + 1, self.before + line)
        if found is None:
            return None
        count, lines, end = found
        self.index += count
        return lines, end

    def _pod(self, start: int, end: int, line: int) -> bool:
        """Whether the document in a part that begins on `line` is a pod written as others. It was
        kept."""
        index = self.index + 1
        if self.alike is None or index > self.limits.documents:
            return False
        marked = self.text.startswith("---\n", start)
        start, line = start + 4 * marked, self.before + line + marked
        if self.alike.pod(self.text, start, end, index, line, entry=False) is None:
            return False
        self.index = index
        return True

    def _plain(self, start: int, end: int, line: int) -> Iterator[Document | None]:
        """Documents of a part that begins on `line` (from 0), None for each that `quick` took.
        Raises NotPlain, even behind some."""
        explicit = self.text.startswith("---", start)
        if explicit:
            if not self.text.startswith("\n", start + 3):
                raise NotPlain
            start += 4
            line += 1
        body = self.text[start:end]
        if body.startswith("items:") or "\nitems:" in body:
            yield from self._entries(body, line)
            return
        shape, values = self.shapes.read(body)
        if shape.entry:
            raise NotPlain
        if shape.first >= 0:
            self._begin(shape.nodes)
            yield self._made(body, shape, values, line)
        elif explicit:
            self._begin(1)

    def _entries(self, body: str, line: int) -> Iterator[Document | None]:
        """The entries of `items`, each on its own, while the rest of the List is plain."""
        found = _ITEMS.search(body)
        if found is None:
            raise NotPlain
        outside = _OUTSIDE.search(body, found.end())
        start, stop = found.start(1), outside.end() if outside else len(body)
        rest, _ = self.shapes.read(f"{body[: found.start()]}items: []\n{body[stop:]}")
        self._begin(rest.nodes - 1)
        line += body.count("\n", 0, start)
        dash = "\n" + found[1]
        while start < stop:
            end = body.find(dash, start, stop) + 1 or stop
            lines = None
            if self.alike is not None:
                lines = self.alike.pod(body, start, end, self.index, line, entry=True)
            yield self._entry(body[start:end], line) if lines is None else None
            line += body.count("\n", start, end) if lines is None else lines
            start = end

    def _entry(self, text: str, line: int) -> Document | None:
        try:
            shape, values = self.shapes.read(text)
            self._charge(shape.nodes + 1)
        except NotPlain:
            document = self._parsed_entry(text, line)
            if names_itself(document.value):
                return document
        else:
            if "kind" in shape.places and "apiVersion" in shape.places:
                return self._made(text, shape, values, line)
        # What it is stands around it.
        raise NotPlain

    def _parsed_entry(self, text: str, line: int) -> Document:
        """What is complete by itself ends before the next dash of its column."""
        reader = self._reader("items:\n" + text, line - 1, self.index - 1)
        try:
            (document,) = reader.documents()
        except (BadText, ValueError):
            raise NotPlain from None
        self.budget.nodes += 1
        return document

    def _begin(self, nodes: int) -> None:
        self.index += 1
        if self.index > self.limits.documents:
            raise NotPlain
        self._charge(nodes)

    def _charge(self, nodes: int) -> None:
        # Past a limit the parser says where.
        self.budget.nodes -= nodes
        if self.budget.nodes < 0:
            raise NotPlain

    def _made(self, text: str, shape: Shape, values: tuple[str, ...], line: int) -> Document | None:
        first = line + shape.first + 1
        json = shape.frame % values
        marks = ShapeMarks(line + 1, shape, values)
        if self.quick is not None:
            origin = Origin(self.name, self.index, first)
            item = msgspec.Raw(json.encode())
            taken = self.quick(item, origin, implied=False, lines=marks.of_spec)
            if self.alike is not None and isinstance(taken, GivenPod):
                self.alike.learn(shape, text)
            if taken is not None:
                return None
        return Document(self.name, self.index, first, msgspec.json.decode(json), marks)

    def _parsed(
        self, start: int, end: int, line: int, given: int = 0
    ) -> Iterator[Document | BadText]:
        """The documents of a part, but for the first ones, which are given already."""
        if end < len(self.text) and not self.failed:
            saved = self.budget.nodes, self.budget.alias_nodes
            reader = self._reader(self.text[start:end], self.before + line, self.index)
            try:
                found = list(reader.documents())
            except BadText:
                # What is wrong may depend on what comes next, `---` inside quotes for one.
                self.budget.nodes, self.budget.alias_nodes = saved
                end = len(self.text)
            else:
                self.index = reader.index
                yield from found[given:]
                return
        reader = self._reader(self.text[start:end], self.before + line, self.index)
        try:
            for number, document in enumerate(reader.documents()):
                if number >= given:
                    yield document
            self.read_to = line if end < len(self.text) else end
        except TooMuch:
            raise
        except BadText as error:
            yield error
            self.failed = True
            self.read_to = line + self.text.count("\n", start, start + reader.start)
        self.index = reader.index

    def _reader(self, text: str, line: int, index: int) -> YamlReader:
        # Loaded for what only it can read: most inputs of a cluster are plain.
        from policies.evaluator.yamlreader import YamlReader

        return YamlReader(self.name, text, line, index, self.budget)
