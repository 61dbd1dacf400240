"""Which resources an API server serves, and in which version."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from policies.ingest.connection import Connection
from policies.ingest.faults import ApiError, Unreachable
from policies.ingest.resources import RESOURCES, Resource, Served

__all__ = ["Discovery", "discover"]

_FORBIDDEN = 403
# The server answers these from memory; a server of its own behind a group may hang.
SECONDS_EACH = 10.0
_NO_API_SERVER = "What answers at the server's address is no API server."
_NOT_TOLD = "the server does not tell what it serves"


class Discovery(msgspec.Struct, frozen=True):
    """`served` are the resources that are there, `absent` those that are not.

    `guessed`: the server does not tell what it serves, so that whatever may be there is in
    `served`. `unknown` are groups that did not answer, such as one behind a server of its own that
    is down, with the reason: nobody knows what they hold.
    """

    served: tuple[Served, ...]
    absent: tuple[Resource, ...]
    guessed: bool = False
    unknown: dict[str, str] = {}


class _Version(msgspec.Struct, rename="camel"):
    version: str


class _Group(msgspec.Struct, rename="camel"):
    name: str
    versions: list[_Version] | None = None
    preferred_version: _Version | None = None


class _GroupList(msgspec.Struct):
    groups: list[_Group] | None = None


class _ApiResource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool = True
    verbs: list[str] | None = None


class _ResourceList(msgspec.Struct):
    resources: list[_ApiResource] | None = None


# Made under the import lock: see evaluator/state.py.
_GROUPS = msgspec.json.Decoder(_GroupList)
_RESOURCES = msgspec.json.Decoder(_ResourceList)


def discover(connection: Connection, resources: Iterable[Resource] = RESOURCES) -> Discovery:
    """Ask a server for each of the resources. Raises Unreachable, BadTarget and, where the
    credentials are refused, ApiError."""
    wanted = tuple(resources)
    try:
        listed = _GROUPS.decode(connection.get("/apis", seconds=SECONDS_EACH))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreachable(_NO_API_SERVER) from None
    except ApiError as error:
        # 401: the credentials are no good, and nothing else would work either.
        if error.status != _FORBIDDEN:
            raise
        return _guess(connection, wanted)
    return _Asked(connection, listed.groups or ()).answer(wanted)


def _guess(connection: Connection, wanted: Iterable[Resource]) -> Discovery:
    """A server that does not tell what it serves says of each list whether it is there. Of what
    netviz knows no version of, nobody knows."""
    served, absent, unknown = [], [], {}
    for each in wanted:
        if each.versions:
            served.append(each.served(_version(connection, each)))
        else:
            absent.append(each)
            unknown[each.group] = _NOT_TOLD
    return Discovery(tuple(served), tuple(absent), guessed=True, unknown=unknown)


def _version(connection: Connection, resource: Resource) -> str:
    """The first version that the server does not deny."""
    for version in resource.versions[:-1]:
        try:
            connection.get(resource.served(version).path(), {"limit": "1"}, SECONDS_EACH)
        except ApiError as error:
            if error.status == 404:
                continue
        return version
    return resource.versions[-1]


class _Asked:
    """The versions of the groups that a server names, each asked for once."""

    def __init__(self, connection: Connection, groups: Iterable[_Group]) -> None:
        self._connection = connection
        self._versions: dict[str, list[str]] = {"": ["v1"]}
        for group in groups:
            preferred = [group.preferred_version] if group.preferred_version else []
            named = [each.version for each in (*preferred, *(group.versions or ()))]
            self._versions[group.name] = list(dict.fromkeys(named))
        self._lists: dict[tuple[str, str], dict[str, _ApiResource]] = {}
        self._unknown: dict[str, str] = {}
        self._unreachable = False

    def answer(self, wanted: tuple[Resource, ...]) -> Discovery:
        found = {each: self._served(each) for each in wanted}
        served = {each: at for each, at in found.items() if at is not None}
        # The same objects, served under another name.
        groups = {each.group for each in served}
        doubled = {each for each in served if each.instead and each.instead in groups}
        return Discovery(
            tuple(at for each, at in served.items() if each not in doubled),
            tuple(each for each in wanted if each not in served or each in doubled),
            unknown=self._unknown,
        )

    def _served(self, resource: Resource) -> Served | None:
        given = self._versions.get(resource.group, [])
        # What netviz knows best first, then what the server prefers: objects of a version that is
        # not known are counted.
        for version in (*(v for v in resource.versions if v in given), *given):
            found = self._listed(resource.group, version).get(resource.plural)
            if found is not None and "list" in (found.verbs or ()):
                at = msgspec.structs.replace(resource, namespaced=found.namespaced)
                return at.served(version)
        return None

    def _listed(self, group: str, version: str) -> dict[str, _ApiResource]:
        key = (group, version)
        if key not in self._lists:
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            try:
                body = self._connection.get(path, seconds=SECONDS_EACH)
                listed = _RESOURCES.decode(body).resources or []
            except ApiError as error:
                if error.status == 401:
                    raise
                listed = []
                if error.status != 404:
                    self._unknown[group] = error.message or str(error)
            except (msgspec.DecodeError, UnicodeDecodeError):
                listed, self._unknown[group] = [], "it cannot be read"
            except Unreachable as error:
                # One group may hang and all else work; a server that is gone is not asked on.
                if not group or self._unreachable:
                    raise
                self._unreachable = True
                listed, self._unknown[group] = [], str(error)
            self._lists[key] = {each.name: each for each in listed if "/" not in each.name}
        return self._lists[key]
