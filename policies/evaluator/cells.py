"""Address cells: the address space, cut so that no block in use divides a cell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

import msgspec

from policies.evaluator.addresses import (
    EVERY_ADDRESS,
    EVERY_IPV4,
    AddressSet,
    address_number,
)
from policies.evaluator.entry.objects import Service
from policies.evaluator.intervals import normalise
from policies.evaluator.state import Node, Pod

__all__ = ["AddressPlan", "Block", "Cell", "networks_of"]

Block = tuple[str, tuple[str, ...]]
"""A CIDR and its excepts, as a policy writes them."""

_FAR_LARGER = 64
_HOSTS = 0xFF
_IPV4_END = EVERY_IPV4.ranges[0][1] + 1


class Cell(msgspec.Struct, frozen=True):
    """Addresses that the same blocks contain. `is_rest`: the Internet at large is among them."""

    signature: int
    addresses: AddressSet
    is_rest: bool


class AddressPlan(msgspec.Struct, frozen=True):
    """Every address belongs to one cell; a cell's signature is the set of blocks that contain it.

    `starts` and `signatures` describe the axis from left to right; `cells` are the external peers:
    the distinct signatures, each with all its addresses (A-68). Where one signature holds the rest
    of one family and named addresses of the other, each family is a cell. A cell all of whose
    addresses belong to known pods or nodes is no external peer and is left out; so is one of
    Services' cluster IPs, which no policy ever meets (A-71). `divided` are networks (see
    `networks_of`), some of whose addresses are in blocks that others are not in. `own` is how many
    addresses the cluster has.
    """

    blocks: dict[Block, int]
    starts: tuple[int, ...]
    signatures: tuple[int, ...]
    cells: tuple[Cell, ...]
    divided: frozenset[str]
    own: int

    @classmethod
    def build(
        cls,
        blocks: Iterable[Block],
        pods: Sequence[Pod],
        nodes: Sequence[Node],
        services: Sequence[Service] = (),
        networks: Sequence[str] | None = None,
    ) -> AddressPlan:
        """The plan for `blocks`, with what the cluster's own addresses take out of it.

        `networks` are those of the pods, where they are known already.
        """
        numbered = {block: i for i, block in enumerate(sorted(set(blocks)))}
        changes: dict[int, int] = {low: 0 for low, _ in EVERY_ADDRESS.ranges}
        changes.update({high + 1: 0 for _, high in EVERY_ADDRESS.ranges})
        for (cidr, excepts), index in numbered.items():
            for low, high in AddressSet.of_cidrs((cidr,), excepts).ranges:
                changes[low] = changes.get(low, 0) ^ (1 << index)
                changes[high + 1] = changes.get(high + 1, 0) ^ (1 << index)
        starts = tuple(sorted(changes))
        signatures: list[int] = []
        current = 0
        for start in starts:
            current ^= changes[start]
            signatures.append(current)
        others = [address for node in nodes for address in node.addresses]
        others += (address for service in services for address in service.cluster_ips)
        own = _Own(pods, networks_of(pods) if networks is None else networks, others)
        cells = _external_cells(starts, signatures, _named(numbered), nodes, own)
        divided = frozenset(
            _network_text(start) for start in starts if start < _IPV4_END and start & _HOSTS
        )
        return cls(numbered, starts, tuple(signatures), cells, divided, own.count)

    def signature(self, address: str) -> int:
        """The blocks that contain an address, as a set of their numbers."""
        if not self.blocks:
            return 0
        return self.signatures[bisect_right(self.starts, address_number(address)) - 1]

    def is_settled(self, address: str, arrived: int = 0) -> bool:
        """Whether the cells stay as they are when a pod with this address comes or goes.

        They do in no block at all, and where a cell is far larger than the cluster, with the
        addresses that have `arrived` since.
        """
        signature = self.signature(address)
        size = sum(
            high - low + 1
            for cell in self.cells
            if cell.signature == signature
            for low, high in cell.addresses.ranges
        )
        return not signature or size > _FAR_LARGER * (self.own + arrived + _FAR_LARGER)


def networks_of(pods: Iterable[Pod]) -> list[str]:
    """For each pod the first three numbers of its IPv4 address; empty where it has another one, or
    not just one."""
    # Reading an address whole costs more than anything done with it. There are few networks: one
    # text for each stays in the processor's cache.
    known: dict[str, str] = {}
    return [
        known.setdefault(network := addresses[0].rpartition(".")[0], network)
        if len(addresses := pod.addresses) == 1
        else ""
        for pod in pods
    ]


def _network_text(number: int) -> str:
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}"


class _Own:
    """The addresses of the cluster: the pods with their networks, and `others`."""

    def __init__(self, pods: Sequence[Pod], networks: Sequence[str], others: list[str]) -> None:
        self._pods = pods
        self._networks = networks
        self._others = others
        self.count = len(others) + sum(len(pod.addresses) for pod in pods)

    def numbers_in(self, spans: Iterable[tuple[int, int]]) -> list[int]:
        """The addresses that may lie in small spans, sorted."""
        near = {
            number
            for low, high in spans
            if high < _IPV4_END
            for number in range(low >> 16, (high >> 16) + 1)
        }
        wide = {f"{number >> 8}.{number & 255}" for number in near}
        met = {each for each in set(self._networks) if _is_near(each, wide)}
        texts = {each for each in self._others if _is_near(each.rpartition(".")[0], wide)}
        if met:
            for pod, network in zip(self._pods, self._networks, strict=True):
                if network in met:
                    texts.update(pod.addresses)
        return sorted(map(address_number, texts))


def _is_near(network: str, wide: Container[str]) -> bool:
    """Whether a network is in one of some wider ones; of IPv6 nothing is known."""
    return network.rpartition(".")[0] in wide or "." not in network or ":" in network


def _named(blocks: Iterable[Block]) -> AddressSet:
    """Addresses that blocks single out; a block of many networks names nothing but its excepts."""
    spans = [cidr for cidr, _ in blocks if int(cidr.rpartition("/")[2]) >= _shortest(cidr)]
    return AddressSet.of_cidrs([*spans, *(each for _, excepts in blocks for each in excepts)])


def _shortest(cidr: str) -> int:
    """The shortest prefix of a network that one operator owns: above it, it is the Internet."""
    return 16 if ":" in cidr else 8


def _external_cells(
    starts: Sequence[int],
    signatures: Sequence[int],
    named: AddressSet,
    nodes: Sequence[Node],
    own: _Own,
) -> tuple[Cell, ...]:
    parts: dict[int, list[tuple[int, int]]] = {}
    for (start, following), signature in zip(pairwise(starts), signatures, strict=False):
        # Between the two families there are no addresses.
        if start != _IPV4_END:
            parts.setdefault(signature, []).append((start, following - 1))
    pod_ranges = AddressSet.of_cidrs(cidr for node in nodes for cidr in node.pod_cidrs)
    small = [
        span
        for signature, spans in parts.items()
        if signature and sum(high - low + 1 for low, high in spans) <= own.count
        for span in spans
    ]
    owned = own.numbers_in(small) if small else ()
    cells: list[Cell] = []
    for signature, spans in parts.items():
        addresses = AddressSet(normalise(spans))
        if pod_ranges:
            addresses -= pod_ranges
        if addresses and not (signature and _all_owned(addresses, owned)):
            cells += _by_family(signature, addresses, named)
    return tuple(sorted(cells, key=lambda cell: (cell.addresses.ranges, cell.signature)))


def _by_family(signature: int, addresses: AddressSet, named: AddressSet) -> list[Cell]:
    if addresses.ranges[-1][1] < _IPV4_END:
        return [Cell(signature, addresses, bool(addresses - named))]
    families = [part for part in (addresses & EVERY_IPV4, addresses - EVERY_IPV4) if part]
    rests = [bool(part - named) for part in families]
    if len(set(rests)) == 1:
        return [Cell(signature, addresses, rests[0])]
    return [Cell(signature, part, is_rest) for part, is_rest in zip(families, rests, strict=True)]


def _all_owned(addresses: AddressSet, owned: Sequence[int]) -> bool:
    """Whether every address belongs to a pod, node or Service of the cluster."""
    return all(
        bisect_right(owned, high) - bisect_left(owned, low) == high - low + 1
        for low, high in addresses.ranges
    )
