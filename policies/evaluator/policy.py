"""The seam: what a policy kind must say of a policy so that the engine can decide with it.

A kind validates its objects and translates them to `Policy`: tiers of ordered rules in which
subjects and peers are selectors and address blocks. The engine resolves and decides; it knows no
kind, and a kind knows neither classes nor bits.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from policies.evaluator.labels import EVERYTHING, Selector

if TYPE_CHECKING:
    from policies.evaluator.fields import Cursor
    from policies.evaluator.state import PolicyObject

__all__ = [
    "Action",
    "Caveat",
    "Direction",
    "PeerClause",
    "Policy",
    "PolicyKind",
    "PortClause",
    "Rule",
    "Subject",
    "Tier",
    "Veil",
]


class Direction(enum.StrEnum):
    """Seen from the selected pod."""

    INGRESS = "ingress"
    EGRESS = "egress"

    @property
    def flag(self) -> str:
        """The word of policyTypes."""
        return self.value.capitalize()


class Action(enum.StrEnum):
    """What a matching rule does; PASS leaves the rest of its tier (B-16)."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"


class Tier(enum.IntEnum):
    """Order of decision per side and direction (semantics B-10)."""

    ADMIN = 0
    NETWORKPOLICY = 1
    BASELINE = 2

    @property
    def title(self) -> str:
        """The word used in explanations."""
        return {Tier.ADMIN: "Admin", Tier.NETWORKPOLICY: "NetworkPolicy"}.get(self, "Baseline")


class Caveat(msgspec.Struct, frozen=True, order=True):
    """Why a verdict is not a plain allow or deny (M-05)."""

    verdict: Literal["conditional", "unknown"]
    reason: str


class PeerClause(msgspec.Struct, frozen=True):
    """One entry of `from` or `to`: pods by selectors, addresses by block, cluster nodes by labels,
    or addresses by the names that resolve to them; always just one of these.

    `namespaces` None means the policy's own namespace. `cidr`, `nodes` and `domains` empty mean
    pods.
    """

    path: str
    namespaces: Selector | None = None
    pods: Selector = EVERYTHING
    cidr: str = ""
    excepts: tuple[str, ...] = ()
    nodes: Selector | None = None
    domains: tuple[str, ...] = ()


class PortClause(msgspec.Struct, frozen=True, cache_hash=True):
    """One entry of `ports`: a named port (`name`), or numbers `low` to `high` of a protocol.

    `protocol` empty with a name is whatever protocol the destination declares for it (B-62, B-64).
    `endport`: `high` was given as an endPort, which some plugins ignore (A-79).
    """

    protocol: str
    low: int = 1
    high: int = 65535
    name: str = ""
    endport: bool = False


class Rule(msgspec.Struct, frozen=True):
    """One rule. `peers` None is any peer, external addresses and nodes included; `ports` None is
    every port and protocol. `path` is the rule's field (`ingress[0]`)."""

    direction: Direction
    action: Action
    path: str
    peers: tuple[PeerClause, ...] | None
    ports: tuple[PortClause, ...] | None


class Subject(msgspec.Struct, frozen=True):
    """The pods a policy selects; `namespace` set means that namespace only.

    `nodes` set: it is the cluster nodes with these labels instead, with what runs on their network
    (D-02); `node` is the one node meant, empty for any. Only an opaque policy governs nodes.
    """

    namespace: str = ""
    namespaces: Selector = EVERYTHING
    pods: Selector = EVERYTHING
    nodes: Selector | None = None
    node: str = ""


class Veil(msgspec.Struct, frozen=True):
    """How far an opaque policy reaches in its directions; by default to everything.

    `narrows`: it only refuses what others let through, as a layer on top of them (E, H-36).
    `outside`: pods as peers are no business of it. `ports`: it speaks of these only.
    """

    narrows: bool = False
    outside: bool = False
    ports: tuple[PortClause, ...] | None = None


class Policy(msgspec.Struct, frozen=True):
    """A policy, translated.

    `isolates`: directions closed for the subject unless a rule opens them, decided after every
    rule of the tier. Rules are in list order; `priority` is ascending (B-11), and policies of one
    priority leave their order open (B-25), but for the NetworkPolicy tier, which has none (A-04).
    `unordered`: nothing says where it stands among the others of its tier (B.1). `opaque`:
    directions in which the policy decides something that is not worked out, so that nothing under
    its `veil` is certain there. `also`: more pods that it selects."""

    tier: Tier
    priority: int
    subject: Subject
    isolates: frozenset[Direction]
    rules: tuple[Rule, ...]
    opaque: frozenset[Direction] = frozenset()
    unordered: bool = False
    veil: Veil = Veil()
    also: tuple[Subject, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Everything that names pods it selects."""
        return (self.subject, *self.also)


class PolicyKind(Protocol):
    """What one file in `kinds/` provides, as a module-level `KIND`.

    `tier` is where its rules stand, the first one where an object may choose. `switch` is the flag
    of the profile that says whether the network plugin evaluates the kind (E-01); empty for
    NetworkPolicy, which is asked for by `np_enforced`.
    """

    api_versions: tuple[str, ...]
    kind: str
    plural: str
    namespaced: bool
    tier: Tier
    switch: str

    def validate(self, cursor: Cursor) -> None:
        """Report every fault of the object under `cursor` (semantics A.9) as problems."""

    def translate(self, policy: PolicyObject) -> Policy:
        """The rules of a validated object, with the API server's defaulting applied (N-01)."""
