"""Clusters with a history, made in the database as a watcher makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from policies import services
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.models import Cluster, Event, Picture, Snapshot

__all__ = ["a_cluster", "a_picture", "manifests", "resource"]

POD = """---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}
spec: {{containers: [{{name: main, image: x, ports: [{{containerPort: 80}}]}}]}}
"""
ONLY_WEB = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 80}]
"""


def manifests(*pods: str, closed: bool = False) -> str:
    """Pods of one namespace; `closed` lets only web speak with cart."""
    return "".join(POD.format(name=name) for name in pods) + (ONLY_WEB if closed else "")


def resource(kind: str, state: str = "ok", message: str = "", count: int = 0) -> dict[str, Any]:
    """One row of what a watcher reads."""
    right = {"ok": True, "forbidden": False}.get(state)
    name = f"{kind.lower()}s" if kind != "NetworkPolicy" else "networkpolicies.networking.k8s.io"
    return {
        "resource": name,
        "kind": kind,
        "state": state,
        "list": right,
        "watch": right,
        "count": count,
        "message": message,
    }


def a_cluster(name: str = "production", **fields: Any) -> Cluster:
    """A cluster that a watcher knows well."""
    now = timezone.now()
    usual: dict[str, Any] = {
        "source": Cluster.Source.KUBECONFIG,
        "context": name,
        "server": "https://10.0.0.1:6443",
        "status": Cluster.Status.LIVE,
        "confirmed_at": now,
        "status_since": now - timedelta(hours=2),
        "counts": {"pods": 14, "namespaces": 3, "policies": 5, "workloads": 9},
    }
    return Cluster.objects.create(name=name, **{**usual, **fields})


@transaction.atomic
def a_picture(
    cluster: Cluster,
    text: str,
    *,
    at: datetime | None = None,
    changes: Sequence[dict[str, Any]] = (),
    title: str = "",
) -> Picture:
    """What a watcher writes when a cluster is not as it was."""
    state = read_state([SourceText(cluster.name, text.encode())])
    snapshot = Snapshot.objects.store(state, title or cluster.name, loaded=False)
    picture = Picture.objects.create(
        cluster=cluster,
        snapshot=snapshot,
        taken_at=at or timezone.now(),
        changes=list(changes),
        change_count=len(changes),
    )
    told = {
        "picture": picture.pk,
        "snapshot": snapshot.pk,
        "taken_at": picture.taken_at.isoformat(),
        "changes": picture.change_count,
    }
    services.record_event(cluster.pk, Event.Kind.PICTURE, told)
    return picture
