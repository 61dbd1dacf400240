"""The garbage collector around large states: they are made of many objects, and none is garbage."""

from __future__ import annotations

import gc
from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["settle", "undisturbed"]

# `threading` makes the same, and takes long to load for a command of a few files.
_lock = allocate_lock()
_working = 0
_was_on = True


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without collections while a state is read or decided: each would go through all of it."""
    global _working, _was_on
    with _lock:
        if _working == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _working += 1
    try:
        yield
    finally:
        with _lock:
            _working -= 1
            if _working == 0 and _was_on:
                gc.enable()


def settle() -> None:
    """Leave out of every later collection what is in memory now, when something large was made that
    stays; otherwise a request now and then would wait until all of it is gone through."""
    gc.collect()
    gc.freeze()
