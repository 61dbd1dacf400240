"""YAML read by the parser alone, as a reference for what is read by shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from policies.evaluator.documents import (
    SEPARATOR,
    BadText,
    Budget,
    Document,
    Limits,
    TooMuch,
)
from policies.evaluator.yamlreader import YamlReader

__all__ = ["parsed", "seen"]


def parsed(name: str, text: str, limits: Limits) -> Iterator[Document | BadText]:
    """Documents and faults: one parser up to the first fault, then one for each document."""
    if (count := text.count("\n---")) > limits.documents:
        known = f"at most {limits.documents:,} are read: split it"
        yield TooMuch(0, f"holds {count + 1:,} documents; {known}")
        return
    budget = Budget(limits)
    reader = YamlReader(name, text, 0, 0, budget)
    try:
        yield from reader.documents()
        return
    except BadText as error:
        yield error
        if isinstance(error, TooMuch):
            return
    starts = [each.start() for each in SEPARATOR.finditer(text) if each.start() > reader.start]
    for start, end in pairwise([*starts, len(text)]):
        line = text.count("\n", 0, start)
        reader = YamlReader(name, text[start:end], line, reader.index, budget)
        try:
            yield from reader.documents()
        except BadText as error:
            yield error
            if isinstance(error, TooMuch):
                return


def fields(value: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every field of a value, and for each mapping and list one that is not there."""
    yield keys
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from fields(value[key], (*keys, key))
        yield (*keys, "missing")
        yield (*keys, 1_000)


def seen(found: Iterable[Document | BadText]) -> list[Any]:
    """All that anybody can ask of a reading. Numbers and booleans that are equal look different."""
    result: list[Any] = []
    for each in found:
        if isinstance(each, BadText):
            result.append((type(each).__name__, each.line, each.index, each.message))
            continue
        lines = {keys: each.line_at(keys) for keys in fields(each.value)}
        faults = [(fault.line, fault.message) for fault in each.faults]
        result.append((each.index, each.line, repr(each.value), faults, lines))
    return result
