"""What a question may say: a port, a peer by name or address."""

from __future__ import annotations

import ipaddress

import msgspec

from policies.evaluator.addresses import PRIVATE_ADDRESSES, AddressSet
from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import (
    ALL,
    PORT_MAX,
    PORT_MIN,
    PROTOCOLS,
    ConnectionSet,
)
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.nodes import GraphNode
from policies.evaluator.patterns import Lazy
from policies.evaluator.roles import ROLES, role_bits
from policies.evaluator.words import shortened

__all__ = ["Asked", "Port", "find_peer", "parse_port"]

_PORT = Lazy(r"(?:(?P<n1>\d{1,5})(?:/(?P<p1>[A-Za-z]+))?|(?P<p2>[A-Za-z]+)[/ ](?P<n2>\d{1,5}))")

_KEPT = "nodes by name"
_Called = dict[str, list[GraphNode]]


class Port(msgspec.Struct, frozen=True):
    """A protocol and a destination port; ICMP has number 0."""

    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}" if self.number else self.protocol

    @property
    def connections(self) -> ConnectionSet:
        """The connections to this port, over both address families."""
        if self.protocol == "ICMP":
            return ALL - ALL.ported
        return ConnectionSet.of(self.protocol, self.number, self.number)

    @property
    def spoken(self) -> str:
        """As sentences and connection texts write it: `TCP 80`."""
        return f"{self.protocol} {self.number}" if self.number else self.protocol


class Asked(msgspec.Struct, frozen=True):
    """A peer found: its text, its peers in the universe, and the pod asked for, if one was.

    `pod` indexes the state's pods; -1 when a whole workload or no pod was asked for. `families` is
    1 or 2 when an IPv4 or IPv6 address was asked for, which leaves out the other family (A-70).
    `addresses` are those asked for.
    """

    text: str
    bits: int
    pod: int = -1
    families: int = 3
    addresses: AddressSet | None = None


def parse_port(text: str) -> Port:
    """`80`, `80/TCP`, `TCP 80`, `tcp/80` or `ICMP`. Raises BadQuestion."""
    cleaned = text.strip()
    if cleaned.upper() == "ICMP":
        return Port("ICMP", 0)
    match = _PORT.fullmatch(cleaned)
    if match is None:
        raise BadQuestion("port", f'"{text}" is no port: write a number and a protocol, as 80/TCP.')
    number = int(match["n1"] or match["n2"])
    protocol = (match["p1"] or match["p2"] or "TCP").upper()
    if protocol not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise BadQuestion("port", f'"{protocol}" is no protocol of a policy; they are {known}.')
    if not PORT_MIN <= number <= PORT_MAX:
        raise BadQuestion("port", f"Ports go from {PORT_MIN} to {PORT_MAX}; {number} does not.")
    return Port(protocol, number)


def find_peer(evaluation: Evaluation, text: str, field: str) -> Asked:
    """The peer that a person means.

    Understood are a node's text, `namespace/name` of a workload or pod, a cluster node
    `{node n1}` or all `{nodes}`, the roles of `roles.py`, IP addresses, CIDRs and ranges as
    printed, and `internet`. Raises BadQuestion with near misses.
    """
    wanted = text.strip()
    found = (
        _by_address(evaluation, wanted, field)
        or _by_workload(evaluation, wanted, field)
        or _by_pod(evaluation, wanted)
        or _by_node(evaluation, wanted)
        or _by_role(evaluation, wanted, field)
    )
    if found is not None:
        return found
    for pod in evaluation.state.finished:
        if wanted.removesuffix("[Pod]") == f"{pod.namespace}/{pod.name}":
            raise BadQuestion(
                field,
                f"Pod {pod.namespace}/{pod.name} has finished (phase {pod.phase}). Finished pods"
                " open and receive no connections, so there is nothing to ask about it.",
            )
    near = _near_misses(evaluation, wanted)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise BadQuestion(field, f'Nothing here is called "{text}".{hint}', near)


def _near_misses(evaluation: Evaluation, wanted: str) -> tuple[str, ...]:
    """Workloads with a similar name; kinds and variants would drown the likeness of a short one."""
    texts: dict[str, list[str]] = {}
    for node in evaluation.workload_nodes:
        texts.setdefault(_plain(node), []).append(str(node.workload))
    plain = wanted.partition("[")[0].lower()
    from difflib import get_close_matches

    near = get_close_matches(plain, sorted(texts), n=3, cutoff=0.5)
    if not near:
        near = [name for name in sorted(texts) if plain and plain in name][:3]
    return tuple(dict.fromkeys(text for name in near for text in texts[name]))


def _by_workload(evaluation: Evaluation, wanted: str, field: str) -> Asked | None:
    for called in _nodes_by_name(evaluation):
        matching = called.get(wanted, [])
        refs = {node.workload for node in matching}
        if len(refs) == 1:
            bits = sum(node.bits for node in matching)
            single = matching[0].text if len(matching) == 1 else str(matching[0].workload)
            return Asked(single, bits)
        if refs:
            names = tuple(sorted(node.text for node in matching))
            raise BadQuestion(
                field,
                f'"{wanted}" may be {" or ".join(names)}: name one of them.',
                names,
            )
    return None


