"""A day of a cluster in a minute: whatever happens, the picture is right, and memory stays flat."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Iterator

import pytest

from policies.ingest import live, pulse, reflect
from policies.ingest.cluster import read_once
from tests.support.followed import (
    Followed,
    connection_to,
    follow,
    manifest,
    pod_manifest,
    policy_manifest,
)
from tests.support.kubeapi import ApiServer

HOURS = 24
EVENTS_AN_HOUR = 40
PODS = 60
# Of what is kept for one cluster of this size: a leak of a few objects an event is far more.
MOST_GROWTH = 400_000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (pulse, "PULSE_SECONDS", 0.3),
        (pulse, "DISCOVER_SECONDS", 0.5),
        (live, "QUIET_SECONDS", 0.02),
        (reflect, "FIRST_WAIT", 0.005),
        (reflect, "LONGEST_WAIT", 0.05),
    ):
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret", window=5_000) as server:
        server.put(manifest("Namespace", "x"))
        server.put_many(pod_manifest(f"p{number}") for number in range(PODS))
        yield server


class Day:
    """What happens in a cluster, at random and the same each time."""

    def __init__(self, api: ApiServer, seed: int) -> None:
        self._api = api
        self._chance = random.Random(seed)
        self._next = PODS
        self._alive = [f"p{number}" for number in range(PODS)]

    def hour(self) -> None:
        """Pods that come and go, policies that change, and faults in between."""
        for _ in range(EVENTS_AN_HOUR):
            self._chance.choice((self._replace, self._replace, self._touch, self._policy))()
            if self._chance.random() < 0.05:
                self._fault()

    def _replace(self) -> None:
        gone = self._alive.pop(self._chance.randrange(len(self._alive)))
        self._api.remove("pods", "x", gone)
        self._alive.append(f"p{self._next}")
        self._api.put(pod_manifest(self._alive[-1], ip=f"10.0.{self._next % 250}.7"))
        self._next += 1

    def _touch(self) -> None:
        pod = pod_manifest(self._chance.choice(self._alive), track=str(self._chance.random()))
        self._api.put(pod)

    def _policy(self) -> None:
        name = f"q{self._chance.randrange(8)}"
        types = self._chance.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
        self._api.put(policy_manifest(name, policyTypes=types))

    def _fault(self) -> None:
        api, chance = self._api, self._chance
        chance.choice(
            (
                api.close_watches,
                api.bookmark,
                lambda: api.compact(at_once=chance.random() < 0.5),
                lambda: api.cut_watches_after(chance.randrange(300), how="close"),
                lambda: api.cut_watches_after(chance.randrange(300), how="reset"),
                lambda: api.fail(3, chance.choice((429, 500, 503)), on="pods"),
                api.expire_continue_tokens,
            )
        )()


def same(followed: Followed, api: ApiServer) -> bool:
    return followed.state.content_hash == read_once(connection_to(api)).state.content_hash


def test_after_each_of_24_hours_the_picture_is_what_the_server_has(api: ApiServer) -> None:
    day = Day(api, seed=1)
    sizes: list[int] = []
    tracemalloc.start()
    try:
        with follow(connection_to(api)) as followed:
            followed.ready()
            for _ in range(HOURS):
                day.hour()
                followed.until(lambda: same(followed, api), "the picture is not right:")
                followed.until(lambda: followed.live.confirmed)
                gc.collect()
                own = tracemalloc.take_snapshot().filter_traces(
                    [
                        tracemalloc.Filter(True, "*/policies/*"),
                        tracemalloc.Filter(True, "*urllib3*"),
                    ]
                )
                sizes.append(sum(each.size for each in own.statistics("filename")))
    finally:
        tracemalloc.stop()
    early, late = max(sizes[4:8]), min(sizes[-4:])
    assert late - early < MOST_GROWTH, sizes
