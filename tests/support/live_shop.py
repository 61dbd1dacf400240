"""The shop as a cluster that is watched: as it is, and as it becomes while a page is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from policies.models import Cluster, Picture
from tests.support.shop import shop_manifests
from tests.support.watched import a_cluster, a_picture

__all__ = ["CLOSE_REDIS", "COUPONS", "REPORTS", "closed", "shop_cluster", "shop_picture"]

# Closes redis to all: the flow of the cart goes.
CLOSE_REDIS = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: redis, namespace: data}
spec:
  podSelector: {matchLabels: {app: redis}}
  policyTypes: [Ingress]
"""
# A workload more on an island that is there, which may reach another.
COUPONS = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coupons, namespace: orders}
spec:
  selector: {matchLabels: {app: coupons}}
  template:
    metadata: {labels: {app: coupons}}
    spec: {containers: [{name: main, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: coupons, namespace: orders}
spec:
  podSelector: {matchLabels: {app: coupons}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: orders-api}}}]
    ports: [{port: 8080}]
"""
# An island more.
REPORTS = """---
apiVersion: v1
kind: Namespace
metadata: {name: reports, labels: {kubernetes.io/metadata.name: reports}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nightly, namespace: reports}
spec:
  selector: {matchLabels: {app: nightly}}
  template:
    metadata: {labels: {app: nightly}}
    spec: {containers: [{name: main, image: x}]}
"""


def change(op: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of a history."""
    namespace, _, own = name.rpartition("/")
    usual = {"pods_added": 0, "pods_removed": 0, "manager": None, "at": None}
    return {"op": op, "kind": kind, "namespace": namespace, "name": own, **usual, **more}


def closed() -> str:
    """The shop with redis closed."""
    return without("NetworkPolicy", "redis") + CLOSE_REDIS


def without(kind: str, name: str) -> str:
    """The shop without one object."""
    parts = shop_manifests().decode().split("\n---\n")
    kept = [part for part in parts if not (f"kind: {kind}\n" in part and f"name: {name}\n" in part)]
    assert len(kept) < len(parts)
    return "\n---\n".join(kept)


def shop_cluster(**fields: Any) -> Cluster:
    """A cluster that the shop runs on, without a picture yet."""
    return a_cluster("shop-production", **fields)


def shop_picture(cluster: Cluster, text: str = "", at: datetime | None = None) -> Picture:
    """The next picture of it: the shop, or other manifests."""
    return a_picture(cluster, text or shop_manifests().decode(), at=at)
