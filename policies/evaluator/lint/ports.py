"""Ports that a rule names and nobody has."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import PROTOCOLS
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import added, replaced
from policies.evaluator.lint.near import nearest
from policies.evaluator.policy import Direction, PortClause, Rule, Tier
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import ContainerPort
from policies.evaluator.words import joined, ports_phrase, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Ports"
_MOST_PORTS = 6


def _destinations(policy: ResolvedPolicy, rule: Rule, evidence: Evidence) -> int:
    """The pods whose ports a rule is about: the subject's, or the peers' (A-80, A-82)."""
    if rule.direction is Direction.INGRESS:
        return policy.subjects
    found = 0
    for clause in rule.peers or ():
        if not clause.cidr and clause.nodes is None and not clause.domains:
            found |= evidence.peers(policy, clause)
    if rule.peers is None:
        found = evidence.universe.pods
    return found & evidence.universe.selectable


def _ports(evidence: Evidence) -> Iterator[tuple[ResolvedPolicy, Rule, int, PortClause]]:
    for policy in evidence.policies:
        for rule in policy.policy.rules:
            for index, port in enumerate(rule.ports or ()):
                yield policy, rule, index, port


def _path(rule: Rule, index: int) -> str:
    return f"{rule.path}.ports[{index}]"


def _names(classes: int, evidence: Evidence) -> str:
    return shortened([f"{each.namespace}/{each.name}" for each in evidence.refs(classes)])


def _declaring(port: PortClause, classes: int, evidence: Evidence) -> int:
    found = 0
    for protocol in (port.protocol,) if port.protocol else PROTOCOLS:
        for who in evidence.universe.port_numbers(port.name, protocol).values():
            found |= who & classes
    return found


def _missing_name(evidence: Evidence) -> Iterator[Hit]:
    """L-40, A-84."""
    for policy, rule, index, port in _ports(evidence):
        destinations = _destinations(policy, rule, evidence) if port.name else 0
        if not destinations or _other_protocol(port, destinations, evidence):
            continue
        have = _declaring(port, destinations, evidence)
        anywhere = rule.direction is Direction.EGRESS and _is_wide(rule)
        if have == destinations or (have and anywhere):
            continue
        lack = destinations & ~have
        declared = {each.name for each in evidence.declared(lack) if each.name}
        near = nearest(port.name, declared)
        hint = f" Did you mean {near}?" if near else ""
        if not near and declared:
            hint = f" Declared are {joined(sorted(declared)[:4])}."
        nothing = not have
        yield Hit(
            f"No container of {_names(lack, evidence)} declares a {port.protocol or 'container'}"
            f" port named {port.name}, so this entry opens"
            f" {'nothing' if nothing else 'nothing there'}.{hint}",
            (
                evidence.place(policy, _path(rule, index)),
                *(evidence.workload_place(each) for each in evidence.refs(lack)[:10]),
            ),
            tuple(map(str, evidence.refs(lack)[:1])),
            fix=replaced(policy.source, f"{_path(rule, index)}.port", near, f"Name the port {near}")
            if near and policy.policy.tier is Tier.NETWORKPOLICY
            else None,
            severity=None if nothing else "warning",
        )


def _is_wide(rule: Rule) -> bool:
    """Peers that are not named one by one: that some of them lack a port is no fault."""
    return rule.peers is None or any(not clause.pods for clause in rule.peers)


def _other_protocol(port: PortClause, destinations: int, evidence: Evidence) -> list[str]:
    """Protocols with which destinations declare the name, where none does with the rule's."""
    if not port.protocol or _declaring(port, destinations, evidence):
        return []
    return sorted(
        {each.protocol for each in evidence.declared(destinations) if each.name == port.name}
    )


def _wrong_protocol(evidence: Evidence) -> Iterator[Hit]:
    """L-41, A-81."""
    for policy, rule, index, port in _ports(evidence):
        destinations = _destinations(policy, rule, evidence) if port.name else 0
        others = _other_protocol(port, destinations, evidence) if destinations else []
        if others:
            yield Hit(
                f"{_names(destinations, evidence)} declares {port.name} as {joined(others)}, and"
                f" this entry means {port.protocol}"
                f"{' (the default)' if port.protocol == 'TCP' else ''}, so it opens nothing.",
                (evidence.place(policy, _path(rule, index)),),
                tuple(map(str, evidence.refs(destinations)[:1])),
                fix=replaced(
                    policy.source,
                    f"{_path(rule, index)}.protocol",
                    others[0],
                    f"Write protocol: {others[0]}",
                )
                if policy.policy.tier is Tier.NETWORKPOLICY
                else None,
            )


