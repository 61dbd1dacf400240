"""How the pods of one shape are written: a pattern that takes the text of one apart, and what the
lines say that many of them share."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

import msgspec

from policies.evaluator.yamlshapes import NotPlain, Places, Shape, Shapes
from policies.evaluator.yamlworkloads import Known, Path, PodMaker, Workloads

__all__ = ["PodReader", "Shared", "Template", "is_read", "template_of"]

Shared = str | tuple[str, ...]
"""The lines that many pods have, byte for byte."""


class PodReader(PodMaker, Protocol):
    """Who knows what is right for pods, and reads them."""

    def shared_by(self, item: msgspec.Raw, /) -> Known | None:
        """Shape and phase of the pods that share what a JSON text says, which leaves out name, node
        and addresses, and no key of which stands twice; None where it is not plainly right."""


_NAME, _NODE, _ADDRESS = ("metadata", "name"), ("spec", "nodeName"), ("status", "podIP")
_ADDRESSES = ("status", "podIPs", 0, "ip")
_SHARED: Path = ()
# Nothing, behind the last line end; no field has such a path.
_END: Path = (0,)

# Parts of pods that are mostly the same (kind, ports, phase) are few.
_BLOCKS = 1_000
# The addresses of a pod that is being deleted count for nothing, and two are rare.
_UNUSUAL = (("metadata", "deletionTimestamp"), ("status", "podIPs", 1))
# What is read of the mappings of a pod; all of what is not such a mapping is.
_READ = {
    ("metadata",): {
        *("name", "generateName", "namespace", "labels", "annotations", "ownerReferences"),
        "deletionTimestamp",
    },
    ("spec",): {
        *("containers", "initContainers", "hostNetwork", "nodeName"),
        *("serviceAccountName", "serviceAccount"),
    },
    ("spec", "containers", 0): {"ports", "restartPolicy"},
    ("spec", "initContainers", 0): {"ports", "restartPolicy"},
    ("status",): {"phase", "podIP", "podIPs"},
}
_READ_ANNOTATIONS = ("prometheus.io/", "netviz.io/")

# A value that is a scalar, and ends with the line, whatever stands around it. It is matched in one
# way only: of many lines, each in two ways, a line that does not match would take forever.
_SCALAR = (
    r"""(?:(?:[A-Za-z0-9_/$(]|-[-A-Za-z0-9_/])"""
    # Without a space, or with one; what has one and a colon is left to the parser.
    r"""(?:[!"$-~]*+(?<!:)|[!"$-9;-~]*+ [ -"$-9;-~]*+(?<! ))"""
    r"""|'[ -&(-~]*+'|"[ !#-\[\]-~]*+"|\{\}|\[\])"""
)
_NOTHING = r" *(?:#[ -~]*)?"
# Names of pods that are no number and no other word of YAML, at most 253 characters long.
_POD_NAME = r"([a-z][a-z0-9]{0,62}-[-a-z0-9]{0,188}[a-z0-9])"
_OWN = {_NAME: _POD_NAME, _NODE: r"([-.\w]+)", _ADDRESS: r"([\d.]+)"}


def is_read(path: Path) -> bool:
    """Whether what stands at a path of a pod may say something of it."""
    if path[:2] == ("metadata", "annotations") and len(path) > 2:
        return str(path[2]).startswith(_READ_ANNOTATIONS)
    for length in range(1, len(path)):
        # Whichever container it is.
        inside = tuple(0 if isinstance(key, int) else key for key in path[:length])
        if inside in _READ and path[length] not in _READ[inside]:
            return False
    return True


class _Block:
    """Lines of a template that say what pods share, one after the other."""

    def __init__(self, heads: Sequence[str], frame: str) -> None:
        self._heads = tuple(heads)
        # JSON with a `%s` for each line.
        self._frame = frame
        self._known: dict[str, str | None] = {}

    def json(self, text: str, shapes: Shapes) -> str | None:
        """The part of a pod's JSON that these lines are; None where they are not as expected."""
        if text in self._known:
            return self._known[text]
        found = self._read(text, shapes)
        if len(self._known) < _BLOCKS:
            self._known[text] = found
        return found

    def _read(self, text: str, shapes: Shapes) -> str | None:
        try:
            heads, values = shapes.lines(text)
        except NotPlain:
            return None
        return self._frame % values if heads == self._heads else None


class Template:
    """How the pods of a shape are written."""

    def __init__(
        self,
        shape: Shape,
        match: Callable[[str, int, int], re.Match[str] | None],
        groups: Sequence[Path],
        blocks: Sequence[_Block],
        frame: str,
        steady: bool,
        workloads: Workloads,
        shapes: Shapes,
        pods: PodReader,
    ) -> None:
        """`groups` are the fields of the groups of a match; `frame` is JSON of what pods share,
        with a `%s` for each block."""
        self.shape = shape
        self.match = match
        # Whether lines that nobody reads are part of what is shared, as they never differed.
        self.steady = steady
        # How many pods were told by it.
        self.count = 0
        # Shape and phase of the pods with the same shared text; None where it is not plainly right.
        self.known: dict[Shared, Known | None] = {}
        self.own = tuple(groups.index(path) + 1 for path in _OWN)
        self.shared = tuple(number for number, path in enumerate(groups, 1) if path == _SHARED)
        self._blocks = blocks
        self._frame = frame
        self._workloads = workloads
        self._shapes = shapes
        self._pods = pods

    def read(self, shared: Shared) -> Known | None:
        """What pods are that share a text, for the first of them."""
        texts = (shared,) if isinstance(shared, str) else shared
        text = "\n".join(texts)
        known = self._workloads.known(text)
        if known is None:
            known = self._read(texts)
            if known is not None:
                self._workloads.learn(text, known)
        self.known[shared] = known
        return known

    def _read(self, texts: Sequence[str]) -> Known | None:
        blocks = zip(self._blocks, texts, strict=True)
        parts = [block.json(text, self._shapes) for block, text in blocks]
        if None in parts:
            return None
        return self._pods.shared_by(msgspec.Raw((self._frame % tuple(parts)).encode()))


def template_of(
    shape: Shape, varied: Collection[int], shapes: Shapes, pods: PodReader
) -> Template | None:
    """How the pods of a shape are written, whose lines of these numbers were not always the same;
    None where that is not the usual way."""
    places = list(_paths(shape.places, ()))
    fields = {path for _, path in places}
    if not fields.issuperset(_OWN) or not fields.isdisjoint(_UNUSUAL):
        return None
    paths = dict(places)
    kinds = _kinds(shape, paths, varied)
    parts: list[str] = []
    groups: list[Path] = []
    blocks: list[_Block] = []
    frame: list[str] = []
    pieces = shape.pieces
    for kind, group in groupby(range(len(kinds)), kinds.__getitem__):
        numbers = list(group)
        if kind == _SHARED:
            groups.append(kind)
            parts.append("(" + "\n".join(".*+" for _ in numbers) + ")")
            first, end = numbers[0], numbers[-1] + 1
            blocks.append(_Block(shape.heads[first:end], "%s".join(pieces[first:end]) + "%s"))
            frame.append("%s")
            continue
        for number in numbers:
            head = shape.heads[number]
            given = head.endswith(" ")
            if kind == _ADDRESSES:
                if _ADDRESS not in groups:
                    return None
                value, json = rf"\{groups.index(_ADDRESS) + 1}", '""'
            elif kind in _OWN:
                groups.append(kind)
                value, json = _OWN[kind], '""'
            else:
                value = _SCALAR if given else "" if head or kind == _END else _NOTHING
                json = "null" if given else ""
            parts.append(re.escape(head) + value)
            frame.append(pieces[number] + json)
    frame.append(pieces[-1])
    # Up to the next document, or to the end of the part.
    match = re.compile("\n".join(parts) + r"(?=---\n|\Z)", re.ASCII).match
    lines = [
        (shape.heads[number], paths.get(number, ()))
        for number, kind in enumerate(kinds)
        if kind == _SHARED
    ]
    steady = len(varied) < len(shape.heads)
    workloads = Workloads(lines, _SCALAR, shapes, pods)
    return Template(shape, match, groups, blocks, "".join(frame), steady, workloads, shapes, pods)


def _kinds(shape: Shape, paths: Mapping[int, Path], varied: Collection[int]) -> list[Path | None]:
    """Of each line the field, where it is a pod's own or nobody reads it and it differs; all others
    are `_SHARED`, but for those around them that have no value, and so are always the same."""
    kinds = [_kind(paths.get(number), number in varied) for number in range(len(shape.heads))]
    if not shape.heads[-1]:
        kinds[-1] = _END
    for numbers in (range(len(kinds)), reversed(range(len(kinds)))):
        inside = False
        for number in numbers:
            inside = kinds[number] == _SHARED and (inside or not _is_bare(shape.heads[number]))
            if not inside and kinds[number] == _SHARED:
                kinds[number] = paths[number]
    return kinds


def _kind(path: Path | None, varies: bool) -> Path | None:
    if path in _OWN or path == _ADDRESSES:
        return path
    return path if varies and (path is None or not is_read(path)) else _SHARED


def _is_bare(head: str) -> bool:
    return head.endswith(":")


def _paths(places: Places, outer: Path) -> Iterator[tuple[int, Path]]:
    """The line of each field of a shape; of those on one line, the innermost comes last."""
    for key, (line, inside) in places.items():
        yield line, (*outer, key)
        yield from _paths(inside, (*outer, key))
