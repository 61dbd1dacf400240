"""Ways to fake API servers, and a key for tokens, for tests of clusters that are looked at."""

from __future__ import annotations

import base64
from typing import Any

from django.test import Client

from tests.support.doors import post_json
from tests.support.kubeapi import ApiServer

__all__ = ["API", "KEY", "OTHER_KEY", "TOKEN", "added", "by_token", "change", "networkpolicy"]

API = "/api/v1/clusters"
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
OTHER_KEY = base64.urlsafe_b64encode(b"o" * 32).decode()
TOKEN = "sealed.tight-and_never.shown"


def by_token(server: ApiServer, **fields: Any) -> dict[str, Any]:
    """The body that adds a fake server by its address, its token and its certificate."""
    return {
        "name": "fake",
        "source": "token",
        "server": server.url,
        "token": server.token or TOKEN,
        "ca": server.ca_pem,
        **fields,
    }


def added(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """The cluster that was added."""
    answer = post_json(client, API, body)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def change(client: Client, identifier: str, body: object) -> Any:
    """The answer to a change."""
    return client.patch(f"{API}/{identifier}", body, content_type="application/json")


def networkpolicy(name: str, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    """A NetworkPolicy as an object."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {}, **spec},
    }
