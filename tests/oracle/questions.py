"""Which endpoints and ports are worth asking about: every boundary and its neighbours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.evaluator.state import ClusterState, PolicyObject

__all__ = ["PROTOCOLS", "interesting_addresses", "interesting_ports"]

PROTOCOLS = ("TCP", "UDP", "SCTP")

# One address of each family that no small random block names.
_FAR_AWAY = ("203.0.113.99", "2001:db8:ffff::99")


def interesting_ports(state: ClusterState) -> list[int]:
    """Ends of the port range, and every number written anywhere with its neighbours."""
    numbers = {1, 65535}
    for pod in state.pods:
        numbers.update(declared.port for declared in pod.ports)
    for policy in state.policies:
        for rule in _rules(policy):
            for entry in rule.get("ports") or []:
                for field in ("port", "endPort"):
                    if isinstance(entry.get(field), int):
                        numbers.add(entry[field])
            for entry in [*(rule.get("ports") or []), *(rule.get("protocols") or [])]:
                numbers.update(_clusterwide_numbers(entry))
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    return sorted(number for number in near if 1 <= number <= 65535)


def interesting_addresses(state: ClusterState) -> list[str]:
    """First and last address of every block and except and the ones just outside; the nodes; two
    far away. Addresses of pods are left out: they are asked as pods."""
    found: set[str] = set(_FAR_AWAY)
    for policy in state.policies:
        for cidr in _cidrs(policy):
            network = ipaddress.ip_network(cidr, strict=False)
            first, last = network.network_address, network.broadcast_address
            for address in (first, last):
                found.add(str(address))
            if int(first):
                found.add(str(first - 1))
            if int(last) + 1 < 1 << last.max_prefixlen:
                found.add(str(last + 1))
    for node in state.nodes:
        found.update(node.addresses)
    taken = {address for pod in state.pods for address in pod.addresses if not pod.host_network}
    return sorted(found - taken)


def _clusterwide_numbers(entry: Mapping[str, Any]) -> Iterator[int]:
    """Every number at any depth of a port of a cluster-wide policy."""
    for value in entry.values():
        if isinstance(value, dict):
            yield from _clusterwide_numbers(value)
        elif isinstance(value, int):
            yield value


def _rules(policy: PolicyObject) -> Iterator[Mapping[str, Any]]:
    for direction in ("ingress", "egress"):
        for rule in policy.spec.get(direction) or []:
            yield rule or {}


def _cidrs(policy: PolicyObject) -> Iterable[str]:
    for rule in _rules(policy):
        for clause in [*(rule.get("from") or []), *(rule.get("to") or [])]:
            yield from clause.get("networks") or []
            block = clause.get("ipBlock")
            if block:
                yield block["cidr"]
                yield from block.get("except") or []
