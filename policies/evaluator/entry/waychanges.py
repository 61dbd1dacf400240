"""Ways in that open, close or let others in than before, between two states.

Policies decide which connections are possible; a Service or an Ingress that appears leads somebody
to a connection that was possible before. So this is listed beside the changes of flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from policies.evaluator import intervals
from policies.evaluator.addresses import EVERY_ADDRESS, EVERY_IPV4, AddressSet
from policies.evaluator.bits import bits_of
from policies.evaluator.entry.paths import EntryPath
from policies.evaluator.entry.points import EntryPoints

__all__ = ["WayChange", "way_changes"]

_ORDER = {"added": 0, "removed": 1, "changed": 2}
# As `Universe.families` tells them; pods of no known address, and no pods at all, have both.
_FAMILIES = {1: EVERY_IPV4, 2: EVERY_ADDRESS - EVERY_IPV4}
_Key = tuple[str, ...]
_Ways = dict[_Key, tuple[EntryPath, ...]]
_Open = dict[tuple[str, bool], AddressSet | None]


class WayChange(msgspec.Struct, frozen=True):
    """A way in that is not what it was; the paths by which somebody comes in, before and after."""

    kind: str
    before: tuple[EntryPath, ...]
    after: tuple[EntryPath, ...]

    @property
    def way(self) -> EntryPath:
        """A path of it: all have the same entry point and the same end."""
        return (self.after or self.before)[0]

    def to_json(self) -> dict[str, Any]:
        """One entry of `ways` in a comparison."""
        way = self.way.to_json()
        for name in ("caller", "verdict", "reason", "internet"):
            del way[name]
        both = {"before": self.before, "after": self.after}
        callers = {when: [_caller(path) for path in paths] for when, paths in both.items()}
        return {"change": self.kind, **way, **callers}


def way_changes(before: EntryPoints, after: EntryPoints) -> list[WayChange]:
    """What opens, then what closes, then what lets in others or is less or more certain than
    before (F-40…F-48).

    A way that is closed where it is there at all is no change of who may come in. Addresses are
    compared where they are outside of the cluster both before and after.
    """
    if not before.paths and not after.paths:
        return []
    common = _everywhere(before) & _everywhere(after)
    then, now = _Callers(before, common), _Callers(after, common)
    old, new = _by_way(before), _by_way(after)
    found = []
    for key in {**old, **new}:
        was, is_ = old.get(key, ()), new.get(key, ())
        if then.of(was) == now.of(is_):
            continue
        kind = "changed" if was and is_ else "added" if is_ else "removed"
        found.append(WayChange(kind, was, is_))
    return sorted(found, key=lambda each: (_ORDER[each.kind], each.way.order))


class _Callers:
    """Who comes in by paths of one state, in a form that can be compared with another's."""

    def __init__(self, points: EntryPoints, common: AddressSet) -> None:
        self._universe = points.evaluation.universe
        self._common = common
        self._known: dict[tuple[int, tuple[str, ...], int], AddressSet] = {}

    def of(self, paths: tuple[EntryPath, ...]) -> _Open:
        """Addresses by verdict and whether they are a way for the Internet at large; None for
        callers that are no addresses, which the key of a way names."""
        found: _Open = {}
        for path in paths:
            key = (path.verdict, path.internet)
            if not path.callers & self._universe.external:
                found[key] = None
            elif addresses := self._addresses(path):
                found[key] = (found.get(key) or AddressSet()) | addresses
        return found

    def _addresses(self, path: EntryPath) -> AddressSet:
        """Those of the callers, within what the entry point lets in, of families that the pods
        have (A-70)."""
        families = reduce(or_, map(self._universe.families, bits_of(path.bits)), 0)
        key = (path.callers, path.ranges, families)
        if key not in self._known:
            bits = bits_of(path.callers & self._universe.external)
            cells = _union(map(self._universe.cell_addresses, bits))
            if path.ranges:
                cells &= AddressSet.of_cidrs(path.ranges)
            self._known[key] = cells & self._common & _FAMILIES.get(families, EVERY_ADDRESS)
        return self._known[key]


def _everywhere(points: EntryPoints) -> AddressSet:
    universe = points.evaluation.universe
    return _union(map(universe.cell_addresses, bits_of(universe.external)))


def _union(sets: Iterable[AddressSet]) -> AddressSet:
    return AddressSet(intervals.normalise(span for each in sets for span in each.ranges))


def _by_way(points: EntryPoints) -> _Ways:
    """The paths by which somebody may come in, by all that makes them the same way."""
    external = points.evaluation.universe.external
    found: dict[_Key, list[EntryPath]] = {}
    for path in points.paths:
        if path.verdict != "deny":
            *rest, caller = path.order
            name = "" if path.callers & external else caller
            found.setdefault((*rest, path.target.protocol, path.service, name), []).append(path)
    return {key: tuple(paths) for key, paths in found.items()}


def _caller(path: EntryPath) -> dict[str, Any]:
    return {
        "caller": path.caller,
        "verdict": path.verdict,
        "reason": path.reason or None,
        "internet": path.internet,
    }
