"""Paths through the Gateway API (F-43…F-45)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from policies.evaluator.entry.objects import (
    Gateway,
    GatewayRoute,
    Grant,
    Listener,
    ParentRef,
    RouteBackend,
)
from policies.evaluator.entry.paths import Door, PathFinder

__all__ = ["find_gateway_paths"]

# Which routes a listener of a protocol takes where it does not say (the API's own defaults).
_KINDS = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}


class _Attached(msgspec.Struct, frozen=True):
    """A listener that takes a route, for these host names (none: any)."""

    gateway: Gateway
    listener: Listener
    hostnames: tuple[str, ...]


def find_gateway_paths(finder: PathFinder) -> None:
    """Every backend of every route, once for each listener that takes the route."""
    entry = finder.evaluation.state.entry
    gateways = {(each.namespace, each.name): each for each in entry.gateways}
    grants: dict[str, list[Grant]] = {}
    for grant in entry.grants:
        grants.setdefault(grant.namespace, []).append(grant)
    for route in entry.routes:
        whole = Door(route.kind, route.key, route.origin, ())
        for attached in _attachments(route, gateways, whole, finder):
            for backend in route.backends:
                _lead(route, attached, backend, grants, finder)


def _attachments(
    route: GatewayRoute,
    gateways: dict[tuple[str, str], Gateway],
    whole: Door,
    finder: PathFinder,
) -> Iterator[_Attached]:
    for parent in route.parents:
        if parent.kind == "Service":
            continue  # F-44: a mesh's own traffic does not come from outside.
        if parent.kind != "Gateway":
            text = f"its parent {parent.kind} {parent.name} is of no kind that is read"
            finder.issue(whole, "no-gateway", text)
            continue
        gateway = gateways.get((parent.namespace, parent.name))
        if gateway is None:
            text = f"there is no Gateway {parent.name} in namespace {parent.namespace}"
            finder.issue(whole, "no-gateway", text)
            continue
        found = [each for each in gateway.listeners if _is_meant(each, parent)]
        reasons = []
        taken = False
        for listener in found:
            why = _refusal(route, gateway, listener, finder)
            hostnames = _common_hosts(listener.hostname, route.hostnames)
            if not why and hostnames is None:
                why = f"its host names are none of {listener.hostname}"
            if why:
                reasons.append(f"listener {listener.name} does not take it: {why}")
            else:
                taken = True
                yield _Attached(gateway, listener, hostnames or ())
        if not taken:
            text = "; ".join(reasons) or f"Gateway {gateway.name} has no such listener"
            finder.issue(whole, "not-accepted", text)


def _is_meant(listener: Listener, parent: ParentRef) -> bool:
    return parent.section in ("", listener.name) and parent.port in (0, listener.port)


def _refusal(route: GatewayRoute, gateway: Gateway, listener: Listener, finder: PathFinder) -> str:
    """F-43: why a listener does not take a route; empty when it does."""
    kinds = listener.kinds or _KINDS.get(listener.protocol, ())
    if route.kind not in kinds:
        return f"it takes {' and '.join(kinds) or 'no known kind'} only"
    if listener.namespaces == "None":
        return "it takes routes of no namespace"
    if listener.namespaces == "Same" and route.namespace != gateway.namespace:
        return f"it takes routes of namespace {gateway.namespace} only"
    if listener.namespaces == "Selector":
        namespace = finder.evaluation.universe.namespaces.get(route.namespace)
        if namespace is None or not listener.selector.matches(namespace.labels):
            return f"namespace {route.namespace} does not have {listener.selector}"
    return ""


def _common_hosts(listener: str, route: tuple[str, ...]) -> tuple[str, ...] | None:
    """The host names that both serve, none for any; None when they have none in common."""
    if not listener or not route:
        return (listener,) if listener else route
    common = tuple(host for each in route if (host := _narrower(listener, each)))
    return common or None


def _narrower(one: str, other: str) -> str:
    """Of two host names that meet the narrower one; `*.a.example` is any number of labels."""
    if one == other:
        return one
    for wide, narrow in ((one, other), (other, one)):
        if wide.startswith("*.") and narrow.endswith(wide[1:]):
            return narrow
    return ""


def _lead(
    route: GatewayRoute,
    attached: _Attached,
    backend: RouteBackend,
    grants: dict[str, list[Grant]],
    finder: PathFinder,
) -> None:
    gateway, listener = attached.gateway, attached.listener
    opened = f"{listener.protocol} {listener.port} on Gateway {gateway.namespace}/{gateway.name}"
    if backend.mirror:
        opened = f"{opened} (a copy of each request)"
    door = Door(
        kind=route.kind,
        object=route.key,
        origin=route.origin,
        callers=finder.sources.of_gateway(gateway),
        line=backend.line,
        host=", ".join(attached.hostnames),
        path=backend.path,
        opened=opened,
        mirror=backend.mirror,
    )
    if backend.weight <= 0:
        return
    if backend.kind != "Service":
        finder.issue(door, "no-service", f"its backend is a {backend.kind}, which has no pods here")
        return
    if not backend.port:
        finder.issue(door, "no-port", f"it names no port of Service {backend.name}")
        return
    if backend.namespace != route.namespace and not any(
        _grants(grant, route, backend.name) for grant in grants.get(backend.namespace, ())
    ):
        text = f"no ReferenceGrant of namespace {backend.namespace} lets {route.kind}s of namespace"
        finder.issue(door, "no-grant", f"{text} {route.namespace} use Service {backend.name}")
        return
    finder.through_service(door, backend.namespace, backend.name, backend.port, route.protocol)


def _grants(grant: Grant, route: GatewayRoute, service: str) -> bool:
    """F-44."""
    allowed = (route.kind, route.namespace) in grant.routes
    return allowed and ("" in grant.services or service in grant.services)
