"""A policy in plain sentences: whom it selects, what each rule does, and what that means now."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.deciding import idle_rules
from policies.evaluator.engine import Evaluation
from policies.evaluator.kinds import kind_of
from policies.evaluator.policy import Action, Direction, Rule, Subject
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule
from policies.evaluator.veils import spoken_key
from policies.evaluator.words import internet_name, joined, rule_phrase

__all__ = ["Portrait", "RulePortrait", "portrait", "subject_phrase"]

_DOES = {Action.ALLOW: "Opens", Action.DENY: "Closes", Action.PASS: "Passes on"}


class RulePortrait(msgspec.Struct, frozen=True):
    """A rule: its field and line, what it does in a sentence, and whom it means in this cluster.

    `perhaps` are workloads of which that is not certain (an address, a label that is not known).
    `idle` says why it never decides anything; empty where it does.
    """

    path: str
    line: int
    direction: str
    action: str
    sentence: str
    workloads: tuple[str, ...]
    perhaps: tuple[str, ...]
    outside: tuple[str, ...]
    everyone: bool
    idle: str

    def to_json(self) -> dict[str, Any]:
        """One entry of `rules`."""
        return {
            "path": self.path,
            "line": self.line or None,
            "direction": self.direction,
            "action": self.action,
            "sentence": self.sentence,
            "workloads": list(self.workloads),
            "perhaps": list(self.perhaps),
            "outside": list(self.outside),
            "everyone": self.everyone,
            "never_decides": self.idle or None,
        }


class Portrait(msgspec.Struct, frozen=True):
    """A policy: a sentence for what it is, one for each direction it closes, and its rules."""

    sentence: str
    closes: tuple[str, ...]
    rules: tuple[RulePortrait, ...]


def portrait(evaluation: Evaluation, policy: ResolvedPolicy) -> Portrait:
    """The policy as a page shows it."""
    idle = {each.path: each.why for each in idle_rules(evaluation, policy)}
    # A rule as it is written may be several of the seam (B-66).
    rules = tuple(
        _rule(evaluation, policy, tuple(parts), idle)
        for _, parts in groupby(policy.rules, key=lambda each: each.rule.path)
    )
    return Portrait(_sentence(policy), tuple(_closes(policy)), rules)


def subject_phrase(subject: Subject) -> str:
    """`every pod of namespace x`, `pods with app=web in namespaces with team=a`."""
    if subject.nodes is not None:
        nodes = f"nodes with {subject.nodes}" if subject.nodes else "every node"
        return f"{f'node {subject.node}' if subject.node else nodes} and what uses its network"
    pods = f"pods with {subject.pods}" if subject.pods else "every pod"
    if subject.namespace:
        return f"{pods} of namespace {subject.namespace}"
    if subject.namespaces:
        return f"{pods} in namespaces with {subject.namespaces}"
    return f"{pods} of every namespace"


def _sentence(policy: ResolvedPolicy) -> str:
    whom = joined([subject_phrase(each) for each in policy.policy.subjects], "or")
    source = policy.source
    if kind_of(source.api_version, source.kind) is not None:
        return f"{source.name} selects {whom}."
    ways = joined([each.value for each in Direction if each in policy.policy.opaque])
    if not ways:
        return f"{spoken_key(source.key)} decides nothing about pods here."
    verb = "refuses" if policy.policy.veil.narrows else "opens and closes"
    return (
        f"{source.name} may select {whom}, for {ways}. netviz does not evaluate it: what it {verb}"
        " is shown as not known."
    )


def _closes(policy: ResolvedPolicy) -> list[str]:
    ways: dict[bool, list[str]] = {}
    for direction in Direction:
        if direction in policy.policy.isolates:
            opens = any(rule.rule.direction is direction for rule in policy.rules)
            way = "incoming" if direction is Direction.INGRESS else "outgoing"
            ways.setdefault(opens, []).append(way)
    tails = {True: "unless a rule opens them", False: "and it has no rule that opens any"}
    return [
        f"{joined(found).capitalize()} connections are closed, {tails[opens]}."
        for opens, found in ways.items()
    ]


def _rule(
    evaluation: Evaluation,
    policy: ResolvedPolicy,
    parts: tuple[ResolvedRule, ...],
    idle: dict[str, str],
) -> RulePortrait:
    universe = evaluation.universe
    rule = parts[0]
    sure = perhaps = 0
    for piece in (piece for part in parts for piece in part.pieces):
        if piece.caveat is None:
            sure |= piece.peers
        else:
            perhaps |= piece.peers
    everyone = rule.rule.peers is None
    if everyone:
        sure = perhaps = 0
    source = policy.source
    return RulePortrait(
        path=rule.rule.path,
        line=source.line_of(f"spec.{rule.rule.path}"),
        direction=rule.rule.direction.value,
        action=rule.rule.action.value,
        sentence=rule_sentence(rule.rule, source.namespace),
        workloads=_workloads(evaluation, sure),
        perhaps=_workloads(evaluation, perhaps & ~sure),
        outside=tuple(
            dict.fromkeys(
                internet_name(universe, bit, "the Internet") or str(universe.cell_addresses(bit))
                for bit in bits_of(sure & universe.external)
            )
        ),
        everyone=everyone,
        idle=idle.get(rule.rule.path, ""),
    )


def _workloads(evaluation: Evaluation, peers: int) -> tuple[str, ...]:
    return tuple(node.text for node in evaluation.workload_nodes if node.bits & peers)


def rule_sentence(rule: Rule, namespace: str) -> str:
    """`Opens TCP 80 from pods with app=curl in namespaces with env=development.`"""
    tail = " to the next tier" if rule.action is Action.PASS else ""
    return f"{_DOES[rule.action]} {rule_phrase(rule, namespace)}{tail}."
