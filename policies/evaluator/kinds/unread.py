"""Policies that a cluster has and that could not be read: what they decide is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.kinds._opaque import EGRESS, INGRESS, Family, OpaqueKind, hidden
from policies.evaluator.policy import Policy, Subject

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]


def _read(_: PolicyObject) -> Policy:
    """M-05: such a policy may be any, so it may select every pod, in both directions."""
    return hidden((Subject(),), INGRESS | EGRESS)


OPAQUE = (
    OpaqueKind(
        Family("unread"),
        ("netviz.io",),
        "UnreadPolicies",
        "unreadpolicies",
        _read,
        namespaced=False,
        because="they could not be read, so connections that they may touch are shown as not known",
    ),
)
