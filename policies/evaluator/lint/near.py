"""Near misses: what a selector most likely meant, found among the labels that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.words import joined

__all__ = ["carried_values", "nearest", "suggestion"]

_CUTOFF = 0.75
_SHOWN = 3


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one, the case aside; empty when none is near."""
    candidates = sorted(set(known) - {word})
    for each in candidates:
        if each.lower() == word.lower():
            return each
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=_CUTOFF)
    return found[0] if found else ""


def carried_values(values: Mapping[str, set[str]], key: str) -> list[str]:
    """The values of a label key that objects carry, sorted."""
    return sorted(values.get(key, ()))


def suggestion(selector: Selector, values: Mapping[str, set[str]]) -> tuple[str, Selector | None]:
    """A sentence on the first requirement that nothing carries, and the selector that may be meant.

    `values` are the labels that objects carry, by key. Empty and None when nothing is near.
    """
    for requirement in selector.requirements:
        found = _near(requirement, values)
        if found is not None:
            text, meant = found
            rest = tuple(each for each in selector.requirements if each is not requirement)
            return text, Selector(tuple(sorted((*rest, meant))))
    return "", None


def _near(
    requirement: Requirement, values: Mapping[str, set[str]]
) -> tuple[str, Requirement] | None:
    if requirement.operator not in ("In", "Exists"):
        return None
    if requirement.key not in values:
        key = nearest(requirement.key, values)
        if not key:
            return None
        meant = Requirement(key, requirement.operator, requirement.values)
        return f"No pod carries the label {requirement.key}; {key} is carried.", meant
    carried = values[requirement.key]
    if requirement.operator == "Exists" or set(requirement.values) & carried:
        return None
    for value in requirement.values:
        near = nearest(value, carried)
        if near:
            meant = Requirement(requirement.key, "In", (near,))
            return f"Did you mean {requirement.key}={near}?", meant
    shown = [f"{requirement.key}={each}" for each in sorted(carried)[:_SHOWN]]
    more = f" and {len(carried) - _SHOWN} more" if len(carried) > _SHOWN else ""
    return (f"Pods carry {joined(shown)}{more}.", requirement) if shown else None
