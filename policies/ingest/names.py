"""Names as the API server takes them."""

from __future__ import annotations

import re

__all__ = ["is_namespace"]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def is_namespace(name: str) -> bool:
    """Whether a namespace may have this name. No other is made a part of an address."""
    return _LABEL.fullmatch(name) is not None
