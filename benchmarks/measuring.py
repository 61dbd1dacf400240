"""CPU time and memory, as fairly as a shared machine allows."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["best", "each", "in_turn", "percentile", "uncollected", "used_by"]

T = TypeVar("T")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def best(stage: Callable[[], T], runs: int) -> tuple[float, T]:
    """Milliseconds of CPU of the fastest run without garbage collection, and the last result."""
    fastest = float("inf")
    with uncollected():
        for _ in range(runs):
            started = time.process_time()
            result = stage()
            fastest = min(fastest, time.process_time() - started)
    return fastest * 1000, result


def in_turn(stages: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """Milliseconds of CPU of each stage, what it made freed again: the best of runs in which they
    follow each other, so that what else the machine does falls upon all of them."""
    fastest = [float("inf")] * len(stages)
    with uncollected():
        for _ in range(runs):
            for place, stage in enumerate(stages):
                started = time.process_time()
                stage()
                fastest[place] = min(fastest[place], time.process_time() - started)
    return [seconds * 1000 for seconds in fastest]


def each(stages: Sequence[Callable[[], object]], runs: int = 3) -> list[float]:
    """Milliseconds of CPU of each stage, the best of some runs."""
    return [best(stage, runs)[0] for stage in stages]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def used_by(module: str, *arguments: str) -> dict[str, float]:
    """What a module prints as JSON when it runs in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
