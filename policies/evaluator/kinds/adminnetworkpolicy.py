"""AdminNetworkPolicy `policy.networking.k8s.io/v1alpha1` (semantics section B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.kinds._clusterwide import (
    ADDRESS_FIELDS,
    POD_FIELDS,
    V1ALPHA1,
    clusterwide_policy,
)
from policies.evaluator.kinds._clusterwide_checks import (
    check_priority,
    check_rules,
    check_subject,
    check_top,
)
from policies.evaluator.policy import Direction, Policy, Tier

if TYPE_CHECKING:
    from policies.evaluator.fields import Cursor
    from policies.evaluator.state import PolicyObject

__all__ = ["KIND", "AdminNetworkPolicyKind"]

_ACTIONS = ("Allow", "Deny", "Pass")


class AdminNetworkPolicyKind:
    """Decides before every NetworkPolicy, by priority and in list order."""

    api_versions = ("policy.networking.k8s.io/v1alpha1",)
    kind = "AdminNetworkPolicy"
    plural = "adminnetworkpolicies"
    namespaced = False
    tier = Tier.ADMIN
    switch = "anp_enforced"

    def validate(self, cursor: Cursor) -> None:
        """B-V01…B-V03 and unknown fields (L-65)."""
        spec = check_top(cursor, "priority", "subject", "ingress", "egress")
        if spec is None:
            return
        check_priority(spec.child("priority"))
        check_subject(spec.child("subject"), V1ALPHA1)
        check_rules(spec, Direction.INGRESS, V1ALPHA1, _ACTIONS, POD_FIELDS)
        check_rules(spec, Direction.EGRESS, V1ALPHA1, _ACTIONS, (*POD_FIELDS, *ADDRESS_FIELDS))

    def translate(self, policy: PolicyObject) -> Policy:
        """Its rules in the admin tier."""
        return clusterwide_policy(policy, V1ALPHA1, self.tier, policy.spec["priority"])


KIND = AdminNetworkPolicyKind()
