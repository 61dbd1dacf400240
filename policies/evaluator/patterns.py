"""Regular expressions that many inputs never need: compiled at the first use, not at the start.

Compiling one takes up to a millisecond; a command about three files takes some eighty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["Lazy"]


class Lazy:
    """Like the compiled pattern, whose methods it has from the first use on."""

    def __init__(self, text: str) -> None:
        self._text = text

    if TYPE_CHECKING:
        finditer = re.compile("").finditer
        fullmatch = re.compile("").fullmatch
        match = re.compile("").match
        search = re.compile("").search
    else:

        def __getattr__(self, name: str) -> Any:
            # Kept in the instance, this is called once for each method.
            found = getattr(re.compile(self._text), name)
            setattr(self, name, found)
            return found
