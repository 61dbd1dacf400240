"""Policies of every tier as plain values, decided for one pod: the seam without any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.labels import EVERYTHING, Requirement, Selector
from policies.evaluator.peers import Universe
from policies.evaluator.policy import (
    Action,
    Caveat,
    Direction,
    PeerClause,
    Policy,
    PortClause,
    Rule,
    Subject,
    Tier,
)
from policies.evaluator.profile import Profile
from policies.evaluator.projection import Projection
from policies.evaluator.resolve import ResolvedPolicy, resolve
from policies.evaluator.side import Side, decide
from policies.evaluator.state import ClusterState, PolicyObject
from tests.support.states import pod, state

__all__ = [
    "FIXTURE",
    "admin",
    "baseline",
    "decided",
    "loose",
    "network_policy",
    "resolved",
    "rule",
    "said",
]

# x/a is the subject; the others are its peers.
FIXTURE = state(pod("x/a"), pod("x/b"), pod("y/a"), pod("z/a"))
Named = tuple[PolicyObject, Policy]


def rule(action: str, whom: str | None = None, *ports: int, direction: str = "ingress") -> Rule:
    """A rule about every pod of a namespace (None: any peer) on TCP ports (none: every port).

    `#h` names the pods of every namespace whose label `hash` is `h`.
    """
    if whom is None:
        peers = None
    elif whom.startswith("#"):
        by_label = Selector((Requirement("hash", "In", (whom[1:],)),))
        peers = (PeerClause("peer", EVERYTHING, by_label),)
    else:
        by_name = Selector((Requirement("kubernetes.io/metadata.name", "In", (whom,)),))
        peers = (PeerClause("peer", by_name),)
    opened = tuple(PortClause("TCP", port, port) for port in ports) or None
    return Rule(Direction(direction), Action(action), f"{direction}[0]", peers, opened)


def _cluster_wide(tier: Tier, priority: int, rules: Sequence[Rule], name: str) -> Named:
    name = name or f"{tier.name.lower()}-{priority}"
    subject = Subject(pods=Selector((Requirement("app", "In", ("a",)),)))
    source = PolicyObject("test/v1", "ClusterPolicy", "", name, {})
    return source, Policy(tier, priority, subject, frozenset(), tuple(rules))


def admin(priority: int, *rules: Rule, name: str = "") -> Named:
    """A policy of the admin tier on every pod with app=a: it isolates nobody (B-12)."""
    return _cluster_wide(Tier.ADMIN, priority, rules, name)


def baseline(priority: int, *rules: Rule, name: str = "") -> Named:
    """The same in the baseline tier."""
    return _cluster_wide(Tier.BASELINE, priority, rules, name)


def loose(*rules: Rule) -> Named:
    """A policy of the baseline tier that has no priority (B.1)."""
    source, policy = _cluster_wide(Tier.BASELINE, 0, rules, "loose")
    return source, msgspec.structs.replace(policy, unordered=True)


def network_policy(
    *rules: Rule,
    types: Sequence[str] = ("ingress",),
    name: str = "np",
    opaque: Sequence[str] = (),
) -> Named:
    """A policy of the middle tier in x that isolates the directions in `types`."""
    source = PolicyObject("test/v1", "NamespacedPolicy", "x", name, {})
    subject = Subject("x", pods=EVERYTHING)
    isolates = frozenset(Direction(each) for each in types)
    hidden = frozenset(Direction(each) for each in opaque)
    return source, Policy(Tier.NETWORKPOLICY, 0, subject, isolates, rules, hidden)


def resolved(
    named: Sequence[Named], cluster: ClusterState = FIXTURE
) -> tuple[Universe, list[ResolvedPolicy]]:
    """The policies in one universe, in order of decision."""
    universe = Universe(cluster, Projection.of(policy for _, policy in named), Profile())
    found = [resolve(source, policy, universe) for source, policy in named]
    return universe, sorted(found, key=lambda each: each.order)


def decided(
    *named: Named,
    direction: str = "ingress",
    cluster: ClusterState = FIXTURE,
    split: bool = True,
) -> tuple[Universe, Side]:
    """The side of x/a, the first pod of the cluster."""
    universe, policies = resolved(named, cluster)
    way = Direction(direction)
    governing = [each for each in policies if each.governs(way) or not split]
    governing = [each for each in governing if (each.subjects | each.maybe) & 1]
    return universe, decide(governing, way, 1, universe.everyone, split=split)


def said(universe: Universe, side: Side) -> Mapping[str, str]:
    """What a side certainly opens with each pod, as text; a caveat is named after it."""
    answers = {}
    for bit in range(1, universe.first_node):
        each = universe.classes[bit]
        sure: ConnectionSet = NONE
        doubts: list[Caveat] = []
        for connections, caveat in side.with_peer(bit):
            if caveat is None:
                sure |= connections
            else:
                doubts.append(caveat)
        text = "all" if sure == ALL else str(sure) if sure else "none"
        answers[f"{each.namespace}/{each.workload.name}"] = " ".join(
            [text, *(f"({doubt.verdict})" for doubt in doubts)]
        )
    return answers
