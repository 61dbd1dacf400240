"""One resource, listed and watched: whatever breaks, what was told adds up to what is there."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterator

import pytest

from policies.ingest import reflect
from policies.ingest.reflect import Dropped, Listed, News, Put, Reflector, Said
from policies.ingest.resources import RESOURCES
from tests.support.followed import connection_to, manifest
from tests.support.kubeapi import ApiServer

NAMESPACES = next(each for each in RESOURCES if each.kind == "Namespace").served("v1")
PATIENCE = 20.0


class Told:
    """What a reflector told, added up."""

    def __init__(self) -> None:
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self.versions: dict[str, bytes] = {}
        self.lists = 0
        self.doubled: list[str] = []
        self.said: list[str] = []

    def until(self, *names: str) -> None:
        """Take news until just these are there."""
        deadline = time.monotonic() + PATIENCE
        while sorted(self.versions) != sorted(names):
            left = deadline - time.monotonic()
            assert left > 0, f"told {sorted(self.versions)}, not {names}; {self.said[-5:]}"
            try:
                self._take(self.news.get(timeout=left))
            except queue.Empty:
                continue

    def until_said(self, state: str) -> None:
        """Take news until it says so."""
        while state not in self.said:
            self._take(self.news.get(timeout=PATIENCE))

    def _take(self, news: News) -> None:
        if isinstance(news, Listed):
            self.lists += 1
            self.versions = {item.key[1]: item.body for item in news.items}
        elif isinstance(news, Put):
            if self.versions.get(news.item.key[1]) == news.item.body:
                self.doubled.append(news.item.key[1])
            self.versions[news.item.key[1]] = news.item.body
        elif isinstance(news, Dropped):
            if self.versions.pop(news.key[1], None) is None:
                self.doubled.append(news.key[1])
        else:
            assert isinstance(news, Said)
            self.said.append(news.state)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer() as server:
        server.put(manifest("Namespace", "x"))
        yield server


@pytest.fixture
def told(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(reflect, "FIRST_WAIT", 0.002)
    monkeypatch.setattr(reflect, "LONGEST_WAIT", 0.01)
    found = Told()
    reflector = Reflector(connection_to(api), NAMESPACES, found.news.put)
    reflector.start()
    yield found
    reflector.stop()
    reflector.join(PATIENCE)


def test_an_event_that_is_cut_at_any_byte_is_neither_lost_nor_doubled(
    api: ApiServer, told: Told
) -> None:
    stored = api.put(manifest("Namespace", "cut"))
    told.until("x", "cut")
    size = len(json.dumps({"type": "MODIFIED", "object": stored}, separators=(",", ":")))
    for after in range(size + 2):
        api.wait_for_watches("namespaces")
        api.cut_watches_after(after, how=("close", "reset", "end")[after % 3], on="namespaces")
        if after % 2:
            api.put(manifest("Namespace", "cut"))
            told.until("x", "cut")
        else:
            api.remove("namespaces", "", "cut")
            told.until("x")
    assert told.doubled == []
    assert told.lists == 1, "a stream that breaks is gone on with, not read anew"


@pytest.mark.parametrize("at_once", [False, True])
def test_a_version_that_is_forgotten_is_listed_anew(
    api: ApiServer, told: Told, at_once: bool
) -> None:
    told.until("x")
    api.wait_for_watches("namespaces")
    api.stop()
    api.remove("namespaces", "", "x")
    api.put(manifest("Namespace", "y"))
    api.compact(at_once=at_once)
    api.start()
    told.until("y")
    assert told.lists == 2


def test_a_list_whose_pages_expire_is_read_in_one_go(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reflect, "PAGE", 2)
    api.put_many(manifest("Namespace", f"n{number}") for number in range(5))
    connection = connection_to(api)
    seen = 0

    def between(count: int) -> None:
        nonlocal seen
        if not seen:
            api.expire_continue_tokens()
        seen = count

    items, version = reflect.list_all(connection, NAMESPACES, told=between)
    assert len(items) == 6
    assert int(version) > 0


def test_what_a_server_should_never_send_is_no_crash(api: ApiServer, told: Told) -> None:
    told.until("x")
    api.fail(3, 503, on="namespaces")
    api.close_watches()
    api.put(manifest("Namespace", "y"))
    told.until("x", "y")
    assert "error" in told.said
