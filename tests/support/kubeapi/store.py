"""What a fake API server keeps: objects, and what happened to them, under one count of versions."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.support.kubeapi.kinds import BUILT_IN, Kind
from tests.support.kubeapi.statuses import no_path, no_resource
from tests.support.kubeapi.written import written

__all__ = ["Change", "Kept", "Store", "Table"]

Json = dict[str, Any]
# How many lists may be in the middle of their pages.
_LISTS = 256


@dataclass(frozen=True)
class Kept:
    """An object in one version. `body` is its JSON without kind and apiVersion, which lists of
    Kubernetes' own kinds leave out."""

    namespace: str
    name: str
    labels: dict[str, str]
    version: int
    body: bytes

    @property
    def key(self) -> str:
        """Where it is in the order of lists."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def at(self, version: int) -> Kept:
        """The same object as a watch shows it at a later version: as it was, but for that."""
        made = msgspec.json.decode(self.body)
        made["metadata"]["resourceVersion"] = str(version)
        body = msgspec.json.encode(made)
        return Kept(self.namespace, self.name, self.labels, version, body)


@dataclass(frozen=True)
class Change:
    """What happened to an object; nothing before: it is new, nothing after: it is gone."""

    version: int
    before: Kept | None
    after: Kept | None


@dataclass
class Table:
    """The objects of one kind and their recent changes. `dropped` is the version of the last change
    that is remembered no longer."""

    kind: Kind
    changed: threading.Condition
    objects: dict[str, Kept] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    dropped: int = 0
    served: bool = True

    def since(self, version: int) -> list[Change]:
        """Every change after a version."""
        start = bisect_right(self.changes, version, key=lambda change: change.version)
        return self.changes[start:]

    def forget(self, keep: int) -> None:
        """Drop all but the newest changes."""
        if len(self.changes) > keep:
            self.dropped = self.changes[len(self.changes) - keep - 1].version
            del self.changes[: len(self.changes) - keep]

    def sorted(self) -> list[Kept]:
        """Every object, in the order of lists."""
        return [self.objects[key] for key in sorted(self.objects)]


def body_of(kind: Kind, made: Json) -> bytes:
    """The JSON of an object without kind and apiVersion. Fields of custom kinds have no order but
    that of their names."""
    rest = {key: value for key, value in made.items() if key not in ("kind", "apiVersion")}
    return msgspec.json.encode(rest, order="sorted" if kind.custom else None)


class Store:
    """Every object of a server. All of it is under `lock`, which may be taken again."""

    def __init__(self, window: int) -> None:
        self.lock = threading.RLock()
        self.version = 1_000
        # Watches cannot begin before this version.
        self.compacted = 0
        self._window = window
        self._tables: dict[tuple[str, str], Table] = {}
        # Several versions of a custom kind serve the objects of one table.
        self._kinds: list[Kind] = []
        # What lists began with, by what was asked and at which version.
        self.pages: dict[tuple[str | int, ...], list[Kept]] = {}
        for kind in BUILT_IN:
            self.define(kind)

    @property
    def kinds(self) -> list[Kind]:
        with self.lock:
            return list(self._kinds)

    def define(self, kind: Kind) -> None:
        """Serve a kind from now on."""
        with self.lock:
            if kind not in self._kinds:
                self._kinds.append(kind)
            key = (kind.group, kind.plural)
            if key not in self._tables:
                self._tables[key] = Table(kind, threading.Condition(self.lock))

    def undefine(self, group: str, plural: str) -> None:
        """Delete a kind with all its objects; its watches see them go, and end."""
        with self.lock:
            table = self._tables.pop((group, plural))
            for each in table.sorted():
                self._take_out(table, each)
            self._kinds = [
                each for each in self._kinds if (each.group, each.plural) != (group, plural)
            ]
            table.served = False
            table.changed.notify_all()

    def table(self, resource: str) -> Table:
        """The table of `pods` or `networkpolicies.networking.k8s.io`; the group may be left out."""
        with self.lock:
            for table in self._tables.values():
                if resource in (table.kind.resource, table.kind.plural):
                    return table
        raise KeyError(f"{resource} is not defined")

    def find(self, group: str, version: str, plural: str) -> tuple[Kind, Table]:
        """What an address names. Raises Refused (404)."""
        with self.lock:
            within = [each for each in self._kinds if each.group == group]
            if not within:
                raise no_path()
            for kind in within:
                if (kind.version, kind.plural) == (version, plural):
                    return kind, self._tables[group, plural]
        # Below a group that only definitions make, what is not defined is no path at all.
        raise no_path() if within[0].custom else no_resource()

    def put(self, manifest: Json, manager: str) -> Json:
        """Create an object, or replace the one of the same name; what it has become."""
        with self.lock:
            table, made = self._put(manifest, manager)
            self._tell(table)
        return made

    def put_many(self, manifests: Iterable[Json], manager: str) -> None:
        """The same with many. They are taken one by one: thousands at a time would keep the
        collector of garbage busy."""
        with self.lock:
            tables = {
                id(table): table for table, _ in (self._put(each, manager) for each in manifests)
            }
            for table in tables.values():
                self._tell(table)

    def _tell(self, table: Table) -> None:
        table.forget(self._window)
        table.changed.notify_all()

    def _put(self, manifest: Json, manager: str) -> tuple[Table, Json]:
        kind = self._kind_of(manifest)
        table = self._tables[kind.group, kind.plural]
        metadata = manifest["metadata"]
        namespace = (metadata.get("namespace") or "default") if kind.namespaced else ""
        before = table.objects.get(
            f"{namespace}/{metadata['name']}" if namespace else metadata["name"]
        )
        old = None if before is None else self.object_of(kind, before)
        made = written(kind, manifest, old, manager)
        if made is old:
            # A write that changes nothing makes no version.
            return table, made
        self.version += 1
        made["metadata"]["resourceVersion"] = str(self.version)
        after = Kept(
            namespace,
            metadata["name"],
            dict(made["metadata"].get("labels") or {}),
            self.version,
            body_of(kind, made),
        )
        table.objects[after.key] = after
        table.changes.append(Change(self.version, before, after))
        return table, made

    def _kind_of(self, manifest: Json) -> Kind:
        named = (manifest["apiVersion"], manifest["kind"])
        for each in self._kinds:
            if (each.api_version, each.kind) == named:
                return each
        raise KeyError(f"{named[1]} of {named[0]} is not defined")

    def object_of(self, kind: Kind, kept: Kept) -> Json:
        """An object as JSON holds it, with its kind."""
        made: Json = msgspec.json.decode(kept.body)
        return {"kind": kind.kind, "apiVersion": kind.api_version, **made}

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object that is there."""
        with self.lock:
            table = self.table(resource)
            self._take_out(table, table.objects[f"{namespace}/{name}" if namespace else name])
            self._tell(table)

    def _take_out(self, table: Table, kept: Kept) -> None:
        self.version += 1
        del table.objects[kept.key]
        table.changes.append(Change(self.version, kept, None))

    def compact(self) -> None:
        """Forget what happened before now: neither a watch nor a list can begin there."""
        with self.lock:
            self.compacted = self.version
            self.pages.clear()

    def oldest(self, table: Table) -> int:
        """The oldest version from which a watch can begin."""
        return max(self.compacted, table.dropped)

    def remember(self, about: tuple[str | int, ...], found: list[Kept]) -> None:
        """Keep what a list began with, for its later pages."""
        self.pages[about] = found
        while len(self.pages) > _LISTS:
            del self.pages[next(iter(self.pages))]

    def forget_pages(self) -> None:
        """Let every token to continue a list expire."""
        with self.lock:
            self.pages.clear()

    def wake(self) -> None:
        """Let every watch look again."""
        with self.lock:
            for table in self._tables.values():
                table.changed.notify_all()
