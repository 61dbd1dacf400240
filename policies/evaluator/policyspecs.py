"""Specs of policies as they are read: the lines of their parts, and those known to be right."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator import names
from policies.evaluator.documents import Document, Limits
from policies.evaluator.kinds._opaque import OpaqueKind
from policies.evaluator.kinds._parts import NotPlain, Parts
from policies.evaluator.policy import PolicyKind
from policies.evaluator.yamlshapes import ShapeMarks

__all__ = ["RightSpecs", "lines_of", "texts"]

_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec"})
# Past this many different ones the memory of them is not worth its room.
_REMEMBERED = 100_000
# kubectl writes a copy of the whole object, which would be that of before.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_Key = tuple[str, str, bool, bytes]


class RightSpecs:
    """Specs without a fault. Large clusters repeat the same few in every namespace: each text is
    validated once, and kept once."""

    def __init__(self) -> None:
        self._specs: dict[_Key, dict[str, Any]] = {}
        self._namespaces: set[str] = set()
        self._parts = Parts()

    def known(
        self, kind: PolicyKind | OpaqueKind, version: str, value: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The spec of a policy that needs no further validation; None where it needs one."""
        key = self._key(kind, version, value)
        return self._specs.get(key) if key is not None else None

    def as_written(
        self,
        kind: PolicyKind | OpaqueKind,
        version: str,
        metadata: dict[str, Any],
        spec: msgspec.Raw,
    ) -> dict[str, Any] | None:
        """The spec of a policy that nothing is written in but metadata and this text of a spec;
        None where it is not known to be right."""
        if not kind.namespaced:
            return None
        named = self._is_named(metadata)
        if named is None:
            return None
        key = (kind.kind, version, named, bytes(spec))
        return self._specs.get(key) or self._assembled(kind, key)

    def _assembled(self, kind: PolicyKind | OpaqueKind, key: _Key) -> dict[str, Any] | None:
        make = getattr(kind, "assembled", None)
        if make is None:
            return None
        try:
            found: dict[str, Any] = make(key[1], key[-1], self._parts)
        except NotPlain:
            return None
        if len(self._specs) < _REMEMBERED:
            self._specs[key] = found
        return found

    def learn(self, kind: PolicyKind | OpaqueKind, version: str, value: dict[str, Any]) -> None:
        """Remember the spec of a policy in which nothing was found wrong."""
        key = self._key(kind, version, value)
        if key is not None and len(self._specs) < _REMEMBERED:
            self._specs[key] = value["spec"]

    def _key(
        self, kind: PolicyKind | OpaqueKind, version: str, value: dict[str, Any]
    ) -> _Key | None:
        """What a spec is remembered by; None where more than the spec has to be looked at: a policy
        of the cluster, whose name may matter, other fields, or a name that is not plainly right."""
        metadata, spec = value.get("metadata"), value.get("spec")
        if not kind.namespaced or value.keys() != _FIELDS or not isinstance(spec, dict):
            return None
        named = self._is_named(metadata) if isinstance(metadata, dict) else None
        return None if named is None else (kind.kind, version, named, msgspec.json.encode(spec))

    def _is_named(self, metadata: dict[str, Any]) -> bool | None:
        """Whether a namespace is named; None where that or the name is not plainly right."""
        name, namespace = metadata.get("name"), metadata.get("namespace", "")
        if not isinstance(name, str) or names.object_name_fault(name):
            return None
        if not isinstance(namespace, str):
            return None
        # Most of them have many policies.
        if namespace not in self._namespaces:
            if namespace and names.namespace_fault(namespace):
                return None
            if len(self._namespaces) < _REMEMBERED:
                self._namespaces.add(namespace)
        return bool(namespace)


def texts(given: Any) -> dict[str, str]:
    """Labels or annotations as they are to be written again."""
    if not isinstance(given, dict):
        return {}
    return {
        key: value
        for key, value in given.items()
        if isinstance(key, str) and isinstance(value, str) and key != _LAST_APPLIED
    }


def lines_of(document: Document, spec: Any, limits: Limits) -> dict[str, int] | None:
    """The line of every mapping, list and list entry of a spec; None when it is nested too deep.

    Left out is what stands on the line of the field around it, as `PolicyObject.line_of` finds that
    one, and single values: their line is that of the entry around them, or one below.
    """
    if document.one_line:
        return None if _is_deeper(spec, limits.depth) else {}
    if isinstance(document.marks, ShapeMarks):
        # Its shape is never as deep as that.
        return document.marks.of_spec()
    lines: dict[str, int] = {}
    waiting: list[tuple[Any, tuple[str | int, ...], str, int]] = [
        (spec, ("spec",), "spec", document.line)
    ]
    while waiting:
        value, keys, path, outer = waiting.pop()
        if len(keys) > limits.depth:
            return None
        line = document.line_at(keys)
        if line != outer:
            lines[path] = line
        if isinstance(value, dict):
            # Keys of labels are no field names, and nobody asks for their lines.
            for key, each in value.items():
                if isinstance(each, dict | list) and key.isidentifier():
                    waiting.append((each, (*keys, key), f"{path}.{key}", line))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                waiting.append((each, (*keys, index), f"{path}[{index}]", line))
    return dict(sorted(lines.items()))


def _is_deeper(spec: Any, limit: int) -> bool:
    level = [spec]
    for _ in range(limit):
        level = [
            inside
            for each in level
            if isinstance(each, dict | list)
            for inside in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
