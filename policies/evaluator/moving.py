"""A universe with other pods than another: a new class takes a free place, the rest keep theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from policies.evaluator.bits import first_bit
from policies.evaluator.peers import PodClass, Universe
from policies.evaluator.state import ClusterState

__all__ = ["MovedUniverse"]

K = TypeVar("K")


class MovedUniverse(Universe):
    """`before` with other pods in some classes; some classes are new, some have no pods any more.

    `members` holds the pods of each class that is not as it was, by the class without pods. `came`
    and `went` tell which are new and gone, `moved` their bits. `arrived` counts the addresses that
    have come since the cells were made.
    """

    def __init__(
        self,
        before: Universe,
        members: Mapping[PodClass, Sequence[int]],
        arrived: int,
        make_state: Callable[[], ClusterState],
    ) -> None:
        self.__dict__.update(before.__dict__)
        for name in ("exposing", "state"):
            self.__dict__.pop(name, None)
        self.arrived = arrived
        self.make_state = make_state
        # Nothing of `before` is changed: what is changed here is copied first.
        self._label_sets = dict(before._label_sets)
        self._by_namespace = dict(before._by_namespace)
        self._by_key = dict(before._by_key)
        self._unknown = dict(before._unknown)
        self.by_signature = dict(before.by_signature)
        self._ports = dict(before._ports)
        self._families, self._pod_sets = {}, {}
        self._namespace_sets, self._block_sets = {}, {}
        self.places = dict(before.places)
        classes = list(before.classes)
        self.came: list[PodClass] = []
        self.went: list[PodClass] = []
        self.moved = 0
        for each, pods in members.items():
            bit = self.places.get(each)
            if bit is None:
                bit = self.places[each] = first_bit(self.room)
                classes[bit : bit + 1] = [each]
                self.came.append(each)
                self._put(each, bit, there=True)
            elif not pods:
                del self.places[each]
                self.went.append(each)
                self._put(each, bit, there=False)
            classes[bit] = msgspec.structs.replace(each, pods=tuple(pods))
        self.classes = tuple(classes)

    @classmethod
    def on(
        cls,
        before: Universe,
        members: Mapping[PodClass, Sequence[int]],
        arrived: int,
        make_state: Callable[[], ClusterState],
    ) -> MovedUniverse | None:
        """None where there is not enough room for what is new."""
        fresh = sum(each not in before.places for each in members)
        enough = fresh <= before.room.bit_count()
        return cls(before, members, arrived, make_state) if enough else None

    def _put(self, each: PodClass, bit: int, *, there: bool) -> None:
        """Into every set that holds such a class, or out of it."""
        one = 1 << bit
        self.moved |= one

        def changed(mask: int) -> int:
            return mask | one if there else mask & ~one

        self.pods, self.everyone = changed(self.pods), changed(self.everyone)
        self.room = self.whoever ^ self.everyone
        if each.host_network:
            self.hosts = changed(self.hosts)
        if not each.signatures:
            self.homeless = changed(self.homeless)
        if self.profile.hostnet_subject or not each.host_network:
            self.subjects = changed(self.subjects)
        if self.profile.hostnet_peer_by_selector or not each.host_network:
            self.selectable = changed(self.selectable)
        _change(self._by_namespace, each.namespace, changed)
        _change(self.by_signature, (each.signatures, each.host_network), changed)
        for key in each.unknown:
            _change(self._unknown, key, changed)
        for pair in each.labels:
            # The set stands for the list from now on.
            self._label_sets[pair] = changed(self._with_label(pair))
            _change(self._by_key, pair[0], changed)
        for port in each.ports:
            numbers = dict(self._ports.get((port.name, port.protocol), {}))
            _change(numbers, port.port, changed)
            self._ports[port.name, port.protocol] = numbers


def _change(sets: dict[K, int], key: K, changed: Callable[[int], int]) -> None:
    found = changed(sets.get(key, 0))
    if found:
        sets[key] = found
    else:
        sets.pop(key, None)
