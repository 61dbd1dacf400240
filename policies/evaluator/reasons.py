"""One side of an explanation: the policies that govern it, what each rule does, the tiers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Action, Caveat, Direction
from policies.evaluator.questions import Port
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule, unknown_label
from policies.evaluator.veils import hidden_text, hiding, then_unknown
from policies.evaluator.words import (
    declared_port,
    joined,
    peer_name,
    peers_phrase,
    ports_phrase,
    why_no_peer,
)

__all__ = ["Look", "SideReason", "Step", "chain_of", "exempt_side", "matched", "side_reason"]

Effect = Literal[
    "allows",
    "may allow",
    "denies",
    "passes",
    "isolates",
    "may isolate",
    "does not match",
    "not enforced",
    "not evaluated",
]


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

    `connections` is what this side alone certainly opens towards the other; `caveat` says why the
    port asked for may be open all the same.
    """

    direction: Direction
    subject: str
    open: bool
    connections: ConnectionSet
    isolated: bool
    chain: str
    steps: tuple[Step, ...]
    caveat: Caveat | None = None

    @property
    def verdict(self) -> str:
        """What this side alone says."""
        if self.open:
            return "allow"
        return self.caveat.verdict if self.caveat else "deny"

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
            "verdict": self.verdict,
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
        if not piece.caveat
        and not piece.doubt
        and piece.subjects >> subject & 1
        and piece.peers >> peer & 1
    )


class Look(msgspec.Struct, frozen=True):
    """One side to look at: a subject, its peer, the port asked for, and the address families.

    `families` is 1 (IPv4) or 2 (IPv6) when the question or the two ends leave only one, else 3.
    """

    subject: int
    peer: int
    direction: Direction
    port: Port | None = None
    families: int = 3

    def over_families(self, connections: ConnectionSet) -> ConnectionSet:
        """What of it the question is about."""
        if self.families == 3:
            return connections
        return connections.over(IPV4 if self.families == 1 else IPV6)

    def holds(self, connections: ConnectionSet) -> bool:
        """Whether the port asked for, or anything if none was, is among the connections."""
        if self.port is None:
            return bool(connections)
        return connections.allows(self.port.protocol, self.port.number)

    def matched(self, rule: ResolvedRule) -> ConnectionSet:
        """What a rule of this direction certainly matches."""
        if rule.rule.direction is not self.direction:
            return NONE
        return self.over_families(matched(rule, self.subject, self.peer))

    def doubt_of(self, rule: ResolvedRule) -> Caveat | None:
        """Why it is not certain that a rule matches, where it may."""
        for piece in rule.pieces:
            doubt = piece.caveat or piece.doubt
            meets = piece.subjects >> self.subject & 1 and piece.peers >> self.peer & 1
            if doubt and meets and self.holds(self.over_families(piece.connections)):
                return doubt
        return None


def chain_of(evaluation: Evaluation, look: Look) -> str:
    """What decides a side, in one line: the tiers with the policy and rule that matches.

    Two connections with one chain are decided by the same rules.
    """
    unmanaged = _why_unmanaged(evaluation, look.subject)
    if unmanaged:
        return f"Default Allow ({unmanaged})"
    policies = evaluation.policies_of(look.subject, look.direction)
    wide, narrow = hiding(policies, look)
    if not evaluation.enforces:
        return f"Not enforced: default Allow{then_unknown(narrow)}"
    if wide:
        return then_unknown(wide).removeprefix(" -> ")
    plain = [policy for policy in policies if look.direction not in policy.policy.opaque]
    chain = _chain(plain, look)
    closed = chain.rpartition(" -> ")[2].split(" ")[1] == "Deny"
    return chain if closed else f"{chain}{then_unknown(narrow)}"


def _why_unmanaged(evaluation: Evaluation, subject: int) -> str:
    universe = evaluation.universe
    if subject >= universe.first_node:
        return "no policy governs it"
    if universe.classes[subject].host_network and not evaluation.profile.hostnet_subject:
        return "host network: no policy governs it"
    return ""


def exempt_side(evaluation: Evaluation, look: Look, why: str) -> SideReason:
    """A side on which policies have no say between these two peers, whoever governs them."""
    name = _subject_name(evaluation.universe, look.subject)
    return SideReason(look.direction, name, True, ALL, False, f"Default Allow ({why})", ())


def _subject_name(universe: Universe, subject: int) -> str:
    if subject < universe.first_node:
        return str(universe.classes[subject].workload)
    return peer_name(universe, subject)


def side_reason(evaluation: Evaluation, look: Look, peer_text: str = "") -> SideReason:
    """What the policies of the subject say of connections with the peer, in order of decision.

    `peer_text` is what sentences call a peer outside the cluster: the addresses asked for.
    """
    subject, direction = look.subject, look.direction
    universe = evaluation.universe
    chain, name = chain_of(evaluation, look), _subject_name(universe, subject)
    if _why_unmanaged(evaluation, subject):
        return SideReason(direction, name, True, ALL, False, chain, ())
    policies = evaluation.policies_of(subject, direction)
    wide, narrow = hiding(policies, look)
    steps: list[Step] = []
    if not evaluation.enforces:
        inert = [policy for policy in policies if policy not in narrow]
        steps += (_not_enforced(policy, direction) for policy in inert)
        policies = narrow
    peer = peer_name(universe, look.peer)
    if look.peer >= universe.first_cell and peer_text:
        peer = peer_text
    side = evaluation.side_of(subject, direction)
    opened = ConnectionSet.union_of(
        look.over_families(connections)
        for connections, caveat in side.with_peer(look.peer)
        if caveat is None
    )
    doubts = [
        caveat
        for connections, caveat in side.with_peer(look.peer)
        if caveat is not None and look.holds(look.over_families(connections))
    ]
    for policy in policies:
        if policy in wide or policy in narrow:
            steps.append(_step(policy, "", "not evaluated", hidden_text(policy, direction, name)))
        if direction in policy.policy.isolates:
            steps.append(_isolates(policy, direction, name, policy.maybe >> subject & 1 == 1))
        steps += [
            _rule_step(evaluation, policy, rule, look, peer)
            for rule in policy.rules
            if rule.rule.direction is direction
        ]
    return SideReason(
        direction=direction,
        subject=name,
        open=look.holds(opened),
        connections=opened.ported,
        isolated=side.isolated,
        chain=chain,
        steps=tuple(steps),
        caveat=doubts[0] if doubts else None,
    )


