"""Evaluations in memory: asked for again and again while a person looks at one cluster."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from policies.evaluator import EVALUATOR_VERSION
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.state import ClusterState
from policies.services.memory import settle, undisturbed

__all__ = ["LeastRecentlyUsed", "evaluation_of", "forget"]

Key = TypeVar("Key")
Value = TypeVar("Value")

# An evaluation of 10,000 pods holds some 50 MB, so eight of them are the most that a small
# machine can spare; one person looks at two or three at a time.
EVALUATIONS_KEPT = 8


class LeastRecentlyUsed(Generic[Key, Value]):
    """A bounded map for several threads. Of threads that miss at once, one makes the value and the
    others wait for it.

    `weight` is how much of the size a value takes; `drop` is called with each that makes room.
    """

    def __init__(
        self,
        size: int,
        weight: Callable[[Value], int] = lambda _: 1,
        drop: Callable[[Value], None] = lambda _: None,
    ) -> None:
        self._size = size
        self._weight = weight
        self._drop = drop
        self._items: OrderedDict[Key, Value] = OrderedDict()
        self._weights: dict[Key, int] = {}
        self._lock = threading.Lock()
        self._making: dict[Key, threading.RLock] = {}

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value kept for `key`, or the one that `make` gives, which is then kept unless it
        weighs more than all may."""
        found = self.get(key)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, threading.RLock())
        with making:
            found = self.get(key)
            if found is None:
                try:
                    found = make()
                    self._keep(key, found)
                finally:
                    with self._lock:
                        self._making.pop(key, None)
        return found

    def get(self, key: Key) -> Value | None:
        """The value kept for `key`."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def _keep(self, key: Key, value: Value) -> None:
        with self._lock:
            self._items[key] = value
            self._weights[key] = self._weight(value)
            while sum(self._weights.values()) > self._size:
                gone, value = self._items.popitem(last=False)
                del self._weights[gone]
                self._drop(value)

    def __len__(self) -> int:
        return len(self._items)


_Flags = tuple[tuple[str, bool], ...]
_Key = tuple[str, str, _Flags, _Flags, bool]


def forget(evaluation: Evaluation) -> None:
    """What was worked out of an evaluation refers to it, and no collection looks at what settled:
    without this it would never leave the memory."""
    evaluation.derived.clear()


_kept: LeastRecentlyUsed[_Key, Evaluation] = LeastRecentlyUsed(EVALUATIONS_KEPT, drop=forget)
# Objects of a state below which a collection is quick whatever is kept.
_LARGE = 1_000


def evaluation_of(
    content_hash: str,
    state: Callable[[], ClusterState],
    kept: Mapping[str, bool],
    flags: Mapping[str, bool],
    intended: bool,
) -> Evaluation:
    """The evaluation of the state with this hash under the flags kept for its cluster and those of
    a question; `state` is only called when none is kept."""

    def make() -> Evaluation:
        with undisturbed():
            evaluation = evaluate(state(), flags=flags, kept=kept, intended=intended)
            # What nearly every question needs is made here, and not counted as anybody's garbage.
            evaluation.rectangles  # noqa: B018 - kept once asked for
        if len(evaluation.state.pods) + len(evaluation.state.policies) > _LARGE:
            settle()
        return evaluation

    key = (content_hash, EVALUATOR_VERSION, _sorted(kept), _sorted(flags), intended)
    return _kept.get_or_make(key, make)


def _sorted(flags: Mapping[str, bool]) -> _Flags:
    return tuple(sorted(flags.items()))
