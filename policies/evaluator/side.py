"""One side of a connection: first match through the tiers, over sets of peers and connections.

Where something is not certain (a label that only the cluster knows, two policies of one priority)
a connection has several possible results. So what may be opened and what may be closed are
gathered apart: a connection in only one of the two is certain, one in both is not, and a doubt
says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations, groupby, product

import msgspec

from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.policy import Action, Caveat, Direction, Tier
from policies.evaluator.regions import Parts, Region, common, give, merged, take
from policies.evaluator.resolve import Piece, ResolvedPolicy, unknown_label
from policies.evaluator.veils import veiled

__all__ = ["OPEN", "Outcome", "Side", "covers", "decide", "tie"]

Outcome = tuple[int, ConnectionSet, Caveat | None]
"""Peers, what is open with them, and why that is not certain (None: it is)."""

EVERY_PEER = -1


class Side(msgspec.Struct, frozen=True, dict=True):
    """What a class lets through in one direction; what no outcome names is denied.

    `isolated` when a policy closes the direction unless a rule opens it (A-02). `covers`: rules
    that name their peers open everything with all there are, though not with whoever comes.
    """

    outcomes: tuple[Outcome, ...]
    isolated: bool
    covers: bool = False

    @cached_property
    def reach(self) -> int:
        """Every peer with which anything is open or uncertain."""
        found = 0
        for peers, _, _ in self.outcomes:
            found = found | peers if found else peers
        return found

    @property
    def is_guarded(self) -> bool:
        """Whether a policy closes anything here, or may: it isolates the side, or narrows it."""
        return self.isolated or not self.is_open

    @cached_property
    def is_open(self) -> bool:
        """Whether every connection of every peer passes (A-01, A-22)."""
        return (
            self.covers
            or self.outcomes == OPEN.outcomes
            or any(
                peers == EVERY_PEER and connections == ALL and caveat is None
                for peers, connections, caveat in self.outcomes
            )
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
    *,
    room: int = 0,
    split: bool = True,
) -> Side:
    """First match through the tiers for classes that the same policies and pieces govern.

    `policies` are in order of decision. After the rules of a tier, a policy of that tier that
    isolates the direction denies the rest (A-02, A-03); no tier decides: allowed (A-01). `room` are
    peers that may come. Without `split` a NetworkPolicy settles the direction that it leaves alone
    as open (B-24).
    """
    whoever = everyone | room if room else everyone
    plain = [policy for policy in policies if direction not in policy.policy.opaque]
    outcomes, isolated = _through_tiers(plain, direction, members, whoever, split=split)
    if len(plain) < len(policies):
        hidden = [policy for policy in policies if direction in policy.policy.opaque]
        outcomes = veiled(outcomes, hidden, direction, whoever)
    return Side(outcomes, isolated, bool(room) and covers(outcomes, everyone))


def covers(outcomes: Iterable[Outcome], everyone: int) -> bool:
    """Whether everything is open with everyone, though not with whoever comes."""
    return any(
        peers != EVERY_PEER and caveat is None and connections == ALL and not everyone & ~peers
        for peers, connections, caveat in outcomes
    )


def _through_tiers(
    policies: Sequence[ResolvedPolicy],
    direction: Direction,
    members: int,
    whoever: int,
    *,
    split: bool,
) -> tuple[tuple[Outcome, ...], bool]:
    if not policies:
        return OPEN.outcomes, False
    opened = _plainly_opened(policies, direction, members)
    if opened is not None:
        return tuple(_shown(merged(opened), None, whoever)), True
    results = _Results({ALL: whoever})
    isolated = False
    for tier, of_tier in groupby(policies, key=lambda each: each.policy.tier):
        if tier is Tier.NETWORKPOLICY:
            isolated = _network_policies(list(of_tier), direction, members, results)
            if not split and not isolated:
                results.open_the_rest()
            continue
        _ordered(list(of_tier), direction, members, results)
        results.next_tier()
    return tuple(results.outcomes(whoever)), isolated


def tie(one: ResolvedPolicy, other: ResolvedPolicy) -> Caveat:
    """B-25: two policies of one priority that do different things with a connection."""
    first, second = sorted((one.source.key, other.source.key))
    same = "" if one.policy.unordered or other.policy.unordered else " have the same priority, and"
    if same:
        text = f"{first} and {second}{same} which of them comes first is not defined"
    else:
        text = f"which of {first} and {second} comes first is not defined"
    return Caveat("unknown", text)


class _Results:
    """What has been decided so far. `undecided` is all that may not have been matched yet."""

    def __init__(self, undecided: Parts) -> None:
        self.undecided = undecided
        self.found: dict[Action, list[Region]] = {action: [] for action in Action}
        self.doubts: list[tuple[Region, Caveat]] = []

    def doubt(self, regions: Iterable[Region], caveat: Caveat) -> None:
        """Nothing in the regions is certain to be decided as it was found."""
        self.doubts += ((region, caveat) for region in regions)

    def next_tier(self) -> None:
        """What was passed goes on undecided (B-16)."""
        for peers, connections in self.found[Action.PASS]:
            self.undecided = give(self.undecided, peers, connections)
        self.found[Action.PASS] = []

    def open_the_rest(self) -> None:
        """Nothing is left for a later tier."""
        self.found[Action.ALLOW] += _regions(self.undecided)
        self.undecided = {}

    def outcomes(self, everyone: int) -> Iterator[Outcome]:
        """What is open for certain, then what is uncertain by its reason; unknown outweighs."""
        self.open_the_rest()
        sure = merged(self.found[Action.ALLOW])
        unsure: Parts = {}
        if self.doubts:
            for peers, connections in self.found[Action.DENY]:
                sure, both = take(sure, peers, connections)
                for region in both:
                    unsure = give(unsure, *region)
        yield from _shown(sure, None, everyone)
        by_caveat: dict[Caveat, list[Region]] = {}
        for (peers, connections), caveat in sorted(self.doubts, key=_by_weight):
            unsure, taken = take(unsure, peers, connections)
            if taken:
                by_caveat.setdefault(caveat, []).extend(taken)
        for caveat, regions in by_caveat.items():
            yield from _shown(merged(regions), caveat, everyone)


def _by_weight(doubt: tuple[Region, Caveat]) -> tuple[bool, str]:
    """Unknown first; then by the words, as the order of peers means nothing (H.2)."""
    return doubt[1].verdict == "conditional", doubt[1].reason


def _shown(parts: Parts, caveat: Caveat | None, everyone: int) -> list[Outcome]:
    return [
        (EVERY_PEER if peers == everyone else peers, connections, caveat)
        for connections, peers in parts.items()
    ]


def _regions(parts: Parts) -> list[Region]:
    return [(peers, connections) for connections, peers in parts.items()]


def _steps(
    policy: ResolvedPolicy, direction: Direction, members: int
) -> Iterator[tuple[Action, Piece]]:
    """The pieces of a policy that reach these members, in the order of its rules."""
    for rule in policy.rules:
        if rule.rule.direction is direction:
            for piece in rule.pieces:
                if piece.subjects & members:
                    yield rule.rule.action, piece


def _network_policies(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int, results: _Results
) -> bool:
    """The tier without order (A-03, A-04); whether it closes, or may close, the direction."""
    closing = [policy for policy in policies if direction in policy.policy.isolates]
    closed = any(policy.subjects & members for policy in closing)
    uncertain = []
    for policy in policies:
        for _, piece in _steps(policy, direction, members):
            if piece.caveat or piece.doubt:
                uncertain.append(piece)
                continue
            results.undecided, taken = take(results.undecided, piece.peers, piece.connections)
            results.found[Action.ALLOW] += taken
    for piece in uncertain:
        matched = list(common([(piece.peers, piece.connections)], results.undecided))
        results.found[Action.ALLOW] += matched
        for caveat in filter(None, (piece.caveat, piece.doubt)):
            results.doubt(matched, caveat)
    if closed:
        results.found[Action.DENY] += _regions(results.undecided)
        results.undecided = {}
        return True
    for policy in closing:
        # Where it selects the pods, it opens its rules and closes the rest; where not, neither.
        rest = results.undecided
        for _, piece in _steps(policy, direction, members):
            if not piece.caveat:
                rest, _ = take(rest, piece.peers, piece.connections)
        results.found[Action.DENY] += _regions(rest)
        results.doubt(_regions(rest), unknown_label(policy.source.key, "selects"))
    return bool(closing)


def _plainly_opened(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int
) -> list[Region] | None:
    """What is open where NetworkPolicies alone decide, one of them closes the rest, and nothing is
    uncertain: what their rules open, all together. None where it is not as plain as that."""
    closed = False
    opened: list[Region] = []
    for resolved in policies:
        policy = resolved.policy
        if policy.tier is not Tier.NETWORKPOLICY:
            return None
        if not closed and direction in policy.isolates and resolved.subjects & members:
            closed = True
        for rule in resolved.rules:
            if rule.rule.direction is not direction:
                continue
            for piece in rule.pieces:
                if piece.subjects & members:
                    if rule.rule.action is not Action.ALLOW or piece.caveat or piece.doubt:
                        return None
                    opened.append((piece.peers, piece.connections))
    return opened if closed else None


_Found = tuple[ResolvedPolicy, dict[Action, list[Region]]]


def _ordered(
    policies: Sequence[ResolvedPolicy], direction: Direction, members: int, results: _Results
) -> None:
    """A tier with priorities (B-11). One without a priority may stand before or after all."""
    before = results.undecided
    ranked: list[_Found] = []
    for _, level in groupby(
        (each for each in policies if not each.policy.unordered),
        key=lambda each: each.policy.priority,
    ):
        found = _level(list(level), direction, members, results.undecided, results)
        _doubt_ties(combinations(found, 2), results)
        ranked += found
    loose = [each for each in policies if each.policy.unordered]
    _doubt_ties(product(_level(loose, direction, members, before, results), ranked), results)


def _level(
    policies: Sequence[ResolvedPolicy],
    direction: Direction,
    members: int,
    undecided: Parts,
    results: _Results,
) -> list[_Found]:
    """What policies of one priority find: each in the order of its rules, none before another."""
    each_found: list[_Found] = []
    for policy in policies:
        found, surely = _first_match(policy, direction, members, undecided, results)
        each_found.append((policy, found))
        for peers, connections in surely:
            results.undecided, _ = take(results.undecided, peers, connections)
    return each_found


def _doubt_ties(pairs: Iterable[tuple[_Found, _Found]], results: _Results) -> None:
    """B-25: where two policies do different things and nothing says which comes first."""
    for (one, mine), (other, theirs) in pairs:
        undefined = tie(one, other)
        for action, regions in mine.items():
            others = [
                region for act, found in theirs.items() if act is not action for region in found
            ]
            results.doubt(common(others, merged(regions)), undefined)


def _first_match(
    policy: ResolvedPolicy,
    direction: Direction,
    members: int,
    undecided: Parts,
    results: _Results,
) -> tuple[dict[Action, list[Region]], list[Region]]:
    """What one policy finds, by action, and what of it is certain to be matched."""
    found: dict[Action, list[Region]] = {action: [] for action in Action}
    surely: list[Region] = []
    for action, piece in _steps(policy, direction, members):
        if piece.caveat:
            taken = list(common([(piece.peers, piece.connections)], undecided))
            results.doubt(taken, piece.caveat)
        else:
            undecided, taken = take(undecided, piece.peers, piece.connections)
            if piece.doubt:
                results.doubt(taken, piece.doubt)
            else:
                surely += taken
        found[action] += taken
        results.found[action] += taken
    return found, surely
