"""OpenShift Routes (semantics F-46)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.entry_points import codes, paths, service
from tests.support.fixture_cluster import Manifest, cluster, namespace, pod, read

PORTS = ({"port": 80, "name": "web", "targetPort": 8080}, {"port": 443, "name": "tls"})
PSEUDO = "Route {ingress-controller} => x/a[Pod]"


def route(**spec: Any) -> Manifest:
    """A Route of x to Service web, unless it says otherwise."""
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"namespace": "x", "name": "site"},
        "spec": {"to": {"kind": "Service", "name": "web"}, "host": "shop.example", **spec},
    }


@pytest.mark.law("F-46")
@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (None, ["443", "8080"]),
        ({"targetPort": "web"}, ["8080"]),
        ({"targetPort": 8080}, ["8080"]),
        ({"targetPort": 443}, ["443"]),
    ],
)
def test_a_route_dials_ports_of_the_pods(port: Manifest | None, expected: list[str]) -> None:
    state = cluster(service("x/web", *PORTS), route(port=port))
    assert paths(state) == [f"{PSEUDO} {number}/TCP: allow" for number in expected]


@pytest.mark.law("F-46")
def test_the_port_of_the_service_is_not_meant_by_a_number() -> None:
    state = cluster(service("x/web", *PORTS), route(port={"targetPort": 80}))
    assert paths(state) == []
    assert codes(state) == [("Route/x/site", "no-port")]


@pytest.mark.law("F-46")
def test_every_backend_with_a_weight_gets_connections() -> None:
    state = cluster(
        service(),
        service("x/more", selector={"pod": "b"}),
        service("x/idle", selector={"pod": "c"}),
        route(alternateBackends=[{"name": "more", "weight": 10}, {"name": "idle", "weight": 0}]),
    )
    assert paths(state) == [
        f"{PSEUDO} 80/TCP: allow",
        "Route {ingress-controller} => x/b[Pod] 80/TCP: allow",
    ]


@pytest.mark.law("F-46", "F-40")
def test_routers_are_the_pods_of_openshift_ingress() -> None:
    label = "ingresscontroller.operator.openshift.io/deployment-ingresscontroller"
    state = cluster(
        service(),
        route(),
        namespace("openshift-ingress", {"policy-group.network.openshift.io/ingress": ""}),
        pod("openshift-ingress/router", labels={label: "default"}),
        "ingress: [{from: [{namespaceSelector: {matchLabels:"
        ' {policy-group.network.openshift.io/ingress: ""}}}]}]',
    )
    assert paths(state) == ["Route openshift-ingress/router[Pod] => x/a[Pod] 80/TCP: allow"]


def test_a_route_to_something_else_is_reported() -> None:
    state = read([route(to={"kind": "Job", "name": "web"})])
    assert [(each.path, each.severity) for each in state.problems] == [("spec.to.kind", "error")]
