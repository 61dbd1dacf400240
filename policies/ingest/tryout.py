"""What an API server would say to an object that is applied: asked with a dry run, nothing kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from policies.ingest.connection import Connection
from policies.ingest.faults import NOT_ACCEPTED, ApiError, Unreachable
from policies.ingest.names import is_namespace

__all__ = ["Kinds", "Place", "Refusal", "Verdict", "indexed", "place_of", "try_object"]

# Who may not do something at all is told so in these words; what admission refuses, in its own.
_NO_RIGHT = re.compile(
    r'cannot (?P<verb>\w+) (?:resource|path) "(?P<name>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_NO_NAMESPACE = re.compile(r'namespaces "(?P<name>[^"]+)" not found')
_NO_DRY_RUN = "does not support dry run"
# Said without a cause, and by some servers as a fault of their own.
_UNTYPED = re.compile(
    r'(?P<path>\.[\w.\[\]=",-]+): (?P<message>field not declared in schema|expected [^,;]+)'
)
_UNKNOWN_FIELD = re.compile(r'(?P<message>unknown field) "(?P<path>[^"]+)"')
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_IDENTITY = re.compile(r'(\w+)=("[^"]*"|[^,"]+)')
_VERSION = re.compile(r"(?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[a-z0-9]+")
# What the API server refuses as a part of an address, and what would lead to another one.
_NO_NAME = re.compile(r"\.{0,2}|.*[/%\x00-\x1f].*", re.DOTALL)


class Refusal(msgspec.Struct, frozen=True):
    """One reason: the field, empty where none is named, and what is wrong with it."""

    path: str
    message: str


class Verdict(msgspec.Struct, frozen=True):
    """What the server says: `accepted` None where it did not get to judge."""

    accepted: bool | None
    message: str = ""
    causes: tuple[Refusal, ...] = ()
    # It would be judged if this namespace were there.
    namespace: str = ""


class Place(msgspec.Struct, frozen=True):
    """Which object, as an address needs it."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        """`Kind/namespace/name`, as far as that is known."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def place_of(value: Any) -> Place:
    """Which object a document is; what it does not say is empty."""
    found = value if isinstance(value, dict) else {}
    metadata = found.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}

    def text(of: Mapping[str, Any], name: str) -> str:
        given = of.get(name)
        return given if isinstance(given, str) else ""

    return Place(
        text(found, "apiVersion"),
        text(found, "kind"),
        text(about, "namespace"),
        text(about, "name"),
    )


class Kinds:
    """The kinds that a server serves, asked for once for each version of a group."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[str, tuple[str, bool]]] = {}

    def find(self, place: Place) -> tuple[str, bool] | None:
        """The plural of a kind and whether its objects are in namespaces; None where the server
        serves none of it. Raises ApiError, Unreachable and BadTarget."""
        version = place.api_version
        if version not in self._known:
            self._known[version] = self._ask(version)
        return self._known[version].get(place.kind)

    def _ask(self, version: str) -> dict[str, tuple[str, bool]]:
        try:
            body = self._connection.get(f"/{'apis' if '/' in version else 'api'}/{version}")
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        try:
            found = _RESOURCES.decode(body).resources
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreachable("What answers at the server's address is no API server.") from None
        return {each.kind: (each.name, each.namespaced) for each in found if "/" not in each.name}


def try_object(connection: Connection, kinds: Kinds, value: Any) -> Verdict:
    """What the server says to one object. Raises Unreachable and BadTarget."""
    place = place_of(value)
    refused = _unaddressable(place)
    if refused is not None:
        return refused
    try:
        served = kinds.find(place)
        if served is None:
            reason = f"The cluster serves no {place.kind} in {place.api_version}."
            return Verdict(False, reason, (Refusal("apiVersion", reason),))
        plural, namespaced = served
        connection.try_apply(_address(place, plural, namespaced), msgspec.json.encode(value))
    except ApiError as error:
        return _verdict_of(error, value)
    return Verdict(True)


def _unaddressable(place: Place) -> Verdict | None:
    """Why an object has no address; the server would not take it either."""
    if not _VERSION.fullmatch(place.api_version) or not place.kind:
        path = "kind" if _VERSION.fullmatch(place.api_version) else "apiVersion"
    elif _NO_NAME.fullmatch(place.name):
        path = "metadata.name"
    elif place.namespace and not is_namespace(place.namespace):
        path = "metadata.namespace"
    else:
        return None
    reason = f"The object has no {path} that a server could take."
    return Verdict(False, reason, (Refusal(path, reason),))


def _address(place: Place, plural: str, namespaced: bool) -> str:
    root = f"/{'apis' if '/' in place.api_version else 'api'}/{place.api_version}"
    within = f"/namespaces/{place.namespace or 'default'}" if namespaced else ""
    return f"{root}{within}/{quote(plural)}/{quote(place.name, safe='')}"


def indexed(path: str, value: Any) -> str:
    """A field as it is written in an object: servers name items of some lists by what identifies
    them, `.spec.ports[port=80,protocol="TCP"].name`."""
    found, here = "", value
    for name, item in _STEP.findall(path):
        if name:
            found += f".{name}" if found else name
            here = here.get(name) if isinstance(here, dict) else None
            continue
        at = int(item) if item.isdecimal() else _position(item, here)
        found += f"[{item if at is None else at}]"
        inside = isinstance(here, list) and at is not None and at < len(here)
        here = here[at] if inside else None
    return found


def _position(item: str, items: Any) -> int | None:
    """Where in a list that item is; what its fields leave out is a default."""
    wanted = dict(_IDENTITY.findall(item))
    if not wanted or not isinstance(items, list):
        return None
    for at, each in enumerate(items):
        if isinstance(each, dict) and all(
            name not in each or str(each[name]) == text.strip('"') for name, text in wanted.items()
        ):
            return at
    return None


def _plea(right: re.Match[str]) -> str:
    """What to ask for: the verb that lacks, and where."""
    resource = ".".join(part for part in (right["name"], right["group"]) if part)
    where = f" in the namespace {right['namespace']}" if right["namespace"] else ""
    return f"Ask for {right['verb']} on {resource}{where}."


def _verdict_of(error: ApiError, value: Any) -> Verdict:
    message = error.message or f"The server answered {error.status} without a reason."
    causes = tuple(
        Refusal(indexed(path, value), text or message) for path, text in error.details if path
    )
    causes = causes or tuple(
        Refusal(indexed(found["path"], value), found["message"])
        for pattern in (_UNTYPED, _UNKNOWN_FIELD)
        for found in pattern.finditer(error.message)
    )
    lacking = _NO_NAMESPACE.search(message)
    if error.status == 403 and (right := _NO_RIGHT.search(message)):
        return Verdict(None, f"You may not try this. {_plea(right)} The server says: {message}")
    if error.status == 401:
        return Verdict(None, NOT_ACCEPTED)
    if _NO_DRY_RUN in message:
        return Verdict(None, f"The server cannot try this: {message}")
    if error.status == 404 and lacking:
        return Verdict(False, message, (Refusal("metadata.namespace", message),), lacking["name"])
    if error.status == 429 or (error.status >= 500 and not causes):
        return Verdict(None, f"The server could not try this: {message}")
    return Verdict(False, message, causes)


class _ApiResource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool = False


class _ApiResourceList(msgspec.Struct):
    resources: list[_ApiResource] = []


# Made under the import lock: see evaluator/state.py.
_RESOURCES = msgspec.json.Decoder(_ApiResourceList)
