"""Regions: sets of (peer, connection) pairs, kept as connections with the peers they hold for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.evaluator.connections import NONE, ConnectionSet

__all__ = ["Parts", "Region", "common", "give", "merged", "take"]

Region = tuple[int, ConnectionSet]
"""Every one of these peers with every one of these connections."""

Parts = dict[ConnectionSet, int]
"""Connections -> peers; a peer is in one part only."""


def take(parts: Parts, peers: int, connections: ConnectionSet) -> tuple[Parts, list[Region]]:
    """The parts without what lies in a region, and what lies in it."""
    left: Parts = {}
    taken = []
    for held, members in parts.items():
        both = members & peers
        matched = held & connections if both else NONE
        if matched:
            taken.append((both, matched))
            _put(left, held - matched, both)
            members &= ~both
        _put(left, held, members)
    return left, taken


def give(parts: Parts, peers: int, connections: ConnectionSet) -> Parts:
    """The parts with more connections for some peers, every peer still in one part."""
    more: Parts = {}
    for held, members in parts.items():
        both = members & peers
        if both:
            _put(more, held | connections, both)
        _put(more, held, members & ~both)
        peers &= ~both
    _put(more, connections, peers)
    return more


def merged(regions: Iterable[Region]) -> Parts:
    """Everything in any of the regions, which may overlap."""
    # Of dozens of rules that open something to a pod, most open one of a few sets of ports.
    joined: Parts = {}
    for peers, connections in regions:
        _put(joined, connections, peers)
    if len(joined) < 2:
        return joined
    parts: Parts = {}
    for connections, peers in joined.items():
        parts = give(parts, peers, connections)
    return parts


def common(regions: Iterable[Region], parts: Parts) -> Iterator[Region]:
    """What the regions have in common with the parts."""
    for peers, connections in regions:
        for held, members in parts.items():
            both = members & peers
            matched = held & connections if both else NONE
            if matched:
                yield both, matched


def _put(parts: Parts, connections: ConnectionSet, peers: int) -> None:
    if peers and connections:
        # Sets that are not joined are shared, not copied: in large clusters they are kilobytes.
        known = parts.get(connections)
        parts[connections] = peers if known is None else known | peers
