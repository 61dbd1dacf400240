"""Policies that the network plugin does not enforce: counted with the reason, never applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import attrgetter

from policies.evaluator.enforcement import Enforcement, detect, plugin_name
from policies.evaluator.kinds import kind_of, opaque_kind_of
from policies.evaluator.opaque import opaque_policies
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState, NotEvaluated, PolicyObject

__all__ = ["Kinds", "is_inert", "kinds_of", "not_evaluated"]

Kinds = Counter[tuple[str, str]]
"""How many policies there are of each kind: API version and name."""
_KIND = attrgetter("api_version", "kind")


def kinds_of(policies: Iterable[PolicyObject]) -> Kinds:
    """The kinds of some policies."""
    return Kinds(map(_KIND, policies))


def is_inert(policy: PolicyObject, profile: Profile) -> bool:
    """Whether the plugin does nothing about a policy of this kind (B-02, E-01)."""
    return _is_inert(policy.api_version, policy.kind, profile)


def _is_inert(version: str, name: str, profile: Profile) -> bool:
    kind = kind_of(version, name)
    return kind is not None and bool(kind.switch) and not getattr(profile, kind.switch)


def not_evaluated(
    state: ClusterState,
    profile: Profile | None = None,
    found: Enforcement | None = None,
    asked: Iterable[str] = (),
    kinds: Kinds | None = None,
) -> tuple[NotEvaluated, ...]:
    """Everything given that an answer is without: unknown kinds, and kinds that are inert here.

    Without a profile that of the plugin that is detected. `asked` are the flags that somebody set,
    for the cluster or in the question. `kinds` are those of the policies, where they are known.
    """
    found = found or detect(state)
    profile = profile or Profile.of_plugin(found.cni)
    kinds = kinds_of(state.policies) if kinds is None else kinds
    inert = [each for each in kinds if _is_inert(*each, profile)]
    hidden = opaque_policies(state) if any(opaque_kind_of(*each) for each in kinds) else ()
    if not inert and not hidden:
        return state.not_evaluated
    named = frozenset(asked)
    counted = [
        NotEvaluated(version, kind, kinds[version, kind], _reason(version, kind, found, named))
        for version, kind in inert
    ]
    return tuple(sorted((*state.not_evaluated, *hidden, *counted)))


def _reason(version: str, kind: str, found: Enforcement, asked: frozenset[str]) -> str:
    known = kind_of(version, kind)
    switch = known.switch if known else ""
    if switch in asked or switch not in Profile.flags_of_plugin(found.cni):
        return f"the profile flag {switch}=false leaves {kind} out"
    return f"{plugin_name(found.cni)} does not enforce {kind}"
