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

__all__ = ["Check", "NotPlain", "Parts"]

Check = Callable[[Cursor], None]
# Past this many different ones the memory of them is not worth its room.
_REMEMBERED = 100_000

# Made under the import lock: see statebytes.py.
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_VALUE = msgspec.json.Decoder(Any)
_ENCODER = msgspec.json.Encoder()


class NotPlain(Exception):
    """What has to be read in the general way."""


class Parts:
    """The parts of one reading that are right."""

    def __init__(self) -> None:
        self._known: dict[tuple[Check, bytes], Any] = {}

    def part(self, text: msgspec.Raw, check: Check) -> Any:
        """The value that a text is, the same object for the same text. Raises NotPlain where
        `check` finds anything to say of it."""
        key = (check, bytes(text))
        value = self._known.get(key)
        if value is None:
            value = _decoded(_VALUE, text)
            report = Report(_NOWHERE)
            check(Cursor(value, report))
            if report.problems:
                raise NotPlain
            if len(self._known) < _REMEMBERED:
                self._known[key] = value
        return value

    def fields(self, text: msgspec.Raw, checks: Mapping[str, Check]) -> dict[str, Any]:
        """A mapping of parts, each with its own check. Raises NotPlain, for other fields too."""
        given = self.texts(text)
        if not given.keys() <= checks.keys():
            raise NotPlain
        return {field: self.part(each, checks[field]) for field, each in given.items()}

    def texts(self, text: msgspec.Raw) -> dict[str, msgspec.Raw]:
        """The fields of a mapping. Raises NotPlain."""
        found: dict[str, msgspec.Raw] = _decoded(_FIELDS, text)
        return found

    def entries(self, text: msgspec.Raw) -> list[msgspec.Raw]:
        """The entries of a list. Raises NotPlain."""
        found: list[msgspec.Raw] = _decoded(_ENTRIES, text)
        return found


def _decoded(decoder: msgspec.json.Decoder[Any], text: msgspec.Raw) -> Any:
    """What a text says. Where it says it twice or in disguise, it is not so when written again."""
    try:
        found = decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotPlain from error
    if _ENCODER.encode(found) != bytes(text):
        raise NotPlain
    return found


class _NoMarks:
    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        return 0


_NOWHERE = Document("", 0, 0, None, _NoMarks())
