"""Groups of namespaces: the level above, by the label that divides them best, else by their names.

A group that is too large to be looked at holds smaller groups in place of its namespaces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

__all__ = ["GROUP_PREFIX", "SpaceGroup", "groups_of"]

GROUP_PREFIX = "group:"

MOST_GROUPS = 40
"""A level of more groups than this is no summary."""

LARGEST_OPEN = 150
"""So many namespaces of one group can be looked at together."""

# Every namespace has a name of its own, and how strict its pods must be says not whose it is.
_TECHNICAL = re.compile(r"kubernetes\.io/metadata\.name|pod-security\.kubernetes\.io/.*")


class SpaceGroup(msgspec.Struct, frozen=True):
    """Some namespaces under one name: those of a label's value (`team=red`), without that label
    (`team=`), with a common beginning (`red-*`), or next to each other (`a..f`).

    `name` is what a question calls it; no namespace can be called so. `key` is the label that it
    was made by, if any. `parts` are its groups where it is too large to be shown whole.
    """

    name: str
    label: str
    names: tuple[str, ...]
    key: str = ""
    parts: tuple[SpaceGroup, ...] = ()

    @property
    def id(self) -> str:
        """What the map calls it."""
        return f"{GROUP_PREFIX}{self.name}"

    def walk(self) -> Iterator[SpaceGroup]:
        """This group and all within."""
        yield self
        for part in self.parts:
            yield from part.walk()


def groups_of(labels: Mapping[str, Mapping[str, str]]) -> tuple[SpaceGroup, ...]:
    """The groups of all namespaces, given with their labels; the same for the same ones."""
    return _divide(tuple(sorted(labels)), labels, (), None)


def _divide(
    names: Sequence[str],
    labels: Mapping[str, Mapping[str, str]],
    used: tuple[str, ...],
    within: SpaceGroup | None,
) -> tuple[SpaceGroup, ...]:
    if not names:
        return ()
    found = _by_label(names, labels, used) or _by_prefix(names) or _by_range(names)
    groups = []
    for group in found:
        if within is not None and group.key:
            # Of two labels both are named: a team's production is not all production.
            group = msgspec.structs.replace(group, name=f"{within.name}+{group.name}")
        keys = (*used, group.key) if group.key else used
        if len(group.names) > LARGEST_OPEN:
            parts = _divide(group.names, labels, keys, group)
            group = msgspec.structs.replace(group, parts=parts)
        groups.append(group)
    return tuple(groups)


def _by_label(
    names: Sequence[str], labels: Mapping[str, Mapping[str, str]], used: tuple[str, ...]
) -> list[SpaceGroup]:
    """By the key with which least stands side by side: the groups, and then those of one opened."""
    given: dict[str, list[str]] = {}
    for name in names:
        for key, value in labels[name].items():
            given.setdefault(key, []).append(value)
    values = {
        key: Counter(found)
        for key, found in given.items()
        if key not in used and not _TECHNICAL.fullmatch(key)
    }
    best: tuple[float, str] | None = None
    for key, counts in sorted(values.items()):
        carried = counts.total()
        sizes = [*counts.values(), *([len(names) - carried] if carried < len(names) else [])]
        if 3 * carried < 2 * len(names) or not 1 < len(sizes) <= MOST_GROUPS:
            continue
        seen = len(sizes) + sum(size * size for size in sizes) / len(names)
        best = min(best, (seen, key)) if best else (seen, key)
    if best is None:
        return []
    key = best[1]
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(labels[name].get(key, ""), []).append(name)
    without = members.pop("", None)
    groups = [
        SpaceGroup(f"{key}={value}", f"{key}={value}", tuple(inside), key)
        for value, inside in sorted(members.items(), key=lambda item: _natural(item[0]))
    ]
    if without:
        groups.append(SpaceGroup(f"{key}=", f"without {key}", tuple(without), key))
    return groups


def _by_prefix(names: Sequence[str]) -> list[SpaceGroup]:
    """By what stands before the first dash, where that is few words for most of the names."""
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(name.partition("-")[0], []).append(name)
    large = {prefix: inside for prefix, inside in members.items() if len(inside) > 2}
    alone = sorted(
        name for prefix, inside in members.items() if len(inside) <= 2 for name in inside
    )
    if not 1 < len(large) < MOST_GROUPS or 3 * len(alone) > len(names):
        return []
    groups = [
        SpaceGroup(f"{prefix}-*", f"{prefix}-…", tuple(inside))
        for prefix, inside in sorted(large.items())
    ]
    if alone:
        groups.append(SpaceGroup(f"{alone[0]}..{alone[-1]}", "other names", tuple(alone)))
    return groups


def _by_range(names: Sequence[str]) -> list[SpaceGroup]:
    """In the order of their names, into groups of one size."""
    ordered = sorted(names, key=_natural)
    count = min(MOST_GROUPS, max(2, round(len(ordered) ** 0.5)))
    size = -(-len(ordered) // count)
    parts = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    return [
        SpaceGroup(f"{part[0]}..{part[-1]}", f"{part[0]} … {part[-1]}", tuple(part))
        for part in parts
    ]


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """For sorting as people count: `ns-9` before `ns-10`."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts if part)
