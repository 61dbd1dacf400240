"""Origin: where an object was read."""

from __future__ import annotations

import msgspec

__all__ = ["Origin"]


class Origin(msgspec.Struct, frozen=True):
    """Where an object was read: source name, document (from 1) and line (from 1; 0 unknown)."""

    source: str = ""
    document: int = 0
    line: int = 0

    @classmethod
    def at(cls, source: str, document: int, line: int) -> Origin:
        """A place in a source; what is read of a cluster has no source, and so no place."""
        return cls(source, document, line) if source else cls()
