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

from collections.abc import Collection
from typing import Protocol

from policies.evaluator import names
from policies.evaluator.documents import Budget
from policies.evaluator.origin import Origin
from policies.evaluator.podshape import GivenPod, PodShape
from policies.evaluator.scalars import resolve
from policies.evaluator.yamlshapes import Shape, Shapes
from policies.evaluator.yamltemplate import PodReader, Shared, Template, template_of
from policies.evaluator.yamlworkloads import Known

__all__ = ["Alike", "PodKeeper"]


class PodKeeper(PodReader, Protocol):
    """Who gets the pods."""

    def keep_pod(self, given: GivenPod, /) -> bool:
        """Keep a pod; False, however often it is asked, where it is to be read in the general
        way."""


_UNSEEN: Known = PodShape("", {}, None, (), False, "", False, ""), ""

# Making a pattern takes as long as reading this many pods by their shape.
_ENOUGH = 20
# Hostile inputs have many shapes; clusters have a few that are common.
_TEMPLATES = 40
# Of so many shapes it is counted how often they are met; then counting starts anew.
_COUNTED = 500
# Where so many keys are most of the pods, the lines that never differed do now.
_KEYS = 1_000


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


class Alike:
    """The pods of one source that are written alike."""

    def __init__(self, source: str, shapes: Shapes, pods: PodKeeper, budget: Budget) -> None:
        self._source = source
        self._shapes = shapes
        self._pods = pods
        self._budget = budget
        self._met: dict[int, _Met] = {}
        # By how many line ends they have; the last one counts where two have as many.
        self._templates: dict[int, Template] = {}
        # That of the pod before, and that of the two before: most are written like these.
        self._before: Template | None = None
        self._template: Template | None = None
        self._last: tuple[Template, Shared, Known] | None = None
        self._ipv4s = names.Ipv4s()
        self._nodes = _Nodes()

    def pod(
        self, text: str, start: int, end: int, index: int, line: int, *, entry: bool
    ) -> int | None:
        """Keep the pod in a part of a text; how many lines it has, or None where it is to be read
        in another way.

        The part is document `index`, or an entry of a List in it, and begins behind `line` lines.
        """
        template = self._templates.get(text.count("\n", start, end))
        if template is None or template.shape.entry is not entry:
            return None
        count, _ = self._kept(template, text, start, end, index, line, 1)
        if not count:
            return None
        self._before, self._template = template, template if template is self._before else None
        return len(template.shape.heads) - 1

    def pods(self, text: str, start: int, index: int, line: int) -> tuple[int, int, int] | None:
        """Keep the documents from the start of one on that are pods written like the two before;
        how many they are, how many lines they have, and where the last one ends. None where there
        is none. See `pod`."""
        template = self._template
        if template is None or template.shape.entry:
            return None
        marked = text.startswith("---\n", start)
        start, line = start + 4 * marked, line + marked
        most = self._budget.limits.documents - index + 1
        count, end = self._kept(template, text, start, len(text), index, line, most)
        return (count, count * len(template.shape.heads) + marked - 1, end) if count else None

    def _kept(
        self,
        template: Template,
        text: str,
        start: int,
        end: int,
        index: int,
        line: int,
        most: int,
    ) -> tuple[int, int]:
        """Keep pods, one after the other, up to the first that is not as expected; how many they
        are, and where the last one ends. What is one too much is left to the parser, which says
        where it is."""
        match, keep, source = template.match, self._pods.keep_pod, self._source
        shape, ipv4s, nodes = template.shape, self._ipv4s, self._nodes
        line += shape.first + 1
        charge = shape.nodes + shape.entry
        most = min(most, self._budget.nodes // charge)
        count, stop = 0, start
        while count < most:
            found = match(text, start, end)
            if found is None:
                self._before = self._template = None
                break
            shared = found.group(*template.shared)
            # Most follow one of their own workload, which takes less to see than to look up.
            last = self._last
            if last is None or shared != last[1] or template is not last[0]:
                known = template.known.get(shared, _UNSEEN)
                if known is _UNSEEN:
                    known = template.read(shared)
                    if self._is_outgrown(template, template.count + count):
                        most = count + 1
                if known is None:
                    break
                self._last = last = template, shared, known
            of_all, phase = last[2]
            name, node, address = found.group(*template.own)
            if not nodes[node] or not ipv4s.holds(address):
                break
            origin = Origin(source, index + count, line)
            if not keep(GivenPod(of_all, name, (address,), node, phase, origin)):
                break
            count += 1
            stop = found.end()
            # Behind the separator.
            start = stop + 4
            line += len(shape.heads)
        template.count += count
        self._budget.nodes -= count * charge
        return count, stop

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
        made = template_of(shape, varied, self._shapes, self._pods)
        if made is not None:
            self._templates[len(shape.heads) - 1] = made
            self._before = self._template = None

    def _is_outgrown(self, template: Template, count: int) -> bool:
        """Whether another template takes the place of this one, by which so many pods were told:
        lines that never differed do now."""
        if not template.steady or len(template.known) <= max(_KEYS, count / 2):
            return False
        self._learnt(template.shape, range(len(template.shape.heads)))
        return True


class _Nodes(dict[str, bool]):
    """Whether a node may be called so; what YAML takes for a number is none."""

    def __missing__(self, text: str) -> bool:
        try:
            is_text = isinstance(resolve(text), str)
        except ValueError:
            is_text = False
        right = self[text] = is_text and names.object_name_fault(text) is None
        return right
