"""Pods that are written alike: of one more of them, only what is its own is read.

The pods of a cluster, as a tool prints them, have the same lines with other values. Once many of a
shape were read, one pattern takes the text of the next apart:

- lines that say what the pods of a workload share (labels, owner, ports) are a key, byte for byte:
  what a pod with the same key was read as, this one is, too;
- name, node and address are its own;
- of lines that nobody reads (uid, image, conditions) only that they are plain is looked at.

Whatever the pattern does not match, or the key does not know, is read by its shape, or by the
parser. Nothing is decided here that was not decided there for a pod with the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from policies.evaluator import names
from policies.evaluator.origin import Origin
from policies.evaluator.podshape import GivenPod, PodShape
from policies.evaluator.yamlshapes import Places, Shape

__all__ = ["Alike", "Keep", "is_read"]

Keep = Callable[[GivenPod], bool]
"""Keeps a pod, or says that it is to be read in the general way."""

_Path = tuple[str | int, ...]
_Shared = str | tuple[str, ...]
_Known = tuple[PodShape, str]

# Making a pattern takes as long as reading this many pods by their shape.
_ENOUGH = 60
# Hostile inputs have many shapes; clusters have a few that are common.
_TEMPLATES = 40

_NAME, _NODE, _ADDRESS = ("metadata", "name"), ("spec", "nodeName"), ("status", "podIP")
_ADDRESSES = ("status", "podIPs", 0, "ip")
_SHARED: _Path = ()
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

# A value that is a scalar, and ends with the line, whatever stands around it.
_SCALAR = (
    r"""(?:(?:[A-Za-z0-9_/$(]|-[-A-Za-z0-9_/])(?:[!"$-~]*(?<!:)|[ -"$-9;-~]*(?<! ))"""
    r"""|'[ -&(-~]*'|"[ !#-\[\]-~]*"|\{\}|\[\])"""
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


class _Template(NamedTuple):
    """How the pods of a shape are written."""

    shape: Shape
    match: Callable[[str, int, int], re.Match[str] | None]
    # Groups of the match: what is a pod's own, and what it shares.
    own: tuple[int, ...]
    shared: tuple[int, ...]
    # Shape and phase of the pods with the same shared text, and nodes by the text that names them.
    known: dict[_Shared, _Known]
    nodes: dict[str, str]


class Alike:
    """The pods of one source that are written alike."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._met: dict[int, tuple[Shape, int]] = {}
        # By how many line ends they have; the last one counts where two have as many.
        self._templates: dict[int, _Template] = {}
        self._last: tuple[_Template, _Shared, _Known] | None = None
        # What the pod that is read in another way now was found to be written like.
        self._unknown: re.Match[str] | None = None
        self._ipv4s = names.Ipv4s()

    def pod(
        self, text: str, start: int, end: int, lines: int, index: int, line: int
    ) -> tuple[GivenPod, int] | None:
        """The pod in this part of a text, and how many nodes it has; None where it is to be read in
        another way.

        The part has so many line ends, is document `index` and begins behind `line` lines.
        """
        template = self._templates.get(lines)
        if template is None:
            return None
        found = template.match(text, start, end)
        if found is None:
            return None
        # Most follow one of their own workload, which takes less to see than to look up.
        shared = found.group(*template.shared)
        known: _Known | None
        last = self._last
        if last is not None and template is last[0] and shared == last[1]:
            known = last[2]
        else:
            known = template.known.get(shared)
            if known is None:
                self._unknown = found
                return None
            self._last = template, shared, known
        name, node_text, address = found.group(*template.own)
        node = template.nodes.get(node_text)
        if node is None or not self._ipv4s.holds(address):
            return None
        shape, phase = known
        origin = Origin(self._source, index, line + template.shape.first + 1)
        pod = GivenPod(shape, name, (address,), node, phase, origin)
        return pod, template.shape.nodes

    def learn(self, shape: Shape, pod: GivenPod, text: str) -> None:
        """Remember how a pod is written that was read by its shape."""
        key = id(shape)
        _, met = self._met.get(key, (shape, 0))
        # With the shape, so that no other one gets its number.
        self._met[key] = (shape, met + 1)
        if met == _ENOUGH and len(self._templates) < _TEMPLATES:
            made = _template(shape)
            if made is not None:
                self._templates[len(shape.heads) - 1] = made
                self._unknown = None
        template = self._templates.get(len(shape.heads) - 1)
        if template is None:
            return
        found = self._unknown
        if found is None or found.group() != text:
            found = template.match(text, 0, len(text))
        self._unknown = None
        if found is None:
            return
        name, node, address = found.group(*template.own)
        if (name, (address,)) == (pod.name, pod.addresses):
            template.known[found.group(*template.shared)] = pod.shape, pod.phase
            template.nodes[node] = pod.node


def _template(shape: Shape) -> _Template | None:
    """How the pods of a shape are written; None where that is not the usual way."""
    places = list(_paths(shape.places, ()))
    fields = {path for _, path in places}
    if not fields.issuperset(_OWN) or not fields.isdisjoint(_UNUSUAL):
        return None
    paths = dict(places)
    lines = [(paths.get(number), head) for number, head in enumerate(shape.heads)]
    parts: list[str] = []
    groups: list[_Path] = []
    for kind, group in groupby(lines, lambda line: _kind(line[0])):
        if kind == _SHARED:
            groups.append(kind)
            parts.append("(" + "\n".join(".*" for _ in group) + ")")
            continue
        for path, head in group:
            if path == _ADDRESSES:
                if _ADDRESS not in groups:
                    return None
                value = rf"\{groups.index(_ADDRESS) + 1}"
            elif path in _OWN:
                groups.append(path)
                value = _OWN[path]
            else:
                value = _SCALAR if head.endswith(" ") else "" if head else _NOTHING
            parts.append(re.escape(head) + value)
    own = tuple(groups.index(path) + 1 for path in _OWN)
    shared = tuple(number for number, kind in enumerate(groups, 1) if kind == _SHARED)
    match = re.compile("\n".join(parts), re.ASCII).fullmatch
    return _Template(shape, match, own, shared, {}, {})


def _kind(path: _Path | None) -> _Path | None:
    """The field of a line that is a pod's own or that nobody reads; all others are `_SHARED`."""
    if path is None or path in _OWN or path == _ADDRESSES or not is_read(path):
        return path
    return _SHARED


def _paths(places: Places, outer: _Path) -> Iterator[tuple[int, _Path]]:
    """The line of each field of a shape; of those on one line, the innermost comes last."""
    for key, (line, inside) in places.items():
        yield line, (*outer, key)
        yield from _paths(inside, (*outer, key))
