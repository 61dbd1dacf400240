"""ClusterNetworkPolicy `policy.networking.k8s.io/v1alpha2` (semantics section B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.checks import one_of
from policies.evaluator.kinds._clusterwide import (
    ADDRESS_FIELDS,
    POD_FIELDS,
    V1ALPHA2,
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

__all__ = ["KIND", "ClusterNetworkPolicyKind"]

_ACTIONS = ("Accept", "Deny", "Pass")
_TIERS = {"Admin": Tier.ADMIN, "Baseline": Tier.BASELINE}


class ClusterNetworkPolicyKind:
    """Decides before or after every NetworkPolicy, as its `tier` says, by priority."""

    api_versions = ("policy.networking.k8s.io/v1alpha2",)
    kind = "ClusterNetworkPolicy"
    plural = "clusternetworkpolicies"
    namespaced = False
    tier = Tier.ADMIN
    switch = "cnp_enforced"

    def validate(self, cursor: Cursor) -> None:
        """B-V01…B-V04 and unknown fields (L-65)."""
        spec = check_top(cursor, "tier", "priority", "subject", "ingress", "egress")
        if spec is None:
            return
        one_of(spec.child("tier"), tuple(_TIERS), required=True)
        check_priority(spec.child("priority"))
        check_subject(spec.child("subject"), V1ALPHA2)
        check_rules(spec, Direction.INGRESS, V1ALPHA2, _ACTIONS, POD_FIELDS)
        check_rules(spec, Direction.EGRESS, V1ALPHA2, _ACTIONS, (*POD_FIELDS, *ADDRESS_FIELDS))

    def translate(self, policy: PolicyObject) -> Policy:
        """Its rules in the tier that it names."""
        tier = _TIERS[policy.spec["tier"]]
        return clusterwide_policy(policy, V1ALPHA2, tier, policy.spec["priority"])


KIND = ClusterNetworkPolicyKind()
