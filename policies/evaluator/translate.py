"""Policies through their kinds to the seam: evaluated ones, and those that are only known of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from policies.evaluator.kinds import kind_of
from policies.evaluator.opaque import translate_opaque
from policies.evaluator.policy import Policy, PolicyKind
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
    # In large clusters many policies share their spec, or parts of it: see `policyspecs`.
    translators: dict[PolicyKind, Callable[[PolicyObject], Policy]] = {}
    for source in objects:
        before = known.get(id(source))
        if before is not None:
            translated.append((source, before.policy))
            continue
        kind = kind_of(source.api_version, source.kind)
        if kind is not None:
            translator = translators.get(kind)
            if translator is None:
                translator = translators[kind] = _translator(kind)
            translated.append((source, translator(source)))
            continue
        opaque = translate_opaque(source, absent)
        if opaque is not None:
            translated.append((source, opaque))
    return translated


def _translator(kind: PolicyKind) -> Callable[[PolicyObject], Policy]:
    """A kind may offer a way of its own for many objects, in which what they share is read once."""
    many = getattr(kind, "translator", None)
    return many() if many else kind.translate
