"""Cilium's policies, read for whom they may select (semantics D.1, D.2); not evaluated yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policies.evaluator.kinds._opaque import (
    NAME_LABEL,
    Family,
    OpaqueKind,
    hidden,
    mapping,
    selector_of,
    sequence,
)
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.policy import Direction, Policy, Subject

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

CILIUM = Family("Cilium", ("cilium", "anetd"))
_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels."
# D-07: derived by Cilium from what netviz does not compare here.
_DERIVED = ("io.cilium.k8s.policy.", "io.kubernetes.", "container:", "cidr:", "reserved:init")
# D-09: filtered out of the identity by default, so a negative condition on them holds.
_FILTERED = (
    "kubernetes.io/",
    "k8s.io",
    "io.kubernetes",
    "pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
)
_SECTIONS = {
    Direction.INGRESS: ("ingress", "ingressDeny"),
    Direction.EGRESS: ("egress", "egressDeny"),
}


def _read(policy: PolicyObject) -> Policy:
    """D-01: `spec` and every element of `specs` apply; D-11, D-15: a section without an element is
    none; D-02: a nodeSelector governs nodes and what runs on their network, where the host firewall
    is on: nothing in the cluster's objects says whether it is."""
    directions: set[Direction] = set()
    subjects: list[Subject] = []
    for rule in _rules(policy):
        touched = [
            direction
            for direction, sections in _SECTIONS.items()
            if any(rule.get(section) for section in sections)
        ]
        if not touched:
            continue
        directions.update(touched)
        if "nodeSelector" in rule and not policy.namespace:
            subjects.append(Subject(nodes=_nodes(rule["nodeSelector"])))
        if "endpointSelector" in rule or "nodeSelector" not in rule:
            subjects.append(_subject(rule.get("endpointSelector"), policy.namespace))
    return hidden(subjects, directions)


def _rules(policy: PolicyObject) -> Iterator[Mapping[str, Any]]:
    if policy.spec:
        yield policy.spec
    for rule in sequence(policy.beside.get("specs")):
        yield mapping(rule)


def _subject(selector: object, namespace: str) -> Subject:
    """D-03: a CiliumNetworkPolicy is confined to its own namespace; D-04: a cluster-wide one may
    name namespaces by derived labels (D-07)."""
    pods: list[Requirement] = []
    namespaces: list[Requirement] = []
    for each in selector_of(selector, _plain_key).requirements:
        if each.key == _NAMESPACE:
            namespaces.append(Requirement(NAME_LABEL, each.operator, each.values))
        elif each.key.startswith(_NAMESPACE_LABEL):
            key = each.key.removeprefix(_NAMESPACE_LABEL)
            namespaces.append(Requirement(key, each.operator, each.values))
        elif each.operator in ("In", "Exists") or not each.key.startswith(_FILTERED):
            pods.append(each)
    if namespace:
        # What it says of another namespace has no effect there, nor here for certain (L-85).
        return Subject(namespace=namespace, pods=Selector(tuple(pods)))
    return Subject(namespaces=Selector(tuple(namespaces)), pods=Selector(tuple(pods)))


def _nodes(selector: object) -> Selector:
    """Labels of nodes are filtered as those of pods are (D-09)."""
    found = selector_of(selector, _plain_key).requirements
    return Selector(
        tuple(
            each
            for each in found
            if each.operator in ("In", "Exists") or not each.key.startswith(_FILTERED)
        )
    )


def _plain_key(key: str) -> str | None:
    """D-06: the key without its source; None where it is no pod label."""
    for source in ("k8s:", "any:", "k8s.", "any."):
        if key.startswith(source) and not key.startswith("k8s.io"):
            key = key.removeprefix(source)
            break
    if key == _NAMESPACE or key.startswith(_NAMESPACE_LABEL):
        return key
    return None if key.startswith(_DERIVED) else key


OPAQUE = (
    OpaqueKind(
        CILIUM,
        ("cilium.io",),
        "CiliumNetworkPolicy",
        "ciliumnetworkpolicies",
        _read,
        beside=("specs",),
    ),
    OpaqueKind(
        CILIUM,
        ("cilium.io",),
        "CiliumClusterwideNetworkPolicy",
        "ciliumclusterwidenetworkpolicies",
        _read,
        namespaced=False,
        beside=("specs",),
    ),
)
