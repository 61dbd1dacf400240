"""Pods that are written alike: of one more of them, only what is its own is read.

The pods of a cluster, as a tool prints them, have the same lines with other values. Once many of a
shape were read, one pattern takes the text of the next apart:

- lines that say what the pods of a workload share (labels, owner, ports), or that never differed,
  are a key, byte for byte: they are read once, without all others, and what was read of them holds
  for each pod that has the same;
- name, node and address are its own;
- of other lines, which nobody reads (uid, conditions), only that they are plain is looked at.

Whatever the pattern does not match, or the key does not know, is read by its shape, or by the
parser. Nothing is decided here that was not decided there for a pod with the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

import msgspec

from policies.evaluator import names
from policies.evaluator.origin import Origin
from policies.evaluator.podshape import GivenPod, PodShape
from policies.evaluator.scalars import resolve
from policies.evaluator.yamlshapes import NotPlain, Places, Shape, Shapes

__all__ = ["Alike", "PodKeeper", "is_read"]

_Path = tuple[str | int, ...]
_Shared = str | tuple[str, ...]
_Known = tuple[PodShape, str]

_UNSEEN: _Known = PodShape("", {}, None, (), False, "", False, ""), ""


class PodKeeper(Protocol):
    """Who gets the pods."""

    def keep_pod(self, given: GivenPod, /) -> bool:
        """Keep a pod; False, however often it is asked, where it is to be read in the general
        way."""

    def shared_by(self, item: msgspec.Raw, /) -> tuple[PodShape, str] | None:
        """Shape and phase of the pods that share what a JSON text says, which leaves out name, node
        and addresses, and no key of which stands twice; None where it is not plainly right."""


# Making a pattern takes as long as reading this many pods by their shape.
_ENOUGH = 20
# Hostile inputs have many shapes; clusters have a few that are common.
_TEMPLATES = 40

_NAME, _NODE, _ADDRESS = ("metadata", "name"), ("spec", "nodeName"), ("status", "podIP")
_ADDRESSES = ("status", "podIPs", 0, "ip")
_SHARED: _Path = ()
# Nothing, behind the last line end; no field has such a path.
_END: _Path = (0,)
# Of so many shapes it is counted how often they are met; then counting starts anew.
_COUNTED = 500
# Where so many keys are most of the pods, the lines that never differed do now.
_KEYS = 1_000
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
    r"""(?>(?:[A-Za-z0-9_/$(]|-[-A-Za-z0-9_/])"""
    r"""(?:[!"$-~]*+(?<!:)(?=\n|\Z)|[ -"$-9;-~]*+(?<! ))"""
    r"""|'[ -&(-~]*+'|"[ !#-\[\]-~]*+"|\{\}|\[\])"""
)
_NOTHING = r" *(?:#[ -~]*)?"
# Names of pods that are no number and no other word of YAML, at most 253 characters long.
_POD_NAME = r"([a-z][a-z0-9]{0,62}-[-a-z0-9]{0,188}[a-z0-9])"
_OWN = {_NAME: _POD_NAME, _NODE: r"([-.\w]+)", _ADDRESS: r"([\d.]+)"}


def is_read(path: _Path) -> bool:
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


class _Met:
    """The pods of a shape that were read, of which the first had this text."""

    def __init__(self, shape: Shape, text: str) -> None:
        # Kept, so that no other one gets its number.
        self.shape = shape
        self.count = 0
        # The lines that were not always the same.
        self.varied: set[int] = set()
        self._text = text

    def add(self, text: str) -> None:
        """One more."""
        self.count += 1
        lines = zip(self._text.split("\n"), text.split("\n"), strict=True)
        self.varied.update(number for number, (one, other) in enumerate(lines) if one != other)


class _Template(msgspec.Struct, eq=False):
    """How the pods of a shape are written."""

    shape: Shape
    match: Callable[[str, int, int], re.Match[str] | None]
    # Groups of the match: what is a pod's own, and what it shares.
    own: tuple[int, ...]
    shared: tuple[int, ...]
    blocks: tuple[_Block, ...]
    # JSON of what is shared, with a `%s` for each block.
    frame: str
    # Whether lines that nobody reads are part of the key, as they never differed.
    steady: bool
    # Shape and phase of the pods with the same shared text; None where it is not plainly right.
    known: dict[_Shared, _Known | None]
    # How many pods were told by it.
    count: int = 0


class Alike:
    """The pods of one source that are written alike."""

    def __init__(self, source: str, shapes: Shapes, pods: PodKeeper) -> None:
        self.keep = pods.keep_pod
        self._source = source
        self._shapes = shapes
        self._read = pods.shared_by
        self._met: dict[int, _Met] = {}
        # By how many line ends they have; the last one counts where two have as many.
        self._templates: dict[int, _Template] = {}
        # That of the pod before, and that of the two before: most are written like these.
        self._before: _Template | None = None
        self._template: _Template | None = None
        self._last: tuple[_Template, _Shared, _Known] | None = None
        self._ipv4s = names.Ipv4s()
        self._nodes: dict[str, bool] = {}

    def pod(
        self, text: str, start: int, end: int | None, index: int, line: int
    ) -> tuple[GivenPod, Shape, int] | None:
        """The pod in a part of a text, the shape it has and where it ends; None where it is to be
        read in another way.

        The part is document `index` and begins behind `line` lines. Where it ends need not be
        known for what is written like the two pods before.
        """
        if end is None:
            template, end = self._template, len(text)
        else:
            template = self._templates.get(text.count("\n", start, end))
        if template is None:
            return None
        found = template.match(text, start, end)
        if found is None:
            self._before = self._template = None
            return None
        self._before, self._template = template, template if template is self._before else None
        # Most follow one of their own workload, which takes less to see than to look up.
        shared = found.group(*template.shared)
        known: _Known | None
        last = self._last
        if last is not None and template is last[0] and shared == last[1]:
            known = last[2]
        else:
            known = template.known.get(shared, _UNSEEN)
            if known is _UNSEEN:
                known = template.known[shared] = self._known(template, shared)
                if template.steady and len(template.known) > max(_KEYS, template.count / 2):
                    self._learnt(template.shape, range(len(template.shape.heads)))
            if known is None:
                return None
            self._last = template, shared, known
        name, node, address = found.group(*template.own)
        if not self._is_node(node) or not self._ipv4s.holds(address):
            return None
        template.count += 1
        shape, phase = known
        origin = Origin(self._source, index, line + template.shape.first + 1)
        pod = GivenPod(shape, name, (address,), node, phase, origin)
        return pod, template.shape, found.end()

    def learn(self, shape: Shape, text: str) -> None:
        """Remember how a pod is written that was read by its shape."""
        met = self._met.get(id(shape))
        if met is None:
            if len(self._met) >= _COUNTED:
                self._met.clear()
            met = self._met[id(shape)] = _Met(shape, text)
        if met.count < _ENOUGH:
            met.add(text)
            if met.count == _ENOUGH and len(self._templates) < _TEMPLATES:
                self._learnt(shape, met.varied)

    def _learnt(self, shape: Shape, varied: Collection[int]) -> None:
        made = _template(shape, varied)
        if made is not None:
            self._templates[len(shape.heads) - 1] = made
            self._before = self._template = None

    def _known(self, template: _Template, shared: _Shared) -> _Known | None:
        """What pods are that share a text, for the first of them."""
        texts = (shared,) if isinstance(shared, str) else shared
        blocks = zip(template.blocks, texts, strict=True)
        parts = [block.json(text, self._shapes) for block, text in blocks]
        if None in parts:
            return None
        return self._read(msgspec.Raw((template.frame % tuple(parts)).encode()))

    def _is_node(self, text: str) -> bool:
        """Whether a node may be called so; what YAML takes for a number is none."""
        right = self._nodes.get(text)
        if right is None:
            try:
                is_text = isinstance(resolve(text), str)
            except ValueError:
                is_text = False
            right = self._nodes[text] = is_text and names.object_name_fault(text) is None
        return right


def _template(shape: Shape, varied: Collection[int]) -> _Template | None:
    """How the pods of a shape are written, whose lines of these numbers were not always the same;
    None where that is not the usual way."""
    places = list(_paths(shape.places, ()))
    fields = {path for _, path in places}
    if not fields.issuperset(_OWN) or not fields.isdisjoint(_UNUSUAL):
        return None
    kinds = _kinds(shape, dict(places), varied)
    parts: list[str] = []
    groups: list[_Path] = []
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
    own = tuple(groups.index(path) + 1 for path in _OWN)
    shared = tuple(number for number, kind in enumerate(groups, 1) if kind == _SHARED)
    frame.append(pieces[-1])
    # Up to the next document, or to the end of the part.
    match = re.compile("\n".join(parts) + r"(?=---\n|\Z)", re.ASCII).match
    steady = len(varied) < len(shape.heads)
    return _Template(shape, match, own, shared, tuple(blocks), "".join(frame), steady, {})


def _kinds(shape: Shape, paths: Mapping[int, _Path], varied: Collection[int]) -> list[_Path | None]:
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


def _kind(path: _Path | None, varies: bool) -> _Path | None:
    if path in _OWN or path == _ADDRESSES:
        return path
    return path if varies and (path is None or not is_read(path)) else _SHARED


def _is_bare(head: str) -> bool:
    return head.endswith(":")


def _paths(places: Places, outer: _Path) -> Iterator[tuple[int, _Path]]:
    """The line of each field of a shape; of those on one line, the innermost comes last."""
    for key, (line, inside) in places.items():
        yield line, (*outer, key)
        yield from _paths(inside, (*outer, key))
