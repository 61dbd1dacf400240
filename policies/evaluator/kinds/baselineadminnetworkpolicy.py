"""BaselineAdminNetworkPolicy `policy.networking.k8s.io/v1alpha1` (semantics section B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from policies.evaluator.fields import describe
from policies.evaluator.kinds._clusterwide import POD_FIELDS, V1ALPHA1, clusterwide_policy
from policies.evaluator.kinds._clusterwide_checks import check_rules, check_subject, check_top
from policies.evaluator.policy import Direction, Policy, Tier

if TYPE_CHECKING:
    from policies.evaluator.fields import Cursor
    from policies.evaluator.state import PolicyObject

__all__ = ["KIND", "BaselineAdminNetworkPolicyKind"]

_ACTIONS = ("Allow", "Deny")
_ONLY_NAME = "default"


class BaselineAdminNetworkPolicyKind:
    """Decides what neither the admin tier nor a NetworkPolicy has decided; there is one at most."""

    api_versions = ("policy.networking.k8s.io/v1alpha1",)
    kind = "BaselineAdminNetworkPolicy"
    plural = "baselineadminnetworkpolicies"
    namespaced = False
    tier = Tier.BASELINE
    switch = "anp_enforced"

    def validate(self, cursor: Cursor) -> None:
        """B-V01…B-V04 and unknown fields (L-65)."""
        spec = check_top(cursor, "subject", "ingress", "egress")
        name = cursor.child("metadata").child("name")
        if isinstance(name.value, str) and name.value != _ONLY_NAME:
            name.problem(
                f"must be {_ONLY_NAME}, the only one of its kind; found {describe(name.value)}"
            )
        if spec is None:
            return
        check_subject(spec.child("subject"), V1ALPHA1)
        check_rules(spec, Direction.INGRESS, V1ALPHA1, _ACTIONS, POD_FIELDS)
        # B-50: domainNames only in AdminNetworkPolicy.
        peers = (*POD_FIELDS, "networks", "nodes")
        check_rules(spec, Direction.EGRESS, V1ALPHA1, _ACTIONS, peers)

    def translate(self, policy: PolicyObject) -> Policy:
        """Its rules in the baseline tier, where no priority says what comes before it."""
        found = clusterwide_policy(policy, V1ALPHA1, self.tier, priority=0)
        return msgspec.structs.replace(found, unordered=True)


KIND = BaselineAdminNetworkPolicyKind()
