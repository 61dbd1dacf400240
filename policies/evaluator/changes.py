"""Reasons of a change: on which side it happened, by which policy and rule, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.bits import mask_of
from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.profile import Profile
from policies.evaluator.reasons import links_of
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.slots import ABSENT, Slot
from policies.evaluator.walk import Link, Look
from policies.evaluator.words import rule_phrase

__all__ = ["Reason", "Reasons", "change_reasons"]


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


class _View(msgspec.Struct, frozen=True, dict=True):
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


_Views = tuple[_View, _View]
_SAME: _Views = (_View(Direction.INGRESS, ()),) * 2
"""A side that the change leaves alone."""


class Reasons:
    """Why pairs of slots differ between two evaluations.

    A side looks the same to every peer that the same rules meet: what follows of it is worked out
    once for all of them, however many pairs change.
    """

    def __init__(self, before: Evaluation, after: Evaluation) -> None:
        self._before, self._after = _Sides(before), _Sides(after)
        self._everywhere = _enforced_otherwise(before, after)
        self._flags = tuple(_read_otherwise(before.profile, after.profile))
        self._moved: dict[Direction, int] | None = None
        if before.universe is after.universe:
            self._moved = {each: _governed_otherwise(before, after, each) for each in Direction}
        self._known: dict[tuple[int, int], tuple[Reason, ...]] = {}
        self._sides: dict[int, tuple[Reason, ...]] = {}
        self._entering: dict[tuple[int, int], _Toward] = {}
        self._leaving: dict[tuple[int, int], _Toward] = {}

    def of(self, source: Slot, destination: Slot) -> tuple[Reason, ...]:
        """Why a pair differs; never empty for a real change."""
        reasons: list[Reason] = []
        for slot in (source, destination):
            if slot.before == ABSENT:
                reasons.append(_workload(slot, "new workload", "exists only after the change"))
            if slot.after == ABSENT:
                reasons.append(_workload(slot, "workload removed", "exists only before the change"))
        if reasons:
            return tuple(reasons)
        if self._everywhere:
            return self._everywhere
        out = self._toward(source, Direction.EGRESS)
        into = self._toward(destination, Direction.INGRESS)
        return self._between(
            _SAME if out is None else out.views(destination),
            _SAME if into is None else into.views(source),
        )

    def _between(self, egress: _Views, ingress: _Views) -> tuple[Reason, ...]:
        # Views are kept with their sides, so their identities stand for what they hold.
        key = (id(egress), id(ingress))
        found = self._known.get(key)
        if found is None:
            gathered = dict.fromkeys(
                (*self._flags, *self._of_side(egress), *self._of_side(ingress))
            )
            found = self._known[key] = tuple(gathered) or (_uncertain(),)
        return found

    def _of_side(self, views: _Views) -> tuple[Reason, ...]:
        found = self._sides.get(id(views))
        if found is None:
            found = self._sides[id(views)] = tuple(_between(*views))
        return found

    def each(self, pairs: Iterable[tuple[Slot, Slot]]) -> list[tuple[Reason, ...]]:
        """Why each of many pairs differs; their slots are kept by what they were found in."""
        found = []
        known = self._known
        leaving: dict[int, _Toward | None] = {}
        entering: dict[int, _Toward | None] = {}
        for source, destination in pairs:
            start, end = id(source), id(destination)
            if start not in leaving:
                if self._everywhere or ABSENT in (source.before, source.after):
                    found.append(self.of(source, destination))
                    continue
                leaving[start] = self._toward(source, Direction.EGRESS)
            if end not in entering:
                if ABSENT in (destination.before, destination.after):
                    found.append(self.of(source, destination))
                    continue
                entering[end] = self._toward(destination, Direction.INGRESS)
            out, into = leaving[start], entering[end]
            egress = _SAME if out is None else out.views(destination)
            ingress = _SAME if into is None else into.views(source)
            found.append(known.get((id(egress), id(ingress))) or self._between(egress, ingress))
        return found

    def _toward(self, subject: Slot, direction: Direction) -> _Toward | None:
        """A side of a subject; None where the very same policies decide it in both."""
        if self._moved is not None and not self._moved[direction] >> subject.after & 1:
            return None
        known = self._entering if direction is Direction.INGRESS else self._leaving
        key = (subject.before, subject.after)
        found = known.get(key)
        if found is None:
            found = known[key] = _Toward(
                self._before, self._after, subject, direction, self._moved is not None
            )
        return found


def _governed_otherwise(before: Evaluation, after: Evaluation, direction: Direction) -> int:
    """The peers of one universe that are not governed by the very same policies in both."""
    was, now = before.governing[direction], after.governing[direction]
    return mask_of(
        bit
        for bit in was.differing(now)
        if list(map(id, was.get(bit, ()))) != list(map(id, now.get(bit, ())))
    )


class _Toward:
    """A side of one subject in both evaluations, one for all peers that the same rules meet."""

    def __init__(
        self,
        before: _Sides,
        after: _Sides,
        subject: Slot,
        direction: Direction,
        one_universe: bool,
    ) -> None:
        self._sides = before, after
        self._subject, self._direction = subject, direction
        self._was = before.cuts_of(subject.before, direction)
        self._now = after.cuts_of(subject.after, direction)
        if one_universe:
            # A peer has the same place in both: what cut it before need not cut it again.
            self._now = tuple(set(self._now).difference(self._was))
        self._views: dict[int, _Views] = {}

    def views(self, peer: Slot) -> _Views:
        """The side before and after."""
        was, now = peer.before, peer.after
        met = 0
        for cut in self._was:
            met = met << 1 | cut >> was & 1
        for cut in self._now:
            met = met << 1 | cut >> now & 1
        found = self._views.get(met)
        if found is None:
            before, after = self._sides
            found = self._views[met] = (
                before.view(self._subject.before, was, self._direction),
                after.view(self._subject.after, now, self._direction),
            )
        return found


class _Sides:
    """The sides of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def view(self, subject: int, peer: int, direction: Direction) -> _View:
        """The side of a subject towards a peer."""
        return _View(direction, links_of(self._evaluation, Look(subject, peer, direction)))

    def policies_of(self, subject: int, direction: Direction) -> Sequence[ResolvedPolicy]:
        """The policies that govern a subject, in order of decision."""
        return self._evaluation.governing[direction].get(subject, ())

    def cuts_of(self, subject: int, direction: Direction) -> tuple[int, ...]:
        """Every set of peers that a policy of the subject tells from the others."""
        policies = self.policies_of(subject, direction)
        cuts = {
            piece.peers
            for policy in policies
            for rule in policy.rules
            if rule.rule.direction is direction
            for piece in rule.pieces
            if piece.subjects >> subject & 1
        }
        cuts.update(policy.veiled[0] for policy in policies)
        return tuple(cuts)


