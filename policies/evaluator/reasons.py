"""One side of an explanation: the policies that govern it, what each rule does, the tiers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec

from policies.evaluator.certainty import ONLY_OVER
from policies.evaluator.chains import chain_text
from policies.evaluator.connections import ALL, IPV4, IPV6, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.peers import Universe
from policies.evaluator.policy import Action, Caveat, Direction
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule, peers_of_rule, unknown_label
from policies.evaluator.veils import hidden_text, hiding, then_unknown
from policies.evaluator.walk import Link, Look, walk
from policies.evaluator.words import declared_port, peer_name, rule_phrase, why_no_peer

__all__ = ["SideReason", "Step", "chain_of", "exempt_side", "links_of", "side_reason"]

Effect = Literal[
    "allows",
    "may allow",
    "denies",
    "may deny",
    "passes",
    "may pass",
    "not reached",
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
    port asked for may be open all the same. `links` are what decides, in order.
    """

    direction: Direction
    subject: str
    open: bool
    connections: ConnectionSet
    isolated: bool
    chain: str
    steps: tuple[Step, ...]
    caveat: Caveat | None = None
    links: tuple[Link, ...] = ()

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


def chain_of(evaluation: Evaluation, look: Look) -> str:
    """What decides a side, in one line: the tiers with the policy and rule that matches.

    Two connections with one chain are decided by the same rules.
    """
    return _chain_of(evaluation, look, links_of(evaluation, look))


def _chain_of(evaluation: Evaluation, look: Look, links: Sequence[Link]) -> str:
    unmanaged = _why_unmanaged(evaluation, look)
    if unmanaged:
        return f"Default Allow ({unmanaged})"
    policies = evaluation.policies_of(look.subject, look.direction)
    if not evaluation.enforces:
        return f"Not enforced: default Allow{then_unknown(hiding(policies, look)[1])}"
    selected = any(look.direction not in each.policy.opaque for each in policies)
    return chain_text(links, look, selected=selected)


def links_of(evaluation: Evaluation, look: Look) -> tuple[Link, ...]:
    """Everything that decides a side between two peers; nothing where no policy has a say."""
    policies = evaluation.policies_of(look.subject, look.direction)
    if not evaluation.enforces:
        policies = hiding(policies, look)[1]
    if _why_unmanaged(evaluation, look) or not (policies or evaluation.enforces):
        return ()
    return walk(policies, look, split=evaluation.profile.np_direction_split)


def _why_unmanaged(evaluation: Evaluation, look: Look) -> str:
    universe, subject = evaluation.universe, look.subject
    if evaluation.policies_of(subject, look.direction):
        return ""
    if universe.name_of(subject) and any(evaluation.policies_of(subject, d) for d in Direction):
        return ""
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
    links = links_of(evaluation, look)
    chain, name = _chain_of(evaluation, look, links), _subject_name(universe, subject)
    if _why_unmanaged(evaluation, look):
        return SideReason(direction, name, True, ALL, False, chain, ())
    policies = evaluation.policies_of(subject, direction)
    wide, narrow = hiding(policies, look)
    hidden = {id(policy) for policy in (*wide, *narrow)}
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
        connections for connections, caveat in side.with_peer(look.peer) if caveat is None
    )
    if look.families != 3:
        opened = opened.over(IPV4 if look.families == 1 else IPV6)
    doubts = [
        caveat
        for connections, caveat in side.with_peer(look.peer)
        if caveat is not None and connections & look.wanted
    ]
    doubt = doubts[0] if doubts else None
    split = _only_over(opened, look)
    if split is not None:
        doubt = doubt or split
        chain = f"{chain} -> Conditional ({split.reason})"
    for policy in policies:
        if id(policy) in hidden:
            steps.append(_step(policy, "", "not evaluated", hidden_text(policy, direction, name)))
        if direction in policy.policy.isolates:
            steps.append(_isolates(policy, direction, name, policy.maybe >> subject & 1 == 1))
        # A rule of the seam may be a part of a written one (B-66).
        of_direction = (rule for rule in policy.rules if rule.rule.direction is direction)
        for _, parts in groupby(of_direction, key=lambda each: each.rule.path):
            steps.append(_rule_step(evaluation, policy, list(parts), look, peer, links))
    return SideReason(
        direction=direction,
        subject=name,
        open=bool(opened & look.wanted) and split is None,
        connections=opened.ported,
        isolated=side.isolated,
        chain=chain,
        steps=tuple(steps),
        caveat=doubt,
        links=links,
    )


def _only_over(opened: ConnectionSet, look: Look) -> Caveat | None:
    """A-70: where a port is open over one address family, and the other is in question as well."""
    if look.port is None or look.families != 3:
        return None
    over = [
        name for name, family in (("IPv4", IPV4), ("IPv6", IPV6)) if opened & look.wanted & family
    ]
    return ONLY_OVER[over[0]] if len(over) == 1 else None


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


_DOES = {Action.ALLOW: "opens", Action.DENY: "closes", Action.PASS: "passes on"}
_EFFECTS: dict[Action, tuple[Effect, Effect]] = {
    Action.ALLOW: ("allows", "may allow"),
    Action.DENY: ("denies", "may deny"),
    Action.PASS: ("passes", "may pass"),
}


def _rule_step(
    evaluation: Evaluation,
    policy: ResolvedPolicy,
    parts: Sequence[ResolvedRule],
    look: Look,
    peer: str,
    links: Sequence[Link],
) -> Step:
    """What one rule does; `parts` are the rules of the seam that it was translated to."""
    rule = parts[0].rule
    opens = f"{rule.path} {_DOES[rule.action]} {rule_phrase(rule, policy.source.namespace)}"
    own = [link for link in links if link.rule == rule.path and link.policies[0] is policy]
    if own:
        doubt = next((link.caveat for link in own if link.caveat), None)
        certain, possible = _EFFECTS[rule.action]
        if any(link.caveat is None for link in own) or doubt is None:
            return _step(policy, rule.path, certain, f"{opens}.")
        return _step(policy, rule.path, possible, f"{opens}; {doubt.reason}.")
    if any(look.sure(part) or any(look.unsure(part)) for part in parts):
        text = f"{opens}; it is not reached, as what comes before it decides."
        return _step(policy, rule.path, "not reached", text)
    why = _why_not(evaluation.universe, policy, parts[0], look, peer)
    return _step(policy, rule.path, "does not match", f"{opens}; {why}.")


def _why_not(
    universe: Universe, policy: ResolvedPolicy, rule: ResolvedRule, look: Look, peer: str
) -> str:
    any_port = msgspec.structs.replace(look, port=None)
    if look.port is not None and any_port.sure(rule):
        return f"{look.port.spoken} is not among its ports"
    if msgspec.structs.replace(any_port, families=3).sure(rule):
        family = "IPv4" if look.families == 1 else "IPv6"
        return f"it names no {family} address of {peer}"
    if any(
        peers >> look.peer & 1 for peers, _, _ in peers_of_rule(rule.rule, policy.policy, universe)
    ):
        ingress = rule.rule.direction is Direction.INGRESS
        destination = look.subject if ingress else look.peer
        missing = declared_port(universe, rule.rule.ports, destination)
        target = peer_name(universe, destination)
        return (
            f"{target} declares no port named {missing}" if missing else "its ports match nothing"
        )
    return why_no_peer(policy, rule.rule, look.peer, universe, peer)
