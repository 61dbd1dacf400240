"""What is said of a change: on which side it happened, by which policy and rule, and where it
stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.profile import Profile
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.slots import Slot
from policies.evaluator.walk import Link
from policies.evaluator.words import rule_phrase

__all__ = [
    "Reason",
    "View",
    "between_views",
    "enforced_otherwise",
    "of_workload",
    "read_otherwise",
    "uncertain",
]


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


class View(msgspec.Struct, frozen=True, dict=True):
    """One side of the flow in one of the two evaluations, with everything that decides it."""

    direction: Direction
    links: tuple[Link, ...]

    def doing(self, action: Action) -> list[Link]:
        """The links with an action that are certain."""
        return [each for each in self.links if each.action is action and each.caveat is None]

    @cached_property
    def opened(self) -> ConnectionSet:
        """What this side certainly lets through; everything where no policy has a say."""
        if not self.links:
            return ALL
        opened = ConnectionSet.union_of(each.connections for each in self.doing(Action.ALLOW))
        return opened - self.doubted

    @cached_property
    def doubted(self) -> ConnectionSet:
        """What a link that is not certain may decide."""
        return ConnectionSet.union_of(
            each.connections for each in self.links if each.caveat is not None
        )


def enforced_otherwise(before: Evaluation, after: Evaluation) -> tuple[Reason, ...]:
    """Where nothing enforces policies on one side (A-120), that is the reason of every change."""
    if before.enforces == after.enforces:
        return ()
    when = "before" if not before.enforces else "after"
    evaluation = after if before.enforces else before
    text = f"Nothing enforces policies {when} the change: {evaluation.enforcement.evidence}."
    return (Reason("", "enforcement changed", "", "", "", 0, text),)


def read_otherwise(before: Profile, after: Profile) -> Iterator[Reason]:
    """The flags by which the two read policies differently: any change may come of them alone."""
    for name in Profile.__struct_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if was != now and name != "np_enforced":
            text = f"Policies are read with {name} {_yes(was)} before and {_yes(now)} after."
            yield Reason("", "read differently", "", "", "", 0, text)


def _yes(flag: bool) -> str:
    return "true" if flag else "false"


def of_workload(slot: Slot, effect: str, when: str) -> Reason:
    """A workload that exists only before or after."""
    return Reason("", effect, "", "", "", 0, f"{slot.text} exists only {when} the change.")


def uncertain() -> Reason:
    """Where nothing else is known to have changed."""
    text = "How certain the answer is changed: see the explanation of the pair."
    return Reason("", "certainty changed", "", "", "", 0, text)


def between_views(was: View, now: View) -> Iterator[Reason]:
    """What makes one side of a flow another one."""
    yield from _gained(was, now)
    yield from _lost(was, now)
    yield from _doubted(was, now)


def _gained(was: View, now: View) -> Iterator[Reason]:
    """What is open only after: the rules that open it, or what no longer closes it."""
    gained = now.opened - was.opened
    if not gained:
        return
    yield from _rules(now, gained, Action.PASS, "passed on by", unless=was)
    opening = list(_rules(now, gained, Action.ALLOW, "allowed by"))
    yield from opening
    for link in _deciding(was, gained, Action.DENY):
        if link.rule:
            yield _rule(link, now.direction, "no longer denied by", "closed")
        elif not opening:
            for policy in link.policies:
                text = (
                    f"{policy.source.name} no longer isolates the {now.direction} of the pods it"
                    " selected."
                )
                yield _reason(now.direction, "no longer isolated by", policy, "", text)


def _lost(was: View, now: View) -> Iterator[Reason]:
    """What is open only before: the rules that close it, or what no longer opens it."""
    lost = (was.opened | was.doubted) - now.opened - now.doubted
    if not lost:
        return
    yield from _rules(now, lost, Action.PASS, "passed on by", unless=was)
    closing = list(_rules(now, lost, Action.DENY, "denied by"))
    yield from closing
    opened = _deciding(was, lost, Action.ALLOW)
    if not closing:
        yield from _rules(was, lost, Action.ALLOW, "no longer allowed by")
    known = {policy.source.key for link in was.links if not link.rule for policy in link.policies}
    known |= {link.policies[0].source.key for link in opened if link.tier is Tier.NETWORKPOLICY}
    by_rule = bool(opened) and all(link.tier is Tier.NETWORKPOLICY for link in opened)
    for link in _deciding(now, lost, Action.DENY):
        if link.rule or by_rule:
            continue
        fresh = [each for each in link.policies if each.source.key not in known]
        for policy in fresh or link.policies:
            text = (
                f"{policy.source.name} selects the pods for {now.direction}, and no rule opens "
                f"{_ports(lost)} any more."
            )
            yield _reason(now.direction, "isolated by", policy, "", text)


def _doubted(was: View, now: View) -> Iterator[Reason]:
    """What makes uncertain only after, or only before."""
    for view, other, effect in (
        (now, was, "uncertain by"),
        (was, now, "no longer uncertain by"),
    ):
        known = {each.caveat for each in other.links}
        for link in view.links:
            if link.caveat is not None and link.caveat not in known:
                reason = link.caveat.reason
                text = f"{reason[0].upper()}{reason[1:]}."
                if view is was:
                    text = f"No longer: {reason}."
                yield _reason(view.direction, effect, link.policies[0], link.rule, text)


def _ports(connections: ConnectionSet) -> str:
    text = str(connections.ported)
    return "these connections" if text == "All Connections" else text.replace(",", ", ")


def _deciding(view: View, wanted: ConnectionSet, action: Action) -> list[Link]:
    return [link for link in view.doing(action) if link.connections & wanted]


_VERBS = {Action.ALLOW: "opens", Action.DENY: "closes", Action.PASS: "passes on"}


def _rules(
    view: View, wanted: ConnectionSet, action: Action, effect: str, unless: View | None = None
) -> Iterator[Reason]:
    """The rules that decide any of the connections wanted, but for those that did `unless`."""
    known = {
        (link.policies[0].source.key, link.rule)
        for link in (unless.doing(action) if unless else ())
        if link.rule
    }
    for link in _deciding(view, wanted, action):
        if link.rule and (link.policies[0].source.key, link.rule) not in known:
            verb = "opened" if effect == "no longer allowed by" else _VERBS[action]
            yield _rule(link, view.direction, effect, verb)


def _rule(link: Link, direction: Direction, effect: str, verb: str) -> Reason:
    policy = link.policies[0]
    rule = next(each.rule for each in policy.rules if each.rule.path == link.rule)
    text = f"{policy.source.name} {link.rule} {verb} {rule_phrase(rule, policy.source.namespace)}."
    return _reason(direction, effect, policy, link.rule, text)


def _reason(
    direction: Direction, effect: str, policy: ResolvedPolicy, rule: str, text: str
) -> Reason:
    source = policy.source
    line = source.line_of(f"spec.{rule}") if rule else source.origin.line
    return Reason(direction.value, effect, source.key, rule, source.origin.source, line, text)
