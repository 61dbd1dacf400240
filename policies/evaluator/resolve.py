"""From selectors to sets: a policy's rules as rectangles of subjects, peers and connections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import ALL, NONE, PROTOCOLS, ConnectionSet
from policies.evaluator.labels import Selector
from policies.evaluator.peers import Universe
from policies.evaluator.policy import (
    Caveat,
    Direction,
    PeerClause,
    Policy,
    PortClause,
    Rule,
    Subject,
)
from policies.evaluator.regions import Region
from policies.evaluator.state import PolicyObject

__all__ = [
    "ADDRESS_UNKNOWN",
    "NODE_UNKNOWN",
    "Piece",
    "ResolvedPolicy",
    "ResolvedRule",
    "only_if_resolved",
    "peers_of_clause",
    "peers_of_rule",
    "resolve",
    "unknown_label",
]


ADDRESS_UNKNOWN = Caveat(
    "unknown", "an ipBlock may cover these pods, whose addresses are not in the input"
)


NODE_UNKNOWN = Caveat("unknown", "the node that these pods run on is not in the input")


def only_if_resolved(domains: Sequence[str]) -> Caveat:
    """B-49: which addresses a name stands for is known at run time only."""
    return Caveat("conditional", f"only for addresses that {' or '.join(domains)} resolves to")


class Piece(msgspec.Struct, frozen=True):
    """Between these subjects and these peers, the rule matches these connections.

    `caveat`: whether it names these peers is not certain; `doubt`: whether its policy selects these
    subjects is not.
    """

    subjects: int
    peers: int
    connections: ConnectionSet
    caveat: Caveat | None = None
    doubt: Caveat | None = None


class ResolvedRule(msgspec.Struct, frozen=True):
    """A rule with everything it matches in one universe."""

    rule: Rule
    pieces: tuple[Piece, ...]


class ResolvedPolicy(msgspec.Struct, frozen=True):
    """A policy in one universe. `maybe` are classes that only may be selected (F-06); `hosts` are
    nodes and host-network pods that it may govern.

    `order` is its place among all policies: tier, priority, then name as the spec leaves ties open.
    `veiled` are the peers and connections of which nothing is certain where it is opaque.
    """

    source: PolicyObject
    policy: Policy
    subjects: int
    maybe: int
    rules: tuple[ResolvedRule, ...]
    order: tuple[int, int, str]
    veiled: Region = (0, NONE)
    hosts: int = 0

    @property
    def governed(self) -> int:
        """Every peer that it governs or may govern."""
        more = self.maybe | self.hosts
        return self.subjects | more if more else self.subjects

    def governs(self, direction: Direction) -> bool:
        """Whether the policy has a say in a direction at all."""
        return (
            direction in self.policy.isolates
            or direction in self.policy.opaque
            or direction in [rule.rule.direction for rule in self.rules]
        )


def resolve(source: PolicyObject, policy: Policy, universe: Universe) -> ResolvedPolicy:
    """The policy's subjects and rules as sets of the universe."""
    sure = maybe = hosts = 0
    for subject in policy.subjects if policy.also else (policy.subject,):
        if subject.nodes is not None:
            hosts |= _hosts(subject, subject.nodes, universe)
            continue
        these, those = _subjects(subject, universe)
        sure |= these
        maybe |= those
    maybe &= ~sure
    rules = []
    for rule in policy.rules:
        pieces = _pieces(rule, policy, sure, universe)
        if maybe:
            doubt = unknown_label(source.key, "selects")
            pieces += [
                msgspec.structs.replace(piece, doubt=doubt)
                for piece in _pieces(rule, policy, maybe, universe)
            ]
        rules.append(ResolvedRule(rule, tuple(pieces)))
    order = (policy.tier, policy.priority, source.key)
    veiled = _veiled(policy, universe) if policy.opaque else (0, NONE)
    return ResolvedPolicy(source, policy, sure, maybe, tuple(rules), order, veiled, hosts)


def _veiled(policy: Policy, universe: Universe) -> Region:
    """What an opaque policy may decide about."""
    peers = universe.whoever
    if policy.veil.outside:
        peers = universe.everyone & ~(universe.pods & ~universe.hosts)
    return peers, _opened(policy.veil.ports, universe)[0]


def unknown_label(policy: str, verb: str) -> Caveat:
    """F-06: a selector reads a label whose value only the cluster knows."""
    return Caveat(
        "unknown",
        f"whether {policy} {verb} these pods depends on a label that the cluster sets at run time",
    )


