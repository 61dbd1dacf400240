"""Policies of every tier, one connection at a time, written from semantics 0, A and B alone.

Nothing of the engine is used here: no selector, port, address or policy code, only the structs of
`state.py` and the policies' raw specs. Every question walks every policy with plain loops, and
tries every order that the law leaves open.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from policies.evaluator.state import ClusterState, Pod, PolicyObject
from tests.oracle import clusterwide
from tests.oracle.course import Course, Match, Question, any_of, decide
from tests.oracle.selectors import selector_matches

__all__ = ["Direction", "Endpoint", "Flags", "Reference", "Side"]

Direction = Literal["ingress", "egress"]

# The ranges that clusters give pod addresses from: private and shared ones.
POD_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")

# A pod, or an address outside the pods: external, or a node's.
Endpoint = Pod | str


@dataclass(frozen=True)
class Flags:
    """The profile of semantics 0.3, with its defaults."""

    ipblock_matches_pods: bool = True
    ipblock_matches_nodes: bool = True
    own_node_ingress_exempt: bool = True
    own_node_egress_exempt: bool = True
    hostnet_peer_by_selector: bool = False
    hostnet_subject: bool = False
    endport: bool = True
    np_direction_split: bool = True
    anp_enforced: bool = True
    cnp_enforced: bool = True


@dataclass(frozen=True)
class Side:
    """One side of one connection: every result it may have, and what leads there.

    `exempt` means that no policy applies here: not a managed pod, itself, or its own node.
    `isolated_by` are the NetworkPolicies that close the side unless a rule opens it; `rules` holds
    (policy key, `ingress[0]`, action) of every rule that decides in some course of events. `doubts`
    are the kinds of uncertainty met on the way.
    """

    exempt: bool
    results: frozenset[bool]
    isolated_by: tuple[str, ...] = ()
    rules: frozenset[tuple[str, str, str]] = frozenset()
    doubts: frozenset[str] = frozenset()


_EXEMPT = Side(True, frozenset({True}))


class Reference:
    """Answers one connection at a time.

    `family` 4 or 6 asks about that family alone; None tries every address that the peers have.
    Three things may be so or not: a pod without an address is in a block of private addresses
    (A-94), a pod without a node shares one with a host-network pod or a node (A-104), an external
    address is one that a domain name stands for (B-49). Then every result is followed.
    """

    def __init__(self, state: ClusterState, flags: Flags = Flags()) -> None:
        self.state = state
        self.flags = flags

    def results(
        self,
        source: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None = None,
    ) -> frozenset[bool]:
        """Every answer there may be. M-03: both sides must agree."""
        leaving = self.side("egress", source, destination, protocol, port, family)
        entering = self.side("ingress", source, destination, protocol, port, family)
        return frozenset(one and other for one in leaving.results for other in entering.results)

    def allowed(
        self,
        source: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None = None,
    ) -> bool:
        """Whether the connection is open for certain."""
        return self.results(source, destination, protocol, port, family) == {True}

    def possible(
        self,
        source: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None = None,
    ) -> bool:
        """Whether the connection is open, certainly or not."""
        return True in self.results(source, destination, protocol, port, family)

    def side(
        self,
        direction: Direction,
        source: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None = None,
    ) -> Side:
        """The algorithm of 0.3 for one side."""
        subject, peer = (source, destination) if direction == "egress" else (destination, source)
        if isinstance(subject, str):
            return _EXEMPT
        if subject.host_network and not self.flags.hostnet_subject:
            return _EXEMPT
        if isinstance(peer, Pod) and is_same_pod(subject, peer):
            return _EXEMPT
        own_node = self._is_own_node(subject, peer) if self._own_node_exempt(direction) else "no"
        if own_node == "yes":
            return _EXEMPT
        question = Question(direction, subject, peer, destination, protocol, port, family)
        course = Course(self.state, self, self.flags.np_direction_split)
        results = decide(course, question, self._enforced())
        doubts = set(course.doubts)
        if own_node == "maybe":
            results |= {True}
            doubts.add("conditional")
        isolating = tuple(
            policy.key
            for policy in self.state.policies
            if policy.kind == "NetworkPolicy"
            and policy_selects(policy, subject)
            and self.isolates(policy, direction)
        )
        rules = frozenset(course.rules)
        return Side(False, frozenset(results), isolating, rules, frozenset(doubts))

    def _enforced(self) -> list[PolicyObject]:
        """E-01: policies of a kind that the plugin does not know do nothing."""
        off = set()
        if not self.flags.anp_enforced:
            off |= {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}
        if not self.flags.cnp_enforced:
            off.add("ClusterNetworkPolicy")
        return [policy for policy in self.state.policies if policy.kind not in off]

    def _own_node_exempt(self, direction: Direction) -> bool:
        if direction == "ingress":
            return self.flags.own_node_ingress_exempt
        return self.flags.own_node_egress_exempt

    def _is_own_node(self, subject: Pod, peer: Endpoint) -> Match:
        """A-104, A-91: the node itself, or a pod in that node's network."""
        if isinstance(peer, Pod):
            if not peer.host_network:
                return "no"
            if subject.node and peer.node:
                return "yes" if peer.node == subject.node else "no"
            return "maybe"
        if subject.node:
            own = same_address_as_any(peer, self._node_addresses(subject.node))
            return "yes" if own else "no"
        of_a_node = any(same_address_as_any(peer, node.addresses) for node in self.state.nodes)
        return "maybe" if of_a_node else "no"

    def _node_addresses(self, name: str) -> list[str]:
        found: list[str] = []
        for node in self.state.nodes:
            if node.name == name:
                found.extend(node.addresses)
        return found

    def selects(self, policy: PolicyObject, pod: Pod) -> bool:
        """Whether a policy of any kind selects a pod."""
        if policy.kind == "NetworkPolicy":
            return policy_selects(policy, pod)
        return clusterwide.matches_pods(
            policy.spec["subject"], pod.labels, self.namespace_labels(pod.namespace)
        )

    def isolates(self, policy: PolicyObject, direction: Direction) -> bool:
        """Whether a NetworkPolicy closes a direction unless a rule opens it."""
        return direction in active_types(policy.spec)

    def networkpolicy_rule(
        self, policy: PolicyObject, rule: Mapping[str, Any], question: Question
    ) -> Match:
        """A-34: one peer entry AND one port entry; an absent or empty list matches anything."""
        entries = rule.get("ports")
        if entries and not any(self._port_matches(entry, question) for entry in entries):
            return "no"
        clauses = rule.get("from" if question.direction == "ingress" else "to")
        if not clauses:
            return "yes"
        return any_of(self._peer_matches(policy.namespace, each, question) for each in clauses)

    def _peer_matches(
        self, own_namespace: str, clause: Mapping[str, Any], question: Question
    ) -> Match:
        if clause.get("ipBlock") is not None:
            return self.in_block(clause["ipBlock"], question)
        if not self.is_selectable(question.peer):
            return "no"
        peer = question.peer
        namespaces = clause.get("namespaceSelector")
        if namespaces is None:
            if peer.namespace != own_namespace:
                return "no"
        elif not selector_matches(namespaces, self.namespace_labels(peer.namespace)):
            return "no"
        return "yes" if selector_matches(clause.get("podSelector"), peer.labels) else "no"

    def is_selectable(self, peer: Endpoint) -> TypeGuard[Pod]:
        """A-48, B-33: selectors never match what is not a managed pod."""
        if isinstance(peer, str):
            return False
        return not peer.host_network or self.flags.hostnet_peer_by_selector

    def in_block(self, block: Mapping[str, Any], question: Question) -> Match:
        """A-60…A-72: whether an address of the peer is in a block."""
        peer = question.peer
        addresses = self._visible_addresses(peer, question.family)
        if any(in_block(address, block) for address in addresses):
            return "yes"
        if isinstance(peer, Pod) and not peer.addresses and self.flags.ipblock_matches_pods:
            if any(overlaps(block, cidr) for cidr in POD_RANGES):
                return "maybe"
        return "no"

    def on_node(self, labels: Mapping[str, Any], peer: Endpoint) -> Match:
        """B-47, B-48: an address of a matching node, or a host-network pod there."""
        matching = [node for node in self.state.nodes if selector_matches(labels, node.labels)]
        if isinstance(peer, str):
            found = any(same_address_as_any(peer, node.addresses) for node in matching)
            return "yes" if found else "no"
        if not peer.host_network:
            return "no"
        if not peer.node:
            return "maybe" if matching or not self.state.nodes else "no"
        if all(node.name != peer.node for node in self.state.nodes):
            return "maybe"
        return "yes" if any(node.name == peer.node for node in matching) else "no"

    def is_of_a_node(self, address: str) -> bool:
        """Whether a node has this address."""
        return any(same_address_as_any(address, node.addresses) for node in self.state.nodes)

    def _visible_addresses(self, peer: Endpoint, family: int | None) -> Iterator[str]:
        """The addresses that an ipBlock is compared with, under the profile (A-60, A-72, A-91)."""
        if isinstance(peer, str):
            is_node = any(same_address_as_any(peer, node.addresses) for node in self.state.nodes)
            candidates: Sequence[str] = (
                () if is_node and not self.flags.ipblock_matches_nodes else (peer,)
            )
        elif peer.host_network and not self.flags.hostnet_subject:
            candidates = (
                [*self._node_addresses(peer.node), *peer.addresses]
                if self.flags.ipblock_matches_nodes
                else ()
            )
        else:
            # Also a host-network pod where policies may select it: then it is a pod like others.
            candidates = peer.addresses if self.flags.ipblock_matches_pods else ()
        for address in candidates:
            if family is None or ipaddress.ip_address(address).version == family:
                yield address

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        for namespace in self.state.namespaces:
            if namespace.name == name:
                return namespace.labels
        return {"kubernetes.io/metadata.name": name}

    def _port_matches(self, entry: Mapping[str, Any], question: Question) -> bool:
        protocol = entry.get("protocol") or "TCP"
        if protocol != question.protocol:
            return False
        wanted = entry.get("port")
        if wanted is None:
            return True
        if isinstance(wanted, int):
            last = entry.get("endPort") if self.flags.endport else None
            return wanted <= question.port <= (wanted if last is None else last)
        return self.declares(question, wanted)

    def declares(self, question: Question, name: str) -> bool:
        """A-80…A-88, B-62: a name is looked up on the destination pod; an address has no names."""
        destination = question.destination
        if isinstance(destination, str):
            return False
        if question.direction == "egress" and not self.is_selectable(destination):
            return False
        return any(
            declared.name == name
            and declared.protocol == question.protocol
            and declared.port == question.port
            for declared in destination.ports
        )


