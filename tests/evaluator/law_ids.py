"""The ids of the semantics that every evaluated kind answers for, and why some are left out."""

from __future__ import annotations

__all__ = ["IN_SCOPE", "LEFT_OUT"]


def _ids(prefix: str, first: int, last: int, width: int = 2) -> list[str]:
    return [f"{prefix}{number:0{width}d}" for number in range(first, last + 1)]


_SECTIONS = [
    *_ids("M-", 1, 7),
    *_ids("N-", 1, 7),
    *_ids("A-", 1, 18),
    *_ids("A-", 20, 34),
    *_ids("A-", 40, 58),
    *_ids("A-", 60, 72),
    *_ids("A-", 75, 95),
    "A-100",
    "A-101",
    "A-102",
    *_ids("A-", 104, 106),
    *_ids("A-", 110, 121),
    *_ids("A-V", 1, 12),
    *_ids("B-", 0, 3),
    *_ids("B-", 10, 28),
    *_ids("B-", 30, 35),
    *_ids("B-", 40, 52),
    *_ids("B-", 60, 69),
    *_ids("B-", 80, 83),
    *_ids("B-V", 1, 4),
    "E-01",
    *_ids("F-", 1, 11),
]

LEFT_OUT = {
    "A-111": "about ports of Services: entry points come with their own issue",
    "A-112": "about Services with several backends: entry points come with their own issue",
    "A-113": "about headless Services: entry points come with their own issue",
    "A-114": "about Services without a selector: entry points come with their own issue",
    "A-115": "about NodePort and LoadBalancer: entry points come with their own issue",
    "A-116": "about NodePort and LoadBalancer: entry points come with their own issue",
    "A-118": "lists what the API cannot express, so there is nothing to evaluate",
}

IN_SCOPE = frozenset(_SECTIONS) - LEFT_OUT.keys()
