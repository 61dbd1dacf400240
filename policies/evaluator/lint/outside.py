"""Ways in from outside, and where they lead: what should not be reachable, and what should."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from policies.evaluator.addresses import PRIVATE_ADDRESSES, AddressSet
from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.entry.paths import EntryPath
from policies.evaluator.entry.points import entries_of
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Hit, Place
from policies.evaluator.lint.sensitive import SENSITIVE, sensitive_among, sensitive_in
from policies.evaluator.names import is_address
from policies.evaluator.policy import Direction
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "From outside"
# What a person opens as a public address: these kinds route by host and path.
_PUBLISHED = frozenset(
    {"GRPCRoute", "HTTPRoute", "Ingress", "OpenShiftRoute", "Route", "TCPRoute", "TLSRoute",
     "UDPRoute"}
)  # fmt: skip
_NARROW = {4: 16, 6: 48}
# Further than this an intruder may go as well, but nobody can follow the finding any more.
_HOPS = 3


def _paths(evidence: Evidence) -> tuple[EntryPath, ...]:
    return entries_of(evidence.evaluation).paths


def _place(path: EntryPath) -> Place:
    return Place(path.object, path.source, path.line)


def _backends(paths: Iterable[EntryPath], evidence: Evidence) -> tuple[Place, ...]:
    bits = 0
    for path in paths:
        bits |= path.bits
    return tuple(evidence.workload_place(each) for each in evidence.refs(bits)[:10])


def _blocked(evidence: Evidence) -> Iterator[Hit]:
    """L-48, F-40."""
    by_end: dict[tuple[str, str, str, bool], list[EntryPath]] = {}
    for path in _paths(evidence):
        if path.kind in _PUBLISHED and path.bits:
            end = (path.object, path.backend, str(path.target), path.mirror)
            by_end.setdefault(end, []).append(path)
    for (name, backend, port, mirror), paths in sorted(by_end.items()):
        if any(path.verdict != "deny" for path in paths):
            continue
        if mirror and (name, backend, port, False) in by_end:
            continue
        first = paths[0]
        policies = [
            each
            for bit in bits_of(first.bits)
            for each in evidence.isolating(bit, Direction.INGRESS)
        ]
        named = dict.fromkeys(each.source.name for each in policies)
        by = f" {joined(list(named)[:3])} does not let it in." if named else ""
        text = f"{name} leads to {backend} on {port}, and {first.caller} may not open that.{by}"
        effect = "Whoever asks for the public address gets an error."
        if mirror:
            text = text.replace(" leads to ", " sends a copy of each request to ", 1)
            effect = "The copies are lost; whoever asks for the public address notices nothing."
        yield Hit(
            f"{text} {effect}",
            (
                _place(first),
                *_backends(paths, evidence),
                *(evidence.place(each) for each in {e.source.key: e for e in policies}.values()),
            ),
            tuple(map(str, evidence.refs(first.bits)[:1])),
            severity="warning" if mirror else None,
        )


def _no_grant(evidence: Evidence) -> Iterator[Hit]:
    """L-49, F-44."""
    for issue in entries_of(evidence.evaluation).issues:
        if issue.code == "no-grant":
            yield Hit(
                f"{issue.object}: {issue.text}. The route drops that backend without a word.",
                (Place(issue.object, issue.source, issue.line),),
            )


def _exposed(evidence: Evidence) -> Iterator[Hit]:
    """L-102, F-48."""
    by_end: dict[tuple[str, str], list[EntryPath]] = {}
    for path in _paths(evidence):
        if path.internet and path.bits and path.verdict in ("allow", "conditional"):
            by_end.setdefault((path.object, path.backend), []).append(path)
    for (name, backend), paths in sorted(by_end.items()):
        ports = sorted({path.target.number for path in paths})
        sensitive = [port for port in ports if port in SENSITIVE]
        maybe = all(path.verdict == "conditional" for path in paths)
        what = ", ".join(sorted({str(path.target) for path in paths}))
        extra = f" That is {sensitive_among(sensitive)}." if sensitive else ""
        yield Hit(
            f"The Internet {'may' if not maybe else 'may, on a condition,'} reach {backend} on"
            f" {what} through {name}.{extra}",
            (_place(paths[0]), *_backends(paths, evidence)),
            tuple(map(str, evidence.refs(paths[0].bits)[:1])),
            severity="error" if sensitive else None,
        )


def _own_balancer(evidence: Evidence) -> Iterator[Hit]:
    """L-114."""
    balancers = [
        (address, each)
        for each in evidence.state.services
        for address in (*each.balancers, *each.external_ips)
        if is_address(address)
    ]
    for policy, rule, clause in evidence.blocks():
        if rule.direction is not Direction.EGRESS or not balancers:
            continue
        network = ipaddress.ip_network(clause.cidr, strict=False)
        if network.prefixlen < _NARROW[network.version]:
            continue
        meant = AddressSet.of_cidrs((clause.cidr,), clause.excepts)
        hit = [each for address, each in balancers if address in meant]
        if hit:
            yield Hit(
                f"ipBlock {clause.cidr} holds the outside address of"
                f" {shortened([each.key for each in hit])}, which runs in this cluster. Such"
                " traffic goes out and in again, or is sent on inside before policies see it:"
                " name the pods behind the Service as well.",
                (
                    evidence.place(policy, clause.path),
                    *(evidence.service_place(each) for each in hit[:10]),
                ),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _rewritten(evidence: Evidence) -> Iterator[Hit]:
    """L-37, A-67, A-115."""
    behind: list[tuple[str, int]] = [
        (each.key, evidence.classes(pods))
        for each, pods in evidence.backends
        if each.type in ("LoadBalancer", "NodePort") and not each.local
    ]
    for policy, rule, clause in evidence.blocks():
        if rule.direction is not Direction.INGRESS:
            continue
        meant = AddressSet.of_cidrs((clause.cidr,), clause.excepts)
        network = ipaddress.ip_network(clause.cidr, strict=False)
        if network.prefixlen == 0 or not meant - PRIVATE_ADDRESSES:
            continue
        hit = [name for name, classes in behind if classes & policy.subjects]
        if hit:
            yield Hit(
                f"Clients in {clause.cidr} come through {shortened(hit)}, whose"
                " externalTrafficPolicy is Cluster: the source may be rewritten to the address of"
                " a node, and then the block never matches. Local keeps the client's address.",
                (evidence.place(policy, clause.path), *(Place(name) for name in hit[:10])),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _pivot(evidence: Evidence) -> Iterator[Hit]:
    """L-116: what the Internet may reach by way of what it reaches directly."""
    pods = evidence.universe.pods
    reached = 0
    for path in _paths(evidence):
        if path.internet and path.verdict == "allow":
            reached |= path.bits & pods
    trail: dict[int, int] = {}
    sensitive = _sensitive_classes(evidence)
    frontier = reached
    for _ in range(_HOPS):
        if not frontier or not sensitive:
            return
        fresh = 0
        for bit, wanted in sensitive.items():
            if reached >> bit & 1:
                continue
            for each in evidence.evaluation.rectangles_between(frontier, 1 << bit):
                if each.connections & wanted and each.caveat is None and bit not in trail:
                    trail[bit] = next(bits_of(each.sources & frontier))
                    yield _by_way_of(bit, trail, evidence)
        for each in evidence.evaluation.rectangles_between(frontier, pods & ~reached):
            if each.caveat is None:
                for bit in bits_of(each.destinations & ~fresh):
                    trail.setdefault(bit, next(bits_of(each.sources & frontier)))
                fresh |= each.destinations
        fresh &= pods & ~reached
        reached |= fresh
        frontier = fresh


def _sensitive_classes(evidence: Evidence) -> dict[int, ConnectionSet]:
    found: dict[int, ConnectionSet] = {}
    for bit in bits_of(evidence.universe.pods & ~evidence.universe.hosts):
        ports = sensitive_in(evidence.declared(1 << bit), ConnectionSet.of("TCP"))
        if ports:
            found[bit] = ConnectionSet.union_of(ConnectionSet.of("TCP", p, p) for p in ports)
    return found


def _by_way_of(bit: int, trail: dict[int, int], evidence: Evidence) -> Hit:
    steps = [bit]
    while steps[-1] in trail and len(steps) <= _HOPS + 1:
        steps.append(trail[steps[-1]])
    refs = [evidence.universe.classes[each].workload for each in reversed(steps)]
    ports = sensitive_in(evidence.declared(1 << bit), ConnectionSet.of("TCP"))
    way = " → ".join(f"{each.namespace}/{each.name}" for each in refs)
    return Hit(
        f"From the Internet to {sensitive_among(ports)}: {way}. Whoever takes over the first of"
        " them is on the way to the last.",
        tuple(evidence.workload_place(each) for each in reversed(refs)),
        (str(refs[-2]), str(refs[-1])) if len(refs) > 1 else (str(refs[-1]),),
    )


CHECKS = (
    Check(
        "L-37",
        "warning",
        "A block for clients behind a load balancer",
        "With externalTrafficPolicy Cluster the pod may see the address of a node, not the client.",
        _rewritten,
    ),
    Check(
        "L-48",
        "error",
        "A public address whose backend is closed",
        "The address answers with an error, 502 or 504.",
        _blocked,
    ),
    Check(
        "L-49",
        "error",
        "A route to another namespace without a ReferenceGrant",
        "The gateway drops the backend, and nothing but the route's status says so.",
        _no_grant,
    ),
    Check(
        "L-102",
        "warning",
        "Reachable from the Internet",
        "Anybody may knock; where data or an admin port answers, anybody may try to come in.",
        _exposed,
    ),
    Check(
        "L-114",
        "warning",
        "A Service of this cluster by its outside address",
        "The way out and in again may be closed, or the rule never asked.",
        _own_balancer,
    ),
    Check(
        "L-116",
        "info",
        "A way from the Internet to sensitive data",
        "No single flow is wrong, but one after the other they lead from outside to the data.",
        _pivot,
    ),
)
