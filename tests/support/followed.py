"""A live cluster in tests, followed until something holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from policies.evaluator.state import ClusterState
from policies.ingest.connection import Connection, Target
from policies.ingest.live import Batch, LiveCluster
from tests.support.kubeapi import ApiServer

__all__ = ["Followed", "connection_to", "follow", "manifest", "pod_manifest", "policy_manifest"]

PATIENCE = 20.0


def connection_to(api: ApiServer, **fields: Any) -> Connection:
    """A connection with the token that the server takes."""
    given = {"server": api.url, "ca": api.ca_pem, "token": api.token or "none", **fields}
    return Connection(Target(source="token", **given))


def manifest(kind: str, name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    """An object of the core group."""
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place, **fields.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def pod_manifest(name: str, namespace: str = "x", ip: str = "", **labels: str) -> dict[str, Any]:
    """A running pod."""
    return manifest(
        "Pod",
        name,
        namespace,
        metadata={"labels": labels or {"app": name}},
        spec={"containers": [{"name": "c", "image": "i"}]},
        status={"phase": "Running", **({"podIP": ip, "podIPs": [{"ip": ip}]} if ip else {})},
    )


def policy_manifest(name: str, namespace: str = "x", **spec: Any) -> dict[str, Any]:
    """A NetworkPolicy; without more it closes the ingress of its namespace."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], **spec},
    }


class Followed:
    """A live cluster whose news are taken as they come."""

    def __init__(self, live: LiveCluster) -> None:
        self.live = live
        self.pods: set[tuple[str, str]] = set()
        self.others = 0

    def take(self, seconds: float = 0.2) -> Batch:
        """Take what has changed, and count it."""
        batch = self.live.take(seconds)
        self.pods |= batch.pods
        self.others += batch.others
        return batch

    def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Take news until something holds. Fails after a while."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"{what} {self.live.condition()}".strip()
            self.take()

    def ready(self) -> Followed:
        """Once there is a picture, and it is confirmed."""
        self.until(lambda: self.live.confirmed, "no confirmed picture:")
        return self

    @property
    def state(self) -> ClusterState:
        """The picture."""
        return self.live.state()

    def names(self) -> list[str]:
        """The pods in the picture."""
        return [pod.name for pod in self.state.pods]

    def until_pods(self, *names: str) -> None:
        """Take news until just these pods are there."""
        self.until(lambda: self.names() == sorted(names), f"pods are {self.names()}, not {names}:")


@contextmanager
def follow(
    connection: Connection, namespaces: tuple[str, ...] = (), **options: Any
) -> Iterator[Followed]:
    """Follow a cluster, and stop in the end."""
    live = LiveCluster(connection, namespaces, **options)
    live.start()
    try:
        yield Followed(live)
    finally:
        live.stop()
