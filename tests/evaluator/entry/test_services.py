"""Which pods stand behind a Service, and on which ports (semantics F.3, A-110…A-114)."""

from __future__ import annotations

import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.entry.services import Services, Target
from policies.evaluator.state import ClusterState
from tests.support.entry_points import manifest, service
from tests.support.fixture_cluster import Manifest, cluster, pod, read

WEB_8080 = [{"name": "web", "containerPort": 8080, "protocol": "TCP"}]


def behind(state: ClusterState, *, dialled: bool = False) -> dict[str, str]:
    """For each port of the only Service: `TCP 80` -> the pods and addresses, with their port."""
    services = Services(state)
    [only] = state.services
    ends = services.dialled if dialled else services.targets
    return {
        f"{port.protocol} {port.port}": " ".join(
            text for target in ends(only, port) for text in shown(state, target)
        )
        for port in only.ports
    }


def shown(state: ClusterState, target: Target) -> list[str]:
    pods = [state.pods[index] for index in bits_of(target.pods)]
    names = [f"{each.namespace}/{each.name}" for each in pods] + list(target.addresses)
    return [f"{name}:{target.port}" for name in names]


def one(*objects: Manifest) -> dict[str, str]:
    return behind(cluster(*objects))


@pytest.mark.law("F-30")
def test_a_service_leads_to_the_pods_of_its_namespace_with_its_labels() -> None:
    assert one(service()) == {"TCP 80": "x/a:80"}


@pytest.mark.law("F-30")
def test_every_label_of_the_selector_must_be_there() -> None:
    assert one(service(selector={"pod": "a", "tier": "web"})) == {"TCP 80": ""}


@pytest.mark.law("F-30")
def test_an_empty_selector_selects_nothing() -> None:
    assert one(service(selector={})) == {"TCP 80": ""}


@pytest.mark.law("F-31", "A-111")
@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"port": 80}, {"TCP 80": "x/a:80"}),
        ({"port": 80, "targetPort": 8080}, {"TCP 80": "x/a:8080"}),
        ({"port": 80, "targetPort": "8080"}, {"TCP 80": "x/a:8080"}),
        ({"port": 1, "targetPort": "serve-81-tcp"}, {"TCP 1": "x/a:81"}),
        ({"port": 1, "targetPort": "serve-81-udp"}, {"TCP 1": ""}),
        ({"port": 1, "targetPort": "serve-81-udp", "protocol": "UDP"}, {"UDP 1": "x/a:81"}),
        ({"port": 1, "targetPort": "absent"}, {"TCP 1": ""}),
    ],
)
def test_a_port_of_a_service_ends_at_its_target(port: Manifest, expected: dict[str, str]) -> None:
    assert one(service("x/web", port)) == expected


@pytest.mark.law("F-31", "A-111")
def test_a_named_target_is_looked_up_on_each_pod() -> None:
    found = one(
        service("x/web", {"port": 80, "targetPort": "web"}, selector={"app": "web"}),
        pod("x/new", labels={"app": "web"}, ports=WEB_8080),
        pod("x/old", labels={"app": "web"}, ports=[{"name": "web", "containerPort": 9090}]),
        pod("x/odd", labels={"app": "web"}),
    )
    assert sorted(found["TCP 80"].split()) == ["x/new:8080", "x/old:9090"]


@pytest.mark.law("F-32", "A-93")
def test_finished_pods_are_no_backends_and_pending_ones_are() -> None:
    found = one(
        service(selector={"app": "web"}),
        pod("x/done", labels={"app": "web"}, phase="Succeeded"),
        pod("x/soon", labels={"app": "web"}, phase="Pending"),
    )
    assert found == {"TCP 80": "x/soon:80"}


@pytest.mark.law("F-33")
def test_an_external_name_has_no_pods() -> None:
    assert one(service(type="ExternalName", externalName="example.com")) == {"TCP 80": ""}


@pytest.mark.law("A-113")
def test_nothing_maps_the_ports_of_a_headless_service() -> None:
    state = cluster(service("x/web", {"port": 80, "targetPort": 8080}, clusterIP="None"))
    assert behind(state) == {"TCP 80": "x/a:8080"}
    assert behind(state, dialled=True) == {"TCP 80": "x/a:80"}


SLICE = manifest("""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: x, name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.0.1.2]}, {addresses: [203.0.113.9]}]
ports: [{name: "", port: 8080, protocol: TCP}]
""")
ENDPOINTS = manifest("""
apiVersion: v1
kind: Endpoints
metadata: {namespace: x, name: web}
subsets:
- {addresses: [{ip: 10.0.1.2}], ports: [{port: 8080}]}
- {addresses: [{ip: 203.0.113.9}], ports: [{port: 8081}]}
""")


@pytest.mark.law("F-30", "A-114")
@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (SLICE, "x/b:8080 203.0.113.9:8080"),
        (ENDPOINTS, "x/b:8080 203.0.113.9:8081"),
    ],
)
def test_a_service_without_a_selector_leads_to_what_somebody_listed(
    listed: Manifest, expected: str
) -> None:
    assert one(service(selector={}), listed) == {"TCP 80": expected}


@pytest.mark.law("A-114")
def test_endpoints_that_follow_from_a_selector_are_not_kept() -> None:
    assert not cluster(service(), SLICE, ENDPOINTS).entry.endpoints


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"type": "Balancer"}, "spec.type"),
        ({"ports": [{"port": 0}]}, "spec.ports[0].port"),
        ({"ports": [{"port": 80, "targetPort": 70000}]}, "spec.ports[0].targetPort"),
        ({"ports": [{"port": 80, "protocol": "HTTP"}]}, "spec.ports[0].protocol"),
        (
            {"loadBalancerSourceRanges": ["everywhere"]},
            "spec.loadBalancerSourceRanges[0]",
        ),
    ],
)
def test_a_service_that_cannot_be_is_reported_and_left_out(spec: Manifest, path: str) -> None:
    state = read([service(**spec)])
    assert [(each.path, each.severity) for each in state.problems] == [(path, "error")]
    assert not state.services
