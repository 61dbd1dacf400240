"""The algebra of intervals, against Python sets of integers."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator import intervals
from policies.evaluator.intervals import Ranges

spans = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=5).map(
    lambda pairs: [(low, low + more) for low, more in pairs]
)


def numbers(ranges: Ranges | list[tuple[int, int]]) -> set[int]:
    return {number for low, high in ranges for number in range(low, high + 1)}


def is_canonical(ranges: Ranges) -> bool:
    """Sorted, not empty, and no two ranges overlap or touch."""
    return all(low <= high for low, high in ranges) and all(
        left[1] + 1 < right[0] for left, right in itertools.pairwise(ranges)
    )


@given(spans)
def test_normalising_keeps_the_numbers_and_is_canonical(
    given_spans: list[tuple[int, int]],
) -> None:
    ranges = intervals.normalise(given_spans)
    assert numbers(ranges) == numbers(given_spans)
    assert is_canonical(ranges)
    assert intervals.normalise(ranges) == ranges


@given(spans, spans)
def test_operations_are_those_of_numbers_and_stay_canonical(
    left_spans: list[tuple[int, int]], right_spans: list[tuple[int, int]]
) -> None:
    left, right = intervals.normalise(left_spans), intervals.normalise(right_spans)
    expected = {
        intervals.union: numbers(left) | numbers(right),
        intervals.intersect: numbers(left) & numbers(right),
        intervals.subtract: numbers(left) - numbers(right),
    }
    for operation, wanted in expected.items():
        result = operation(left, right)
        assert numbers(result) == wanted, operation.__name__
        assert is_canonical(result), operation.__name__
