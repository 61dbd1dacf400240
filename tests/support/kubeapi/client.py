"""How tests ask a fake server: through netviz' own connection, as a watcher does."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from policies.ingest.connection import Connection, Target
from tests.support.kubeapi.server import ApiServer

__all__ = ["OF_SHOP", "PODS", "POLICIES", "Watched", "connect", "listed", "read", "version"]

Json = dict[str, Any]
PODS = "/api/v1/pods"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
OF_SHOP = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"


def connect(api: ApiServer, token: str = "secret") -> Connection:
    """A connection as the server's own user."""
    return Connection(Target(source="token", server=api.url, token=token, ca=api.ca_pem))


def read(connection: Connection, path: str, **query: str) -> Json:
    """The JSON of an answer."""
    found: Json = msgspec.json.decode(connection.get(path, query))
    return found


def listed(connection: Connection, path: str, **query: str) -> list[str]:
    """The names in a list, or in one page of it."""
    return [each["metadata"]["name"] for each in read(connection, path, **query)["items"]]


class Watched:
    """A watch and its events, as (type, object)."""

    def __init__(self, api: ApiServer, path: str, **query: str) -> None:
        self.stream = connect(api).stream(path, {"watch": "1", **query}, 20)
        self.lines = iter(self.stream)

    def next(self, count: int = 1) -> list[tuple[str, Json]]:
        """The next events; fewer where the stream ends before."""
        lines = list(itertools.islice(self.lines, count))
        return [(event["type"], event["object"]) for event in map(msgspec.json.decode, lines)]

    def names(self, count: int) -> list[tuple[str, str]]:
        """The same with names for objects."""
        return [(kind, made["metadata"]["name"]) for kind, made in self.next(count)]


def version(api: ApiServer) -> str:
    """The version that a watch can begin from now."""
    found: str = read(connect(api), POLICIES)["metadata"]["resourceVersion"]
    return found
