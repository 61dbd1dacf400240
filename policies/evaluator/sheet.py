"""A mapping of small integers that shares with the one it was made of all that is not changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Generic, TypeVar, overload

__all__ = ["Draft", "Sheet"]

V = TypeVar("V")
D = TypeVar("D")
# Of 10,000 peers there are then 160 pages, and 64 entries are copied for one that changes.
_PAGE = 6


class Sheet(Mapping[int, V]):
    """Values by peer, in pages. Few are copied to change one: see `Draft`."""

    __slots__ = ("_count", "_pages")

    def __init__(self, pages: Mapping[int, dict[int, V]] = {}) -> None:
        self._pages = pages
        self._count = sum(map(len, pages.values()))

    def __getitem__(self, key: int) -> V:
        return self._pages[key >> _PAGE][key]

    @overload
    def get(self, key: int, /) -> V | None: ...
    @overload
    def get(self, key: int, /, default: V | D) -> V | D: ...
    def get(self, key: int, /, default: V | D | None = None) -> V | D | None:
        """The value of a peer, or else the default."""
        page = self._pages.get(key >> _PAGE)
        return default if page is None else page.get(key, default)

    def __iter__(self) -> Iterator[int]:
        for page in self._pages.values():
            yield from page

    def each(self) -> Iterator[V]:
        """The values. Those of a `Mapping` are looked up one by one."""
        return chain.from_iterable(map(dict.values, self._pages.values()))

    def entries(self) -> Iterator[tuple[int, V]]:
        """The keys with their values."""
        return chain.from_iterable(map(dict.items, self._pages.values()))

    def of_any(self, keys: Iterable[int]) -> Iterator[V]:
        """The values of those peers that have one."""
        pages = self._pages
        for key in keys:
            page = pages.get(key >> _PAGE)
            if page is not None and key in page:
                yield page[key]

    def __len__(self) -> int:
        return self._count

    def differing(self, other: Sheet[V]) -> Iterator[int]:
        """The keys that have not the very same value in both; pages that both share are passed
        over."""
        for number in self._pages.keys() | other._pages.keys():
            mine, theirs = self._pages.get(number, {}), other._pages.get(number, {})
            if mine is not theirs:
                for key in mine.keys() | theirs.keys():
                    if mine.get(key) is not theirs.get(key):
                        yield key


class Draft(Generic[V]):
    """The next sheet while it is written: each page is copied once something on it changes."""

    def __init__(self, sheet: Sheet[V]) -> None:
        self._pages = dict(sheet._pages)
        self._own: dict[int, dict[int, V]] = {}

    def get(self, key: int) -> V | None:
        """What stands there now."""
        page = self._pages.get(key >> _PAGE)
        return None if page is None else page.get(key)

    def set(self, keys: Iterable[int], value: V) -> None:
        """Write one value for each of the keys."""
        for key in keys:
            page = self._own.get(key >> _PAGE)
            if page is None:
                page = self._copied(key >> _PAGE)
            page[key] = value

    def pop(self, key: int) -> V | None:
        """Take a value out."""
        page = self._own.get(key >> _PAGE)
        if page is None:
            if key not in self._pages.get(key >> _PAGE, ()):
                return None
            page = self._copied(key >> _PAGE)
        return page.pop(key, None)

    def done(self) -> Sheet[V]:
        """The sheet; the draft is not to be used after that."""
        return Sheet(self._pages)

    def _copied(self, number: int) -> dict[int, V]:
        page = self._own[number] = self._pages[number] = dict(self._pages.get(number, {}))
        return page
