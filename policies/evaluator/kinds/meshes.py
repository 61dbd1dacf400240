"""Linkerd's, Kuma's and Consul's policies, read for whom they may select (E-13).

All are layers on top of the network plugin, for TCP into pods of the mesh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.evaluator.connections import PORT_MAX, PORT_MIN
from policies.evaluator.kinds._opaque import (
    INGRESS,
    REFUSES_TCP,
    Family,
    OpaqueKind,
    hidden,
    selector_of,
)
from policies.evaluator.policy import Policy, PortClause, Subject, Veil

if TYPE_CHECKING:
    from policies.evaluator.state import PolicyObject

__all__ = ["OPAQUE"]

LINKERD = Family("Linkerd")
KUMA = Family("Kuma")
CONSUL = Family("Consul")
_KUMA_NAMESPACE = "kuma-system"


def _server(policy: PolicyObject) -> Policy:
    """A Server closes its port but for those that an authorization names."""
    port = policy.spec.get("port")
    ports = PortClause("TCP")
    if isinstance(port, int) and PORT_MIN <= port <= PORT_MAX:
        ports = PortClause("TCP", port, port)
    pods = selector_of(policy.spec.get("podSelector"))
    veil = Veil(narrows=True, ports=(ports,))
    return hidden([Subject(namespace=policy.namespace, pods=pods)], INGRESS, veil)


def _permission(policy: PolicyObject) -> Policy:
    """Targets are named by tags of the mesh, which are not followed: every pod of its reach."""
    namespace = "" if policy.namespace == _KUMA_NAMESPACE else policy.namespace
    return hidden([Subject(namespace=namespace)], INGRESS, REFUSES_TCP)


def _everybody(policy: PolicyObject) -> Policy:
    """Destinations are named by service, in whatever namespace: every pod."""
    return hidden([Subject()], INGRESS, REFUSES_TCP)


OPAQUE = (
    OpaqueKind(LINKERD, ("policy.linkerd.io",), "Server", "servers", _server),
    OpaqueKind(KUMA, ("kuma.io",), "MeshTrafficPermission", "meshtrafficpermissions", _permission),
    OpaqueKind(
        KUMA,
        ("kuma.io",),
        "TrafficPermission",
        "trafficpermissions",
        _everybody,
        namespaced=False,
    ),
    OpaqueKind(
        CONSUL, ("consul.hashicorp.com",), "ServiceIntentions", "serviceintentions", _everybody
    ),
)
