"""Cluster-wide rules one after the other: where their order matters, and what may be put first."""

from __future__ import annotations

import copy
import ipaddress

from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Fix
from policies.evaluator.lint.fixes import manifest
from policies.evaluator.policy import Action, Direction, Rule
from policies.evaluator.resolve import Piece, ResolvedPolicy, ResolvedRule

__all__ = ["conflict", "is_wide", "meet", "pass_first"]

# A block this long singles out a network on purpose.
_NARROW = {4: 16, 6: 48}


def conflict(
    one: ResolvedPolicy, other: ResolvedPolicy, both: int, evidence: Evidence
) -> tuple[Rule, Rule] | None:
    """Two rules that contradict each other where it matters: the result depends on their order."""
    for mine in one.rules:
        for theirs in other.rules:
            direction = mine.rule.direction
            if direction is not theirs.rule.direction:
                continue
            if mine.rule.action is theirs.rule.action:
                continue
            where = both & ~evidence.hidden(direction)
            if any(
                meet(a, b) and _is_open_question(a, b, where, direction, evidence)
                for a in mine.pieces
                for b in theirs.pieces
            ):
                return mine.rule, theirs.rule
    return None


def _is_open_question(
    one: Piece, other: Piece, members: int, direction: Direction, evidence: Evidence
) -> bool:
    """Whether what both pieces match is decided for certain for none of these pods: not where an
    earlier rule decides, or whichever comes first the result is the same (B-25)."""
    peers = one.peers & other.peers & evidence.universe.everyone
    connections = one.connections & other.connections
    return any(
        caveat is not None and who & peers and what & connections
        for group in evidence.evaluation.groups[direction]
        if group.members & members & one.subjects & other.subjects
        for who, what, caveat in group.side.outcomes
    )


def meet(one: Piece, other: Piece) -> bool:
    return bool(
        one.subjects & other.subjects
        and one.peers & other.peers
        and one.connections & other.connections
    )


def is_wide(cidr: str) -> bool:
    """Whether a block is more than a network that was singled out on purpose."""
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen < _NARROW[network.version]


def pass_first(policy: ResolvedPolicy, rule: ResolvedRule, evidence: Evidence) -> Fix | None:
    """Pods passed on to the next tier; None where another rule of this one decides about pods
    too, as it would not be asked any more (B-16)."""
    if _decided_otherwise(policy, rule, evidence):
        return None
    source = policy.source
    spec = copy.deepcopy(source.spec)
    index = int(rule.rule.path.partition("[")[2].rstrip("]"))
    # A BaselineAdminNetworkPolicy has no Pass, and nothing comes after it.
    action = "Allow" if source.kind == "BaselineAdminNetworkPolicy" else "Pass"
    denied = spec["egress"][index]
    ports = {key: denied[key] for key in ("ports", "protocols") if denied.get(key)}
    first = {"name": "pods-first", "action": action, "to": [{"namespaces": {}}], **ports}
    spec["egress"].insert(index, first)
    return Fix("Let pods pass first", manifest(source, spec))


def _decided_otherwise(policy: ResolvedPolicy, rule: ResolvedRule, evidence: Evidence) -> bool:
    """Whether the rule itself means pods by more than its wide blocks, or one after it does."""
    if not all(each.cidr and is_wide(each.cidr) for each in rule.rule.peers or ()):
        return True
    mine = policy.subjects | policy.maybe
    for other in evidence.wide:
        # Without a priority it may come after (B.1).
        ranked = not (other.policy.unordered or policy.policy.unordered)
        before = ranked and other.policy.priority < policy.policy.priority
        if other.policy.tier is not policy.policy.tier or before:
            continue
        if not (other.subjects | other.maybe) & mine:
            continue
        rules = other.rules
        if other is policy:
            rules = rules[rules.index(rule) + 1 :]
        for each in rules:
            if each.rule.direction is Direction.EGRESS and _is_about_pods(each, evidence):
                return True
    return False


def _is_about_pods(rule: ResolvedRule, evidence: Evidence) -> bool:
    """Whether a rule decides about pods, or would about some to come."""
    if rule.rule.action is Action.PASS:
        return False
    named = any(
        not each.cidr and each.nodes is None and not each.domains for each in rule.rule.peers or ()
    )
    return named or any(piece.peers & evidence.universe.pods for piece in rule.pieces)
