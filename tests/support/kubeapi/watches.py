"""Watches: what has happened to objects since a version, line by line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.support.kubeapi.kinds import Kind
from tests.support.kubeapi.lists import chosen, version_of, whole
from tests.support.kubeapi.statuses import status_object, status_of
from tests.support.kubeapi.store import Change, Store, Table
from tests.support.kubeapi.validation import invalid

__all__ = ["TRUE", "Signals", "Watch"]

TRUE = ("true", "1", "True", "t", "T")
_DEFAULT_SECONDS = 1_800.0
# A bookmark comes so long before the end, so that the next watch can go on from there.
_LAST_BOOKMARK_SECONDS = 2.0
_NO_MATCH = {
    "reason": "FieldValueForbidden",
    "message": "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    "field": "resourceVersionMatch",
}
# How often a watch with nothing to say looks whether somebody still listens.
_LOOK_SECONDS = 0.25


class Signals:
    """What is said to all watches at once; under the lock of the store."""

    def __init__(self, bookmark_seconds: float) -> None:
        self.bookmark_seconds = bookmark_seconds
        self.bookmarks = 0
        self.endings = 0
        self.stopped = False
        # Whether a version that is too old is refused at once, rather than in the first event.
        self.gone_at_once = False


class Watch:
    """One watch. It is made while its request can still be refused: 400, 410."""

    def __init__(
        self,
        store: Store,
        signals: Signals,
        kind: Kind,
        table: Table,
        namespace: str,
        query: Mapping[str, str],
    ) -> None:
        self.kind = kind
        self._store = store
        self._signals = signals
        self._table = table
        self._select = chosen(query, namespace)
        self._bookmarks = query.get("allowWatchBookmarks", "") in TRUE
        self._streams_list = query.get("sendInitialEvents", "") in TRUE
        if self._streams_list and query.get("resourceVersionMatch") != "NotOlderThan":
            raise invalid("ListOptions", "meta.k8s.io", "", [_NO_MATCH])
        try:
            self._from = version_of(query)
        except ValueError as error:
            raise status_of(500, "", str(error)) from None
        self._seconds = float(query.get("timeoutSeconds") or 0) or _DEFAULT_SECONDS
        with store.lock:
            self._bookmarks_seen = signals.bookmarks
            self._endings_seen = signals.endings
            self._oldest = store.oldest(table)
        # A list that is streamed begins now, whatever version it names.
        self._too_old = not self._streams_list and 0 < self._from < self._oldest
        if self._too_old and signals.gone_at_once:
            raise status_of(410, "Expired", self._gone)

    @property
    def _gone(self) -> str:
        return f"too old resource version: {self._from} ({self._oldest})"

    def lines(self, listened_to: Callable[[], bool]) -> Iterator[bytes]:
        """Every line, as it is due; it ends with the watch."""
        if self._too_old:
            yield _line("ERROR", json.dumps(status_object(410, "Expired", self._gone)).encode())
            return
        ends = time.monotonic() + self._seconds
        self._last_due = max(ends - _LAST_BOOKMARK_SECONDS, time.monotonic())
        at = self._from
        if not at or self._streams_list:
            with self._store.lock:
                at = self._store.version
                first = [each for each in self._table.sorted() if self._select(each)]
            yield from (_line("ADDED", whole(self.kind, each)) for each in first)
            if self._bookmarks:
                yield self._bookmark(at, initial_events_end=True)
        bookmarked = time.monotonic()
        while listened_to():
            with self._store.lock:
                changes, at, bookmark = self._due(at, ends, bookmarked)
            for change in changes:
                yield from self._event(change)
            if bookmark:
                bookmarked = time.monotonic()
                yield self._bookmark(at)
            if self._ended(at) or time.monotonic() >= ends:
                return

    def _due(self, at: int, ends: float, bookmarked: float) -> tuple[list[Change], int, bool]:
        """What is to be sent now: changes, up to which version, and whether a bookmark. Nothing,
        after a while of waiting for it."""
        changes = self._table.since(at)
        bookmark = self._bookmark_due(bookmarked)
        if not (changes or bookmark or self._ended(at)):
            soon = min(_LOOK_SECONDS, ends - time.monotonic(), self._signals.bookmark_seconds)
            self._table.changed.wait(max(soon, 0))
            changes = self._table.since(at)
            bookmark = self._bookmark_due(bookmarked)
        if self._ended(at):
            return [], at, False
        self._bookmarks_seen = self._signals.bookmarks
        # A version that is not there yet: nothing is sent until it is passed.
        return changes, max(at, self._store.version), bookmark

    def _bookmark_due(self, bookmarked: float) -> bool:
        asked = self._bookmarks_seen != self._signals.bookmarks
        waited = time.monotonic() - bookmarked >= self._signals.bookmark_seconds
        last = bookmarked < self._last_due <= time.monotonic()
        return self._bookmarks and (asked or waited or last)

    def _ended(self, at: int) -> bool:
        """Whether the server ends this watch: it stops, the kind is gone, or the watch has fallen
        behind what is remembered."""
        return (
            self._signals.stopped
            or self._signals.endings != self._endings_seen
            or at < self._table.dropped
            or (not self._table.served and not self._table.since(at))
        )

    def _event(self, change: Change) -> Iterator[bytes]:
        was = change.before is not None and self._select(change.before)
        stays = change.after is not None and self._select(change.after)
        if stays and change.after is not None:
            yield _line("MODIFIED" if was else "ADDED", whole(self.kind, change.after))
        elif was and change.before is not None:
            yield _line("DELETED", whole(self.kind, change.before.at(change.version)))

    def _bookmark(self, version: int, *, initial_events_end: bool = False) -> bytes:
        metadata: dict[str, Any] = {"resourceVersion": str(version)}
        if initial_events_end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        made: dict[str, Any] = {"kind": self.kind.kind, "apiVersion": self.kind.api_version}
        made["metadata"] = metadata
        if not self.kind.custom:
            made |= _EMPTY.get(self.kind.kind, {"spec": {}, "status": {}})
        text = json.dumps(made, separators=(",", ":"), sort_keys=self.kind.custom)
        return _line("BOOKMARK", text.encode())


# What the types of Kubernetes write of an object that has nothing but a version.
_EMPTY: dict[str, dict[str, Any]] = {
    "Pod": {"spec": {"containers": None}, "status": {}},
    "NetworkPolicy": {"spec": {"podSelector": {}}},
    "EndpointSlice": {"addressType": "", "endpoints": None, "ports": None},
}


def _line(event: str, made: bytes) -> bytes:
    return f'{{"type":"{event}","object":'.encode() + made + b"}\n"