def _name_for_addresses(evidence: Evidence) -> Iterator[Hit]:
    """L-42, A-87."""
    for policy, rule in evidence.rules(Direction.EGRESS):
        if not rule.peers or not rule.ports:
            continue
        only_blocks = all(each.cidr for each in rule.peers)
        if only_blocks and all(each.name for each in rule.ports):
            names = joined([each.name for each in rule.ports])
            yield Hit(
                f"The rule names addresses only and the port {names} by name. An address declares"
                " no port names, so outside the cluster nothing is opened: write the number.",
                (evidence.place(policy, rule.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _no_ranges(evidence: Evidence) -> Iterator[Hit]:
    """L-43, A-79."""
    if evidence.profile.endport:
        return
    for policy, rule, index, port in _ports(evidence):
        if port.endport and port.low < port.high:
            yield Hit(
                f"This network plugin ignores endPort: of {port.protocol} {port.low}-{port.high}"
                f" only {port.low} is opened.",
                (evidence.place(policy, _path(rule, index)),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _no_sctp(evidence: Evidence) -> Iterator[Hit]:
    """L-44."""
    if evidence.profile.sctp:
        return
    for policy, rule, index, port in _ports(evidence):
        if port.protocol == "SCTP":
            yield Hit(
                "SCTP is off in this network plugin: the entry opens nothing.",
                (evidence.place(policy, _path(rule, index)),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _udp_is_meant(evidence: Evidence) -> Iterator[Hit]:
    """L-24, A-26, A-75."""
    for policy, rule, index, port in _ports(evidence):
        if policy.policy.tier is not Tier.NETWORKPOLICY or port.name or port.protocol != "TCP":
            continue
        number = int(rule.path.partition("[")[2].rstrip("]"))
        raw = policy.source.spec[rule.direction.value][number]["ports"][index]
        if raw.get("protocol"):
            continue
        inside = [
            each
            for each in evidence.declared(_destinations(policy, rule, evidence))
            if port.low <= each.port <= port.high
        ]
        tcp = {each.port for each in inside if each.protocol == "TCP"}
        udp = sorted({each.port for each in inside if each.protocol == "UDP"} - tcp)
        opened = {
            (each.protocol, n)
            for each in rule.ports or ()
            for n in udp
            if each.low <= n <= each.high
        }
        missing = [n for n in udp if ("UDP", n) not in opened]
        if missing:
            yield Hit(
                f"The entry names no protocol and so means TCP; port"
                f" {joined([str(n) for n in missing])} is declared as UDP.",
                (evidence.place(policy, _path(rule, index)),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=added(
                    policy.source,
                    f"{rule.path}.ports",
                    [{"protocol": "UDP", "port": number} for number in missing],
                    f"Open UDP {joined([str(n) for n in missing])} as well",
                ),
            )


def _all_ports(evidence: Evidence) -> Iterator[Hit]:
    """L-111."""
    for policy, rule in evidence.rules():
        if rule.ports is not None or rule.peers is None:
            continue
        destinations = _destinations(policy, rule, evidence)
        declared = evidence.declared(destinations)
        if not declared:
            continue
        targets = evidence.targets(destinations)
        numbers = sorted({(each.protocol, each.port) for each in declared})
        yield Hit(
            f"The rule opens every port of {_names(destinations, evidence)}, which"
            f" {'declares' if len(evidence.refs(destinations)) == 1 else 'declare'}"
            f" {shortened([f'{protocol} {port}' for protocol, port in numbers], 4)}.",
            (evidence.place(policy, rule.path),),
            tuple(map(str, evidence.refs(destinations)[:1])),
            fix=_declared_only(policy, rule, sorted({*numbers, *targets}), evidence),
        )


def _declared_only(
    policy: ResolvedPolicy, rule: Rule, numbers: list[tuple[str, int]], evidence: Evidence
) -> Fix | None:
    """The ports that pods declare or Services lead to, as declaring is optional (A-77); None for a
    long list, and where some ports are not known: of addresses, and pods that declare nothing."""
    destinations = _destinations(policy, rule, evidence)
    silent = any(
        not evidence.declared(1 << bit) | evidence.targets(1 << bit)
        for bit in bits_of(destinations)
    )
    outside = rule.direction is Direction.EGRESS and any(each.cidr for each in rule.peers or ())
    if len(numbers) > _MOST_PORTS or silent or outside:
        return None
    ports = [{"protocol": protocol, "port": port} for protocol, port in numbers]
    return replaced(policy.source, f"{rule.path}.ports", ports, "Open the declared ports only")


def _nobody_listens(evidence: Evidence) -> Iterator[Hit]:
    """L-112; what L-46 explains is left to it."""
    for policy, rule, index, port in _ports(evidence):
        if port.name or port.low != port.high or rule.peers is None:
            continue
        destinations = _destinations(policy, rule, evidence)
        if rule.direction is Direction.EGRESS and any(each.cidr for each in rule.peers):
            continue
        if not destinations or service_port(destinations, port, evidence):
            continue
        declared = [_declared(bit, evidence) for bit in bits_of(destinations)]
        targets = evidence.targets(destinations)
        if not all(declared) or (port.protocol, port.low) in targets:
            continue
        known = {(each.protocol, each.port) for ports in declared for each in ports}
        if (port.protocol, port.low) in known:
            continue
        shown = [f"{protocol} {number}" for protocol, number in sorted(known)]
        yield Hit(
            f"No container of {_names(destinations, evidence)} declares"
            f" {ports_phrase((port,))}; declared are {shortened(shown, 4)}.",
            (evidence.place(policy, _path(rule, index)),),
            tuple(map(str, evidence.refs(destinations)[:1])),
        )


def _declared(bit: int, evidence: Evidence) -> frozenset[ContainerPort]:
    return evidence.declared(1 << bit)


def service_port(
    classes: int, port: PortClause, evidence: Evidence
) -> list[tuple[str, frozenset[tuple[str, int]]]]:
    """Services that listen on a port of a rule and lead these pods' connections to another one."""
    found = []
    for place, index in evidence.listening.get((port.protocol, port.low), ()):
        if not evidence.backend_classes[place] & classes:
            continue
        service, pods = evidence.backends[place]
        mine = [i for i in bits_of(pods) if classes >> evidence.class_of[i] & 1]
        targets: set[tuple[str, int]] = set()
        for pod in mine:
            targets |= evidence.target_numbers(service, index, pod)
        if targets and (port.protocol, port.low) not in targets:
            found.append((f"{service.namespace}/{service.name}", frozenset(targets)))
    return found


def _service_port(evidence: Evidence) -> Iterator[Hit]:
    """L-46, M-04, A-110."""
    for policy, rule, index, port in _ports(evidence):
        if port.name or port.low != port.high:
            continue
        destinations = _destinations(policy, rule, evidence)
        if rule.peers is None and rule.direction is Direction.EGRESS:
            continue
        numbers = {(each.protocol, each.port) for each in evidence.declared(destinations)}
        if not destinations or (port.protocol, port.low) in numbers:
            continue
        services = service_port(destinations, port, evidence)
        if not services:
            continue
        name, targets = services[0]
        target = sorted(targets)[0][1]
        yield Hit(
            f"{port.protocol} {port.low} is the port of Service {name}, which leads to port"
            f" {joined([str(number) for _, number in sorted(targets)])} of"
            f" {_names(destinations, evidence)}. Policies see the pod's port: the rule opens"
            " nothing that is used.",
            (
                evidence.place(policy, _path(rule, index)),
                *(evidence.workload_place(each) for each in evidence.refs(destinations)[:10]),
            ),
            tuple(map(str, evidence.refs(destinations)[:1])),
            fix=replaced(
                policy.source,
                f"{_path(rule, index)}.port",
                target,
                f"Open port {target} in place of {port.low}",
            )
            if policy.policy.tier is Tier.NETWORKPOLICY
            else None,
        )


CHECKS = (
    Check(
        "L-24",
        "warning",
        "A port without a protocol is TCP",
        "Where the pods listen on UDP, the rule opens nothing that is used.",
        _udp_is_meant,
    ),
    Check(
        "L-40",
        "error",
        "A port name that the pods do not declare",
        "A name is looked up on the destination pod; an unknown one opens nothing.",
        _missing_name,
    ),
    Check(
        "L-41",
        "error",
        "A port name with another protocol",
        "Name and protocol must both agree, and a rule without a protocol means TCP.",
        _wrong_protocol,
    ),
    Check(
        "L-42",
        "error",
        "A port name for addresses",
        "Only pods declare port names, so the name means nothing for an ipBlock.",
        _name_for_addresses,
    ),
    Check(
        "L-43",
        "warning",
        "A port range where ranges are not supported",
        "The range silently shrinks to its first port.",
        _no_ranges,
    ),
    Check(
        "L-44",
        "warning",
        "SCTP where it is off",
        "The rule has no effect.",
        _no_sctp,
    ),
    Check(
        "L-46",
        "error",
        "The port of the Service in place of the pod's",
        "Connections are sent on to the pod's port before policies look at them.",
        _service_port,
    ),
    Check(
        "L-111",
        "warning",
        "Every port is open to a peer",
        "Debug, metrics and admin ports are open along with the one that is needed.",
        _all_ports,
    ),
    Check(
        "L-112",
        "warning",
        "A port that nobody listens on",
        "A rule from an earlier life: the port moved, or the number is a slip.",
        _nobody_listens,
    ),
)
