"""The first lesson as small states: development may not reach production for want of a label."""

from __future__ import annotations

from policies.evaluator.state import ClusterState, Namespace, Pod
from tests.support.states import namespace, pod, policy, state

__all__ = ["ALLOW", "DENY_ALL", "PODS", "TO_PRODUCTION", "labelled", "unlabelled"]

PODS: tuple[Pod, ...] = (
    pod("development/curl"),
    pod("production/redis"),
    pod("production/webserver"),
)
PRODUCTION = namespace("production", {"env": "production"})
DENY_ALL = policy("development/deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
TO_PRODUCTION = policy(
    "development/allow-to-production",
    """
    podSelector: {matchLabels: {app: curl}}
    policyTypes: [Egress]
    egress: [{to: [{namespaceSelector: {matchLabels: {env: production}}}]}]
    """,
    lines={"spec.egress[0]": 9},
)
ALLOW = policy(
    "production/allow-devel-pod-to-http",
    """
    podSelector: {}
    ingress:
    - from: [{namespaceSelector: {matchLabels: {env: development}}}]
      ports: [{port: 80}]
    """,
    lines={"spec.ingress[0]": 12, "spec.ingress[0].from[0]": 14},
)


def _story(development: Namespace) -> ClusterState:
    return state(development, PRODUCTION, *PODS, DENY_ALL, TO_PRODUCTION, ALLOW)


def unlabelled() -> ClusterState:
    """The namespace development has no label env, so the rule of production matches nothing."""
    return _story(namespace("development"))


def labelled() -> ClusterState:
    """The namespace development has env=development."""
    return _story(namespace("development", {"env": "development"}))
