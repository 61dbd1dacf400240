"""Random AdminNetworkPolicies, BaselineAdminNetworkPolicies and ClusterNetworkPolicies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from policies.evaluator.state import PolicyObject
from tests.oracle.pieces import BLOCKS, PORT_NAMES, PORT_NUMBERS, PROTOCOLS, selectors

__all__ = ["clusterwide_policies"]

# Few numbers, so that many policies are of one priority (B-25).
PRIORITIES = (0, 10, 10, 1000)
DOMAINS = ("example.com", "*.example.com", "api.example.org.")
V1ALPHA1 = "policy.networking.k8s.io/v1alpha1"
V1ALPHA2 = "policy.networking.k8s.io/v1alpha2"


@st.composite
def pods_clauses(draw: st.DrawFn) -> dict[str, Any]:
    """A subject, or a peer of pods (B-30…B-32)."""
    if draw(st.booleans()):
        return {"namespaces": draw(selectors())}
    pods: dict[str, Any] = {"podSelector": draw(selectors())}
    if draw(st.booleans()):
        pods["namespaceSelector"] = draw(selectors())
    return {"pods": pods}


@st.composite
def peers(draw: st.DrawFn, direction: str, action: str, names: bool) -> dict[str, Any]:
    """One peer; now and then one of a newer version (B-51)."""
    if draw(st.integers(0, 24)) == 0:
        return {"services": {"name": "web"}}
    shapes = ["pods", "pods"]
    if direction == "egress":
        shapes += ["networks", "networks", "nodes"]
        if names and action in ("Allow", "Accept"):
            shapes.append("domainNames")
    shape = draw(st.sampled_from(shapes))
    if shape == "networks":
        return {
            "networks": draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=2, unique=True))
        }
    if shape == "nodes":
        return {"nodes": draw(selectors())}
    if shape == "domainNames":
        return {"domainNames": [draw(st.sampled_from(DOMAINS))]}
    return draw(pods_clauses())


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """Two different ports, the smaller one first."""
    low, high = sorted(
        draw(st.lists(st.sampled_from(PORT_NUMBERS), min_size=2, max_size=2, unique=True))
    )
    return low, high


@st.composite
def v1alpha1_ports(draw: st.DrawFn) -> dict[str, Any]:
    shape = draw(st.sampled_from(["portNumber", "portNumber", "portRange", "namedPort"]))
    if shape == "namedPort":
        return {"namedPort": draw(st.sampled_from(PORT_NAMES))}
    entry: dict[str, Any] = {}
    protocol = draw(st.sampled_from([None, *PROTOCOLS]))
    if protocol is not None:
        entry["protocol"] = protocol
    if shape == "portNumber":
        return {"portNumber": {**entry, "port": draw(st.sampled_from(PORT_NUMBERS))}}
    start, end = draw(spans())
    return {"portRange": {**entry, "start": start, "end": end}}


@st.composite
def v1alpha2_ports(draw: st.DrawFn, named: bool) -> dict[str, Any]:
    shapes = ["number", "number", "range", "all", *(["name", "name"] if named else [])]
    shape = draw(st.sampled_from(shapes))
    if shape == "name":
        return {"destinationNamedPort": draw(st.sampled_from(PORT_NAMES))}
    transport = draw(st.sampled_from(["tcp", "tcp", "udp", "sctp"]))
    if shape == "all":
        return {transport: {}}
    if shape == "number":
        port: dict[str, Any] = {"number": draw(st.sampled_from(PORT_NUMBERS))}
    else:
        start, end = draw(spans())
        port = {"range": {"start": start, "end": end}}
    return {transport: {"destinationPort": port}}


@st.composite
def rules(draw: st.DrawFn, direction: str, actions: tuple[str, ...], kind: str) -> dict[str, Any]:
    """One rule of a version's shape, valid there."""
    action = draw(st.sampled_from(actions))
    names = kind != "BaselineAdminNetworkPolicy"
    field = "from" if direction == "ingress" else "to"
    found = draw(st.lists(peers(direction, action, names), min_size=1, max_size=2))
    rule: dict[str, Any] = {"action": action, field: found}
    if draw(st.booleans()):
        if kind == "ClusterNetworkPolicy":
            # B-66: that version refuses names of ports next to addresses.
            named = all("namespaces" in each or "pods" in each for each in found)
            rule["protocols"] = draw(st.lists(v1alpha2_ports(named), min_size=1, max_size=2))
        else:
            rule["ports"] = draw(st.lists(v1alpha1_ports(), min_size=1, max_size=2))
    return rule


@st.composite
def clusterwide_policies(draw: st.DrawFn, name: str = "wide") -> PolicyObject:
    """One policy of one of the three kinds."""
    kind = draw(
        st.sampled_from(
            ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"]
        )
    )
    spec: dict[str, Any] = {"subject": draw(pods_clauses())}
    if kind != "BaselineAdminNetworkPolicy":
        spec["priority"] = draw(st.sampled_from(PRIORITIES))
    if kind == "ClusterNetworkPolicy":
        spec["tier"] = draw(st.sampled_from(["Admin", "Baseline"]))
    actions = {
        "AdminNetworkPolicy": ("Allow", "Deny", "Pass"),
        "BaselineAdminNetworkPolicy": ("Allow", "Deny"),
        "ClusterNetworkPolicy": ("Accept", "Deny", "Pass"),
    }[kind]
    for direction in ("ingress", "egress"):
        if draw(st.booleans()):
            spec[direction] = draw(
                st.lists(rules(direction, actions, kind), min_size=1, max_size=3)
            )
    return PolicyObject(
        api_version=V1ALPHA2 if kind == "ClusterNetworkPolicy" else V1ALPHA1,
        kind=kind,
        namespace="",
        name="default" if kind == "BaselineAdminNetworkPolicy" else name,
        spec=spec,
    )
