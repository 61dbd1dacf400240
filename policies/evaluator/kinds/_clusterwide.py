"""Cluster-wide policies of `policy.networking.k8s.io`: what their kinds share (semantics B).

The versions differ in the words for actions and ports and in how much fits into a rule: that is a
`Dialect`. Subjects, peers and the order of rules are the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.policy import (
    Action,
    Direction,
    PeerClause,
    Policy,
    PortClause,
    Rule,
    Subject,
    Tier,
)

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = [
    "ADDRESS_FIELDS",
    "PEERS_FIELD",
    "POD_FIELDS",
    "V1ALPHA1",
    "V1ALPHA2",
    "Dialect",
    "clusterwide_policy",
    "is_unknown_peer",
]

PEERS_FIELD = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
POD_FIELDS = ("namespaces", "pods")
ADDRESS_FIELDS = ("networks", "nodes", "domainNames")
"""Peers that are addresses: they declare no port names (B-66)."""


class Dialect(msgspec.Struct, frozen=True):
    """How a version writes rules: the field for ports, and the most that fits (B.1)."""

    ports: str
    most_rules: int
    most_peers: int
    most_ports: int
    needs_podselector: bool


V1ALPHA1 = Dialect("ports", 100, 100, 100, needs_podselector=False)
V1ALPHA2 = Dialect("protocols", 25, 25, 25, needs_podselector=True)

_ACTIONS = {
    "Allow": Action.ALLOW,
    "Accept": Action.ALLOW,
    "Deny": Action.DENY,
    "Pass": Action.PASS,
}
_TRANSPORTS = {"tcp": "TCP", "udp": "UDP", "sctp": "SCTP"}


def clusterwide_policy(source: PolicyObject, dialect: Dialect, tier: Tier, priority: int) -> Policy:
    """The rules of a validated object. It isolates nobody (B-12)."""
    rules = tuple(
        translated
        for direction in Direction
        for index, rule in enumerate(source.spec.get(direction.value) or ())
        for translated in _rules(f"{direction.value}[{index}]", direction, rule, dialect)
    )
    return Policy(tier, priority, _subject(source.spec["subject"]), frozenset(), rules)


def is_unknown_peer(peer: Mapping[str, Any], direction: Direction) -> bool:
    """Whether a peer has only fields that this version does not have (B-51)."""
    known = POD_FIELDS if direction is Direction.INGRESS else (*POD_FIELDS, *ADDRESS_FIELDS)
    return not any(peer.get(field) is not None for field in known)


def _subject(subject: Mapping[str, Any]) -> Subject:
    """B-30…B-32: whole namespaces, or pods in them; no namespaceSelector is every namespace."""
    namespaces, pods = _pods(subject)
    return Subject(namespaces=namespaces, pods=pods)


def _pods(peer: Mapping[str, Any]) -> tuple[Selector, Selector]:
    if peer.get("namespaces") is not None:
        return Selector.from_spec(peer["namespaces"]), EVERYTHING
    pods = peer["pods"]
    return (
        Selector.from_spec(pods.get("namespaceSelector")),
        Selector.from_spec(pods.get("podSelector")),
    )


def _rules(
    path: str, direction: Direction, rule: Mapping[str, Any], dialect: Dialect
) -> Iterator[Rule]:
    """One rule; two where it names ports and addresses, which have no names for ports (B-66)."""
    action = _ACTIONS[rule["action"]]
    entries = rule[PEERS_FIELD[direction]]
    if any(is_unknown_peer(peer, direction) for peer in entries):
        # B-51: fail closed, as nobody can say whom a newer version means.
        if action is not Action.ALLOW:
            yield Rule(direction, Action.DENY, path, None, None)
        return
    peers = [
        clause
        for index, peer in enumerate(entries)
        for clause in _clauses(f"{path}.{PEERS_FIELD[direction]}[{index}]", peer)
    ]
    ports = _ports(rule.get(dialect.ports) or ())
    pods = tuple(each for each in peers if _is_pods(each))
    addresses = tuple(each for each in peers if not _is_pods(each))
    numbers = tuple(port for port in ports if not port.name)
    if not addresses or len(numbers) == len(ports):
        yield Rule(direction, action, path, tuple(peers), ports or None)
        return
    if pods:
        yield Rule(direction, action, path, pods, ports)
    if numbers:
        yield Rule(direction, action, path, addresses, numbers)


def _is_pods(clause: PeerClause) -> bool:
    return not clause.cidr and not clause.domains and clause.nodes is None


def _clauses(path: str, peer: Mapping[str, Any]) -> Iterator[PeerClause]:
    """B-40…B-49: one peer, or one for each of its networks."""
    if peer.get("networks") is not None:
        for index, cidr in enumerate(peer["networks"]):
            yield PeerClause(f"{path}.networks[{index}]", cidr=cidr)
    elif peer.get("nodes") is not None:
        yield PeerClause(path, nodes=Selector.from_spec(peer["nodes"]))
    elif peer.get("domainNames") is not None:
        # Trailing dot and case are ignored.
        names = (name.rstrip(".").lower() for name in peer["domainNames"])
        yield PeerClause(path, domains=tuple(dict.fromkeys(names)))
    else:
        namespaces, pods = _pods(peer)
        yield PeerClause(path, namespaces=namespaces, pods=pods)


def _ports(entries: Sequence[Mapping[str, Any]]) -> tuple[PortClause, ...]:
    return tuple(_v1alpha2_port(each) or _v1alpha1_port(each) for each in entries)


def _v1alpha1_port(entry: Mapping[str, Any]) -> PortClause:
    """B-61, B-62: a number or a range, TCP unless said otherwise, or a name of any protocol."""
    if entry.get("namedPort") is not None:
        return PortClause("", name=entry["namedPort"])
    single = entry.get("portNumber")
    if single is not None:
        return PortClause(single.get("protocol") or "TCP", single["port"], single["port"])
    spread = entry["portRange"]
    return PortClause(spread.get("protocol") or "TCP", spread["start"], spread["end"])


def _v1alpha2_port(entry: Mapping[str, Any]) -> PortClause | None:
    """B-63…B-65: a transport with a port or all of its ports, or a name of any protocol."""
    if entry.get("destinationNamedPort") is not None:
        return PortClause("", name=entry["destinationNamedPort"])
    for field, protocol in _TRANSPORTS.items():
        transport = entry.get(field)
        if transport is None:
            continue
        port = transport.get("destinationPort")
        if port is None:
            return PortClause(protocol)
        if port.get("number") is not None:
            return PortClause(protocol, port["number"], port["number"])
        return PortClause(protocol, port["range"]["start"], port["range"]["end"])
    return None
