"""Drafts that would remove a finding, where that is mechanical."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policies.evaluator.documents import parse_path
from policies.evaluator.labels import Selector
from policies.evaluator.lint.finding import Fix
from policies.evaluator.state import PolicyObject
from policies.evaluator.yamlwriter import policy_yaml

__all__ = [
    "NAME_LABEL",
    "added",
    "manifest",
    "new_policy",
    "replaced",
    "selector_spec",
    "without",
]

NAME_LABEL = "kubernetes.io/metadata.name"


def manifest(source: PolicyObject, spec: Mapping[str, Any], api_version: str = "") -> str:
    """A policy as YAML with another spec; its labels and annotations stay."""
    return policy_yaml(
        api_version or source.api_version,
        source.kind,
        source.namespace,
        source.name,
        spec,
        labels=source.labels,
        annotations=source.annotations,
    )


def new_policy(namespace: str, name: str, spec: Mapping[str, Any], title: str) -> Fix:
    """A NetworkPolicy that is not there yet."""
    text = policy_yaml("networking.k8s.io/v1", "NetworkPolicy", namespace, name, spec)
    return Fix(title, text)


def replaced(source: PolicyObject, path: str, value: Any, title: str) -> Fix | None:
    """The policy with `value` in the field at `path` (below `spec`).

    None where the path leads nowhere, and for other kinds than NetworkPolicy: they write selectors
    and blocks in another way.
    """
    return _changed(source, path, lambda _: value, title)


def added(source: PolicyObject, path: str, items: Sequence[Any], title: str) -> Fix | None:
    """The policy with more items in the list at `path`; None where the path leads nowhere."""
    return _changed(source, path, lambda given: [*(given or ()), *items], title)


def _changed(
    source: PolicyObject, path: str, change: Callable[[Any], Any], title: str
) -> Fix | None:
    if source.kind != "NetworkPolicy":
        return None
    spec = copy.deepcopy(source.spec)
    *outer, last = parse_path(path)
    place: Any = spec
    try:
        for key in outer:
            place = place[key]
        place[last] = change(place[last] if isinstance(last, int) else place.get(last))
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    return Fix(title, manifest(source, spec))


def without(source: PolicyObject, path: str, title: str) -> Fix | None:
    """The policy without one entry of a list; None for other kinds than NetworkPolicy."""
    if source.kind != "NetworkPolicy":
        return None
    spec = copy.deepcopy(source.spec)
    *outer, last = parse_path(path)
    place: Any = spec
    try:
        for key in outer:
            place = place[key]
        del place[last]
    except (KeyError, IndexError, TypeError):
        return None
    return Fix(title, manifest(source, spec))


def selector_spec(selector: Selector) -> dict[str, Any]:
    """A selector as a policy writes it."""
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for each in selector.requirements:
        if each.operator == "In" and len(each.values) == 1 and each.key not in labels:
            labels[each.key] = each.values[0]
        else:
            entry: dict[str, Any] = {"key": each.key, "operator": each.operator}
            if each.values:
                entry["values"] = list(each.values)
            expressions.append(entry)
    spec: dict[str, Any] = {}
    if labels:
        spec["matchLabels"] = labels
    if expressions:
        spec["matchExpressions"] = expressions
    return spec