def is_same_pod(left: Pod, right: Pod) -> bool:
    """Whether both are one pod (A-100)."""
    return (left.namespace, left.name) == (right.namespace, right.name)


def active_types(spec: Mapping[str, Any]) -> list[str]:
    """A-10…A-18."""
    types = spec.get("policyTypes")
    if types:
        return [word.lower() for word in types]
    return ["ingress", "egress"] if spec.get("egress") else ["ingress"]


def policy_selects(policy: PolicyObject, pod: Pod) -> bool:
    """A-02, A-05, A-20: pods of the policy's own namespace that its selector matches."""
    return policy.namespace == pod.namespace and selector_matches(
        policy.spec.get("podSelector"), pod.labels
    )


def in_block(address: str, block: Mapping[str, Any]) -> bool:
    """A-61, A-63, A-65: in the cidr, in no except, same family."""
    return in_cidr(address, block["cidr"]) and not any(
        in_cidr(address, hole) for hole in block.get("except") or []
    )


def in_cidr(address: str, cidr: str) -> bool:
    """Host bits of the cidr are ignored; families never mix."""
    network = ipaddress.ip_network(cidr, strict=False)
    number = ipaddress.ip_address(address)
    return number.version == network.version and number in network


def overlaps(block: Mapping[str, Any], cidr: str) -> bool:
    """Whether a block, its excepts taken out, has an address in common with a cidr."""
    whole = ipaddress.ip_network(block["cidr"], strict=False)
    other = ipaddress.ip_network(cidr)
    if whole.version != other.version or not whole.overlaps(other):
        return False
    common = max(whole, other, key=lambda network: network.prefixlen)
    first, last = int(common.network_address), int(common.broadcast_address)
    for text in sorted(block.get("except") or [], key=_first_address):
        hole = ipaddress.ip_network(text, strict=False)
        if int(hole.network_address) > first:
            break
        first = max(first, int(hole.broadcast_address) + 1)
    return first <= last


def _first_address(cidr: str) -> int:
    return int(ipaddress.ip_network(cidr, strict=False).network_address)


def same_address_as_any(address: str, others: Sequence[str]) -> bool:
    """Whether one of `others` is the same address, however it is spelt."""
    wanted = ipaddress.ip_address(address)
    return any(ipaddress.ip_address(other) == wanted for other in others)
