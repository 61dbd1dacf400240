"""Pod-level flows looked up by endpoint and address family, for comparison with the reference."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.graph import Flow
from policies.evaluator.profile import Profile
from policies.evaluator.state import Pod
from tests.oracle.reference import Endpoint, Flags

__all__ = ["FlowIndex", "families_of", "holds", "peer_text", "profile_of"]

_BOTH = frozenset({4, 6})
_OVER = {4: "only over IPv4", 6: "only over IPv6"}


def peer_text(endpoint: Endpoint) -> str:
    """How a pod is named at pod level; an address is its own text."""
    if isinstance(endpoint, str):
        return endpoint
    return f"{endpoint.namespace}/{endpoint.name}[Pod]"


def families_of(source: Endpoint, destination: Endpoint) -> list[int | None]:
    """Address families that both may use; None where they share none, as selectors still count."""
    return [*sorted(_families(source) & _families(destination))] or [None]


def _families(endpoint: Endpoint) -> frozenset[int]:
    """Families of an endpoint's addresses; both where it has no address yet (A-94)."""
    addresses = (endpoint,) if isinstance(endpoint, str) else endpoint.addresses
    return frozenset(ipaddress.ip_address(each).version for each in addresses) or _BOTH


def _over(family: int | None) -> str:
    return _OVER.get(family or 0, "")


class FlowIndex:
    """Flows by their ends, with addresses resolved to the external node that holds them."""

    def __init__(self, rows: Iterable[Flow]) -> None:
        self._rows: dict[tuple[str, str], list[Flow]] = {}
        outside: set[str] = set()
        for row in rows:
            self._rows.setdefault((row.source, row.destination), []).append(row)
            outside.update(text for text in (row.source, row.destination) if "[" not in text)
        self._outside = sorted(outside)

    def open_between(
        self, source: Endpoint, destination: Endpoint, family: int | None
    ) -> ConnectionSet:
        """What is open over a family: rows that are certain, and rows for that family only."""
        return self._open(source, destination, lambda reason: reason in ("", _over(family)))

    def possible_between(
        self, source: Endpoint, destination: Endpoint, family: int | None
    ) -> ConnectionSet:
        """The same, and what may be open: such a row does not tell the families apart."""
        others = {text for text in _OVER.values() if text != _over(family)}
        return self._open(source, destination, lambda reason: reason not in others)

    def _open(
        self, source: Endpoint, destination: Endpoint, counts: Callable[[str], bool]
    ) -> ConnectionSet:
        opened = NONE
        for row in self._rows.get((self._text(source), self._text(destination)), []):
            if counts(row.reason):
                opened |= row.connections
        return opened

    def _text(self, endpoint: Endpoint) -> str:
        if isinstance(endpoint, Pod):
            return peer_text(endpoint)
        holding = [text for text in self._outside if holds(text, endpoint)]
        assert len(holding) <= 1, holding
        return holding[0] if holding else endpoint


@lru_cache(maxsize=65536)
def holds(text: str, address: str) -> bool:
    """Whether `10.0.0.0/8,192.168.0.1-192.168.0.9,::1` holds an address."""
    number = ipaddress.ip_address(address)
    for part in text.split(","):
        if "-" in part:
            low, high = (ipaddress.ip_address(end) for end in part.split("-"))
            if low.version == number.version and int(low) <= int(number) <= int(high):
                return True
        elif number in ipaddress.ip_network(part):
            return True
    return False


def profile_of(flags: Flags) -> Profile:
    """The engine's profile with the same flags."""
    return Profile(
        ipblock_matches_pods=flags.ipblock_matches_pods,
        ipblock_matches_nodes=flags.ipblock_matches_nodes,
        own_node_ingress_exempt=flags.own_node_ingress_exempt,
        own_node_egress_exempt=flags.own_node_egress_exempt,
        hostnet_peer_by_selector=flags.hostnet_peer_by_selector,
        hostnet_subject=flags.hostnet_subject,
        endport=flags.endport,
        np_direction_split=flags.np_direction_split,
        anp_enforced=flags.anp_enforced,
        cnp_enforced=flags.cnp_enforced,
    )
