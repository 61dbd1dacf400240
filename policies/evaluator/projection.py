"""What policies look at, and how many of them do: what tells pods apart, and addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

import msgspec

from policies.evaluator.cells import Block
from policies.evaluator.labels import Selector
from policies.evaluator.policy import Policy, Rule

__all__ = ["Projection", "Uses"]

K = TypeVar("K", str, Block)


class Projection(msgspec.Struct, frozen=True):
    """What policies look at: label keys of pods, port names, address blocks."""

    keys: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    blocks: frozenset[Block] = frozenset()

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> Projection:
        """Everything that any of `policies` refers to. Many of them share their rules."""
        pods: dict[Selector, None] = {}
        rules: dict[int, Rule] = {}
        for policy in policies:
            for subject in policy.subjects:
                pods[subject.pods] = None
            for rule in policy.rules:
                rules[id(rule)] = rule
        clauses = [peer for rule in rules.values() for peer in rule.peers or ()]
        pods.update((peer.pods, None) for peer in clauses if not peer.cidr)
        return cls(
            frozenset([each.key for selector in pods for each in selector.requirements]),
            frozenset(
                [port.name for rule in rules.values() for port in rule.ports or () if port.name]
            ),
            frozenset([(peer.cidr, peer.excepts) for peer in clauses if peer.cidr]),
        )

    def serves(self, other: Projection) -> bool:
        """Whether classes made for this projection answer for `other` as its own would.

        Telling more labels or port names apart is harmless; external addresses are shown as they
        are cut, so the blocks must be the same.
        """
        return other.keys <= self.keys and other.names <= self.names and other.blocks == self.blocks


class Uses:
    """How many policies look at each label key, port name and address block."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._keys: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._blocks: Counter[Block] = Counter()
        for policy in policies:
            each = Projection.of((policy,))
            self._keys.update(each.keys)
            self._names.update(each.names)
            self._blocks.update(each.blocks)

    @cached_property
    def projection(self) -> Projection:
        """Everything that any of the policies looks at."""
        return Projection(frozenset(self._keys), frozenset(self._names), frozenset(self._blocks))

    def after(self, gone: Iterable[Policy], came: Iterable[Policy]) -> Projection:
        """What is looked at when some of the policies go and others come."""
        less, more = Uses(gone), Uses(came).projection
        return Projection(
            _left(self.projection.keys, self._keys, less._keys) | more.keys,
            _left(self.projection.names, self._names, less._names) | more.names,
            _left(self.projection.blocks, self._blocks, less._blocks) | more.blocks,
        )


def _left(known: frozenset[K], uses: Counter[K], less: Counter[K]) -> frozenset[K]:
    return known - {each for each, count in less.items() if uses[each] == count}
