"""Pods that too many may reach, or that may reach too much."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Hit
from policies.evaluator.lint.sensitive import sensitive_among, sensitive_in
from policies.evaluator.policy import Direction
from policies.evaluator.words import shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Exposure"


def _internet_egress(evidence: Evidence) -> Iterator[Hit]:
    """L-103."""
    universe = evidence.universe
    rest = mask_of(bit for bit in bits_of(universe.external) if universe.is_rest(bit))
    for policy in evidence.plain:
        for resolved in policy.rules:
            if resolved.rule.direction is not Direction.EGRESS:
                continue
            opened = NONE
            for piece in resolved.pieces:
                if piece.peers & rest and not piece.caveat:
                    opened |= piece.connections
            if opened:
                names = [f"{e.namespace}/{e.name}" for e in evidence.refs(policy.subjects)]
                yield Hit(
                    f"{shortened(names)} may open {_words(opened)} to any address of the Internet.",
                    (evidence.place(policy, resolved.rule.path),),
                    tuple(map(str, evidence.refs(policy.subjects)[:1])),
                )


def _words(opened: ConnectionSet) -> str:
    text = str(opened.ported)
    return "every connection" if text == "All Connections" else text


def _sensitive_everywhere(evidence: Evidence) -> Iterator[Hit]:
    """L-104."""
    universe = evidence.universe
    spaces = [name for name in universe.namespaces if universe.in_namespace(name)]
    known = ~evidence.hidden(Direction.INGRESS)
    for group in evidence.evaluation.groups[Direction.INGRESS]:
        members = group.members & universe.pods & ~universe.hosts & known
        by_opened: dict[tuple[str, tuple[int, ...]], int] = {}
        for bit in bits_of(members):
            declared = evidence.declared(1 << bit)
            ports = sensitive_in(declared, ConnectionSet.union_of(_all(group.side.outcomes)))
            wide = [port for port in ports if _is_wide(bit, port, spaces, evidence)]
            if wide:
                key = (universe.classes[bit].namespace, tuple(wide))
                by_opened[key] = by_opened.get(key, 0) | 1 << bit
        for (_, wide_ports), bits in sorted(by_opened.items()):
            refs = evidence.refs(bits)
            policies = evidence.evaluation.policies_of(first_bit(bits), Direction.INGRESS)
            yield Hit(
                f"{sensitive_among(wide_ports)} of"
                f" {shortened([f'{each.namespace}/{each.name}' for each in refs])} may be reached"
                " from most other namespaces.",
                (
                    *(evidence.workload_place(each) for each in refs),
                    *(evidence.place(each) for each in policies[:10]),
                ),
                (str(refs[0]),),
            )


def _all(outcomes: tuple[tuple[int, ConnectionSet, object], ...]) -> list[ConnectionSet]:
    return [connections for _, connections, _ in outcomes]


def _is_wide(bit: int, port: int, spaces: list[str], evidence: Evidence) -> bool:
    """Whether pods of most other namespaces, of two at least, may open a port."""
    universe = evidence.universe
    wanted = ConnectionSet.of("TCP", port, port)
    callers = 0
    for peers, connections, _ in evidence.evaluation.side_of(bit, Direction.INGRESS).outcomes:
        if connections & wanted:
            callers |= peers & universe.pods
    others = [name for name in spaces if name != universe.classes[bit].namespace]
    reaching = [name for name in others if callers & universe.in_namespace(name)]
    return len(reaching) >= 2 and 2 * len(reaching) > len(others)


CHECKS = (
    Check(
        "L-103",
        "warning",
        "Egress to the whole Internet",
        "What a pod may send anywhere, whoever takes it over may send anywhere too.",
        _internet_egress,
    ),
    Check(
        "L-104",
        "warning",
        "A sensitive port that the whole cluster may reach",
        "Databases, caches and admin ports are for the few clients that need them.",
        _sensitive_everywhere,
    ),
)
