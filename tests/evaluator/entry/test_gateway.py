"""Paths through the Gateway API (semantics F-43…F-45)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.entry_points import codes, manifest, paths, points_of, service
from tests.support.fixture_cluster import Manifest, cluster, namespace, pod, read

GROUP = "gateway.networking.k8s.io"
PSEUDO = "HTTPRoute {ingress-controller} => x/a[Pod] 80/TCP: allow"


def gateway(*listeners: Manifest, place: str = "x/gate", **spec: Any) -> Manifest:
    """A Gateway that listens on HTTP 80 unless listeners are given."""
    where, _, name = place.partition("/")
    listed = listeners or ({},)
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"namespace": where, "name": name},
        "spec": {
            "gatewayClassName": "any",
            "listeners": [
                {"name": f"l{number}", "port": 80, "protocol": "HTTP", **each}
                for number, each in enumerate(listed)
            ],
            **spec,
        },
    }


def route(
    *backends: Manifest,
    kind: str = "HTTPRoute",
    place: str = "x/site",
    parent: Manifest | None = None,
    filters: list[Manifest] | None = None,
    **spec: Any,
) -> Manifest:
    """A route to port 80 of Service web unless backends are given."""
    where, _, name = place.partition("/")
    rule: Manifest = {"backendRefs": list(backends or ({"name": "web", "port": 80},))}
    if filters:
        rule["filters"] = filters
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"namespace": where, "name": name},
        "spec": {"parentRefs": [{"name": "gate", **(parent or {})}], "rules": [rule], **spec},
    }


def allowed_from(whence: str, **more: Any) -> Manifest:
    return {"allowedRoutes": {"namespaces": {"from": whence, **more}}}


@pytest.mark.law("F-43", "F-44")
def test_a_route_that_its_gateway_takes_leads_to_the_pods() -> None:
    [found] = points_of(cluster(service(), gateway(), route())).paths
    assert found.opened == "HTTP 80 on Gateway x/gate"
    assert paths(cluster(service(), gateway(), route())) == [PSEUDO]


@pytest.mark.law("F-43")
@pytest.mark.parametrize(
    ("listener", "taken"),
    [
        ({}, False),
        (allowed_from("Same"), False),
        (allowed_from("All"), True),
        (allowed_from("Selector", selector={"matchLabels": {"ns": "x"}}), True),
        (allowed_from("Selector", selector={"matchLabels": {"ns": "y"}}), False),
        (allowed_from("None"), False),
    ],
)
def test_a_listener_says_of_which_namespaces_it_takes_routes(
    listener: Manifest, taken: bool
) -> None:
    gate = gateway(listener, place="z/gate")
    state = cluster(service(), gate, route(parent={"namespace": "z"}))
    assert paths(state) == ([PSEUDO] if taken else [])
    assert codes(state) == ([] if taken else [("HTTPRoute/x/site", "not-accepted")])


@pytest.mark.law("F-43")
@pytest.mark.parametrize(
    ("listener", "kind", "taken"),
    [
        ({}, "HTTPRoute", True),
        ({}, "GRPCRoute", True),
        ({}, "TCPRoute", False),
        ({"protocol": "TLS"}, "TLSRoute", True),
        ({"protocol": "TCP"}, "TCPRoute", True),
        ({"protocol": "UDP"}, "UDPRoute", True),
        ({"allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}]}}, "HTTPRoute", False),
    ],
)
def test_a_listener_takes_kinds_of_routes(listener: Manifest, kind: str, taken: bool) -> None:
    web = service("x/web", {"port": 80}, {"port": 80, "protocol": "UDP", "name": "udp"})
    found = points_of(cluster(web, gateway(listener), route(kind=kind))).paths
    protocol = "UDP" if kind == "UDPRoute" else "TCP"
    assert [each.target.protocol for each in found] == ([protocol] if taken else [])


@pytest.mark.law("F-43")
@pytest.mark.parametrize(
    ("listener", "hostnames", "host"),
    [
        ("", [], ""),
        ("a.example", [], "a.example"),
        ("", ["a.example"], "a.example"),
        ("*.example", ["a.b.example", "other"], "a.b.example"),
        ("a.example", ["*.example"], "a.example"),
        ("a.example", ["b.example"], None),
        ("*.example", ["example"], None),
    ],
)
def test_host_names_must_meet(listener: str, hostnames: list[str], host: str | None) -> None:
    spec = {"hostname": listener} if listener else {}
    state = cluster(service(), gateway(spec), route(hostnames=hostnames))
    assert [each.host for each in points_of(state).paths] == ([] if host is None else [host])


@pytest.mark.law("F-43")
@pytest.mark.parametrize(
    ("parent", "ports"),
    [
        ({}, [80, 8080]),
        ({"sectionName": "l1"}, [8080]),
        ({"port": 8080}, [8080]),
        ({"sectionName": "absent"}, []),
    ],
)
def test_a_parent_may_be_one_listener(parent: Manifest, ports: list[int]) -> None:
    gate = gateway({}, {"port": 8080})
    found = points_of(cluster(service(), gate, route(parent=parent)))
    assert [each.opened for each in found.paths] == [
        f"HTTP {port} on Gateway x/gate" for port in ports
    ]
    assert [each.code for each in found.issues] == ([] if ports else ["not-accepted"])


@pytest.mark.law("F-43")
def test_a_gateway_that_is_not_there_is_said() -> None:
    assert codes(cluster(service(), route())) == [("HTTPRoute/x/site", "no-gateway")]


@pytest.mark.law("F-44")
def test_a_service_as_parent_is_a_mesh_and_no_way_in() -> None:
    mesh = route(parent={"kind": "Service", "group": "", "name": "web"})
    found = points_of(cluster(service(), mesh))
    assert not found.paths
    assert not found.issues


@pytest.mark.law("F-44")
def test_a_weight_of_nothing_is_no_backend_and_a_mirror_is_one() -> None:
    state = cluster(
        service(),
        service("x/idle", selector={"pod": "b"}),
        service("x/copy", selector={"pod": "c"}),
        gateway(),
        route(
            {"name": "web", "port": 80},
            {"name": "idle", "port": 80, "weight": 0},
            filters=[
                {
                    "type": "RequestMirror",
                    "requestMirror": {"backendRef": {"name": "copy", "port": 80}},
                }
            ],
        ),
    )
    found = {each.backend: each.opened for each in points_of(state).paths}
    assert sorted(found) == ["x/a[Pod]", "x/c[Pod]"]
    assert found["x/c[Pod]"].endswith("(a copy of each request)")


@pytest.mark.law("F-44")
def test_a_backend_must_name_the_port_of_its_service() -> None:
    state = cluster(service(), gateway(), route({"name": "web"}))
    assert codes(state) == [("HTTPRoute/x/site", "no-port")]


def grant(kind: str = "HTTPRoute", whence: str = "y", **to: str) -> Manifest:
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"namespace": "x", "name": "grant"},
        "spec": {
            "from": [{"group": GROUP, "kind": kind, "namespace": whence}],
            "to": [{"group": "", "kind": "Service", **to}],
        },
    }


@pytest.mark.law("F-44")
@pytest.mark.parametrize(
    ("granted", "reaches"),
    [
        ([], False),
        ([grant()], True),
        ([grant(name="web")], True),
        ([grant(name="other")], False),
        ([grant(whence="z")], False),
        ([grant(kind="TCPRoute")], False),
    ],
)
def test_a_service_of_another_namespace_must_be_granted_there(
    granted: list[Manifest], reaches: bool
) -> None:
    backend = {"name": "web", "namespace": "x", "port": 80}
    state = cluster(service(), gateway(place="y/gate"), route(backend, place="y/site"), *granted)
    assert paths(state) == ([PSEUDO] if reaches else [])
    assert codes(state) == ([] if reaches else [("HTTPRoute/y/site", "no-grant")])


ONLY_FROM_Z = "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: z}}}]}]"
ENVOY = {
    "gateway.envoyproxy.io/owning-gateway-name": "gate",
    "gateway.envoyproxy.io/owning-gateway-namespace": "x",
}


@pytest.mark.law("F-45", "F-40")
@pytest.mark.parametrize(
    ("place", "labels", "caller"),
    [
        ("x/proxy", {"gateway.networking.k8s.io/gateway-name": "gate"}, "x/proxy[Pod]"),
        ("z/proxy", {"gateway.networking.k8s.io/gateway-name": "gate"}, "{ingress-controller}"),
        ("z/envoy", ENVOY, "z/envoy[Pod]"),
    ],
)
def test_the_data_plane_of_a_gateway_carries_its_name(
    place: str, labels: dict[str, str], caller: str
) -> None:
    state = cluster(service(), gateway(), route(), pod(place, labels=labels), ONLY_FROM_Z)
    verdict = "allow" if caller.startswith("z/") else "deny"
    assert paths(state) == [f"HTTPRoute {caller} => x/a[Pod] 80/TCP: {verdict}"]


@pytest.mark.law("F-45")
@pytest.mark.parametrize(
    ("controller", "cidr", "verdict"),
    [
        ("networking.gke.io/gateway", "0.0.0.0/0", "allow"),
        ("networking.gke.io/gateway", "35.191.0.0/16", "unknown"),
        ("networking.gke.io/gateway", "8.8.8.0/24", "deny"),
        ("gateway.k8s.aws/alb", "0.0.0.0/0", "allow"),
        ("gateway.k8s.aws/alb", "10.0.0.0/8", "unknown"),
    ],
)
def test_a_load_balancer_of_the_cloud_dials_the_pods_from_outside(
    controller: str, cidr: str, verdict: str
) -> None:
    cloud = manifest(f"""
    apiVersion: {GROUP}/v1
    kind: GatewayClass
    metadata: {{name: any}}
    spec: {{controllerName: {controller}}}
    """)
    rule = f"ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]"
    state = cluster(service(), gateway(), route(), cloud, rule)
    caller = f"the load balancers of {controller}"
    assert paths(state) == [f"HTTPRoute {caller} => x/a[Pod] 80/TCP: {verdict}"]
    assert all(each.internet for each in points_of(state).paths)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (gateway(allowed_from("Everywhere")), "spec.listeners[0].allowedRoutes.namespaces.from"),
        (
            gateway(allowed_from("Selector")),
            "spec.listeners[0].allowedRoutes.namespaces.selector",
        ),
        (gateway({"port": "http"}), "spec.listeners[0].port"),
        (route({"port": 80}), "spec.rules[0].backendRefs[0].name"),
    ],
)
def test_what_cannot_be_is_reported_and_left_out(given: Manifest, path: str) -> None:
    state = read([namespace("x"), given])
    assert [(each.path, each.severity) for each in state.problems] == [(path, "error")]
    assert not list(state.entry)
