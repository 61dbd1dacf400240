"""Whether a cluster can be read: what works, and what is forbidden or not there, one by one.

Nothing is changed: every question is a GET. A list is asked for one object, and a watch ends as
soon as the server has said whether it may be.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import msgspec

from policies.ingest.connection import Connection
from policies.ingest.discovery import Discovery, discover
from policies.ingest.faults import NOT_ACCEPTED, ApiError, BadTarget, Unreachable
from policies.ingest.resources import Resource, Served

__all__ = ["Check", "Tried", "check"]

AT_ONCE = 8
# A person waits for the answer.
SECONDS_EACH = 10.0
SECONDS_ALL = 25.0

State = Literal["ok", "forbidden", "absent", "error"]


class Tried(msgspec.Struct, frozen=True):
    """How trying one resource went; `list` and `watch` None where that is not known."""

    resource: str
    kind: str
    state: State
    list: bool | None = None
    watch: bool | None = None
    message: str = ""


class Check(msgspec.Struct, frozen=True):
    """What a connection is worth. `message` is about the connection, `sentence` sums all up."""

    reachable: bool
    server: str = ""
    version: str = ""
    verify_tls: bool = True
    message: str = ""
    resources: tuple[Tried, ...] = ()
    sentence: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class _Version(msgspec.Struct, rename="camel"):
    git_version: str


# Made under the import lock: see evaluator/state.py.
_VERSION = msgspec.json.Decoder(_Version)
_NO_API_SERVER = "What answers at the server's address is no API server."


def check(connection: Connection, namespaces: Sequence[str] = ()) -> Check:
    """Try a connection, over all namespaces or in these. Whatever goes wrong is the answer."""
    server, verified = "", True
    try:
        server, verified = connection.server, _is_verified(connection)
        version = _version(connection)
        found = discover(connection)
    except (BadTarget, Unreachable) as error:
        return Check(False, server, "", verified, str(error), sentence=str(error))
    except ApiError as error:
        said = _refusal(error)
        return Check(True, server, "", verified, said, sentence=said)
    rows = _Trial(connection, namespaces).rows(found)
    message = " ".join([f"It is Kubernetes {version}." if version else "", *_dangers(connection)])
    return Check(True, server, version, verified, message.strip(), rows, _sentence(rows))


def _is_verified(connection: Connection) -> bool:
    return connection.verifies and connection.server.startswith("https://")


def _dangers(connection: Connection) -> list[str]:
    if not connection.server.startswith("https://"):
        return [
            "The connection is not encrypted: whoever is on the way can read the token, and answer"
            " in the server's place."
        ]
    if not connection.verifies:
        return [
            "The server's certificate is not checked: whoever is on the way can answer in its place"
            " and take the token."
        ]
    return []


def _version(connection: Connection) -> str:
    """Empty where it may not be asked for."""
    try:
        return _VERSION.decode(connection.get("/version", seconds=SECONDS_EACH)).git_version
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreachable(_NO_API_SERVER) from None
    except ApiError as error:
        if error.status == 404:
            raise Unreachable(_NO_API_SERVER) from None
        if error.status != 403:
            raise
        return ""


def _refusal(error: ApiError) -> str:
    if error.status == 401:
        return NOT_ACCEPTED
    return f"The server answered {error.status}: {error.message}"


class _Trial:
    """Tries every resource, several at a time, until the server is gone or the time is over."""

    def __init__(self, connection: Connection, namespaces: Sequence[str]) -> None:
        self._connection = connection
        self._namespaces = tuple(namespaces)
        self._until = time.monotonic() + SECONDS_ALL
        self._gone = ""

    def rows(self, found: Discovery) -> tuple[Tried, ...]:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as threads:
            tried = list(threads.map(self._try, found.served))
        absent = [_absent(each, found.unknown) for each in found.absent]
        return tuple(sorted([*tried, *absent], key=lambda each: each.resource))

    def _try(self, served: Served) -> Tried:
        resource = served.resource
        if not self._gone and time.monotonic() > self._until:
            self._gone = "the server took too long"
        if self._gone:
            return Tried(resource.name, resource.kind, "error", message=f"Not tried: {self._gone}.")
        try:
            return self._asked(served)
        except Unreachable as error:
            self._gone = str(error).rstrip(".")
            return Tried(resource.name, resource.kind, "error", message=str(error))

    def _asked(self, served: Served) -> Tried:
        resource = served.resource
        scopes = self._namespaces if resource.namespaced else ("",)
        one_by_one = resource.kind == "Namespace" and self._namespaces
        for namespace in self._namespaces if one_by_one else scopes or ("",):
            try:
                if one_by_one:
                    self._get(f"{served.path()}/{namespace}")
                else:
                    self._get(served.path(namespace), {"limit": "1"})
            except ApiError as error:
                return _failed(resource, "list", namespace, error)
            if one_by_one:
                continue
            try:
                self._watch(served.path(namespace))
            except ApiError as error:
                return _failed(resource, "watch", namespace, error)
        return Tried(resource.name, resource.kind, "ok", True, None if one_by_one else True)

    def _get(self, path: str, query: dict[str, str] | None = None) -> None:
        self._connection.get(path, query or {}, SECONDS_EACH)

    def _watch(self, path: str) -> None:
        """Whether a watch may be: its first line need not be waited for."""
        query = {"watch": "true", "timeoutSeconds": "1"}
        self._connection.stream(path, query, SECONDS_EACH).close()


def _failed(
    resource: Resource, verb: Literal["list", "watch"], namespace: str, error: ApiError
) -> Tried:
    """What a refusal of one of the two means; who may list and not watch is read now and then."""
    listed = verb == "watch"
    where = f" (in {namespace})" if namespace else ""
    if error.status == 404:
        return Tried(resource.name, resource.kind, "absent", message=_NOT_THERE + where)
    if error.status in (403, 405):
        state: State = "ok" if listed else "forbidden"
        message = resource.plea(verb) + where
        return Tried(resource.name, resource.kind, state, listed, False, message)
    message = f"{resource.plural}: the server answered {error.status}: {error.message}{where}"
    return Tried(resource.name, resource.kind, "error", listed or None, None, message)


_NOT_THERE = "The cluster has none of it."


def _absent(resource: Resource, unknown: dict[str, str]) -> Tried:
    """Nobody knows what a group holds that did not answer."""
    if resource.group in unknown:
        message = f"{resource.group} did not answer: {unknown[resource.group]}"
        return Tried(resource.name, resource.kind, "error", message=message)
    return Tried(resource.name, resource.kind, "absent", message=_NOT_THERE)


def _sentence(rows: Sequence[Tried]) -> str:
    there = [each for each in rows if each.state != "absent"]
    unread = [each for each in there if each.state != "ok"]
    late = [each for each in there if each.state == "ok" and each.watch is False]
    if len(unread) == len(there):
        return "None of it can be read."
    parts = []
    if unread:
        parts.append(
            f"{len(unread)} of {len(there)} resources may not be read: the picture will be partial,"
            " and connections that they may decide are shown as not known."
        )
    if late:
        parts.append(
            f"{len(late)} of {len(there)} resources may be listed and not watched: what changes"
            " there is seen late."
        )
    return " ".join(parts) or "All of it can be read."
