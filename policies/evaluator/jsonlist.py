"""One JSON List, as kubectl and the API server print it: cut into items before any is read."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from policies.evaluator.documents import Document, Limits, adopt_kind, names_itself, refuse_too_many
from policies.evaluator.origin import Origin
from policies.evaluator.podshape import GivenPod
from policies.evaluator.state import Namespace, PolicyObject

__all__ = ["Lines", "Quick", "Taken", "read_list"]

_ITEMS = b'"items"'
# What the general way refuses, and no JSON that a machine wrote holds.
_DELETE = b"\x7f"
_CHUNK = 1 << 20
# No value and its comma take fewer.
_VALUE_BYTES = 2

Lines = Callable[[], dict[str, int]]
Taken = GivenPod | Namespace | PolicyObject


class Quick(Protocol):
    """Takes an item whole, or leaves it to be read in the general way."""

    def __call__(
        self, item: msgspec.Raw, origin: Origin, *, implied: bool, lines: Lines | None
    ) -> Taken | None:
        """What the item is, where it was taken. `implied`: the list says that its items are pods of
        v1. `lines` tells where the parts of its spec stand: see `lines_of`."""


class _List(msgspec.Struct, rename="camel"):
    items: list[msgspec.Raw]
    api_version: str = ""
    kind: str = ""


_DECODER = msgspec.json.Decoder(_List)


def read_list(
    name: str, data: bytes, limits: Limits, quick: Quick | None
) -> Iterator[Document] | None:
    """The objects of a List that `quick` does not take; None where the data is no such List, or is
    not plainly right. Raises BadText for far too many values, as reading the documents does."""
    if data[:1] != b"{" or _ITEMS not in data:
        return None
    # Before anything is made of them: each item takes memory, however small it is.
    most = max(limits.json_nodes, len(data) // limits.json_density)
    limits = msgspec.structs.replace(limits, json_nodes=most)
    if len(data) > most * _VALUE_BYTES:
        refuse_too_many(data.count(b","), limits)
    try:
        found = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    items = found.items
    if not items or _DELETE in data or not _is_utf8(data):
        return None
    if not _is_only_list(data, items):
        return None
    return _documents(name, data, found, limits, quick)


def _is_only_list(data: bytes, items: Sequence[msgspec.Raw]) -> bool:
    """Whether the items are those of the one list that the data seems to hold, and no others.

    They are when they fill the place from the first to the last, with the same between any two;
    a machine writes no other list.
    """
    first, last = bytes(items[0]), bytes(items[-1])
    start = data.find(first, data.find(_ITEMS))
    end = data.rindex(last) + len(last)
    # Written with escapes, the key of the list would be somewhere else than it seems.
    if start < 0 or data.count(_ITEMS, 0, start) != 1 or b"\\" in data[:start]:
        return False
    if _ITEMS in data[end:]:
        return False
    between = 0
    if len(items) > 1:
        behind = start + len(first)
        between = data.find(bytes(items[1]), behind) - behind
    filled = sum(len(memoryview(each)) for each in items)
    return end - start == filled + between * (len(items) - 1)


def _documents(
    name: str, data: bytes, found: _List, limits: Limits, quick: Quick | None
) -> Iterator[Document]:
    # With Python's JSON, which YAML does without.
    from policies.evaluator.jsontext import ItemReader

    reader = ItemReader(name, limits)
    implied = (found.api_version, found.kind) == ("v1", "PodList")
    parent = {"apiVersion": found.api_version, "kind": found.kind}
    position = counted = data.index(_ITEMS)
    line = data.count(b"\n", 0, counted) + 1
    # A line end behind the list, as most tools write it, counts for nothing.
    one_line = data.find(b"\n", 0, data.rindex(b"]")) < 0
    # All parts of an item stand on the line where it begins.
    lines = dict if one_line else None
    origin = Origin.at(name, 1, line)
    for each in found.items:
        if not one_line:
            position = data.index(each, position)
            line += data.count(b"\n", counted, position)
            counted = position
            position += len(memoryview(each))
            origin = Origin.at(name, 1, line)
        if quick is not None and quick(each, origin, implied=implied, lines=lines):
            continue
        document = reader.document(bytes(each).decode(), line)
        if not names_itself(document.value):
            adopt_kind(document.value, {key: text for key, text in parent.items() if text})
        yield document


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