def _step(policy: ResolvedPolicy, rule: str, effect: Effect, text: str) -> Step:
    source = policy.source
    line = source.line_of(f"spec.{rule}") if rule else source.origin.line
    return Step(
        policy.policy.tier.title, source.key, rule, effect, source.origin.source, line, text
    )


def _not_enforced(policy: ResolvedPolicy, direction: Direction) -> Step:
    text = f"{policy.source.name} governs {direction} here, but nothing in the cluster enforces it."
    return _step(policy, "", "not enforced", text)


def _isolates(policy: ResolvedPolicy, direction: Direction, subject: str, maybe: bool) -> Step:
    name = policy.source.name
    if maybe:
        reason = unknown_label(policy.source.key, "selects").reason
        return _step(policy, "", "may isolate", f"{reason[0].upper()}{reason[1:]}.")
    count = sum(rule.rule.direction is direction for rule in policy.rules)
    tail = "only what a rule opens passes" if count else f"and it has no {direction} rule"
    joint = "so " if count else ""
    text = f"{name} selects {subject.partition('[')[0]} for {direction}, {joint}{tail}."
    return _step(policy, "", "isolates", text)


def _rule_step(
    evaluation: Evaluation, policy: ResolvedPolicy, rule: ResolvedRule, look: Look, peer: str
) -> Step:
    found = look.matched(rule)
    namespace = policy.source.namespace
    said = ports_phrase(rule.rule.ports)
    whom = peers_phrase(rule.rule, namespace)
    preposition = "from" if rule.rule.direction is Direction.INGRESS else "to"
    does = {Action.ALLOW: "opens", Action.DENY: "closes", Action.PASS: "passes on"}
    opens = f"{rule.rule.path} {does[rule.rule.action]} {said} {preposition} {whom}"
    if look.holds(found):
        effects: dict[Action, Effect] = {
            Action.ALLOW: "allows",
            Action.DENY: "denies",
            Action.PASS: "passes",
        }
        return _step(policy, rule.rule.path, effects[rule.rule.action], f"{opens}.")
    doubt = look.doubt_of(rule)
    if doubt is not None:
        return _step(policy, rule.rule.path, "may allow", f"{opens}; {doubt.reason}.")
    why = _why_not(evaluation.universe, policy, rule, look, peer)
    return _step(policy, rule.rule.path, "does not match", f"{opens}; {why}.")


def _why_not(
    universe: Universe, policy: ResolvedPolicy, rule: ResolvedRule, look: Look, peer: str
) -> str:
    if look.matched(rule) and look.port is not None:
        return f"{look.port.spoken} is not among its ports"
    if matched(rule, look.subject, look.peer):
        family = "IPv4" if look.families == 1 else "IPv6"
        return f"it names no {family} address of {peer}"
    named = any(piece.peers >> look.peer & 1 for piece in rule.pieces)
    if named or rule.rule.peers is None:
        ingress = rule.rule.direction is Direction.INGRESS
        destination = look.subject if ingress else look.peer
        missing = declared_port(universe, rule.rule.ports, destination)
        target = peer_name(universe, destination)
        return (
            f"{target} declares no port named {missing}" if missing else "its ports match nothing"
        )
    return why_no_peer(policy, rule.rule, look.peer, universe, peer)


def _chain(policies: list[ResolvedPolicy], look: Look) -> str:
    """The notation of the SIG's walkthroughs: `Admin Pass (x) -> NetworkPolicy Deny (y, …)`."""
    links: list[str] = []
    closed_by: list[str] = []
    maybe_by: list[str] = []
    passed_from = None
    tier = None
    for policy in policies:
        if policy.policy.tier is not tier:
            if closed_by or maybe_by:
                break
            tier = policy.policy.tier
        if passed_from is tier:
            continue
        if look.direction in policy.policy.isolates:
            certain = policy.subjects >> look.subject & 1
            (closed_by if certain else maybe_by).append(policy.source.key.partition("/")[2])
        for rule in policy.rules:
            if not look.holds(look.matched(rule)):
                continue
            where = f"{policy.source.key.partition('/')[2]}, {rule.rule.path}"
            links.append(f"{tier.title} {rule.rule.action.value.capitalize()} ({where})")
            if rule.rule.action is not Action.PASS:
                return " -> ".join(links)
            passed_from = tier
            break
    if closed_by:
        links.append(f"NetworkPolicy Deny ({joined(closed_by)}, no rule matches)")
    elif maybe_by:
        links.append(f"NetworkPolicy Unknown ({joined(maybe_by)} may select it)")
    else:
        links.append("Default Allow" if policies else "Default Allow (no policy selects it)")
    return " -> ".join(links)
