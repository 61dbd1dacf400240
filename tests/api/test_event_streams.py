"""Streams of events from a real server, to clients as they are: several, slow, cut off, gone."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from netviz.handler import THREADS
from policies import services
from policies.models import Cluster, Event
from policies.services import feed
from policies.services.feed import FEED
from tests.commands.test_serve_command import serving
from tests.support.streams import Listening, Told, listening
from tests.support.watched import a_cluster, a_picture, manifests


def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in another thread."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def events_of(cluster: Cluster) -> str:
    return f"/api/v1/clusters/{cluster.pk}/events"


def tell(cluster: Cluster, **data: object) -> int:
    return services.record_event(cluster.pk, Event.Kind.STATUS, data).pk


def numbers(stream: Listening, count: int) -> list[int | None]:
    return [stream.expect("status").id for _ in range(count)]


def test_a_stream_begins_with_the_cluster_as_it_is(live_url: str) -> None:
    cluster = a_cluster()
    picture = a_picture(cluster, manifests("web"))
    with listening(live_url, events_of(cluster)) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        hello = stream.expect("hello")
    assert hello.id is None
    assert hello.data["id"] == str(cluster.pk)
    assert hello.data["picture"]["id"] == picture.pk


def test_all_who_listen_are_told_the_same_and_only_of_their_cluster(live_url: str) -> None:
    cluster, other = a_cluster(), a_cluster("staging")
    tell(cluster, status="lost")
    with (
        listening(live_url, events_of(cluster)) as one,
        listening(live_url, events_of(cluster)) as two,
        listening(live_url, events_of(other)) as elsewhere,
    ):
        for stream in (one, two, elsewhere):
            stream.expect("hello")
        number = tell(cluster, status="live")
        assert one.next() == two.next() == Told(number, "status", {"status": "live"})
        number = tell(other, status="live")
        assert elsewhere.next() == Told(number, "status", {"status": "live"})


@pytest.mark.parametrize("by_header", [True, False])
def test_who_was_cut_off_hears_what_was_missed_once_and_in_order(
    live_url: str, by_header: bool
) -> None:
    cluster = a_cluster()
    told = [tell(cluster, number=number) for number in range(5)]
    # The header is newer than the address, which a browser sends again as it was.
    query = f"?after={told[0] if by_header else told[2]}"
    headers = {"Last-Event-ID": str(told[2])} if by_header else {}
    with (
        # Somebody listens already, and has heard all of it.
        listening(live_url, events_of(cluster)) as first,
        listening(live_url, events_of(cluster) + query, headers) as stream,
    ):
        first.expect("hello")
        stream.expect("hello")
        assert numbers(stream, 2) == told[3:]
        number = tell(cluster)
        assert numbers(stream, 1) == numbers(first, 1) == [number]


@pytest.mark.parametrize("known", ["nonsense", "-1", "1e3", "²", "9" * 40])
def test_a_number_that_is_none_tells_only_what_comes(live_url: str, known: str) -> None:
    cluster = a_cluster()
    tell(cluster)
    headers = {"Last-Event-ID": known.encode().decode("latin-1")}
    with listening(live_url, events_of(cluster), headers) as stream:
        stream.expect("hello")
        number = tell(cluster)
        assert numbers(stream, 1) == [number]


def test_a_number_older_than_what_is_kept_gives_all_that_is(live_url: str) -> None:
    cluster = a_cluster()
    told = [tell(cluster) for _ in range(4)]
    Event.objects.filter(pk__in=told[:2]).delete()
    with listening(live_url, f"{events_of(cluster)}?after=0") as stream:
        stream.expect("hello")
        assert numbers(stream, 2) == told[2:]


def test_more_events_than_are_read_at_once_all_arrive(
    live_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH", 7)
    cluster = a_cluster()
    start = tell(cluster)
    told = [tell(cluster) for _ in range(30)]
    query = f"{events_of(cluster)}?after={start}"
    with listening(live_url, query) as first, listening(live_url, query) as second:
        for stream in (first, second):
            stream.expect("hello")
            assert numbers(stream, 30) == told


def test_now_and_then_all_are_told_when_the_picture_was_confirmed(
    live_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SEEN_SECONDS", 0.1)
    cluster = a_cluster()
    with listening(live_url, events_of(cluster)) as stream:
        stream.expect("hello")
        told = stream.expect("seen")
    assert told.id is None
    assert cluster.confirmed_at is not None
    now = datetime.fromisoformat(told.data.pop("now"))
    assert abs(timezone.now() - now) < timedelta(seconds=20)
    assert told.data == {
        "confirmed_at": cluster.confirmed_at.isoformat(),
        "status": "live",
        "counts": cluster.counts,
    }


def test_a_stream_ends_with_the_news_that_its_cluster_is_gone(live_url: str) -> None:
    cluster = a_cluster()
    with listening(live_url, events_of(cluster)) as stream:
        stream.expect("hello")
        services.forget_cluster(cluster)
        stream.expect("gone")
        assert stream.next() is None
    with listening(live_url, events_of(cluster)) as stream:
        assert stream.status == 404


def test_streams_hold_none_of_the_threads_that_answer(live_url: str) -> None:
    cluster = a_cluster()
    with ExitStack() as open_streams:
        for _ in range(3 * THREADS):
            stream = open_streams.enter_context(listening(live_url, events_of(cluster)))
            stream.expect("hello")
        with urllib.request.urlopen(f"{live_url}/api/v1/snapshots", timeout=20) as answer:
            assert answer.status == 200


def test_nobody_asks_the_database_when_nobody_listens(live_url: str) -> None:
    cluster = a_cluster()
    with listening(live_url, events_of(cluster)) as stream:
        stream.expect("hello")
        until(lambda: FEED._task is not None)
    until(lambda: not FEED._listeners)
    until(lambda: FEED._task is None)
    assert not FEED._told


def test_a_client_that_takes_nothing_holds_up_nobody_and_is_let_go(
    live_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "WAITING", 20)
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(feed, "SEEN_SECONDS", 1000)
    cluster = a_cluster()
    with (
        listening(live_url, events_of(cluster), slow=True) as slow,
        listening(live_url, events_of(cluster)) as quick,
    ):
        slow.expect("hello")
        quick.expect("hello")
        sent = 0
        # More than all the buffers between the two hold.
        while not any(each._ended for each in FEED._listeners):
            number = tell(cluster, text="x" * 500_000)
            assert quick.expect("status").id == number
            sent += 1
            assert sent < 200
    until(lambda: not FEED._listeners)


def test_a_client_that_was_let_go_has_heard_all_up_to_a_number(
    live_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "WAITING", 5)
    cluster = a_cluster()
    start = tell(cluster)
    told = [tell(cluster) for _ in range(30)]
    heard: list[int | None] = []
    last: int | None = start
    while len(heard) < len(told):
        with listening(live_url, f"{events_of(cluster)}?after={last}") as stream:
            stream.expect("hello")
            while (event := stream.next()) is not None:
                heard.append(event.id)
                if len(heard) == len(told):
                    break
        last = heard[-1]
    assert heard == told


def test_more_than_may_listen_are_told_so(live_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_LISTENERS", 1)
    cluster = a_cluster()
    with listening(live_url, events_of(cluster)) as stream:
        stream.expect("hello")
        until(lambda: FEED.full)
        with listening(live_url, events_of(cluster)) as refused:
            assert refused.status == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert json.loads(refused.body())["code"] == "too_many_listeners"


def test_the_head_of_a_stream_is_an_answer_of_its_own(live_url: str) -> None:
    cluster = a_cluster()
    with listening(live_url, events_of(cluster), method="HEAD") as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
    assert not FEED._listeners


def test_there_is_no_stream_of_no_cluster(client: Client, db: None) -> None:
    answer = client.get(f"/api/v1/clusters/{uuid.uuid4()}/events")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_server_that_is_stopped_ends_its_streams_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "0") as (process, url):
        number = uuid.uuid4()
        with sqlite3.connect(tmp_path / "netviz.sqlite3") as database:
            columns = {
                **{"id": number.hex, "name": "production", "source": "token", "kubeconfig": ""},
                **{"context": "", "server": "https://127.0.0.1:1", "ca": "", "token": b""},
                **{"verify_tls": 1, "namespaces": "[]", "watched": 0, "keep_days": 1},
                **{"keep_pictures": 1, "created_at": "2026-01-01", "status": "paused"},
                **{"detail": "", "status_since": "2026-01-01", "counts": "{}", "resources": "[]"},
            }
            names, marks = ", ".join(columns), ", ".join("?" * len(columns))
            database.execute(
                f"INSERT INTO policies_cluster ({names}) VALUES ({marks})", [*columns.values()]
            )
        database.close()
        with listening(url, f"/api/v1/clusters/{number}/events") as stream:
            stream.expect("hello")
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert stream.next() is None
            out, err = process.communicate(timeout=10)
        # Sooner than the grace that answers have which are still being made.
        assert time.monotonic() - asked < 2.5
        assert (out, err) == ("", "")
