"""Kinds that netviz reads only far enough to know whom they may select, and in which directions.

Whatever is not understood is taken to select more, never less: a flow that such a policy may touch
is unknown, not guessed (M-05).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from policies.evaluator.checks import check_metadata
from policies.evaluator.labels import EVERYTHING, Requirement, Selector
from policies.evaluator.policy import Direction, Policy, PortClause, Subject, Tier, Veil

if TYPE_CHECKING:
    from policies.evaluator.fields import Cursor
    from policies.evaluator.state import PolicyObject

__all__ = [
    "EGRESS",
    "INGRESS",
    "NAME_LABEL",
    "NOTHING",
    "REFUSES_TCP",
    "Family",
    "OpaqueKind",
    "hidden",
    "mapping",
    "named_directions",
    "selector_of",
    "sequence",
]

NAME_LABEL = "kubernetes.io/metadata.name"
INGRESS = frozenset({Direction.INGRESS})
EGRESS = frozenset({Direction.EGRESS})
REFUSES_TCP = Veil(narrows=True, ports=(PortClause("TCP"),))
"""A mesh: it may refuse what the network plugin lets through, and carries TCP only (E-13)."""


class Family(msgspec.Struct, frozen=True):
    """Who acts on some kinds: the title of the product, and the DaemonSets that are its agents.

    Without `agents` nothing tells for certain that it is absent.
    """

    title: str
    agents: tuple[str, ...] = ()


class OpaqueKind(msgspec.Struct, frozen=True):
    """A kind of which `read` tells whom it may select; `groups` are served in any version.

    `beside` names fields next to `spec` that decide as well. `because` is why they are not
    evaluated, where that is not for lack of an evaluator.
    """

    family: Family
    groups: tuple[str, ...]
    kind: str
    plural: str
    read: Callable[[PolicyObject], Policy]
    namespaced: bool = True
    beside: tuple[str, ...] = ()
    tier: Tier = Tier.NETWORKPOLICY
    because: str = ""

    def validate(self, cursor: Cursor) -> None:
        """Only what must hold for the object to be placed: A-V01, and that there is a spec."""
        if cursor.mapping():
            check_metadata(cursor.child("metadata"))
            cursor.child("spec").mapping()

    def translate(self, policy: PolicyObject) -> Policy:
        """Whom it may select, in which directions, and nothing more."""
        return self.read(policy)


def hidden(
    subjects: Sequence[Subject], directions: Iterable[Direction], veil: Veil = Veil()
) -> Policy:
    """The policy of these subjects whose decisions are not worked out."""
    opaque = frozenset(directions) if subjects else frozenset()
    first, *more = subjects or (Subject(),)
    return Policy(
        tier=Tier.NETWORKPOLICY,
        priority=0,
        subject=first,
        isolates=frozenset(),
        rules=(),
        opaque=opaque,
        veil=veil,
        also=tuple(more),
    )


NOTHING = hidden((), ())
"""What does not touch a pod."""


def mapping(value: object) -> Mapping[str, Any]:
    """The mapping, or an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[Any]:
    """The list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else ()


def named_directions(types: object) -> frozenset[Direction]:
    """Those that a list of `Ingress` and `Egress` names."""
    return frozenset(each for each in Direction if each.flag in sequence(types))


def selector_of(spec: object, rename: Callable[[str], str | None] = lambda key: key) -> Selector:
    """A label selector; a requirement that cannot be read, or whose key `rename` turns to None, is
    left out, so that more is selected."""
    given = mapping(spec)
    found: set[Requirement] = set()
    for key, value in mapping(given.get("matchLabels")).items():
        name = rename(key)
        if name is not None and isinstance(value, str):
            found.add(Requirement(name, "In", (value,)))
    for each in sequence(given.get("matchExpressions")):
        expression = mapping(each)
        operator, label = expression.get("operator"), expression.get("key")
        name = rename(label) if isinstance(label, str) else None
        values = sequence(expression.get("values"))
        if name is None or not all(isinstance(value, str) for value in values):
            continue
        if operator in ("In", "NotIn") and values:
            found.add(Requirement(name, operator, tuple(sorted(set(values)))))
        elif operator in ("Exists", "DoesNotExist"):
            found.add(Requirement(name, operator))
    return Selector(tuple(sorted(found))) if found else EVERYTHING
