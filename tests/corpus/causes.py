"""Which policies and rules decide, in the words of the corpus (corpus A8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.explain import Explanation
from policies.evaluator.policy import Action
from policies.evaluator.reasons import SideReason
from policies.evaluator.resolve import ResolvedPolicy

__all__ = ["verdicts"]

Row = dict[str, Any]
_DOES = {Action.ALLOW: "allows", Action.DENY: "denies", Action.PASS: "passes"}


def verdicts(found: Explanation) -> list[Row]:
    """What is open and what is closed between two peers, each with its reasons per side."""
    opened = found.connections
    rows = []
    for allowed, part in ((True, opened), (False, (ALL - opened).ported)):
        if part:
            sides = {
                side.direction.value: {"reasons": list(_reasons(side, part))}
                for side in (found.egress, found.ingress)
            }
            rows.append({"allowed": allowed, "conn": part.to_json(), **sides})
    return rows


def _reasons(side: SideReason, part: ConnectionSet) -> Iterator[Row]:
    for link in side.links:
        if not link.connections & part:
            continue
        for policy in link.policies:
            effect = _DOES[link.action] if link.rule else _why_closed(policy, side)
            key = policy.source.key
            yield {"kind": policy.source.kind, "name": key.partition("/")[2], "effect": effect}


def _why_closed(policy: ResolvedPolicy, side: SideReason) -> str:
    """Why no rule of an isolating policy opens it."""
    steps = [step for step in side.rules if step.policy == policy.source.key]
    if not steps:
        return "no-rules"
    if any("declares no port named" in step.text for step in steps):
        return "named-port-unmatched"
    named = any(step.effect == "allows" or "among its ports" in step.text for step in steps)
    return "ports-mismatch" if named else "no-matching-rule"
