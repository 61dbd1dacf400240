"""Parts of specs that many policies share, as peers and ports: each text is checked and kept once.

Only what a machine wrote is taken: what is not the same when it is written again, or is not plainly
right, is left to the general way, which says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from policies.evaluator.documents import Document, Keys
from policies.evaluator.fields import Cursor, Report

__all__ = ["NotPlain", "Parts", "Read", "checked", "entries", "mapping"]

# Past this many different ones the memory of them is not worth its room.
_REMEMBERED = 100_000

# Made under the import lock: see statebytes.py.
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRIES = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_VALUE = msgspec.json.Decoder(Any)
_ENCODER = msgspec.json.Encoder()


class NotPlain(Exception):
    """What has to be read in the general way."""


class Parts:
    """The parts of one reading that are right."""

    def __init__(self) -> None:
        self._known: dict[tuple[Read, bytes], Any] = {}

    def mapping(
        self, given: Mapping[str, msgspec.Raw], fields: Mapping[str, Read]
    ) -> dict[str, Any]:
        """The values of a mapping, the same object for the same text. Raises NotPlain."""
        known = self._known
        found = {}
        for field, raw in given.items():
            read = fields.get(field)
            if read is None:
                raise NotPlain
            text = bytes(raw)
            value = known.get((read, text))
            if value is None:
                value = read(text, self)
                if len(known) < _REMEMBERED:
                    known[read, text] = value
            found[field] = value
        return found


Read = Callable[[bytes, Parts], Any]
"""Gives the value that a text is. Raises NotPlain where there is anything to say of it."""


def checked(check: Callable[[Cursor], None]) -> Read:
    """Reads what `check` has nothing to say of."""

    def read(text: bytes, parts: Parts) -> Any:
        value = _decoded(_VALUE, text)
        report = Report(_NOWHERE)
        check(Cursor(value, report))
        if report.problems:
            raise NotPlain
        return value

    return read


def mapping(fields: Mapping[str, Read]) -> Read:
    """Reads a mapping that has none but these fields."""

    def read(text: bytes, parts: Parts) -> dict[str, Any]:
        return parts.mapping(_decoded(_FIELDS, text), fields)

    return read


def entries(fields: Mapping[str, Read], are_right: Callable[[Any], bool] | None = None) -> Read:
    """Reads a list of such mappings. `are_right` says whether the fields of one go together."""

    def read(text: bytes, parts: Parts) -> list[dict[str, Any]]:
        found = [parts.mapping(each, fields) for each in _decoded(_ENTRIES, text)]
        if are_right is not None and not all(map(are_right, found)):
            raise NotPlain
        return found

    return read


def _decoded(decoder: msgspec.json.Decoder[Any], text: bytes) -> Any:
    """What a text says. Where it says it twice or in disguise, it is not so when written again."""
    try:
        found = decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotPlain from error
    if _ENCODER.encode(found) != text:
        raise NotPlain
    return found


class _NoMarks:
    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        return 0


_NOWHERE = Document("", 0, 0, None, _NoMarks())
