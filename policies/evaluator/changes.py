"""Reasons of a change: on which side it happened, by which policy and rule, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Action, Direction
from policies.evaluator.reasons import matched
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.slots import ABSENT, Slot
from policies.evaluator.veils import spoken_key
from policies.evaluator.words import peers_phrase, ports_phrase

__all__ = ["Reason", "change_reasons"]


class Reason(msgspec.Struct, frozen=True):
    """One policy or rule that made a flow appear, vanish or change, or a workload that did."""

    side: str
    effect: str
    policy: str
    rule: str
    source: str
    line: int
    text: str

    def to_json(self) -> dict[str, Any]:
        """One entry of `reasons` (design.md section 5)."""
        return {
            "side": self.side,
            "effect": self.effect,
            "policy": self.policy or None,
            "rule": self.rule or None,
            "source": self.source or None,
            "line": self.line or None,
            "text": self.text,
        }


class _View(msgspec.Struct, frozen=True):
    """One side of the flow in one of the two evaluations."""

    evaluation: Evaluation
    subject: int
    peer: int
    direction: Direction

    @property
    def opened(self) -> ConnectionSet:
        """What this side certainly lets through."""
        if ABSENT in (self.subject, self.peer):
            return NONE
        side = self.evaluation.side_of(self.subject, self.direction)
        return ConnectionSet.union_of(
            connections for connections, caveat in side.with_peer(self.peer) if caveat is None
        )

    @property
    def policies(self) -> list[ResolvedPolicy]:
        """Policies that govern this side."""
        if self.subject == ABSENT or not self.evaluation.enforces:
            return []
        return self.evaluation.policies_of(self.subject, self.direction)

    @property
    def opaque(self) -> list[ResolvedPolicy]:
        """Policies of this side that are not evaluated, of a layer of their own included."""
        if self.subject == ABSENT:
            return []
        return [
            each
            for each in self.evaluation.policies_of(self.subject, self.direction)
            if self.direction in each.policy.opaque
            and (self.evaluation.enforces or each.policy.veil.narrows)
        ]

    @property
    def isolating(self) -> list[ResolvedPolicy]:
        """Policies that close this side unless a rule opens it."""
        return [each for each in self.policies if self.direction in each.policy.isolates]


def change_reasons(
    before: Evaluation, after: Evaluation, source: Slot, destination: Slot
) -> tuple[Reason, ...]:
    """Why a pair of slots differs; never empty for a real change."""
    reasons: list[Reason] = []
    for slot in (source, destination):
        if slot.before == ABSENT:
            reasons.append(_workload(slot, "new workload", "exists only after the change"))
        if slot.after == ABSENT:
            reasons.append(_workload(slot, "workload removed", "exists only before the change"))
    if reasons:
        return tuple(reasons)
    if before.enforces != after.enforces:
        text = "Policies are enforced on one side of the comparison only."
        return (Reason("", "enforcement changed", "", "", "", 0, text),)
    for direction in (Direction.EGRESS, Direction.INGRESS):
        subject, peer = (source, destination)
        if direction is Direction.INGRESS:
            subject, peer = destination, source
        was = _View(before, subject.before, peer.before, direction)
        now = _View(after, subject.after, peer.after, direction)
        reasons += _veils(was, now)
        reasons += _gained(was, now)
        reasons += _lost(was, now)
    return tuple(dict.fromkeys(reasons)) or (_uncertain(),)


def _workload(slot: Slot, effect: str, text: str) -> Reason:
    return Reason("", effect, "", "", "", 0, f"{slot.text} {text}.")


def _uncertain() -> Reason:
    text = "How certain the answer is changed: see the explanation of the pair."
    return Reason("", "certainty changed", "", "", "", 0, text)


def _veils(was: _View, now: _View) -> Iterator[Reason]:
    """Policies that are not evaluated and that came or went: what they touch is not known."""
    before = {policy.source.key: policy for policy in was.opaque}
    after = {policy.source.key: policy for policy in now.opaque}
    way = f"the {now.direction} of the pods"
    for key in after.keys() - before.keys():
        text = f"{spoken_key(key)} governs {way} and is not evaluated: the answer is not certain."
        yield _reason(now.direction, "not known because of", after[key], "", text)
    for key in before.keys() - after.keys():
        text = f"{spoken_key(key)}, which is not evaluated, no longer governs {way}."
        yield _reason(now.direction, "no longer unknown because of", before[key], "", text)


def _gained(was: _View, now: _View) -> Iterator[Reason]:
    gained = now.opened - was.opened
    if not gained:
        return
    opening = list(_rules(now, gained, "allowed by"))
    yield from opening
    if opening:
        return
    for policy in was.isolating:
        text = (
            f"{policy.source.name} no longer isolates the {now.direction} of the pods it selected."
        )
        yield _reason(now.direction, "no longer isolated by", policy, "", text)


def _lost(was: _View, now: _View) -> Iterator[Reason]:
    lost = was.opened - now.opened
    if not lost:
        return
    known = {policy.source.key: policy for policy in was.isolating}
    fresh = [policy for policy in now.isolating if policy.source.key not in known]
    closing = list(_rules(was, lost, "no longer allowed by")) if known else []
    if not closing:
        for policy in fresh or now.isolating:
            text = (
                f"{policy.source.name} selects the pods for {now.direction}, and no rule opens "
                f"{_ports(lost)} any more."
            )
            yield _reason(now.direction, "isolated by", policy, "", text)
    yield from closing
    yield from _rules(now, lost, "denied by", Action.DENY)


def _ports(connections: ConnectionSet) -> str:
    text = str(connections.ported)
    return "these connections" if text == "All Connections" else text.replace(",", ", ")


def _rules(
    view: _View, wanted: ConnectionSet, effect: str, action: Action = Action.ALLOW
) -> Iterator[Reason]:
    for policy in view.policies:
        for rule in policy.rules:
            if rule.rule.direction is not view.direction or rule.rule.action is not action:
                continue
            if matched(rule, view.subject, view.peer) & wanted & ALL:
                word = "from" if view.direction is Direction.INGRESS else "to"
                whom = peers_phrase(rule.rule, policy.source.namespace)
                verb = "opened" if effect == "no longer allowed by" else "opens"
                if action is Action.DENY:
                    verb = "closes"
                text = (
                    f"{policy.source.name} {rule.rule.path} {verb} "
                    f"{ports_phrase(rule.rule.ports)} {word} {whom}."
                )
                yield _reason(view.direction, effect, policy, rule.rule.path, text)


def _reason(
    direction: Direction, effect: str, policy: ResolvedPolicy, rule: str, text: str
) -> Reason:
    source = policy.source
    line = source.line_of(f"spec.{rule}") if rule else source.origin.line
    return Reason(direction.value, effect, source.key, rule, source.origin.source, line, text)
