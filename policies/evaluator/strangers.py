"""Strangers: pods that are not in the input, known by no more than what a selector says of them.

A selector matches a stranger when it matches everything, or when it is the very selector that the
stranger was made of. Addresses of strangers are not known, so a block is no certain match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from policies.evaluator.cells import Block
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation, Work
from policies.evaluator.labels import Selector
from policies.evaluator.peers import Universe
from policies.evaluator.state import ContainerPort

NAME_LABEL = "kubernetes.io/metadata.name"

__all__ = ["ANY_NODE", "ANY_POD", "Beyond", "Stranger"]


class Stranger(msgspec.Struct, frozen=True):
    """A pod that may come: its namespace by name or by selector, and the selector of its labels.

    None says that nothing is known. `selectable` is False for what has an address only, as a node.
    `ports` are those that it declares. `text` is what answers call it.
    """

    text: str
    namespace: str = ""
    namespaces: Selector | None = None
    pods: Selector | None = None
    ports: tuple[ContainerPort, ...] = ()
    selectable: bool = True


ANY_POD = Stranger("{ingress-controller}")
"""F-40: a pod in a namespace that nobody knows, with labels that nobody knows."""

ANY_NODE = Stranger("{node}", selectable=False)
"""A node whose address is not in the input."""


class _WithStrangers(Universe):
    """A universe with a bit for each stranger, behind all others."""

    def __init__(self, inner: Universe, strangers: Sequence[Stranger]) -> None:
        self.__dict__.update(inner.__dict__)
        self.strangers = tuple(strangers)
        self.first_stranger = inner.size
        self.size = inner.size + len(self.strangers)
        placed = [(1 << (inner.size + i), each) for i, each in enumerate(self.strangers)]
        everyone = _mask(bit for bit, _ in placed)
        pods = _mask(bit for bit, each in placed if each.selectable)
        self.everyone = inner.everyone | everyone
        self.whoever = inner.whoever | everyone
        self.pods = inner.pods | pods
        self.subjects = inner.subjects | pods
        self.selectable = inner.selectable | pods
        self.homeless = inner.homeless | everyone
        self._inner = inner
        self._all, self._new_pods = everyone, pods
        self._in: dict[str, int] = {}
        self._of_namespaces: dict[Selector, int] = {}
        self._of_pods: dict[Selector, int] = {}
        for bit, each in placed:
            if each.namespace:
                self._in[each.namespace] = self._in.get(each.namespace, 0) | bit
            if each.namespaces is not None:
                known = self._of_namespaces.get(each.namespaces, 0)
                self._of_namespaces[each.namespaces] = known | bit
            if each.pods is not None and each.selectable:
                self._of_pods[each.pods] = self._of_pods.get(each.pods, 0) | bit
        self._namespace_sets = {}
        self._pod_sets = {}

    def in_namespace(self, name: str) -> int:
        """Classes and strangers of one namespace."""
        return self._inner.in_namespace(name) | self._in.get(name, 0)

    def in_namespaces(self, selector: Selector) -> int:
        """Classes of matching namespaces, and strangers in namespaces known to match."""
        found = self._namespace_sets.get(selector)
        if found is None:
            found = self._inner.in_namespaces(selector)
            found |= self._of_namespaces.get(selector, 0) if selector else self._all
            for name, bits in self._in.items():
                namespace = self.namespaces.get(name)
                labels = namespace.labels if namespace else {NAME_LABEL: name}
                if selector.matches(labels) and (namespace or _only_by_name(selector)):
                    found |= bits
            self._namespace_sets[selector] = found
        return found

    def with_labels(self, selector: Selector) -> tuple[int, int]:
        """Classes that match and may match, and strangers known to match."""
        found = self._pod_sets.get(selector)
        if found is None:
            sure, maybe = self._inner.with_labels(selector)
            sure |= self._of_pods.get(selector, 0) if selector else self._new_pods
            found = self._pod_sets[selector] = (sure, maybe)
        return found

    def in_block(self, block: Block) -> tuple[tuple[int, ConnectionSet], ...]:
        """Peers with an address in the block; no stranger has a known one."""
        return self._inner.in_block(block)

    def port_numbers(self, name: str, protocol: str) -> dict[int, int]:
        """For a port name: number -> who declares it."""
        found = dict(self._inner.port_numbers(name, protocol))
        for i, each in enumerate(self.strangers):
            for port in each.ports:
                if (port.name, port.protocol) == (name, protocol):
                    bit = 1 << (self.first_stranger + i)
                    found[port.port] = found.get(port.port, 0) | bit
        return found

    def families(self, bit: int) -> int:
        """A stranger may have addresses of either family."""
        return 3 if bit >= self.first_stranger else self._inner.families(bit)

    def named(self, text: str) -> int:
        """The stranger with that text."""
        places = (i for i, each in enumerate(self.strangers) if each.text == text)
        return _mask(1 << (self.first_stranger + i) for i in places)

    def name_of(self, bit: int) -> str:
        """The text of a stranger; empty for a peer that is none."""
        if bit < self.first_stranger:
            return ""
        return self.strangers[bit - self.first_stranger].text


def _mask(bits: Iterable[int]) -> int:
    return sum(bits)


def _only_by_name(selector: Selector) -> bool:
    """Whether a selector looks at nothing but the name: all that is known of a namespace yet
    to come."""
    return selector.keys == {NAME_LABEL}


class Beyond(Evaluation):
    """An evaluation in which strangers take part: the same policies, resolved and decided anew."""

    def __init__(self, inner: Evaluation, strangers: Sequence[Stranger]) -> None:
        self.make_state = inner.make_state
        self.profile = inner.profile
        self.enforcement = inner.enforcement
        self.intended = inner.intended
        self.enforces = inner.enforces
        self.room = inner.room
        self.kinds = inner.kinds
        self.projection = inner.projection
        self.work = Work()
        self.derived = {}
        self.strangers = tuple(strangers)
        universe = _WithStrangers(inner.universe, strangers)
        self.universe = universe
        self.first_stranger = universe.first_stranger
        translated = [(each.source, each.policy) for each in inner.policies]
        self.policies = self._resolve(translated)
        self._decide_all(self.policies)

    def bit_of(self, stranger: Stranger) -> int:
        """The place of a stranger in the universe."""
        return self.first_stranger + self.strangers.index(stranger)