def _hosts(subject: Subject, nodes: Selector, universe: Universe) -> int:
    """The nodes of a subject and the pods on their network, those that may be there included."""
    sure, maybe = universe.on_nodes(nodes)
    if not subject.node:
        return sure | maybe
    places = ("", subject.node)
    return mask_of(bit for bit in bits_of(sure | maybe) if universe.node_of(bit) in places)


def _subjects(subject: Subject, universe: Universe) -> tuple[int, int]:
    if subject.namespace:
        window = universe.in_namespace(subject.namespace)
    else:
        window = universe.in_namespaces(subject.namespaces)
    window &= universe.subjects
    sure, maybe = universe.with_labels(subject.pods)
    return sure & window, maybe & window


def _pieces(rule: Rule, policy: Policy, subjects: int, universe: Universe) -> list[Piece]:
    pieces: list[Piece] = []
    if not subjects:
        return pieces
    numbers, names = _opened(rule.ports, universe)
    for peers, family, caveat in peers_of_rule(rule, policy, universe):
        connections = numbers & family
        if connections:
            pieces.append(Piece(subjects, peers, connections, caveat))
        if not names:
            continue
        # the name is looked up on the destination, the subject of an ingress rule
        # and the peer of an egress rule.
        if rule.direction is Direction.INGRESS:
            pieces += (
                Piece(who, peers, opened & family, caveat)
                for who, opened in _named(names, subjects, universe)
            )
        else:
            # a host-network pod is met at its node's address, which declares no port names.
            pieces += (
                Piece(subjects, who, opened & family, caveat)
                for who, opened in _named(names, peers & universe.selectable, universe)
            )
    return pieces


def peers_of_rule(
    rule: Rule, policy: Policy, universe: Universe
) -> Sequence[tuple[int, ConnectionSet, Caveat | None]]:
    """Whom a rule names, over which families, and why that is not certain."""
    if rule.peers is None:
        return ((universe.whoever, ALL, None),)
    found: list[tuple[int, ConnectionSet, Caveat | None]] = []
    everywhere = 0
    for clause in rule.peers:
        if clause.cidr:
            block = (clause.cidr, clause.excepts)
            for part, family in universe.in_block(block):
                found.append((part, family, None))
            if universe.profile.ipblock_matches_pods and universe.may_be_in_block(block):
                found.append((universe.homeless, ALL, ADDRESS_UNKNOWN))
        elif clause.domains:
            found.append((universe.external, ALL, only_if_resolved(clause.domains)))
        elif clause.nodes is not None:
            sure, maybe = universe.on_nodes(clause.nodes)
            everywhere |= sure
            if maybe:
                found.append((maybe, ALL, NODE_UNKNOWN))
        else:
            sure, maybe = peers_of_clause(clause, policy.subject.namespace, universe)
            everywhere |= sure
            if maybe:
                found.append((maybe, ALL, unknown_label(clause.path, "matches")))
    if everywhere:
        found.append((everywhere, ALL, None))
    return found


def peers_of_clause(clause: PeerClause, namespace: str, universe: Universe) -> tuple[int, int]:
    """Pods that a selector clause names, and pods that it may name (A-40…A-46)."""
    if clause.namespaces is None:
        window = universe.in_namespace(namespace)
    else:
        window = universe.in_namespaces(clause.namespaces)
    window &= universe.selectable
    sure, maybe = universe.with_labels(clause.pods)
    return sure & window, maybe & window


def _opened(
    ports: tuple[PortClause, ...] | None, universe: Universe
) -> tuple[ConnectionSet, tuple[PortClause, ...]]:
    """Ports by number, and those that are names; a plugin without endPort opens only `port`
    (A-79)."""
    if ports is None:
        return ALL, ()
    found = universe.opened.get(ports)
    if found is None:
        profile = universe.profile
        numbers = ConnectionSet.union_of(
            ConnectionSet.of(
                port.protocol,
                port.low,
                port.low if port.endport and not profile.endport else port.high,
            )
            for port in ports
            if not port.name and (profile.sctp or port.protocol != "SCTP")
        )
        names = tuple(port for port in ports if port.name)
        found = universe.opened[ports] = (numbers, names)
    return found


def _named(
    ports: Iterable[PortClause], destinations: int, universe: Universe
) -> Iterable[tuple[int, ConnectionSet]]:
    """Destinations that declare a named port, with what the name means there."""
    opened: dict[int, ConnectionSet] = {}
    for port in ports:
        for protocol in (port.protocol,) if port.protocol else PROTOCOLS:
            for number, declaring in universe.port_numbers(port.name, protocol).items():
                who = declaring & destinations
                if who:
                    found = ConnectionSet.of(protocol, number, number)
                    known = opened.get(who)
                    opened[who] = found if known is None else known | found
    return opened.items()
