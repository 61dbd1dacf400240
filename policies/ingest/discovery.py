"""Which resources an API server serves, and in which version."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from policies.ingest.connection import Connection
from policies.ingest.faults import ApiError
from policies.ingest.resources import RESOURCES, Resource, Served

__all__ = ["Discovery", "discover"]

_FORBIDDEN = 403


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
    versions: list[_Version] = []
    preferred_version: _Version | None = None


class _GroupList(msgspec.Struct):
    groups: list[_Group] = []


class _ApiResource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool = True
    verbs: list[str] = []


class _ResourceList(msgspec.Struct):
    resources: list[_ApiResource] = []


# Made under the import lock: see evaluator/state.py.
_GROUPS = msgspec.json.Decoder(_GroupList)
_RESOURCES = msgspec.json.Decoder(_ResourceList)


def discover(connection: Connection, resources: Iterable[Resource] = RESOURCES) -> Discovery:
    """Ask a server for each of the resources. Raises Unreachable, BadTarget and, where the
    credentials are refused, ApiError."""
    wanted = tuple(resources)
    try:
        groups = _GROUPS.decode(connection.get("/apis")).groups
    except ApiError as error:
        # 401: the credentials are no good, and nothing else would work either.
        if error.status != _FORBIDDEN:
            raise
        return _guess(wanted)
    return _Asked(connection, groups).answer(wanted)


def _guess(wanted: Iterable[Resource]) -> Discovery:
    """A server that does not tell what it serves says of each list whether it is there."""
    served = [each.served(each.versions[0]) for each in wanted if each.versions]
    absent = [each for each in wanted if not each.versions]
    return Discovery(tuple(served), tuple(absent), guessed=True)


class _Asked:
    """The versions of the groups that a server names, each asked for once."""

    def __init__(self, connection: Connection, groups: Iterable[_Group]) -> None:
        self._connection = connection
        self._versions: dict[str, list[str]] = {"": ["v1"]}
        for group in groups:
            preferred = [group.preferred_version] if group.preferred_version else []
            named = [each.version for each in (*preferred, *group.versions)]
            self._versions[group.name] = list(dict.fromkeys(named))
        self._lists: dict[tuple[str, str], dict[str, _ApiResource]] = {}
        self._unknown: dict[str, str] = {}

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
            if found is not None and "list" in found.verbs:
                at = msgspec.structs.replace(resource, namespaced=found.namespaced)
                return at.served(version)
        return None

    def _listed(self, group: str, version: str) -> dict[str, _ApiResource]:
        key = (group, version)
        if key not in self._lists:
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            try:
                listed = _RESOURCES.decode(self._connection.get(path)).resources
            except ApiError as error:
                if error.status == 401:
                    raise
                listed = []
                if error.status != 404:
                    self._unknown[group] = error.message or str(error)
            self._lists[key] = {each.name: each for each in listed if "/" not in each.name}
        return self._lists[key]
