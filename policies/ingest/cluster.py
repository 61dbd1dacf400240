"""A cluster read once, for a picture of this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from policies.evaluator.state import ClusterState
from policies.ingest.connection import Connection
from policies.ingest.discovery import Discovery, discover
from policies.ingest.faults import ApiError
from policies.ingest.mirror import Mirror
from policies.ingest.reflect import list_all
from policies.ingest.resources import Resource, Served
from policies.ingest.slim import Slim

__all__ = ["Reading", "read_once"]

# Lists asked for at a time: the server, too, has others to serve.
AT_ONCE = 6


class Reading(msgspec.Struct, frozen=True):
    """What was read: the state, and for each resource that the server has a row that says how that
    went (`resource`, `kind`, `state`, `list`, `watch`, `count`, `message`)."""

    state: ClusterState
    resources: list[dict[str, Any]]

    @property
    def missing(self) -> list[str]:
        """What could not be read and why, a sentence each."""
        return [each["message"] for each in self.resources if each["state"] != "ok"]


def read_once(connection: Connection, namespaces: Sequence[str] = ()) -> Reading:
    """Everything that may be read, in all namespaces or in these. What may not be read is unknown
    in the state, by name. Raises Unreachable, BadTarget, and ApiError where the credentials are
    refused."""
    found = discover(connection)
    mirror = Mirror()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="reads") as threads:
        lists = [
            (served, namespace, threads.submit(_listed, connection, served, namespace))
            for served in found.served
            for namespace in _scopes(served.resource, namespaces)
        ]
    unread: dict[Resource, str] = {}
    for served, namespace, listed in lists:
        try:
            within = namespace if served.resource.namespaced else ""
            mirror.replace(served, listed.result(), within)
        except ApiError as error:
            if error.status == 401:
                raise
            if error.status != 404:
                unread[served.resource] = _why(served, error)
    unread.update(_behind_servers_that_are_down(found))
    mirror.unread(unread)
    rows = [_row(each.resource, mirror, unread) for each in found.served]
    return Reading(mirror.state(), sorted(rows, key=lambda each: str(each["resource"])))


def _scopes(resource: Resource, namespaces: Sequence[str]) -> Sequence[str]:
    each_own = resource.namespaced or resource.kind == "Namespace"
    return namespaces if namespaces and each_own else ("",)


def _listed(connection: Connection, served: Served, namespace: str) -> list[Slim]:
    return list_all(connection, served, namespace)[0]


def _why(served: Served, error: ApiError) -> str:
    if error.status == 403:
        return served.resource.plea("list")
    return f"{served.resource.plural}: the server answered {error.status}: {error.message}"


def _behind_servers_that_are_down(found: Discovery) -> Iterator[tuple[Resource, str]]:
    """Nobody knows what a group holds that did not answer."""
    for each in found.absent:
        if each.group in found.unknown:
            yield each, f"{each.group} did not answer: {found.unknown[each.group]}"


def _row(resource: Resource, mirror: Mirror, unread: dict[Resource, str]) -> dict[str, Any]:
    why = unread.get(resource, "")
    state = "ok" if not why else ("forbidden" if "forbidden" in why else "error")
    return {
        "resource": resource.name,
        "kind": resource.kind,
        "state": state,
        "list": not why,
        "watch": None,
        "count": mirror.count(resource),
        "message": why,
    }
