"""Cluster-wide policies as the law describes them (semantics B), on their raw specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policies.evaluator.state import PolicyObject
from tests.oracle.selectors import selector_matches

if TYPE_CHECKING:
    from tests.oracle.course import Match, Question
    from tests.oracle.reference import Reference

__all__ = [
    "action_of",
    "matches_pods",
    "priority_of",
    "rule_matches",
    "rules_of",
    "tier_of",
]

Raw = Mapping[str, Any]
_FIELDS = {
    "ingress": ("namespaces", "pods"),
    "egress": ("namespaces", "pods", "networks", "nodes", "domainNames"),
}


def tier_of(policy: PolicyObject) -> str:
    """B.1: implied by the kind, or written in `tier`."""
    implied = {
        "NetworkPolicy": "NetworkPolicy",
        "AdminNetworkPolicy": "Admin",
        "BaselineAdminNetworkPolicy": "Baseline",
    }
    return implied.get(policy.kind) or str(policy.spec["tier"])


def priority_of(policy: PolicyObject) -> int:
    """B.1: a BaselineAdminNetworkPolicy has none."""
    return int(policy.spec.get("priority") or 0)


def rules_of(policy: PolicyObject, direction: str) -> Iterator[tuple[str, Raw]]:
    """The rules of a direction with their paths, in list order."""
    for index, rule in enumerate(policy.spec.get(direction) or []):
        yield f"{direction}[{index}]", rule


def action_of(rule: Raw, direction: str) -> str:
    """Accept and Allow are one; with an unknown peer all but these deny (B-51)."""
    action = {"Accept": "allow", "Allow": "allow", "Deny": "deny", "Pass": "pass"}[rule["action"]]
    return "deny" if action == "pass" and _has_unknown_peer(rule, direction) else action


def matches_pods(clause: Raw, labels: Mapping[str, str], namespace: Mapping[str, str]) -> bool:
    """B-30…B-32, B-41: whole namespaces, or pods in namespaces."""
    if clause.get("namespaces") is not None:
        return selector_matches(clause["namespaces"], namespace)
    pods = clause["pods"]
    return selector_matches(pods.get("namespaceSelector"), namespace) and selector_matches(
        pods.get("podSelector"), labels
    )


def rule_matches(reference: Reference, rule: Raw, question: Question) -> tuple[Match, str]:
    """Whether a rule matches, and what kind of doubt there is where it may."""
    if _has_unknown_peer(rule, question.direction):
        return ("no" if action_of(rule, question.direction) == "allow" else "yes"), ""
    entries = rule.get("ports") or rule.get("protocols") or []
    best: tuple[Match, str] = ("no", "")
    for peer in rule["from" if question.direction == "ingress" else "to"]:
        by_address = "namespaces" not in peer and "pods" not in peer
        ports = [each for each in entries if not (by_address and _is_named(each))]
        if entries and not any(_port_matches(reference, each, question) for each in ports):
            continue
        match, kind = _peer_matches(reference, peer, question)
        if match == "yes":
            return "yes", ""
        if match == "maybe" and best[1] != "unknown":
            best = (match, kind)
    return best


def _has_unknown_peer(rule: Raw, direction: str) -> bool:
    return any(
        not any(peer.get(field) is not None for field in _FIELDS[direction])
        for peer in rule["from" if direction == "ingress" else "to"]
    )


def _peer_matches(reference: Reference, peer: Raw, question: Question) -> tuple[Match, str]:
    end = question.peer
    if peer.get("networks") is not None:
        found = [reference.in_block({"cidr": cidr}, question) for cidr in peer["networks"]]
        return ("yes" if "yes" in found else "maybe" if "maybe" in found else "no"), "unknown"
    if peer.get("nodes") is not None:
        return reference.on_node(peer["nodes"], end), "unknown"
    if peer.get("domainNames") is not None:
        # B-49: never a pod; whether a name stands for an address is not known here.
        return ("maybe" if _is_outside(reference, end) else "no"), "conditional"
    if not reference.is_selectable(end):
        return "no", ""
    labels = reference.namespace_labels(end.namespace)
    return ("yes" if matches_pods(peer, end.labels, labels) else "no"), ""


def _is_outside(reference: Reference, end: object) -> bool:
    return isinstance(end, str) and not reference.is_of_a_node(end)


def _is_named(entry: Raw) -> bool:
    return "namedPort" in entry or "destinationNamedPort" in entry


def _port_matches(reference: Reference, entry: Raw, question: Question) -> bool:
    name = entry.get("namedPort") or entry.get("destinationNamedPort")
    if name is not None:
        return reference.declares(question, name)
    protocol, first, last = _numbers(entry)
    return protocol == question.protocol and first <= question.port <= last


def _numbers(entry: Raw) -> tuple[str, int, int]:
    """Protocol, first and last port of an entry without a name (B-61, B-63, B-65)."""
    if "portNumber" in entry:
        single = entry["portNumber"]
        return single.get("protocol") or "TCP", single["port"], single["port"]
    if "portRange" in entry:
        spread = entry["portRange"]
        return spread.get("protocol") or "TCP", spread["start"], spread["end"]
    (transport,) = entry
    port = entry[transport].get("destinationPort") or {"range": {"start": 1, "end": 65535}}
    if "number" in port:
        return transport.upper(), port["number"], port["number"]
    return transport.upper(), port["range"]["start"], port["range"]["end"]
