"""What thousands of changes share is made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["Once"]

T = TypeVar("T")


class Once(Generic[T]):
    """What is made of things, once of each; they are kept, so their identities tell them apart."""

    def __init__(self, make: Callable[[T], Any]) -> None:
        self._make = make
        self._known: dict[int, tuple[T, Any]] = {}

    def of(self, thing: T) -> Any:
        """What is made of a thing."""
        found = self._known.get(id(thing))
        if found is None:
            found = self._known[id(thing)] = (thing, self._make(thing))
        return found[1]
