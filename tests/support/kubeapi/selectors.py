"""Label and field selectors of lists and watches."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.support.kubeapi.statuses import bad_request

__all__ = ["Labels", "Matches", "field_selector", "label_selector"]

Labels = Mapping[str, str]
Matches = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9][A-Za-z0-9_./-]*"
_EQUALS = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([A-Za-z0-9_.-]*)")
_IN = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^)]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA = re.compile(r",(?![^(]*\))")


def label_selector(text: str) -> Matches:
    """Whether labels satisfy every requirement of a selector. Raises Refused (400)."""
    requirements = [_requirement(each.strip()) for each in _COMMA.split(text)] if text else []
    return lambda labels: all(each(labels) for each in requirements)


def _requirement(text: str) -> Matches:
    if found := _IN.fullmatch(text):
        key, operator, listed = found.groups()
        return _among(key, {each.strip() for each in listed.split(",")}, operator == "in")
    if found := _EQUALS.fullmatch(text):
        key, operator, value = found.groups()
        return _among(key, {value}, operator != "!=")
    if found := _EXISTS.fullmatch(text):
        absent, key = found.groups()
        return lambda labels: (key in labels) != bool(absent)
    raise bad_request(f"unable to parse requirement: found '{text}', expected: identifier")


def _among(key: str, values: set[str], wanted: bool) -> Matches:
    # An absent key is in no set: it satisfies `notin` and `!=`.
    return lambda labels: (key in labels and labels[key] in values) == wanted


def field_selector(text: str) -> Callable[[str, str], bool]:
    """Whether a namespace and a name satisfy a selector. Raises Refused (400)."""
    wanted: list[tuple[str, bool, str]] = []
    for each in text.split(",") if text else []:
        found = re.fullmatch(r"(metadata\.name|metadata\.namespace)(==|=|!=)(.*)", each)
        if found is None:
            raise bad_request(f"field label not supported: {re.split('[!=]', each)[0]}")
        wanted.append((found[1], found[2] != "!=", found[3]))

    def matches(namespace: str, name: str) -> bool:
        fields = {"metadata.name": name, "metadata.namespace": namespace}
        return all((fields[field] == value) == equal for field, equal, value in wanted)

    return matches
