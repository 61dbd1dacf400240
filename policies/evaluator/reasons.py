"""One side of an explanation: the policies that govern it, what each rule does, the tiers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Action, Direction
from policies.evaluator.questions import Port
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule
from policies.evaluator.words import (
    declared_port,
    joined,
    peer_name,
    peers_phrase,
    ports_phrase,
    why_no_peer,
)

__all__ = ["SideReason", "Step", "matched", "side_reason"]

Effect = Literal["allows", "denies", "passes", "isolates", "does not match", "not enforced"]


class Step(msgspec.Struct, frozen=True):
    """What one policy or rule does to the connection, and where it is written."""

    tier: str
    policy: str
    rule: str
    effect: Effect
    source: str
    line: int
    text: str

    def to_json(self) -> dict[str, Any]:
        """The step; `rule` is null for the policy as a whole."""
        return {
            "tier": self.tier,
            "policy": self.policy,
            "rule": self.rule or None,
            "effect": self.effect,
            "source": self.source,
            "line": self.line or None,
            "text": self.text,
        }


class SideReason(msgspec.Struct, frozen=True):
    """Everything that one side says. `subject` is the pod's workload, or the peer without policies.

    `connections` is what this side alone certainly opens towards the other.
    """

    direction: Direction
    subject: str
    open: bool
    connections: ConnectionSet
    isolated: bool
    chain: str
    steps: tuple[Step, ...]

    @property
    def isolating(self) -> list[Step]:
        """The policies that close the direction unless a rule opens it."""
        return [step for step in self.steps if step.effect == "isolates"]

    @property
    def rules(self) -> list[Step]:
        """The rules looked at."""
        return [step for step in self.steps if step.rule]

    def to_json(self) -> dict[str, Any]:
        """The `egress` or `ingress` object of an explanation."""
        return {
            "side": self.direction.value,
            "subject": self.subject,
            "verdict": "allow" if self.open else "deny",
            "connections": self.connections.to_json(),
            "isolated": self.isolated,
            "chain": self.chain,
            "isolated_by": [
                {"policy": step.policy, "source": step.source, "line": step.line or None}
                for step in self.isolating
            ],
            "steps": [step.to_json() for step in self.steps],
        }


def matched(rule: ResolvedRule, subject: int, peer: int) -> ConnectionSet:
    """What a rule certainly matches between a subject and a peer."""
    return ConnectionSet.union_of(
        piece.connections
        for piece in rule.pieces
        if piece.caveat is None and piece.subjects >> subject & 1 and piece.peers >> peer & 1
    )


def side_reason(
    evaluation: Evaluation, subject: int, peer: int, direction: Direction, port: Port | None
) -> SideReason:
    """What the policies of `subject` say of connections with `peer`, in order of decision."""
    universe = evaluation.universe
    if subject >= universe.first_node:
        return _unmanaged(direction, peer_name(universe, subject), "no policy governs it")
    each = universe.classes[subject]
    name = str(each.workload)
    if each.host_network and not evaluation.profile.hostnet_subject:
        return _unmanaged(direction, name, "host network: no policy governs it")
    policies = evaluation.policies_of(subject, direction)
    if not evaluation.enforces:
        inert = tuple(_not_enforced(policy, direction) for policy in policies)
        return SideReason(direction, name, True, ALL, False, "Not enforced: default Allow", inert)
    side = evaluation.side_of(subject, direction)
    opened = ConnectionSet.union_of(
        connections for connections, caveat in side.with_peer(peer) if caveat is None
    )
    is_open = bool(opened) if port is None else opened.allows(port.protocol, port.number)
    steps: list[Step] = []
    for policy in policies:
        if direction in policy.policy.isolates:
            steps.append(_isolates(policy, direction, name))
        steps += [
            _rule_step(evaluation, policy, rule, subject, peer, port)
            for rule in policy.rules
            if rule.rule.direction is direction
        ]
    chain = _chain(policies, direction, subject, peer, port)
    return SideReason(direction, name, is_open, opened.ported, side.isolated, chain, tuple(steps))


def _unmanaged(direction: Direction, name: str, why: str) -> SideReason:
    return SideReason(direction, name, True, ALL, False, f"Default Allow ({why})", ())


def _step(policy: ResolvedPolicy, rule: str, effect: Effect, text: str) -> Step:
    source = policy.source
    line = source.line_of(f"spec.{rule}") if rule else source.origin.line
    return Step(
        policy.policy.tier.title, source.key, rule, effect, source.origin.source, line, text
    )


def _not_enforced(policy: ResolvedPolicy, direction: Direction) -> Step:
    text = f"{policy.source.name} governs {direction} here, but nothing in the cluster enforces it."
    return _step(policy, "", "not enforced", text)


def _isolates(policy: ResolvedPolicy, direction: Direction, subject: str) -> Step:
    name = policy.source.name
    count = sum(rule.rule.direction is direction for rule in policy.rules)
    tail = "only what a rule opens passes" if count else f"and it has no {direction} rule"
    joint = "so " if count else ""
    text = f"{name} selects {subject.partition('[')[0]} for {direction}, {joint}{tail}."
    return _step(policy, "", "isolates", text)


def _rule_step(
    evaluation: Evaluation,
    policy: ResolvedPolicy,
    rule: ResolvedRule,
    subject: int,
    peer: int,
    port: Port | None,
) -> Step:
    universe = evaluation.universe
    found = matched(rule, subject, peer)
    namespace = policy.source.namespace
    said = ports_phrase(rule.rule.ports)
    whom = peers_phrase(rule.rule, namespace)
    preposition = "from" if rule.rule.direction is Direction.INGRESS else "to"
    does = {Action.ALLOW: "opens", Action.DENY: "closes", Action.PASS: "passes on"}
    opens = f"{rule.rule.path} {does[rule.rule.action]} {said} {preposition} {whom}"
    if found and (port is None or found.allows(port.protocol, port.number)):
        effects: dict[Action, Effect] = {
            Action.ALLOW: "allows",
            Action.DENY: "denies",
            Action.PASS: "passes",
        }
        return _step(policy, rule.rule.path, effects[rule.rule.action], f"{opens}.")
    if found and port is not None:
        why = f"{port.spoken} is not among its ports"
    elif _names_peer(rule, peer) or rule.rule.peers is None:
        destination = subject if rule.rule.direction is Direction.INGRESS else peer
        missing = declared_port(universe, rule.rule.ports, destination)
        target = peer_name(universe, destination)
        why = f"{target} declares no port named {missing}" if missing else "its ports match nothing"
    else:
        why = why_no_peer(policy, rule.rule, peer, universe)
    return _step(policy, rule.rule.path, "does not match", f"{opens}; {why}.")


def _names_peer(rule: ResolvedRule, peer: int) -> bool:
    return any(piece.peers >> peer & 1 for piece in rule.pieces)


def _chain(
    policies: list[ResolvedPolicy],
    direction: Direction,
    subject: int,
    peer: int,
    port: Port | None,
) -> str:
    """The notation of the SIG's walkthroughs: `Admin Pass (x) -> NetworkPolicy Deny (y, …)`."""
    links: list[str] = []
    closed_by: list[str] = []
    passed_from = None
    tier = None
    for policy in policies:
        if policy.policy.tier is not tier:
            if closed_by:
                break
            tier = policy.policy.tier
        if passed_from is tier:
            continue
        if direction in policy.policy.isolates:
            closed_by.append(policy.source.key.partition("/")[2])
        for rule in policy.rules:
            found = matched(rule, subject, peer) if rule.rule.direction is direction else NONE
            if not found or (port is not None and not found.allows(port.protocol, port.number)):
                continue
            where = f"{policy.source.key.partition('/')[2]}, {rule.rule.path}"
            links.append(f"{tier.title} {rule.rule.action.value.capitalize()} ({where})")
            if rule.rule.action is not Action.PASS:
                return " -> ".join(links)
            passed_from = tier
            break
    if closed_by:
        links.append(f"NetworkPolicy Deny ({joined(closed_by)}, no rule matches)")
    else:
        links.append("Default Allow" if policies else "Default Allow (no policy selects it)")
    return " -> ".join(links)
