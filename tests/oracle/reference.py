"""NetworkPolicy v1, one connection at a time, written from semantics sections 0 and A alone.

Nothing of the engine is used here: no selector, port, address or policy code, only the structs of
`state.py` and the policies' raw specs. Every question walks every policy with plain loops.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from policies.evaluator.state import ClusterState, Pod, PolicyObject

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


@dataclass(frozen=True)
class Side:
    """One side of one connection: the policies that isolate it, and the rules that open it.

    `exempt` means that no policy applies here: not a managed pod, itself, or its own node.
    `opened_by` holds (policy key, `ingress[0]`) pairs.
    """

    exempt: bool
    isolated_by: tuple[str, ...]
    opened_by: tuple[tuple[str, str], ...]

    @property
    def allowed(self) -> bool:
        return self.exempt or not self.isolated_by or bool(self.opened_by)


class Reference:
    """Answers one connection at a time.

    `family` 4 or 6 asks about that family alone; None tries every address that the peers have.
    A pod without an address is in no block (A-94); with `generous` it is in every block that it may
    turn out to be in, so that what only the generous answer allows is unknown (M-05). A pod without
    a node shares one with nobody; with `together` it shares one with every host-network pod, so
    that what only this answer allows is conditional.
    """

    def __init__(
        self,
        state: ClusterState,
        flags: Flags = Flags(),
        *,
        generous: bool = False,
        together: bool = False,
    ) -> None:
        self.state = state
        self.flags = flags
        self.generous = generous
        self.together = together

    def allowed(
        self,
        source: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None = None,
    ) -> bool:
        """M-03: both sides must agree."""
        return (
            self.side("egress", source, destination, protocol, port, family).allowed
            and self.side("ingress", source, destination, protocol, port, family).allowed
        )

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
            return Side(True, (), ())
        if subject.host_network and not self.flags.hostnet_subject:
            return Side(True, (), ())
        if isinstance(peer, Pod) and is_same_pod(subject, peer):
            return Side(True, (), ())
        if self._own_node_exempt(direction) and self._is_own_node(subject, peer):
            return Side(True, (), ())
        isolating = []
        opening = []
        for policy in self.state.policies:
            if not policy_selects(policy, subject) or direction not in active_types(policy.spec):
                continue
            isolating.append(policy.key)
            for index, rule in enumerate(policy.spec.get(direction) or []):
                if self._rule_matches(
                    policy, direction, rule or {}, peer, destination, protocol, port, family
                ):
                    opening.append((policy.key, f"{direction}[{index}]"))
        return Side(False, tuple(isolating), tuple(opening))

    def _own_node_exempt(self, direction: Direction) -> bool:
        if direction == "ingress":
            return self.flags.own_node_ingress_exempt
        return self.flags.own_node_egress_exempt

    def _is_own_node(self, subject: Pod, peer: Endpoint) -> bool:
        """A-104, A-91: the node itself, or a pod in that node's network."""
        if isinstance(peer, Pod):
            if not peer.host_network:
                return False
            if subject.node and peer.node:
                return peer.node == subject.node
            return self.together
        if subject.node:
            return same_address_as_any(peer, self._node_addresses(subject.node))
        return self.together and any(
            same_address_as_any(peer, node.addresses) for node in self.state.nodes
        )

    def _node_addresses(self, name: str) -> list[str]:
        found: list[str] = []
        for node in self.state.nodes:
            if node.name == name:
                found.extend(node.addresses)
        return found

    def _rule_matches(
        self,
        policy: PolicyObject,
        direction: Direction,
        rule: Mapping[str, Any],
        peer: Endpoint,
        destination: Endpoint,
        protocol: str,
        port: int,
        family: int | None,
    ) -> bool:
        """A-34: one peer entry AND one port entry; an absent or empty list matches anything."""
        clauses = rule.get("from" if direction == "ingress" else "to")
        if clauses and not any(
            self._peer_matches(policy.namespace, clause, peer, family) for clause in clauses
        ):
            return False
        entries = rule.get("ports")
        return not entries or any(
            self._port_matches(entry, destination, direction, protocol, port) for entry in entries
        )

    def _peer_matches(
        self, own_namespace: str, clause: Mapping[str, Any], peer: Endpoint, family: int | None
    ) -> bool:
        block = clause.get("ipBlock")
        if block is not None:
            if self._may_be_in(peer, block):
                return True
            return any(
                in_block(address, block) for address in self._visible_addresses(peer, family)
            )
        # selectors never match what is not a managed pod.
        if isinstance(peer, str):
            return False
        if peer.host_network and not self.flags.hostnet_peer_by_selector:
            return False
        namespaces = clause.get("namespaceSelector")
        if namespaces is None:
            if peer.namespace != own_namespace:
                return False
        elif not selector_matches(namespaces, self._namespace_labels(peer.namespace)):
            return False
        return selector_matches(clause.get("podSelector"), peer.labels)

    def _may_be_in(self, peer: Endpoint, block: Mapping[str, Any]) -> bool:
        """Whether a pod without an address counts as being in the block."""
        if not self.generous or not self.flags.ipblock_matches_pods or isinstance(peer, str):
            return False
        return not peer.addresses and any(overlaps(block, cidr) for cidr in POD_RANGES)

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

    def _namespace_labels(self, name: str) -> Mapping[str, str]:
        for namespace in self.state.namespaces:
            if namespace.name == name:
                return namespace.labels
        return {"kubernetes.io/metadata.name": name}

    def _port_matches(
        self,
        entry: Mapping[str, Any],
        destination: Endpoint,
        direction: Direction,
        protocol: str,
        port: int,
    ) -> bool:
        if (entry.get("protocol") or "TCP") != protocol:
            return False
        wanted = entry.get("port")
        if wanted is None:
            return True
        if isinstance(wanted, int):
            last = entry.get("endPort") if self.flags.endport else None
            return wanted <= port <= (wanted if last is None else last)
        # A-80…A-88: a name is looked up on the destination pod; an address has no names.
        if isinstance(destination, str):
            return False
        if (
            direction == "egress"
            and destination.host_network
            and not self.flags.hostnet_peer_by_selector
        ):
            return False
        return any(
            declared.name == wanted and declared.protocol == protocol and declared.port == port
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


def selector_matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """A-50…A-57; an absent or empty selector matches everything."""
    if not selector:
        return True
    for key, value in (selector.get("matchLabels") or {}).items():
        if key not in labels or labels[key] != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        key = expression["key"]
        operator = expression["operator"]
        values = expression.get("values") or []
        if operator == "In":
            holds = key in labels and labels[key] in values
        elif operator == "NotIn":
            holds = key not in labels or labels[key] not in values
        elif operator == "Exists":
            holds = key in labels
        elif operator == "DoesNotExist":
            holds = key not in labels
        else:
            raise ValueError(f"unknown operator {operator}")
        if not holds:
            return False
    return True


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
