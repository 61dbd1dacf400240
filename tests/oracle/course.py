"""Through the tiers with one connection, following everything that may be so (B-10…B-26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from policies.evaluator.state import ClusterState, Pod, PolicyObject
from tests.oracle import clusterwide

if TYPE_CHECKING:
    from tests.oracle.reference import Reference

__all__ = ["Course", "Match", "Question", "any_of", "decide"]

Match = Literal["yes", "no", "maybe"]


@dataclass(frozen=True)
class Question:
    """One connection, seen from one side: the subject is a pod, the peer is the other end."""

    direction: Literal["ingress", "egress"]
    subject: Pod
    peer: Pod | str
    destination: Pod | str
    protocol: str
    port: int
    family: int | None


@dataclass
class Course:
    """What is met on the way: rules that decide, and kinds of doubt."""

    state: ClusterState
    reference: Reference
    split: bool
    rules: set[tuple[str, str, str]] = field(default_factory=set)
    doubts: set[str] = field(default_factory=set)


def any_of(matches: Iterable[Match]) -> Match:
    """Of entries joined by OR: yes if one is, else maybe if one may be."""
    found = set(matches)
    return "yes" if "yes" in found else "maybe" if "maybe" in found else "no"


def decide(course: Course, question: Question, policies: Sequence[PolicyObject]) -> set[bool]:
    """B-10: Admin, then NetworkPolicy, then Baseline, then allow; every result there may be."""
    selecting = [
        policy for policy in policies if course.reference.selects(policy, question.subject)
    ]
    results: set[bool] = set()
    for tier in ("Admin", "NetworkPolicy", "Baseline"):
        here = [policy for policy in selecting if clusterwide.tier_of(policy) == tier]
        if tier == "NetworkPolicy":
            found = _networkpolicies(course, question, here)
        else:
            found = _ordered(course, question, here)
        if "allow" in found:
            results.add(True)
        if "deny" in found:
            results.add(False)
        if not found & {"pass", "none"}:
            return results
    return results | {True}


def _ordered(course: Course, question: Question, policies: list[PolicyObject]) -> set[str]:
    """B-11: by ascending priority. B.1: one without a priority may come before or after all."""
    loose = [each for each in policies if each.kind == "BaselineAdminNetworkPolicy"]
    ranked = [each for each in policies if each not in loose]
    by_rank = [
        [each for each in ranked if clusterwide.priority_of(each) == priority]
        for priority in sorted({clusterwide.priority_of(policy) for policy in ranked})
    ]
    if not loose:
        return _levels(course, question, by_rank)
    first = _levels(course, question, [loose, *by_rank])
    last = _levels(course, question, [*by_rank, loose])
    if first != last:
        course.doubts.add("unknown")
    return first | last


def _levels(course: Course, question: Question, levels: list[list[PolicyObject]]) -> set[str]:
    """One level after another; among the policies of a level every order counts (B-25)."""
    found: set[str] = set()
    for equals in levels:
        outcomes = [_in_order(course, question, order) for order in permutations(equals)]
        if any(outcome != outcomes[0] for outcome in outcomes):
            course.doubts.add("unknown")
        together = set().union(*outcomes)
        found |= together - {"none"}
        if "none" not in together:
            return found
    return found | {"none"}


def _in_order(course: Course, question: Question, policies: Sequence[PolicyObject]) -> set[str]:
    """The first rule that matches decides; one that may match decides or does not."""
    found: set[str] = set()
    for policy in policies:
        for path, rule in clusterwide.rules_of(policy, question.direction):
            match, kind = clusterwide.rule_matches(course.reference, rule, question)
            if match == "no":
                continue
            action = clusterwide.action_of(rule, question.direction)
            found.add(action)
            course.rules.add((policy.key, path, action))
            if match == "yes":
                return found
            course.doubts.add(kind)
    return found | {"none"}


def _networkpolicies(course: Course, question: Question, policies: list[PolicyObject]) -> set[str]:
    """A-02…A-04, B-20, B-23; without the split of B-24 any policy settles both directions."""
    isolating = [each for each in policies if course.reference.isolates(each, question.direction)]
    if not isolating:
        return {"allow"} if policies and not course.split else {"none"}
    matches: list[Match] = []
    for policy in isolating:
        for index, rule in enumerate(policy.spec.get(question.direction) or []):
            match = course.reference.networkpolicy_rule(policy, rule or {}, question)
            if match != "no":
                course.rules.add((policy.key, f"{question.direction}[{index}]", "allow"))
            matches.append(match)
    match = any_of(matches)
    if match == "maybe":
        course.doubts.add("unknown")
    return {"yes": {"allow"}, "maybe": {"allow", "deny"}, "no": {"deny"}}[match]
