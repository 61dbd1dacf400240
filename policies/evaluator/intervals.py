"""Sets of integers as sorted, disjoint, inclusive ranges: the algebra under ports and addresses."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

__all__ = ["Ranges", "intersect", "normalise", "subtract", "union"]

Ranges = tuple[tuple[int, int], ...]


def normalise(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The canonical form: sorted, with overlapping and adjacent ranges merged."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def union(left: Ranges, right: Ranges) -> Ranges:
    """Integers in either set."""
    if not left or left == right:
        return right
    if not right:
        return left
    return normalise(left + right)


def intersect(left: Ranges, right: Ranges) -> Ranges:
    """Integers in both sets."""
    result: list[tuple[int, int]] = []
    i = max(0, bisect_left(left, right[0]) - 1) if right else 0
    j = max(0, bisect_left(right, left[0]) - 1) if left else 0
    while i < len(left) and j < len(right):
        low = max(left[i][0], right[j][0])
        high = min(left[i][1], right[j][1])
        if low <= high:
            result.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def subtract(left: Ranges, right: Ranges) -> Ranges:
    """Integers of `left` that are not in `right`."""
    result: list[tuple[int, int]] = []
    # A few ranges are often taken from thousands: those before the first one play no part.
    j = max(0, bisect_left(right, left[0]) - 1) if left else 0
    for low, high in left:
        start = low
        while j < len(right) and right[j][1] < start:
            j += 1
        k = j
        while k < len(right) and right[k][0] <= high:
            if right[k][0] > start:
                result.append((start, right[k][0] - 1))
            start = right[k][1] + 1
            k += 1
        if start <= high:
            result.append((start, high))
    return tuple(result)
