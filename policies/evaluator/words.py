"""Sentences about rules: what one opens, and why it does not match a peer."""

from __future__ import annotations

from collections.abc import Mapping

from policies.evaluator.connections import PROTOCOLS
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Direction, PeerClause, PortClause, Rule
from policies.evaluator.resolve import ResolvedPolicy

__all__ = [
    "clause_phrase",
    "declared_port",
    "internet_name",
    "joined",
    "label_mismatch",
    "outside_name",
    "peer_name",
    "peers_phrase",
    "ports_phrase",
    "rule_phrase",
    "shortened",
    "why_no_peer",
]


def joined(items: list[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def shortened(texts: list[str], most: int = 3) -> str:
    """`a, b, c and 4 more`: a list of peers for a sentence."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return f"{', '.join(texts[:most])}{more}"


def ports_phrase(ports: tuple[PortClause, ...] | None) -> str:
    """What a rule's `ports` open: `every port`, `TCP 80 and UDP 53`, `the TCP port named web`."""
    if ports is None:
        return "every port"
    phrases = []
    for port in ports:
        if port.name:
            protocol = f"{port.protocol} " if port.protocol else ""
            phrases.append(f"the {protocol}port named {port.name}")
        elif (port.low, port.high) == (1, 65535):
            phrases.append(f"every {port.protocol} port")
        elif port.low == port.high:
            phrases.append(f"{port.protocol} {port.low}")
        else:
            phrases.append(f"{port.protocol} {port.low}-{port.high}")
    return joined(phrases)


def clause_phrase(clause: PeerClause, namespace: str) -> str:
    """Whom one entry of `from` or `to` names."""
    if clause.cidr:
        excepts = f" except {joined(list(clause.excepts))}" if clause.excepts else ""
        return f"addresses in {clause.cidr}{excepts}"
    if clause.domains:
        return f"addresses that {joined(list(clause.domains), 'or')} resolves to"
    if clause.nodes is not None:
        return f"nodes with {clause.nodes}" if clause.nodes else "every node"
    pods = f"pods with {clause.pods}" if clause.pods else "every pod"
    if clause.namespaces is None:
        return f"{pods} of namespace {namespace}"
    if clause.namespaces:
        return f"{pods} in namespaces with {clause.namespaces}"
    return f"{pods} in every namespace"


def peers_phrase(rule: Rule, namespace: str) -> str:
    """Whom a rule names: `anyone`, or its entries joined by `or`."""
    if rule.peers is None:
        return "anyone" if rule.direction is Direction.INGRESS else "anywhere"
    return joined([clause_phrase(clause, namespace) for clause in rule.peers], "or")


def rule_phrase(rule: Rule, namespace: str) -> str:
    """What a rule names: `TCP 80 from every pod in every namespace`."""
    preposition = "from" if rule.direction is Direction.INGRESS else "to"
    return f"{ports_phrase(rule.ports)} {preposition} {peers_phrase(rule, namespace)}"


def peer_name(universe: Universe, bit: int) -> str:
    """A short name for sentences: `production/redis`, `node n1`, `10.0.0.0/8`, `the Internet`."""
    stranger = universe.name_of(bit)
    if stranger:
        return stranger
    if bit < universe.first_node:
        workload = universe.classes[bit].workload
        return f"{workload.namespace}/{workload.name}"
    if bit < universe.first_cell:
        return f"node {universe.nodes[bit - universe.first_node].name}"
    return internet_name(universe, bit, "the Internet") or str(universe.cell_addresses(bit))


def internet_name(universe: Universe, bit: int, name: str) -> str:
    """`name` for an external peer that is the Internet at large, with its family where the two
    families are told apart; empty for other addresses."""
    if not universe.is_rest(bit):
        return ""
    family = {1: " (IPv4)", 2: " (IPv6)"}.get(universe.families(bit), "")
    return f"{name}{family}"


def outside_name(addresses: str) -> str:
    """What addresses as printed are called: what no block of a policy names is the Internet at
    large, however many ranges it is."""
    v4 = addresses.startswith("0.0.0.0")
    v6 = any(part == "::/0" or part.startswith("::-") for part in addresses.split(","))
    if v4 or v6:
        return "Internet" if v4 and v6 else f"Internet (IPv{4 if v4 else 6})"
    return addresses.replace(",", ", ")


def why_no_peer(
    policy: ResolvedPolicy, rule: Rule, peer: int, universe: Universe, name: str
) -> str:
    """Why none of a rule's entries names a peer, called `name`; the rule does name somebody."""
    reasons: list[str] = []
    for clause in rule.peers or ():
        reason = _why_not_clause(policy, clause, peer, universe, name)
        if reason not in reasons:
            reasons.append(reason)
    return joined(reasons)


def _why_not_clause(
    policy: ResolvedPolicy, clause: PeerClause, peer: int, universe: Universe, name: str
) -> str:
    by_selector = not (clause.cidr or clause.domains or clause.nodes)
    if by_selector and universe.name_of(peer):
        return f"which labels {name} has is not in the input, so no selector is known to match it"
    if clause.cidr:
        block = "network" if "networks" in clause.path else "ipBlock"
        if peer < universe.first_node and not universe.classes[peer].signatures:
            return f"{block} {clause.cidr} names addresses and {name} has none yet"
        return f"{block} {clause.cidr} does not name {name}"
    if clause.domains:
        return f"domain names stand for addresses outside the cluster, and {name} is none"
    if clause.nodes is not None:
        return _why_no_node(clause.nodes, peer, universe, name)
    if peer >= universe.first_node:
        return f"a selector names pods only, and {name} is not a pod"
    each = universe.classes[peer]
    if each.host_network and not universe.profile.hostnet_peer_by_selector:
        return f"{name} uses its node's network, so selectors do not match its traffic"
    namespace = policy.policy.subject.namespace
    if clause.namespaces is None and each.namespace != namespace:
        return f"a podSelector alone means namespace {namespace}, and {name} is in {each.namespace}"
    if clause.namespaces is not None:
        labels = universe.namespaces[each.namespace].labels
        failing = label_mismatch(clause.namespaces, labels)
        if failing:
            # The commonest slip, said first: the label is nowhere, not just not here.
            nowhere = not universe.matching_namespaces(clause.namespaces)
            instead = f"any namespace: {each.namespace} {failing}"
            if not nowhere:
                instead = f"namespace {each.namespace}, which {failing}"
            return f"namespaceSelector {clause.namespaces} does not match {instead}"
    failing = label_mismatch(clause.pods, dict(each.labels))
    return f"podSelector {clause.pods} does not match {name}, which {failing or 'may not fit'}"


def _why_no_node(selector: Selector, peer: int, universe: Universe, name: str) -> str:
    """B-47: a node, or a host-network pod there; never the other pods of a node."""
    if universe.first_node <= peer < universe.first_cell:
        failing = label_mismatch(selector, universe.nodes[peer - universe.first_node].labels)
        return f"nodes {selector} does not match {name}, which {failing or 'may not fit'}"
    return f"nodes stand for the addresses of nodes, and {name} is at none of these"


def label_mismatch(selector: Selector, labels: Mapping[str, str]) -> str:
    """What the labels have instead, as `has no label env` or `has env=dev`; empty if they match."""
    failing = [each for each in selector.requirements if not each.matches(labels)]
    return joined([_instead(each, labels) for each in failing])


def _instead(requirement: Requirement, labels: Mapping[str, str]) -> str:
    value = labels.get(requirement.key)
    if value is None:
        return f"has no label {requirement.key}"
    return f"has {requirement.key}={value}"


def declared_port(universe: Universe, ports: tuple[PortClause, ...] | None, bit: int) -> str:
    """The named ports of a rule that a destination does not declare, as a phrase; empty if none."""
    missing = [
        port.name
        for port in ports or ()
        if port.name
        and not any(
            declaring >> bit & 1
            for protocol in ((port.protocol,) if port.protocol else PROTOCOLS)
            for declaring in universe.port_numbers(port.name, protocol).values()
        )
    ]
    return joined(missing)
