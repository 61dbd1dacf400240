"""Calico's policies, read for whom they may select (semantics C.5…C.7); not evaluated yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.kinds._calicoselector import MOST, alternatives
from policies.evaluator.kinds._opaque import (
    EGRESS,
    INGRESS,
    NAME_LABEL,
    NOTHING,
    Family,
    OpaqueKind,
    hidden,
    named_directions,
)
from policies.evaluator.labels import EVERYTHING, Requirement, Selector
from policies.evaluator.policy import Direction, Policy, Subject

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

CALICO = Family("Calico", ("calico-node", "canal"))
_GROUPS = ("projectcalico.org", "crd.projectcalico.org")
_RAW = "crd.projectcalico.org"
_IN_NAMESPACE = "projectcalico.org/namespace"
_NAMESPACE_NAME = "projectcalico.org/name"
_NAMESPACE_LABEL = "pcns."
_NAMESPACE_PROFILE = "kns"
_ALLOW_ALL = [{"action": "Allow"}]
# C-64: what Calico adds to a pod's labels; not compared here.
_ADDED = ("projectcalico.org/", "pcsa.")


def _read(policy: PolicyObject) -> Policy:
    """C-60…C-62: selector and, cluster-wide, namespaceSelector. C-120: what is done before
    tracking or before translation does not meet pods."""
    spec = policy.spec
    if spec.get("doNotTrack") or spec.get("preDNAT"):
        return NOTHING
    return hidden(_subjects(policy), _directions(policy))


def _subjects(policy: PolicyObject) -> list[Subject]:
    pods = alternatives(_text(policy.spec.get("selector")))
    where = alternatives(_text(policy.spec.get("namespaceSelector")))
    if policy.namespace:
        where = (frozenset(),)
    if len(pods) * len(where) > MOST:
        where = (frozenset(),)
    return [
        _subject(policy.namespace, chosen, places)
        for chosen in sorted(pods, key=sorted)
        for places in sorted(where, key=sorted)
    ]


def _subject(
    namespace: str, chosen: frozenset[Requirement], places: frozenset[Requirement]
) -> Subject:
    pods: list[Requirement] = []
    namespaces = [
        Requirement(NAME_LABEL, each.operator, each.values) if each.key == _NAMESPACE_NAME else each
        for each in places
    ]
    for each in chosen:
        if each.key == _IN_NAMESPACE:
            namespaces.append(Requirement(NAME_LABEL, each.operator, each.values))
        elif each.key.startswith(_NAMESPACE_LABEL):
            key = each.key.removeprefix(_NAMESPACE_LABEL)
            namespaces.append(Requirement(key, each.operator, each.values))
        elif not each.key.startswith(_ADDED):
            pods.append(each)
    if namespace:
        return Subject(namespace=namespace, pods=Selector(tuple(sorted(pods))))
    return Subject(
        namespaces=Selector(tuple(sorted(namespaces))), pods=Selector(tuple(sorted(pods)))
    )


def _text(selector: object) -> str:
    return selector if isinstance(selector, str) else ""


def _directions(policy: PolicyObject) -> frozenset[Direction]:
    """C-40…C-42: as `types` say; without them by the rules, or both in a raw object."""
    spec = policy.spec
    if spec.get("types"):
        return named_directions(spec["types"])
    if policy.api_version.partition("/")[0] == _RAW:
        return INGRESS | EGRESS
    ingress, egress = bool(spec.get("ingress")), bool(spec.get("egress"))
    if egress:
        return INGRESS | EGRESS if ingress else EGRESS
    return INGRESS


def _read_profile(policy: PolicyObject) -> Policy:
    """C-32: the profile of a namespace decides for pods that no policy governs. As Calico makes it,
    it lets everything through, and only then is known what it does."""
    prefix, _, namespace = policy.name.partition(".")
    if prefix != _NAMESPACE_PROFILE or not namespace:
        return NOTHING
    sections = ((Direction.INGRESS, "ingress"), (Direction.EGRESS, "egress"))
    edited = [way for way, field in sections if policy.spec.get(field) != _ALLOW_ALL]
    return hidden([Subject(namespace=namespace)], edited)


def _read_host(policy: PolicyObject) -> Policy:
    """C-61, C-123: what reaches the node itself is dropped, or decided by the global policies whose
    selectors match the host endpoint. Without one in the input no policy touches a node."""
    node = _text(policy.spec.get("node"))
    return hidden([Subject(nodes=EVERYTHING, node=node)], Direction)


OPAQUE = (
    OpaqueKind(CALICO, _GROUPS, "HostEndpoint", "hostendpoints", _read_host, namespaced=False),
    OpaqueKind(CALICO, _GROUPS, "Profile", "profiles", _read_profile, namespaced=False),
    OpaqueKind(CALICO, _GROUPS, "NetworkPolicy", "networkpolicies", _read),
    OpaqueKind(
        CALICO, _GROUPS, "GlobalNetworkPolicy", "globalnetworkpolicies", _read, namespaced=False
    ),
)
