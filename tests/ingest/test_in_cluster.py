"""Inside a cluster: signed in as the service account of the pod that netviz runs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.config import incluster_config

from policies.ingest.connection import Connection, Target
from policies.ingest.faults import ApiError, BadTarget
from tests.support.kubeapi import ApiServer

HERE = Target(source="in-cluster")


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(tls=True, token="from-a-volume") as server:
        yield server


@pytest.fixture
def token(api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files and variables that a kubelet gives to a pod; they are in another place here."""
    token, authority = tmp_path / "token", tmp_path / "ca.crt"
    token.write_text("from-a-volume")
    authority.write_text(api.ca_pem)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(authority))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(api.port))
    return token


def test_the_service_account_reads(api: ApiServer, token: Path) -> None:
    assert b"NamespaceList" in Connection(HERE).get("/api/v1/namespaces")
    assert api.requests[-1].authorization == "bearer from-a-volume"


def test_a_token_that_the_kubelet_replaces_is_read_anew(api: ApiServer, token: Path) -> None:
    connection = Connection(HERE)
    connection.get("/api/v1/namespaces")
    api.rotate_token("the-next")
    token.write_text("the-next")
    with pytest.raises(ApiError, match="401"):
        connection.get("/api/v1/namespaces")
    connection.reload()
    assert b"NamespaceList" in connection.get("/api/v1/namespaces")


def test_outside_of_a_cluster_there_is_no_such_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(BadTarget, match="does not run inside a cluster"):
        Connection(HERE).get("/version")
