"""Evaluations in memory: kept while they are asked for, never more than a few."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from policies.evaluator.engine import Evaluation
from policies.evaluator.state import ClusterState
from policies.services import entrypoints_answer, evaluate_state, exposure_answer, flows_answer
from policies.services.evaluations import LeastRecentlyUsed, forget
from tests.support.entry_points import ingress, points_of, service
from tests.support.fixture_cluster import cluster


def test_a_value_is_made_once() -> None:
    made: list[str] = []
    kept: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(2)

    def make() -> int:
        made.append("a")
        return 1

    for _ in range(3):
        assert kept.get_or_make("a", make) == 1
    assert made == ["a"]


def test_the_value_unused_for_longest_makes_room() -> None:
    kept: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(2)
    for key in ("a", "b", "a", "c"):
        kept.get_or_make(key, lambda: "old")
    assert len(kept) == 2
    assert kept.get_or_make("a", lambda: "new") == "old"
    assert kept.get_or_make("b", lambda: "new") == "new"


def test_of_those_that_miss_at_once_one_makes_the_value_and_the_others_wait() -> None:
    kept: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(2)
    started, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def slow() -> str:
        started.set()
        go_on.wait(10)
        made.append("slow")
        return "made once"

    def ask() -> str:
        return kept.get_or_make("a", slow)

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(ask)
        started.wait(10)
        others = [threads.submit(ask) for _ in range(3)]
        go_on.set()
        assert {each.result() for each in (first, *others)} == {"made once"}
    assert made == ["slow"]


def test_a_value_that_could_not_be_made_is_tried_again() -> None:
    kept: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(2)
    with pytest.raises(ZeroDivisionError):
        kept.get_or_make("a", lambda: str(1 // 0))
    assert kept.get_or_make("a", lambda: "made") == "made"


def test_values_are_weighed() -> None:
    dropped: list[str] = []
    kept: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(5, len, dropped.append)
    for value in ("aa", "bb", "ccc"):
        kept.get_or_make(value, partial(str, value))
    assert (len(kept), dropped) == (2, ["aa"])
    assert kept.get_or_make("too heavy", lambda: "too heavy") == "too heavy"
    assert (len(kept), dropped) == (0, ["aa", "bb", "ccc", "too heavy"])


def test_an_evaluation_that_makes_room_leaves_the_memory_without_a_collection() -> None:
    """What settled is not looked at by the garbage collector any more."""
    kept: LeastRecentlyUsed[str, Evaluation] = LeastRecentlyUsed(1, drop=forget)
    points = points_of(cluster(service(), ingress("web:80")))
    evaluation = kept.get_or_make("a", partial(getattr, points, "evaluation"))
    for question in (flows_answer, entrypoints_answer, exposure_answer):
        question(evaluation)
    gone = weakref.ref(evaluation)
    gc.disable()
    try:
        del evaluation, points
        kept.get_or_make("b", lambda: evaluate_state(ClusterState()))
        assert gone() is None
    finally:
        gc.enable()