def change_reasons(
    before: Evaluation, after: Evaluation, source: Slot, destination: Slot
) -> tuple[Reason, ...]:
    """Why one pair of slots differs; see `Reasons`, which is for many."""
    return Reasons(before, after).of(source, destination)


def _enforced_otherwise(before: Evaluation, after: Evaluation) -> tuple[Reason, ...]:
    """Where nothing enforces policies on one side (A-120), that is the reason of every change."""
    if before.enforces == after.enforces:
        return ()
    when = "before" if not before.enforces else "after"
    evaluation = after if before.enforces else before
    text = f"Nothing enforces policies {when} the change: {evaluation.enforcement.evidence}."
    return (Reason("", "enforcement changed", "", "", "", 0, text),)


def _read_otherwise(before: Profile, after: Profile) -> Iterator[Reason]:
    """The flags by which the two read policies differently: any change may come of them alone."""
    for name in Profile.__struct_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if was != now and name != "np_enforced":
            text = f"Policies are read with {name} {_yes(was)} before and {_yes(now)} after."
            yield Reason("", "read differently", "", "", "", 0, text)


def _yes(flag: bool) -> str:
    return "true" if flag else "false"


def _workload(slot: Slot, effect: str, text: str) -> Reason:
    return Reason("", effect, "", "", "", 0, f"{slot.text} {text}.")


def _uncertain() -> Reason:
    text = "How certain the answer is changed: see the explanation of the pair."
    return Reason("", "certainty changed", "", "", "", 0, text)


def _between(was: _View, now: _View) -> Iterator[Reason]:
    yield from _gained(was, now)
    yield from _lost(was, now)
    yield from _doubted(was, now)


def _gained(was: _View, now: _View) -> Iterator[Reason]:
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


def _lost(was: _View, now: _View) -> Iterator[Reason]:
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


def _doubted(was: _View, now: _View) -> Iterator[Reason]:
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


def _deciding(view: _View, wanted: ConnectionSet, action: Action) -> list[Link]:
    return [link for link in view.doing(action) if link.connections & wanted]


_VERBS = {Action.ALLOW: "opens", Action.DENY: "closes", Action.PASS: "passes on"}


def _rules(
    view: _View, wanted: ConnectionSet, action: Action, effect: str, unless: _View | None = None
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
