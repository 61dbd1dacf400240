"""A shop of 40 workloads in eight namespaces, with policies: what the pages are looked at with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

__all__ = ["shop_manifests"]

NAMESPACES = {
    "edge": ["ingress-nginx", "oauth-proxy", "rate-limiter", "waf"],
    "storefront": ["web", "web-admin", "bff", "search-ui", "cdn-origin", "assets", "sessions"],
    "orders": ["orders-api", "orders-worker", "cart", "pricing", "tax", "invoice", "outbox"],
    "payments": ["payments-api", "fraud", "ledger", "reconcile", "card-vault"],
    "catalog": ["catalog-api", "search", "indexer", "media", "importer", "elasticsearch"],
    "data": ["postgres-orders", "postgres-catalog", "redis", "kafka", "zookeeper"],
    "monitoring": ["prometheus", "grafana", "alertmanager", "loki"],
    "kube-system": ["coredns", "metrics-server"],
}
STATEFUL = {"postgres-orders", "postgres-catalog", "redis", "kafka", "zookeeper", "elasticsearch"}
OPEN_NAMESPACES = {"monitoring", "kube-system"}
# "source>destination:port"; an address as source or destination is an IPBlock.
FLOWS = """
0.0.0.0/0>ingress-nginx:443 203.0.113.0/24>web-admin:3000 ingress-nginx>waf:8443
waf>oauth-proxy:4180 waf>rate-limiter:8080 oauth-proxy>web:3000 oauth-proxy>web-admin:3000
rate-limiter>bff:8080 web>bff:8080 web>assets:80 web-admin>bff:8080 bff>search-ui:8080
cdn-origin>assets:80 bff>sessions:6379 bff>orders-api:8080 bff>catalog-api:8080
orders-api>cart:8080 orders-api>pricing:8080 pricing>tax:8080 orders-api>outbox:8080
orders-worker>invoice:8080 orders-worker>outbox:8080 orders-api>payments-api:8443
payments-api>fraud:8080 payments-api>ledger:8080 payments-api>card-vault:8200
reconcile>ledger:8080 catalog-api>search:9200 search>elasticsearch:9200
indexer>elasticsearch:9200 importer>catalog-api:8080 catalog-api>media:8080
orders-api>postgres-orders:5432 orders-worker>kafka:9092 outbox>kafka:9092 indexer>kafka:9092
kafka>zookeeper:2181 catalog-api>postgres-catalog:5432 cart>redis:6379
ledger>postgres-orders:5432 payments-api>198.51.100.0/24:443
"""


def shop_manifests() -> bytes:
    """All objects of the shop as one YAML stream."""
    return yaml.safe_dump_all(_objects(), sort_keys=False).encode()


def _objects() -> Iterator[dict[str, Any]]:
    for namespace, names in NAMESPACES.items():
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        for index, name in enumerate(names):
            yield _workload(namespace, name, 1 + index % 3)
            if namespace not in OPEN_NAMESPACES:
                yield _policy(namespace, name)


def _workload(namespace: str, name: str, replicas: int) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet" if name in STATEFUL else "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": f"registry.example/{name}:1"}]},
            },
        },
    }


def _policy(namespace: str, name: str) -> dict[str, Any]:
    flows = [_split(flow) for flow in FLOWS.split()]
    ingress = [
        {"from": [_peer(source)], "ports": [{"port": port}]}
        for source, destination, port in flows
        if destination == name
    ]
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": {"app": name}},
        "policyTypes": ["Ingress"],
        "ingress": ingress,
    }
    if namespace in {"payments", "orders"}:
        spec["policyTypes"].append("Egress")
        spec["egress"] = [
            {"to": [_peer(destination)], "ports": [{"port": port}]}
            for source, destination, port in flows
            if source == name
        ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def _split(flow: str) -> tuple[str, str, int]:
    ends, port = flow.rsplit(":", 1)
    source, destination = ends.split(">")
    return source, destination, int(port)


def _peer(end: str) -> dict[str, Any]:
    if end[0].isdigit():
        return {"ipBlock": {"cidr": end}}
    namespace = next(space for space, names in NAMESPACES.items() if end in names)
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {"app": end}},
    }
