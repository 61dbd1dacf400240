"""Evaluations in memory: asked for again and again while a person looks at one cluster."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from policies.evaluator import EVALUATOR_VERSION
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.state import ClusterState

__all__ = ["LeastRecentlyUsed", "evaluation_of"]

Key = TypeVar("Key")
Value = TypeVar("Value")

# An evaluation of 10,000 pods holds some 50 MB, so eight of them are the most that a small
# machine can spare; one person looks at two or three at a time.
EVALUATIONS_KEPT = 8


class LeastRecentlyUsed(Generic[Key, Value]):
    """A bounded map for several threads. Two threads that miss at once may both compute."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value kept for `key`, or the one that `make` gives, which is then kept."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        value = make()
        with self._lock:
            value = self._items.setdefault(key, value)
            self._items.move_to_end(key)
            while len(self._items) > self._size:
                self._items.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._items)


_Flags = tuple[tuple[str, bool], ...]
_Key = tuple[str, str, _Flags, _Flags, bool]
_kept: LeastRecentlyUsed[_Key, Evaluation] = LeastRecentlyUsed(EVALUATIONS_KEPT)


def evaluation_of(
    content_hash: str,
    state: Callable[[], ClusterState],
    kept: Mapping[str, bool],
    flags: Mapping[str, bool],
    intended: bool,
) -> Evaluation:
    """The evaluation of the state with this hash under the flags kept for its cluster and those of
    a question; `state` is only called when none is kept."""
    return _kept.get_or_make(
        (content_hash, EVALUATOR_VERSION, _sorted(kept), _sorted(flags), intended),
        lambda: evaluate(state(), flags=flags, kept=kept, intended=intended),
    )


def _sorted(flags: Mapping[str, bool]) -> _Flags:
    return tuple(sorted(flags.items()))
