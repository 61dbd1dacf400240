"""Origin: where an object was read."""

from __future__ import annotations

import msgspec

__all__ = ["Origin"]


class Origin(msgspec.Struct, frozen=True):
    """Where an object was read: source name, document (from 1) and line (from 1; 0 unknown)."""

    source: str = ""
    document: int = 0
    line: int = 0
