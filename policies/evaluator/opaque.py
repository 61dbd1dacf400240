"""Policies that are not evaluated: whether their family runs here, and how an answer names them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from policies.evaluator.enforcement import daemonsets, detect
from policies.evaluator.kinds import OPAQUE, opaque_kind_of
from policies.evaluator.kinds._opaque import OpaqueKind
from policies.evaluator.policy import Policy
from policies.evaluator.state import ClusterState, NotEvaluated, PolicyObject

__all__ = ["absent_families", "has_opaque", "is_opaque", "opaque_policies", "translate_opaque"]


def absent_families(state: ClusterState) -> dict[str, str]:
    """E-01, E-12: the families whose agent clearly does not run, each with the evidence.

    The running DaemonSets tell, not the objects: a family is absent when another network plugin
    runs and none of its own agents does. Where no plugin is seen, nothing is known to be absent.
    """
    if not has_opaque(state):
        return {}
    found = detect(state)
    if not found.evidence.startswith("DaemonSet "):
        return {}
    running = {ref.name for ref in daemonsets(state)}
    return {
        kind.family.title: found.evidence.partition(":")[0]
        for kind in OPAQUE
        if kind.family.agents and running.isdisjoint(kind.family.agents)
    }


def has_opaque(state: ClusterState) -> bool:
    """Whether any policy of the state is read for whom it may select only."""
    return any(map(is_opaque, state.policies))


def is_opaque(policy: PolicyObject) -> bool:
    """Whether the policy is read for whom it may select only."""
    return opaque_kind_of(policy.api_version, policy.kind) is not None


def family_of(source: PolicyObject) -> str:
    """The family of a policy that is not evaluated; empty for one that is, or is not known."""
    kind = opaque_kind_of(source.api_version, source.kind)
    return kind.family.title if kind is not None else ""


def translate_opaque(source: PolicyObject, absent: Mapping[str, str]) -> Policy | None:
    """Whom the policy may select; None for a kind that is not known at all."""
    kind = opaque_kind_of(source.api_version, source.kind)
    if kind is None:
        return None
    policy = kind.translate(source)
    if kind.family.title in absent:
        return msgspec.structs.replace(policy, opaque=frozenset())
    return policy


def opaque_policies(state: ClusterState) -> tuple[NotEvaluated, ...]:
    """The policies of the state that are read for whom they may select, by kind, with what that
    means."""
    counted: dict[tuple[str, str], list[str]] = {}
    kinds: dict[tuple[str, str], OpaqueKind] = {}
    for policy in state.policies:
        kind = opaque_kind_of(policy.api_version, policy.kind)
        if kind is not None:
            key = (policy.api_version, policy.kind)
            kinds[key] = kind
            counted.setdefault(key, []).append(policy.key)
    absent = absent_families(state)
    return tuple(
        NotEvaluated(*key, len(names), _reason(kinds[key], absent), tuple(names))
        for key, names in sorted(counted.items())
    )


def _reason(kind: OpaqueKind, absent: Mapping[str, str]) -> str:
    title = kind.family.title
    if kind.because:
        return kind.because
    if title in absent:
        return (
            f"no agent of {title} runs here ({absent[title]} does), so these policies decide"
            " nothing (E-01)"
        )
    return (
        f"netviz does not evaluate {title} policies yet: connections that they may touch are shown"
        " as not known"
    )
