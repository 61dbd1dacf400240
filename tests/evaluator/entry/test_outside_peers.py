"""Peers that are no workloads, the parts every cluster has, Services as names (F.2, F-36, F-49)."""

from __future__ import annotations

import pytest

from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import evaluate
from policies.evaluator.entry.services import Services
from policies.evaluator.entry.uses import services_to
from policies.evaluator.errors import BadQuestion
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.questions import parse_port
from policies.evaluator.state import ClusterState
from tests.support.entry_points import manifest, service
from tests.support.fixture_cluster import N2, cluster, expect, namespace, pod

API_SERVER = manifest(f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  namespace: default
  name: kubernetes
  labels: {{kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{{addresses: [{N2}]}}, {{addresses: [172.16.0.5]}}]
ports: [{{name: https, port: 6443}}]
""")


def verdict(state: ClusterState, source: str, destination: str, port: str = "80/TCP") -> str:
    return explain(evaluate(state), source, destination, port).verdict


@pytest.mark.law("F-20")
def test_addresses_outside_are_cut_by_every_block_and_the_rest_is_the_internet() -> None:
    state = cluster("ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]")
    rows = {row.source for row in flows(evaluate(state)) if row.destination == "x/a[Pod]"}
    assert "203.0.113.0/24" in rows
    assert verdict(state, "internet", "x/b") == "allow"
    assert verdict(state, "internet", "x/a") == "conditional"
    assert verdict(state, "8.8.8.8", "x/a") == "deny"


@pytest.mark.law("F-21")
def test_a_node_is_one_peer_with_all_its_addresses_and_all_nodes_are_a_group() -> None:
    state = cluster(f"ingress: [{{from: [{{ipBlock: {{cidr: {N2}/32}}}}]}}]")
    assert verdict(state, "{node n2}", "x/a") == verdict(state, N2, "x/a") == "allow"
    assert verdict(state, "{nodes}", "x/a") == "allow"
    closed = cluster("ingress: []")
    # only the own node of the pod always comes in.
    assert verdict(closed, "{node n2}", "x/a") == "deny"
    assert verdict(closed, "{nodes}", "x/a") == "conditional"


@pytest.mark.law("F-22")
def test_the_api_server_is_where_its_endpoints_are_and_not_its_cluster_address() -> None:
    by_service_address = (
        "{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.1/32}}]}]}"
    )
    state = cluster(API_SERVER, by_service_address)
    assert verdict(state, "x/a", "{kube-apiserver}", "6443/TCP") == "deny"
    both = f"[{{ipBlock: {{cidr: {N2}/32}}}}, {{ipBlock: {{cidr: 172.16.0.5/32}}}}]"
    opened = cluster(API_SERVER, f"{{policyTypes: [Egress], egress: [{{to: {both}}}]}}")
    assert verdict(opened, "x/a", "{kube-apiserver}", "6443/TCP") == "allow"


@pytest.mark.law("F-22")
def test_an_api_server_that_is_not_in_the_input_is_not_made_up() -> None:
    with pytest.raises(BadQuestion, match="not among these objects"):
        verdict(cluster(), "x/a", "{kube-apiserver}", "6443/TCP")


@pytest.mark.law("F-49")
@pytest.mark.parametrize(
    ("role", "where", "labels"),
    [
        ("{kube-dns}", "kube-system", {"k8s-app": "kube-dns"}),
        ("{kube-dns}", "openshift-dns", {"dns.operator.openshift.io/daemonset-dns": "default"}),
        ("{prometheus}", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
        ("{metrics-server}", "kube-system", {"k8s-app": "metrics-server"}),
    ],
)
def test_parts_of_every_cluster_are_found_by_their_labels(
    role: str, where: str, labels: dict[str, str]
) -> None:
    state = cluster(
        namespace(where),
        pod(f"{where}/it", labels=labels),
        pod(f"{where}/other"),
        f"{{policyTypes: [Egress], egress: [{{to: [{{namespaceSelector: {{}},"
        f" podSelector: {{matchLabels: {manifest(str(labels))}}}}}]}}]}}",
    )
    assert verdict(state, "x/a", role, "53/UDP") == "allow"
    assert verdict(state, "x/a", f"{where}/other", "53/UDP") == "deny"


@pytest.mark.law("F-50")
def test_a_dns_cache_on_the_node_is_an_address_and_no_pod_of_kube_dns() -> None:
    dns = pod("y/dns", labels={"k8s-app": "kube-dns"}, ips=["10.0.2.9"], on="n2")
    to_dns = "{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}"
    cache = "169.254.20.10"
    only_dns = f"{{policyTypes: [Egress], egress: [{{to: [{to_dns}]}}]}}"
    expect(cluster(dns, only_dns), allow=["x/a -> y/dns UDP 53"], deny=[f"x/a -> {cache} UDP 53"])
    block = f"{{ipBlock: {{cidr: {cache}/32}}}}"
    opened = f"{{policyTypes: [Egress], egress: [{{to: [{to_dns}, {block}]}}]}}"
    expect(cluster(dns, opened), allow=[f"x/a -> {cache} UDP 53"])


def uses(
    state: ClusterState, name: str, opened: ConnectionSet, port: str | None = None
) -> list[str]:
    index = next(i for i, each in enumerate(state.pods) if f"{each.namespace}/{each.name}" == name)
    return [
        f"{use.service} {use.port} => {use.target} {'open' if use.opened else 'closed'}"
        for use in services_to(
            Services(state), 1 << index, opened, parse_port(port) if port else None
        )
    ]


@pytest.mark.law("F-36")
def test_a_flow_knows_the_services_by_which_it_is_dialled() -> None:
    state = cluster(
        service("x/web", {"port": 80, "targetPort": 8080}),
        service("x/every", selector={"pod": "b"}),
    )
    assert uses(state, "x/a", ALL) == ["Service/x/web 80 => 8080 open"]
    only_80 = ConnectionSet.of("TCP", 80, 80)
    assert uses(state, "x/a", only_80) == ["Service/x/web 80 => 8080 closed"]


@pytest.mark.law("F-36", "A-113")
def test_a_headless_service_is_dialled_on_the_port_of_the_pod() -> None:
    state = cluster(service("x/web", {"port": 80, "targetPort": 8080}, clusterIP="None"))
    assert uses(state, "x/a", ALL) == ["Service/x/web 80 => 80 open"]


@pytest.mark.law("F-36", "A-113")
def test_a_connection_to_a_port_is_not_dialled_by_a_service_on_another() -> None:
    state = cluster(
        service("x/web", {"port": 80, "targetPort": 8080}),
        service("x/peers", {"port": 9090}, clusterIP="None"),
        service("x/names", {"port": 53, "protocol": "UDP"}, clusterIP="None"),
    )
    assert uses(state, "x/a", ALL, "8080") == ["Service/x/web 80 => 8080 open"]
    assert uses(state, "x/a", ALL, "80") == ["Service/x/web 80 => 8080 open"]
    assert uses(state, "x/a", ALL, "9090") == ["Service/x/peers 9090 => 9090 open"]
    assert uses(state, "x/a", ALL, "53/TCP") == uses(state, "x/a", ALL, "ICMP") == []
    assert len(uses(state, "x/a", ALL)) == 3


@pytest.mark.law("F-36", "A-113")
def test_a_headless_service_does_not_map_the_port_that_its_object_maps() -> None:
    state = cluster(service("x/web", {"port": 80, "targetPort": 8080}, clusterIP="None"))
    assert uses(state, "x/a", ALL, "8080") == []
    assert uses(state, "x/a", ALL, "80") == ["Service/x/web 80 => 80 open"]
