"""Istio's policies, read for whom they may select; a layer on top of the network plugin (E-13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.kinds._opaque import (
    INGRESS,
    NOTHING,
    REFUSES_TCP,
    Family,
    OpaqueKind,
    hidden,
    mapping,
    selector_of,
)
from policies.evaluator.policy import Policy, Subject

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

ISTIO = Family("Istio")
_GROUPS = ("security.istio.io",)
_ROOT = "istio-system"
"""The usual root namespace: what stands there without a selector is for the whole mesh."""


def _authorization(policy: PolicyObject) -> Policy:
    """An AUDIT policy decides nothing; any other may refuse what reaches the workload."""
    return NOTHING if policy.spec.get("action") == "AUDIT" else _refusing(policy)


def _peer_authentication(policy: PolicyObject) -> Policy:
    """Only STRICT refuses anybody: callers without a certificate of the mesh."""
    modes = [mapping(policy.spec.get("mtls")).get("mode")]
    modes += [
        mapping(each).get("mode") for each in mapping(policy.spec.get("portLevelMtls")).values()
    ]
    return _refusing(policy) if "STRICT" in modes else NOTHING


def _refusing(policy: PolicyObject) -> Policy:
    spec = policy.spec
    pods = selector_of({"matchLabels": mapping(spec.get("selector")).get("matchLabels")})
    if spec.get("targetRef") or spec.get("targetRefs"):
        # A gateway or a Service behind a waypoint: which pods these are is not followed.
        pods = selector_of(None)
    namespace = "" if policy.namespace == _ROOT else policy.namespace
    return hidden([Subject(namespace=namespace, pods=pods)], INGRESS, REFUSES_TCP)


OPAQUE = (
    OpaqueKind(ISTIO, _GROUPS, "AuthorizationPolicy", "authorizationpolicies", _authorization),
    OpaqueKind(ISTIO, _GROUPS, "PeerAuthentication", "peerauthentications", _peer_authentication),
    OpaqueKind(ISTIO, _GROUPS, "RequestAuthentication", "requestauthentications", _refusing),
)
