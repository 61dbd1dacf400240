"""Evaluations in memory: kept while they are asked for, never more than a few."""

from __future__ import annotations

from policies.services.evaluations import LeastRecentlyUsed


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


def test_two_that_miss_at_once_share_the_value_kept_first() -> None:
    kept: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(2)

    def slow() -> str:
        kept.get_or_make("a", lambda: "first")
        return "second"

    assert kept.get_or_make("a", slow) == "first"