def _nodes_by_name(evaluation: Evaluation) -> tuple[_Called, ...]:
    """The workloads by what they may be called, the plainest names last; found once."""
    kept: tuple[_Called, ...] | None = evaluation.derived.get(_KEPT)
    if kept is None:
        exact: _Called = {}
        named: _Called = {}
        bare: _Called = {}
        for node in evaluation.workload_nodes:
            for text in {node.text, str(node.workload)}:
                exact.setdefault(text, []).append(node)
            named.setdefault(_plain(node), []).append(node)
            if node.workload:
                bare.setdefault(node.workload.name, []).append(node)
        kept = evaluation.derived[_KEPT] = exact, named, bare
    return kept


def _plain(node: GraphNode) -> str:
    return f"{node.namespace}/{node.workload.name}" if node.workload else node.text


def _by_pod(evaluation: Evaluation, wanted: str) -> Asked | None:
    namespace, _, name = wanted.removesuffix("[Pod]").partition("/")
    for bit in bits_of(evaluation.universe.in_namespace(namespace)):
        for index in evaluation.universe.classes[bit].pods:
            if evaluation.state.pods[index].name == name:
                return Asked(f"{namespace}/{name}[Pod]", 1 << bit, index)
    return None


def _by_node(evaluation: Evaluation, wanted: str) -> Asked | None:
    universe = evaluation.universe
    for i, node in enumerate(universe.nodes):
        if wanted == f"{{node {node.name}}}":
            return Asked(wanted, 1 << (universe.first_node + i))
    if wanted == "{nodes}" and universe.nodes:
        every = mask_of(range(universe.first_node, universe.first_cell))
        return Asked(wanted, every)
    return None


def _by_role(evaluation: Evaluation, wanted: str, field: str) -> Asked | None:
    """The pseudo peers that answers name: a stranger, or a part that every cluster has."""
    universe = evaluation.universe
    bits = universe.named(wanted) or role_bits(universe, evaluation.state, wanted)
    if not bits and wanted in ROLES:
        raise BadQuestion(field, f"What plays the part of {wanted} is not among these objects.")
    return Asked(wanted, bits) if bits else None


def _by_address(evaluation: Evaluation, wanted: str, field: str) -> Asked | None:
    universe = evaluation.universe
    if wanted.lower() in ("internet", "{internet}"):
        public = mask_of(
            bit
            for bit in bits_of(universe.external)
            if universe.cell_addresses(bit) - PRIVATE_ADDRESSES
        )
        return Asked("the Internet", public)
    try:
        asked = AddressSet.parse(_unmapped(wanted))
    except ValueError:
        return None
    alone = asked.single
    if alone:
        _refuse_service(evaluation, alone, field)
        owner = _owner_of(evaluation, alone)
        if owner is not None:
            return msgspec.structs.replace(owner, families=2 if ":" in alone else 1)
    bits = 0
    for bit in range(universe.first_cell, universe.size):
        if asked & universe.cell_addresses(bit):
            bits |= 1 << bit
    return Asked(str(asked), bits, addresses=asked) if bits else None


def _unmapped(text: str) -> str:
    """`10.0.0.1` of `::ffff:10.0.0.1`: the same address, as IPv6 sockets show it."""
    try:
        mapped = getattr(ipaddress.ip_address(text), "ipv4_mapped", None)
    except ValueError:
        return text
    return str(mapped) if mapped else text


def _refuse_service(evaluation: Evaluation, address: str, field: str) -> None:
    """A-71, F-22: policies see a connection after its Service has become one of its pods."""
    state = evaluation.state
    for service in state.services:
        if address not in service.cluster_ips:
            continue
        behind = {
            str(pod.workload)
            for pod in state.pods
            if service.selector
            and pod.namespace == service.namespace
            and service.selector.items() <= pod.labels.items()
        }
        names = tuple(sorted(behind))
        ask = f" Ask about {shortened(list(names))}." if names else ""
        raise BadQuestion(
            field,
            f"{address} is the address of Service {service.namespace}/{service.name}. Policies see"
            f" the pod behind a Service, never its address.{ask}",
            names[:5],
        )


def _owner_of(evaluation: Evaluation, address: str) -> Asked | None:
    """A-93: an address belongs to the running pod that has it; then to a node."""
    universe = evaluation.universe
    for bit, each in universe.each_class():
        for index in each.pods:
            pod = evaluation.state.pods[index]
            if not pod.host_network and address in pod.addresses:
                return Asked(f"{pod.namespace}/{pod.name}[Pod]", 1 << bit, index)
    for i, node in enumerate(universe.nodes):
        if address in node.addresses:
            return Asked(f"{{node {node.name}}}", 1 << (universe.first_node + i))
    return None
