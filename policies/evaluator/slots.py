"""Slots: the peers of two evaluations side by side, so that their flows can be compared exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.peers import Universe
from policies.evaluator.state import WorkloadRef

__all__ = ["ABSENT", "Alignment", "Slot", "align"]

ABSENT = -1


class Slot(msgspec.Struct, frozen=True):
    """Pods or addresses that are one peer before and one peer after; ABSENT where they are not.

    `text` names the workload, or the addresses of an external peer.
    """

    before: int
    after: int
    text: str
    workload: WorkloadRef | None = None

    @property
    def bit(self) -> int:
        """A peer that stands for the slot: the one after, else the one before."""
        return self.after if self.after != ABSENT else self.before


class Alignment(msgspec.Struct, frozen=True):
    """The slots of two universes, and each peer's slots as a set.

    `counts` tells how many slots a text names, and `shared` are the texts of several. `same` is the
    universe where both are one: a peer then has one slot, found by its place alone.
    """

    slots: tuple[Slot, ...]
    of_before: dict[int, int]
    of_after: dict[int, int]
    external: int
    counts: dict[str, int]
    shared: frozenset[str]
    same: Universe | None = None

    def before(self, mask: int) -> int:
        """A set of peers of the universe before as a set of slots."""
        return self._moved(mask, self.of_before)

    def after(self, mask: int) -> int:
        """A set of peers of the universe after as a set of slots."""
        return self._moved(mask, self.of_after)

    def peers(self, slots: int, *, before: bool) -> int:
        """The peers of one universe that have one of the slots."""
        if self.same is not None:
            low = slots & self.same.pods
            return low | slots >> len(self.same.classes) << self.same.first_cell
        of_bit = self.of_before if before else self.of_after
        return mask_of(bit for bit, mask in of_bit.items() if mask & slots)

    def _moved(self, mask: int, of_bit: dict[int, int]) -> int:
        if self.same is not None:
            # Cluster nodes, and room for pods, stand between pods and addresses and have no slots.
            mask &= self.same.everyone
            above = mask >> self.same.first_cell << len(self.same.classes)
            return mask & self.same.pods | above
        found = 0
        for bit in bits_of(mask):
            found |= of_bit.get(bit, 0)
        return found


def align(before: Universe, after: Universe) -> Alignment:
    """Match pods by workload and name, what is left of a workload with what is left of it, and
    addresses by cutting both sides at each other's bounds. Cluster nodes are no ends of flows."""
    slots = [*_pod_slots(before, after), *_cell_slots(before, after)]
    of_before: dict[int, int] = {}
    of_after: dict[int, int] = {}
    if before is not after:
        for index, slot in enumerate(slots):
            if slot.before != ABSENT:
                of_before[slot.before] = of_before.get(slot.before, 0) | 1 << index
            if slot.after != ABSENT:
                of_after[slot.after] = of_after.get(slot.after, 0) | 1 << index
    external = mask_of(i for i, slot in enumerate(slots) if slot.workload is None)
    counts = Counter(slot.text for slot in slots if slot.text)
    shared = frozenset(text for text, count in counts.items() if count > 1)
    same = before if before is after else None
    return Alignment(tuple(slots), of_before, of_after, external, counts, shared, same)


def _pod_slots(before: Universe, after: Universe) -> Iterator[Slot]:
    if before is after:
        for bit, each in enumerate(before.classes):
            yield Slot(bit, bit, str(each.workload), each.workload)
        return
    old, new = _by_workload(before), _by_workload(after)
    for ref in sorted(old.keys() | new.keys()):
        was, now = old.get(ref, {}), new.get(ref, {})
        pairs = {(was[name], now[name]) for name in was.keys() & now.keys()}
        gone = {bit for name, bit in was.items() if name not in now}
        came = {bit for name, bit in now.items() if name not in was}
        if gone and came:
            # Replaced pods have new names: any of the old may have become any of the new.
            pairs |= {(old_bit, new_bit) for old_bit in gone for new_bit in came}
        elif not now:
            pairs |= {(bit, ABSENT) for bit in gone}
        elif not was:
            pairs |= {(ABSENT, bit) for bit in came}
        else:
            # Scaled: a class that only lost or gained pods is compared with its siblings.
            pairs |= {(bit, other) for bit in gone for other in set(now.values())}
            pairs |= {(other, bit) for bit in came for other in set(was.values())}
        for old_bit, new_bit in sorted(pairs):
            yield Slot(old_bit, new_bit, str(ref), ref)


def _by_workload(universe: Universe) -> dict[WorkloadRef, dict[str, int]]:
    found: dict[WorkloadRef, dict[str, int]] = {}
    pods = universe.state.pods
    for bit, each in universe.each_class():
        names = found.setdefault(each.workload, {})
        for index in each.pods:
            names[pods[index].name] = bit
    return found


def _cell_slots(before: Universe, after: Universe) -> Iterator[Slot]:
    for old in range(before.first_cell, before.size):
        if before is after:
            yield Slot(old, old, str(before.cell_addresses(old)))
            continue
        addresses = before.cell_addresses(old)
        for new in range(after.first_cell, after.size):
            common = addresses & after.cell_addresses(new)
            if common:
                yield Slot(old, new, str(common))
