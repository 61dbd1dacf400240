"""Paths through OpenShift Routes (F-46)."""

from __future__ import annotations

from policies.evaluator.entry.objects import OpenShiftRoute, Service
from policies.evaluator.entry.paths import Door, PathFinder

__all__ = ["find_openshift_paths"]


def find_openshift_paths(finder: PathFinder) -> None:
    """Every backend of every Route that is given any weight."""
    routes = finder.evaluation.state.entry.openshift_routes
    # Whose pods the routers are is looked up among all pods.
    callers = finder.sources.of_openshift() if routes else ()
    for route in routes:
        door = Door("Route", route.key, route.origin, callers, host=route.host, path=route.path)
        for name, weight in route.backends:
            service = finder.services.find(route.namespace, name)
            if weight <= 0:
                continue
            if service is None:
                text = f"there is no Service {name} in namespace {route.namespace}"
                finder.issue(door, "no-service", text)
            else:
                _to(service, route, door, finder)


def _to(service: Service, route: OpenShiftRoute, door: Door, finder: PathFinder) -> None:
    """A router dials the pods: a number is the pod's port, a name that of the Service's port."""
    if isinstance(route.target, int):
        ports = [
            port
            for port in service.ports
            if any(each.port == route.target for each in finder.services.targets(service, port))
        ]
        for port in ports:
            for each in finder.services.targets(service, port):
                if each.port == route.target:
                    shown = f"{service.namespace}/{service.name}:{port.port}"
                    finder.to_target(door, shown, each)
    else:
        ports = [port for port in service.ports if not route.target or port.name == route.target]
        # Without a port the router takes them all; a target's name is understood, too.
        ports = ports or [port for port in service.ports if port.target == route.target]
        for port in ports:
            finder.through_port(door, service, port)
    if not ports:
        finder.issue(door, "no-port", f"Service {service.name} has no port {route.target}")
