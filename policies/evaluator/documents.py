"""A document of an input, with the line of each of its fields, and the limits of reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from policies.evaluator.patterns import Lazy
from policies.evaluator.scalars import Scalar

__all__ = [
    "SEPARATOR",
    "BadText",
    "Budget",
    "Document",
    "Fault",
    "Limits",
    "Marks",
    "SourceText",
    "TooMuch",
    "adopt_kind",
    "names_itself",
    "parse_path",
    "refuse_too_many",
    "render_path",
]

Keys = Sequence[str | int]
# The line before a YAML document.
SEPARATOR = Lazy(r"(?m)^---(?=\s|$)")


class Limits(msgspec.Struct, frozen=True):
    """How much of one source is read. Beyond a limit the source is refused with a problem."""

    # `kubectl get pods -A -o json` of 10,000 pods as large as they come is 126 MB, and reading it
    # takes little more memory than that. Doors that strangers may use have smaller limits.
    json_bytes: int = 4 * 1024 * 1024 * 1024
    # YAML takes twenty times as long to read as JSON: 12 s at this size on a slow machine.
    yaml_bytes: int = 32 * 1024 * 1024
    # Objects of a List do not count; no tool writes so many documents into one file.
    documents: int = 50_000
    # A Kubernetes object is 15 deep, a schema inside one 60.
    depth: int = 100
    # Each key, value, mapping and list is one; 10,000 full pods have three million. A list of
    # nothing but `1,` would otherwise keep the YAML parser busy for minutes.
    nodes: int = 2_000_000
    # The same for JSON, counted by its commas and brackets; a million take 100 MB of memory.
    json_nodes: int = 6_000_000
    # A List may hold more, as its items are read one by one, where it is not dense: pods have 17
    # bytes for each comma, and what takes fewer is made to fill the memory.
    json_density: int = 12
    # Nodes that aliases add by repetition. Hand-written files reach a few hundred.
    alias_nodes: int = 100_000
    # Problems listed of one source; more help nobody.
    problems: int = 1_000


class Budget:
    """What is left of the limits of one source."""

    __slots__ = ("alias_nodes", "keys", "limits", "nodes", "values")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = limits.nodes
        self.alias_nodes = limits.alias_nodes
        self.keys: dict[str, str] = {}
        self.values: dict[str, Scalar] = {}


class SourceText(msgspec.Struct, frozen=True):
    """One file as it was given; `name` is how it was named, never an absolute path."""

    name: str
    data: bytes


class Fault(msgspec.Struct, frozen=True):
    """Something inside a document that YAML or JSON allows and Kubernetes does not."""

    line: int
    message: str


class BadText(Exception):
    """A document that cannot be read; `line` counts from 1, `index` counts documents from 1."""

    def __init__(self, line: int, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.index = index


class TooMuch(BadText):
    """A limit is passed: the rest of the source is not read."""


def refuse_too_many(values: int, limits: Limits) -> None:
    """Raises TooMuch for more values of JSON than are read."""
    if values > limits.json_nodes:
        raise TooMuch(0, f"holds more than {limits.json_nodes:,} values: split it", 1)


class Marks(Protocol):
    """Where the fields of one document stand."""

    def line(self, value: Any, keys: Keys) -> int:
        """The line of the field at `keys` of `value`, or of the nearest known field around it; 0
        where not even that is known."""


class Document:
    """One object of a source: plain data as Kubernetes reads it.

    `index` counts documents of the source from 1; the objects of one List share it. An object with
    `faults` must not be evaluated. `one_line`: all of it is known to stand on its first line.
    """

    __slots__ = ("faults", "index", "line", "marks", "one_line", "source", "value")

    def __init__(
        self,
        source: str,
        index: int,
        line: int,
        value: Any,
        marks: Marks,
        faults: Sequence[Fault] = (),
        *,
        one_line: bool = False,
    ) -> None:
        self.source = source
        self.index = index
        self.line = line
        self.value = value
        self.marks = marks
        self.faults = tuple(faults)
        self.one_line = one_line

    def line_at(self, keys: Keys) -> int:
        """The line of a field, or of the nearest enclosing one."""
        if self.one_line:
            return self.line
        return self.marks.line(self.value, keys) or self.line

    def line_of(self, path: str) -> int:
        """`line_at` of a rendered path, `spec.ingress[0].ports[0]`."""
        return self.line_at(parse_path(path))


def render_path(keys: Keys) -> str:
    """`spec.ingress[0].from[1]`; a key that is not a plain word goes into brackets."""
    text = ""
    for key in keys:
        if isinstance(key, int) or not key.isidentifier():
            text += f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text


def parse_path(path: str) -> list[str | int]:
    """The keys of a rendered path."""
    keys: list[str | int] = []
    rest = path.removeprefix("$")
    while rest:
        if rest.startswith("["):
            inner, _, rest = rest[1:].partition("]")
            keys.append(int(inner) if inner.isdecimal() else inner)
        else:
            rest = rest.removeprefix(".")
            end = min((i for i in (rest.find("."), rest.find("[")) if i >= 0), default=len(rest))
            keys.append(rest[:end])
            rest = rest[end:]
    return keys


def names_itself(item: Any) -> bool:
    """Whether an item of a list says what it is, as those of `kind: List` do."""
    return not isinstance(item, dict) or ("kind" in item and "apiVersion" in item)


def adopt_kind(item: Any, parent: dict[str, Any]) -> None:
    """Items of a typed list (`PodList`) may leave out kind and version: the list implies them."""
    kind = parent.get("kind")
    if not isinstance(item, dict) or not isinstance(kind, str) or kind == "List":
        return
    item.setdefault("kind", kind.removesuffix("List"))
    if "apiVersion" in parent:
        item.setdefault("apiVersion", parent["apiVersion"])
