"""Antrea's own policies, read for whom they may select (E, E-09); not evaluated yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policies.evaluator.kinds._opaque import (
    Family,
    OpaqueKind,
    hidden,
    mapping,
    selector_of,
    sequence,
)
from policies.evaluator.policy import Direction, Policy, Subject

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

ANTREA = Family("Antrea", ("antrea-agent",))
_GROUPS = ("crd.antrea.io", "security.antrea.tanzu.vmware.com")


def _read(policy: PolicyObject) -> Policy:
    """`appliedTo` of the policy, or of each of its rules; a direction without rules is free."""
    spec = policy.spec
    directions = {each for each in Direction if sequence(spec.get(each.value))}
    applied = list(sequence(spec.get("appliedTo")))
    for direction in directions:
        for rule in sequence(spec[direction.value]):
            applied += sequence(mapping(rule).get("appliedTo"))
    subjects = [subject for each in applied for subject in _subjects(mapping(each), policy)]
    return hidden(list(dict.fromkeys(subjects)), directions)


def _subjects(entry: Any, policy: PolicyObject) -> Iterator[Subject]:
    """The pods of one entry; a group, a service or an account is taken for all pods there. Policies
    of nodes need a feature that is off by default, which nothing in the objects tells."""
    if "nodeSelector" in entry:
        if not policy.namespace:
            yield Subject(nodes=selector_of(entry["nodeSelector"]))
        return
    pods = selector_of(entry.get("podSelector"))
    if policy.namespace:
        yield Subject(namespace=policy.namespace, pods=pods)
    else:
        yield Subject(namespaces=selector_of(entry.get("namespaceSelector")), pods=pods)


OPAQUE = (
    OpaqueKind(ANTREA, _GROUPS, "NetworkPolicy", "networkpolicies", _read),
    OpaqueKind(
        ANTREA, _GROUPS, "ClusterNetworkPolicy", "clusternetworkpolicies", _read, namespaced=False
    ),
)
