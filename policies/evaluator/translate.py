"""Policies through their kinds to the seam: evaluated ones, and those that are only known of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.evaluator.kinds import kind_of
from policies.evaluator.opaque import translate_opaque
from policies.evaluator.policy import Policy
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import PolicyObject

__all__ = ["translate"]


def translate(
    objects: Iterable[PolicyObject],
    absent: Mapping[str, str],
    known: Mapping[int, ResolvedPolicy],
) -> list[tuple[PolicyObject, Policy]]:
    """Every policy with what it says. `known` are translated already, by the identity of their
    object; of the families in `absent` no agent runs (E-01)."""
    translated = []
    # In large clusters many policies share their spec: see `policyspecs`.
    alike: dict[int, Policy] = {}
    for source in objects:
        before = known.get(id(source))
        if before is not None:
            translated.append((source, before.policy))
            continue
        kind = kind_of(source.api_version, source.kind)
        if kind is not None:
            moved = getattr(kind, "moved", None)
            like = alike.get(id(source.spec)) if moved else None
            policy = moved(like, source.namespace) if moved and like else kind.translate(source)
            alike[id(source.spec)] = policy
            translated.append((source, policy))
            continue
        opaque = translate_opaque(source, absent)
        if opaque is not None:
            translated.append((source, opaque))
    return translated
