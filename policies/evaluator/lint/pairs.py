"""Two ends that do not agree: what one side opens and the other keeps closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Hit
from policies.evaluator.policy import Action, Direction
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule
from policies.evaluator.side import Side
from policies.evaluator.state import WorkloadRef
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Both ends"
_OTHER = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}


def _one_sided(evidence: Evidence) -> Iterator[Hit]:
    """L-55, A-06: a rule that names its peers, whose own side lets nothing of it through."""
    for policy in evidence.plain:
        for resolved in policy.rules:
            rule = resolved.rule
            if rule.action is not Action.ALLOW or not rule.peers:
                continue
            opened = _opened(resolved)
            for clause in rule.peers:
                if clause.cidr or not (clause.pods or clause.namespaces):
                    continue
                peers = evidence.peers(policy, clause) & ~policy.subjects
                groups = evidence.governed_among(peers, _OTHER[rule.direction])
                closed = _closed(policy.subjects, peers, opened, groups)
                if closed:
                    yield _disagreement(policy, clause.path, closed, rule.direction, evidence)


def _opened(resolved: ResolvedRule) -> ConnectionSet:
    return ConnectionSet.union_of(piece.connections for piece in resolved.pieces)


def _closed(
    subjects: int, peers: int, opened: ConnectionSet, groups: Iterable[tuple[int, Side]]
) -> int:
    """The peers whose side lets none of these connections through with any of the subjects."""
    closed = 0
    for members, side in groups:
        through = NONE
        for callers, connections, _ in side.outcomes:
            if callers & subjects:
                through |= connections & opened
        if not through:
            closed |= members & peers
    return closed


def _disagreement(
    policy: ResolvedPolicy, path: str, closed: int, direction: Direction, evidence: Evidence
) -> Hit:
    other = _OTHER[direction]
    refs, subjects = evidence.refs(closed), evidence.refs(policy.subjects)
    by = evidence.isolating(first_bit(closed), other)
    names = shortened([f"{each.namespace}/{each.name}" for each in refs])
    verb = "lets its pods open connections to" if other is Direction.INGRESS else "lets in"
    pair = (str(subjects[0]), str(refs[0])) if subjects else ()
    shown = pair if other is Direction.INGRESS else tuple(reversed(pair))
    return Hit(
        f"The rule {verb} {names}, whose {other.value} is isolated by"
        f" {joined([each.source.name for each in by[:3]])} and opens nothing of it: both sides"
        " must allow a connection.",
        (
            evidence.place(policy, path),
            *(evidence.place(each) for each in by[:10]),
            *(evidence.workload_place(each) for each in refs[:10]),
        ),
        shown,
    )


def _members_apart(evidence: Evidence) -> Iterator[Hit]:
    """L-56, A-102."""
    members: dict[WorkloadRef, int] = {}
    for bit, each in evidence.universe.each_class():
        if each.workload.kind == "StatefulSet" and not each.host_network:
            members[each.workload] = members.get(each.workload, 0) | 1 << bit
    for ref, bits in members.items():
        pods = [
            evidence.state.pods[index]
            for bit in bits_of(bits)
            for index in evidence.universe.classes[bit].pods
        ]
        if sum(pod.replicas for pod in pods) < 2:
            continue
        if any(each.connections for each in evidence.evaluation.rectangles_between(bits, bits)):
            continue
        policies: list[ResolvedPolicy] = []
        for direction in Direction:
            for policy in evidence.isolating(first_bit(bits), direction):
                if policy not in policies:
                    policies.append(policy)
        yield Hit(
            f"The pods of {ref.namespace}/{ref.name} cannot reach each other:"
            f" {joined([each.source.name for each in policies[:3]])} isolates them, and no rule"
            " lets them in from one another.",
            (
                evidence.workload_place(ref),
                *(evidence.place(each) for each in policies),
            ),
            (str(ref),),
        )


def _init_containers(evidence: Evidence) -> Iterator[Hit]:
    """L-57, A-94."""
    by_namespace: dict[str, set[WorkloadRef]] = {}
    for members, _ in evidence.governed(Direction.EGRESS):
        for bit in bits_of(members):
            each = evidence.universe.classes[bit]
            if any(evidence.state.pods[index].init_containers for index in each.pods):
                by_namespace.setdefault(each.namespace, set()).add(each.workload)
    for namespace, found in sorted(by_namespace.items()):
        refs = sorted(found)
        yield Hit(
            f"{shortened([f'{namespace}/{each.name}' for each in refs], 5)} has init containers and"
            " is restricted in egress: migrations and downloads at start need their rules too.",
            tuple(evidence.workload_place(each) for each in refs),
            (str(refs[0]),),
        )


CHECKS = (
    Check(
        "L-55",
        "warning",
        "Allowed on one side only",
        "A connection needs both the egress of its source and the ingress of its destination.",
        _one_sided,
    ),
    Check(
        "L-56",
        "warning",
        "The members of a cluster cannot talk to each other",
        "Pods of one workload are different pods: nothing between them is open by itself.",
        _members_apart,
    ),
    Check(
        "L-57",
        "info",
        "Init containers need the same rules",
        "They run under the policies of their pod, before anything else does.",
        _init_containers,
    ),
)
