"""What the pods of one workload share, told from what those of another do.

Pods that are written alike differ, from one workload to the next, in their namespace, in the values
of their labels and in the name of their owner. Whatever else their lines say is read for the first
workload only that says it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Protocol

from policies.evaluator.podshape import PodShape
from policies.evaluator.yamlshapes import Shapes

__all__ = ["Known", "Path", "PodMaker", "Workloads"]

Path = tuple[str | int, ...]
"""Keys from an object to a field."""

Known = tuple[PodShape, str]
"""What pods have in common, and the phase they are in."""

_NAMESPACE: Path = ("metadata", "namespace")
_LABELS: Path = ("metadata", "labels")
_OWNER: Path = ("metadata", "ownerReferences", 0, "name")
# Nobody reads these; but where the first is no text, the parser has something to say.
_MADE_NAME, _UID = ("metadata", "generateName"), ("metadata", "ownerReferences", 0, "uid")
_NAME = r"[A-Za-z]\w*[-./][-\w./]*"
# Past this many that have nothing in common, what they say is not remembered.
_REMEMBERED = 1_000
_VALUES = 100_000


class PodMaker(Protocol):
    """Who knows what is right for pods."""

    def shape_like(
        self, like: PodShape, namespace: str, labels: dict[str, str], owner: str | None, /
    ) -> PodShape | None:
        """The shape of the pods of another workload: with a namespace of their own, other values of
        the same labels and another owner, if any; None where these are not plainly right."""


class Workloads:
    """The workloads whose pods have the same lines."""

    def __init__(
        self, lines: Sequence[tuple[str, Path]], scalar: str, shapes: Shapes, pods: PodMaker
    ) -> None:
        """`lines` say what pods share: of each all but its value, and its field. `scalar` is the
        pattern of a value that nobody reads."""
        self._texts = _Texts(shapes)
        self._make = pods.shape_like
        self._known: dict[object, Known] = {}
        parts: list[str] = []
        groups: list[Path] = []
        for own, group in groupby(lines, lambda line: _is_own(*line)):
            if not own:
                parts.append("(" + "\n".join(".*+" for _ in group) + ")")
                groups.append(())
                continue
            for head, path in group:
                value = {_UID: scalar, _MADE_NAME: _NAME}.get(path)
                if value is None:
                    value = "(.*+)"
                    groups.append(path)
                parts.append(re.escape(head) + value)
        self._split = re.compile("\n".join(parts), re.ASCII).fullmatch
        numbers = {path: number for number, path in enumerate(groups, 1) if path}
        labels = {str(path[-1]): number for path, number in numbers.items() if path[:2] == _LABELS}
        self._labels = tuple(labels)
        self._values = tuple(labels.values())
        self._namespace = numbers.get(_NAMESPACE)
        self._owner = numbers.get(_OWNER)
        self._rest = tuple(number for number, path in enumerate(groups, 1) if not path)

    def known(self, text: str) -> Known | None:
        """Shape and phase of the pods that share this text; None where no other workload was met
        that says the same, or it is not plainly right."""
        found = self._split(text)
        like = found and self._known.get(found.group(*self._rest))
        if not found or not like:
            return None
        shape = self._shape(found, like[0])
        return None if shape is None else (shape, like[1])

    def learn(self, text: str, known: Known) -> None:
        """Remember what was read of the text that the pods of a workload share."""
        found = self._split(text)
        # Where the owner is not the first one, say, what differs does not say what it seems to.
        if found and self._shape(found, known[0]) == known[0] and len(self._known) < _REMEMBERED:
            self._known[found.group(*self._rest)] = known

    def _shape(self, found: re.Match[str], like: PodShape) -> PodShape | None:
        texts = self._texts
        values = map(texts.__getitem__, map(found.group, self._values))
        labels: dict[str, Any] = dict(zip(self._labels, values, strict=True))
        namespace = texts[found[self._namespace]] if self._namespace else like.namespace
        owner = texts[found[self._owner]] if self._owner else None
        if None in labels.values() or not namespace or (self._owner and not owner):
            return None
        return self._make(like, namespace, labels, owner)


class _Texts(dict[str, str | None]):
    """What each value so far says; None for what is no text, or not plainly one."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        self._shapes = shapes

    def __missing__(self, value: str) -> str | None:
        if len(self) >= _VALUES:
            self.clear()
        found = self[value] = self._shapes.text(value)
        return found


def _is_own(head: str, path: Path) -> bool:
    """Whether a line says what each workload has for its own."""
    own = path[:2] == _LABELS and len(path) == 3
    return head.endswith(" ") and (own or path in (_NAMESPACE, _OWNER, _MADE_NAME, _UID))
