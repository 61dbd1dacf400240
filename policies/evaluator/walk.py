"""One pair of peers through the tiers of one side: what decides which of its connections.

The engine decides for sets of peers and keeps no reasons. Here a single subject and peer are
followed again, and every rule that decides something is kept as a `Link`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, ConnectionSet
from policies.evaluator.policy import Action, Caveat, Direction, Tier
from policies.evaluator.questions import Port
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule, unknown_label
from policies.evaluator.side import tie
from policies.evaluator.veils import hidden_links

__all__ = ["Link", "Look", "walk"]


class Link(msgspec.Struct, frozen=True):
    """What decides some of the connections asked for.

    `rule` empty: the policies as a whole, which close what no rule opens (A-03), or without
    policies the default (A-01). With a caveat it only may decide them.
    """

    tier: Tier | None
    action: Action
    policies: tuple[ResolvedPolicy, ...]
    rule: str
    connections: ConnectionSet
    caveat: Caveat | None = None


class Look(msgspec.Struct, frozen=True):
    """One side to look at: a subject, its peer, the port asked for, and the address families.

    `families` is 1 (IPv4) or 2 (IPv6) when the question or the two ends leave only one, else 3.
    """

    subject: int
    peer: int
    direction: Direction
    port: Port | None = None
    families: int = 3

    @property
    def wanted(self) -> ConnectionSet:
        """Every connection that the question is about."""
        whole = ALL
        if self.port is not None:
            whole = self.port.connections
        if self.families == 3:
            return whole
        return whole & (IPV4 if self.families == 1 else IPV6)

    def sure(self, rule: ResolvedRule) -> ConnectionSet:
        """What of the question a rule certainly matches."""
        if rule.rule.direction is not self.direction:
            return NONE
        return self.wanted & ConnectionSet.union_of(
            piece.connections
            for piece in rule.pieces
            if not piece.caveat
            and not piece.doubt
            and piece.subjects >> self.subject & 1
            and piece.peers >> self.peer & 1
        )

    def unsure(self, rule: ResolvedRule) -> Iterator[tuple[ConnectionSet, Caveat, bool]]:
        """What it may match, why it may not, and whether it does if its policy selects the pod."""
        for piece in rule.pieces:
            doubt = piece.caveat or piece.doubt
            meets = piece.subjects >> self.subject & 1 and piece.peers >> self.peer & 1
            if doubt and meets and rule.rule.direction is self.direction:
                matched = self.wanted & piece.connections
                if matched:
                    yield matched, doubt, piece.caveat is None


def walk(policies: Sequence[ResolvedPolicy], look: Look, *, split: bool = True) -> tuple[Link, ...]:
    """The links of a side, in order of decision; together they cover all that is asked for.

    `policies` govern the side, in order of decision. `split` as in `side.decide` (B-24).
    """
    hidden, why, reach = hidden_links(policies, look)
    policies = [each for each in policies if look.direction not in each.policy.opaque]
    if hidden and not hidden[0].policy.veil.narrows:
        return (Link(Tier.NETWORKPOLICY, Action.DENY, hidden, "", look.wanted, why),)
    links: list[Link] = []
    undecided = look.wanted
    for tier, of_tier in groupby(policies, key=lambda each: each.policy.tier):
        if not undecided:
            break
        if tier is Tier.NETWORKPOLICY:
            undecided = _network_policies(list(of_tier), look, undecided, links, split)
            continue
        found = _ordered(list(of_tier), look, undecided)
        links += (link for link, _ in found)
        undecided -= ConnectionSet.union_of(link.connections for link, sure in found if sure)
        undecided |= ConnectionSet.union_of(
            link.connections for link, _ in found if link.action is Action.PASS
        )
    if undecided:
        links.append(Link(None, Action.ALLOW, (), "", undecided))
    opened = ConnectionSet.union_of(
        link.connections for link in links if link.action is Action.ALLOW
    )
    if opened & reach:
        # A layer of its own may refuse what the tiers open (E-13).
        links.append(Link(Tier.NETWORKPOLICY, Action.DENY, hidden, "", opened & reach, why))
    return tuple(links)


def _network_policies(
    policies: Sequence[ResolvedPolicy],
    look: Look,
    undecided: ConnectionSet,
    links: list[Link],
    split: bool,
) -> ConnectionSet:
    """The tier without order (A-03, A-04); gives what is left for the next tier."""
    closing = [policy for policy in policies if look.direction in policy.policy.isolates]
    closed = [policy for policy in closing if policy.subjects >> look.subject & 1]
    opened = NONE
    may_open: dict[str, ConnectionSet] = {}
    for policy in policies:
        for rule in policy.rules:
            for matched, caveat, _ in _matches(rule, look):
                share = matched & undecided
                if not share:
                    continue
                links.append(_link(policy, Action.ALLOW, rule.rule.path, share, caveat))
                if caveat is None:
                    opened |= share
                else:
                    key = policy.source.key
                    may_open[key] = may_open.get(key, NONE) | share
    rest = undecided - opened
    if closed:
        if rest:
            links.append(Link(Tier.NETWORKPOLICY, Action.DENY, tuple(closed), "", rest))
        return NONE
    for policy in closing:
        left = rest - may_open.get(policy.source.key, NONE)
        if left:
            caveat = unknown_label(policy.source.key, "selects")
            links.append(_link(policy, Action.DENY, "", left, caveat))
    if not split and not closing:
        if rest:
            links.append(Link(Tier.NETWORKPOLICY, Action.ALLOW, tuple(policies), "", rest))
        return NONE
    return rest


_Found = list[tuple[Link, bool]]
"""Links, and of each whether something surely decides what is in it."""


def _ordered(policies: Sequence[ResolvedPolicy], look: Look, undecided: ConnectionSet) -> _Found:
    """A tier with priorities (B-11). One without a priority may stand before or after all."""
    loose = [
        item
        for policy in policies
        if policy.policy.unordered
        for item in _first_match(policy, look, undecided)
    ]
    ranked: _Found = []
    for _, level in groupby(
        (each for each in policies if not each.policy.unordered),
        key=lambda each: each.policy.priority,
    ):
        found = [item for policy in level for item in _first_match(policy, look, undecided)]
        ranked += _tied(found, found)
        undecided -= ConnectionSet.union_of(link.connections for link, sure in found if sure)
    return [*_tied(ranked, loose), *_tied(loose, ranked)]


def _tied(found: _Found, others: _Found) -> _Found:
    """The links, divided where one of the others does something else and might come first
    (B-25)."""
    tied: _Found = []
    for link, sure in found:
        rest = link.connections
        for other, _ in others:
            both = rest & other.connections
            if both and other.action is not link.action and other.policies != link.policies:
                caveat = link.caveat or tie(link.policies[0], other.policies[0])
                tied.append((msgspec.structs.replace(link, connections=both, caveat=caveat), sure))
                rest -= both
        if rest:
            tied.append((msgspec.structs.replace(link, connections=rest), sure))
    return tied


def _first_match(
    policy: ResolvedPolicy, look: Look, undecided: ConnectionSet
) -> Iterator[tuple[Link, bool]]:
    for rule in policy.rules:
        for matched, caveat, selected in _matches(rule, look):
            share = matched & undecided
            if share:
                link = _link(policy, rule.rule.action, rule.rule.path, share, caveat)
                yield link, caveat is None
                if caveat is None or selected:
                    undecided -= share


def _matches(rule: ResolvedRule, look: Look) -> Iterator[tuple[ConnectionSet, Caveat | None, bool]]:
    """What a rule matches for certain, then what it may match as in `Look.unsure`."""
    sure = look.sure(rule)
    if sure:
        yield sure, None, True
    yield from look.unsure(rule)


def _link(
    policy: ResolvedPolicy,
    action: Action,
    rule: str,
    connections: ConnectionSet,
    caveat: Caveat | None,
) -> Link:
    return Link(policy.policy.tier, action, (policy,), rule, connections, caveat)
