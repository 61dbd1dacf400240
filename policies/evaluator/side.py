"""One side of a connection: first match through the tiers, over sets of peers and connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.policy import Action, Caveat, Direction, Tier
from policies.evaluator.resolve import Piece, ResolvedPolicy, unknown_label

__all__ = ["OPEN", "Outcome", "Side", "decide"]

Outcome = tuple[int, ConnectionSet, Caveat | None]
"""Peers, what is open with them, and why that is not certain (None: it is)."""

_Parts = dict[ConnectionSet, int]
"""Connections -> peers; a peer is in one part only."""

EVERY_PEER = -1


class Side(msgspec.Struct, frozen=True):
    """What a class lets through in one direction; what no outcome names is denied.

    `isolated` when a policy closes the direction unless a rule opens it (A-02).
    """

    outcomes: tuple[Outcome, ...]
    isolated: bool

    @property
    def reach(self) -> int:
        """Every peer with which anything is open or uncertain."""
        found = 0
        for peers, _, _ in self.outcomes:
            found |= peers
        return found

    @property
    def is_open(self) -> bool:
        """Whether every connection of every peer passes (A-01, A-22)."""
        return self.outcomes == OPEN.outcomes or any(
            peers == EVERY_PEER and connections == ALL and caveat is None
            for peers, connections, caveat in self.outcomes
        )

    def with_peer(self, bit: int) -> Iterator[tuple[ConnectionSet, Caveat | None]]:
        """What is open or uncertain with one peer."""
        for peers, connections, caveat in self.outcomes:
            if peers >> bit & 1:
                yield connections, caveat


# A negative int has every bit set: it is "every peer" of any universe.
OPEN = Side(outcomes=((EVERY_PEER, ALL, None),), isolated=False)


def decide(
    policies: Sequence[ResolvedPolicy],
    direction: Direction,
    members: int,
    everyone: int,
) -> Side:
    """First match through the tiers for classes that the same policies and pieces govern.

    `policies` are in order of decision. After the rules of a tier, a policy of that tier that
    isolates the direction denies the rest (A-02, A-03); no tier decides: allowed (A-01).
    """
    undecided: _Parts = {ALL: everyone}
    decided: dict[Caveat | None, list[tuple[int, ConnectionSet]]] = {}
    isolated = False
    for _, tier in groupby(policies, key=lambda each: each.policy.tier):
        passed: list[tuple[int, ConnectionSet]] = []
        of_tier = list(tier)
        closing = _closing(of_tier, direction, members)
        for action, piece in _steps(of_tier, direction, members):
            undecided, taken = _take(undecided, piece.peers, piece.connections)
            if action is Action.PASS:
                passed += taken
            elif action is Action.ALLOW:
                # A policy that may select the pods opens its rules for certain where nothing else
                # would close them: without it they are open, with it they are opened.
                harmless = closing is not None and closing.caveat is not None
                caveat = piece.caveat or (None if harmless else piece.doubt)
                decided.setdefault(caveat, []).extend(taken)
        if closing is not None:
            isolated = True
            rest = [(peers, connections) for connections, peers in undecided.items()]
            undecided = {}
            if closing.caveat is not None:
                decided.setdefault(closing.caveat, []).extend(rest)
        for peers, connections in passed:
            undecided = _give(undecided, peers, connections)
    decided.setdefault(None, []).extend(
        (peers, connections) for connections, peers in undecided.items()
    )
    return Side(tuple(_outcomes(decided, everyone)), isolated)


def _steps(
    policies: Iterable[ResolvedPolicy], direction: Direction, members: int
) -> Iterator[tuple[Action, Piece]]:
    """The pieces that reach these members, in order; certain ones first where order is free.

    Within the NetworkPolicy tier order does not matter (A-04), so what is certain is settled
    before what is not.
    """
    pieces = [
        (rule.rule.action, piece)
        for policy in policies
        for rule in policy.rules
        if rule.rule.direction is direction
        for piece in rule.pieces
        if piece.subjects & members
    ]
    if any(policy.policy.tier is Tier.NETWORKPOLICY for policy in policies):
        pieces.sort(key=lambda step: bool(step[1].caveat) + bool(step[1].doubt))
    yield from pieces


def _closing(
    policies: Iterable[ResolvedPolicy], direction: Direction, members: int
) -> Piece | None:
    """The closing of a tier: certain if any policy surely isolates, None if none may."""
    uncertain: Piece | None = None
    for policy in policies:
        if direction in policy.policy.isolates:
            if policy.subjects & members:
                return Piece(members, EVERY_PEER, ALL)
            caveat = unknown_label(policy.source.key, "selects")
            uncertain = Piece(members, EVERY_PEER, ALL, caveat)
    return uncertain


def _take(
    parts: _Parts, peers: int, connections: ConnectionSet
) -> tuple[_Parts, list[tuple[int, ConnectionSet]]]:
    """The undecided parts without what a piece matches, and what it matches."""
    left: _Parts = {}
    taken = []
    for undecided, members in parts.items():
        common = members & peers
        matched = undecided & connections if common else NONE
        if matched:
            taken.append((common, matched))
            _put(left, undecided - matched, common)
            members &= ~common
        _put(left, undecided, members)
    return left, taken


def _put(parts: _Parts, connections: ConnectionSet, peers: int) -> None:
    if peers and connections:
        parts[connections] = parts.get(connections, 0) | peers


def _give(parts: _Parts, peers: int, connections: ConnectionSet) -> _Parts:
    """The parts with more connections for some peers, every peer still in one part."""
    more: _Parts = {}
    for held, members in parts.items():
        common = members & peers
        if common:
            _put(more, held | connections, common)
        _put(more, held, members & ~common)
        peers &= ~common
    _put(more, connections, peers)
    return more


def _outcomes(
    decided: dict[Caveat | None, list[tuple[int, ConnectionSet]]], everyone: int
) -> Iterator[Outcome]:
    for caveat, found in decided.items():
        parts: _Parts = {}
        for peers, connections in found:
            parts = _give(parts, peers, connections)
        for connections, peers in parts.items():
            yield (EVERY_PEER if peers == everyone else peers), connections, caveat
