"""The algebra of ranges, case by case."""

from __future__ import annotations

import pytest

from policies.evaluator.intervals import Ranges, intersect, normalise, subtract, union

NORMALISED: tuple[tuple[list[tuple[int, int]], Ranges], ...] = (
    ([], ()),
    ([(5, 9)], ((5, 9),)),
    ([(5, 9), (1, 3)], ((1, 3), (5, 9))),
    ([(1, 3), (4, 9)], ((1, 9),)),
    ([(1, 9), (2, 3)], ((1, 9),)),
    ([(1, 5), (5, 9), (11, 12)], ((1, 9), (11, 12))),
)
DIFFERENCES: tuple[tuple[Ranges, Ranges, Ranges], ...] = (
    (((1, 9),), (), ((1, 9),)),
    (((1, 9),), ((1, 9),), ()),
    (((1, 9),), ((3, 4),), ((1, 2), (5, 9))),
    (((1, 9),), ((0, 1), (9, 20)), ((2, 8),)),
    (((1, 3), (7, 9)), ((2, 8),), ((1, 1), (9, 9))),
    (((1, 3), (7, 9)), ((4, 6),), ((1, 3), (7, 9))),
)


@pytest.mark.parametrize(("given", "expected"), NORMALISED)
def test_ranges_are_sorted_and_merged_where_they_overlap_or_touch(
    given: list[tuple[int, int]], expected: Ranges
) -> None:
    assert normalise(given) == expected


@pytest.mark.parametrize(("left", "right", "expected"), DIFFERENCES)
def test_a_difference_keeps_what_only_the_left_has(
    left: Ranges, right: Ranges, expected: Ranges
) -> None:
    assert subtract(left, right) == expected


def test_a_union_with_nothing_is_the_set_itself() -> None:
    assert union((), ((1, 2),)) == ((1, 2),) == union(((1, 2),), ())


def test_ranges_that_touch_become_one_in_a_union() -> None:
    assert union(((1, 2), (9, 9)), ((3, 4),)) == ((1, 4), (9, 9))


def test_an_intersection_walks_both_sets_once() -> None:
    assert intersect(((1, 5), (8, 12)), ((4, 9), (12, 20))) == ((4, 5), (8, 9), (12, 12))


def test_sets_that_only_touch_have_nothing_in_common() -> None:
    assert intersect(((1, 2),), ((3, 4),)) == ()
