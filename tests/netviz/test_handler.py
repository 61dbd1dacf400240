"""Requests, each answered by one thread; streams stop when nobody listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from netviz.handler import THREADS, Handler


def scope(path: str = "/") -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "http_version": "1.1",
    }


class Client:
    """A client that goes away after some parts of an answer."""

    def __init__(self, patience: int = 1_000_000) -> None:
        self.patience = patience
        self.sent: list[Any] = []
        self._gone = asyncio.Event()
        self._asked = False

    async def receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) > self.patience:
            self._gone.set()
            # The server hears of it at the next turn of its loop.
            await asyncio.sleep(0.01)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


class Answering(Handler):
    """The handler, in front of a view of the test's own."""

    def __init__(self, view: Any) -> None:
        super().__init__()
        self._view = view

    def get_response(self, request: HttpRequest) -> Any:
        return self._view(request)


def test_a_request_passes_middleware_and_view_in_one_thread(db: None) -> None:
    async def ask() -> Client:
        client = Client()
        await Handler()(scope("/api/v1/health"), client.receive, client.send)
        return client

    client = asyncio.run(ask())
    assert client.sent[0]["status"] == 200
    assert client.body == b'{"status":"ok"}'
    assert (b"X-Content-Type-Options", b"nosniff") in client.sent[0]["headers"]


def test_a_file_of_the_pages_is_sent_as_it_is(db: None) -> None:
    path = "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"

    async def ask() -> Client:
        client = Client()
        await Handler()(scope(f"/static/{path}"), client.receive, client.send)
        return client

    client = asyncio.run(ask())
    assert client.sent[0]["status"] == 200
    assert client.body == Path(str(finders.find(path))).read_bytes()


def test_no_more_threads_than_there_are_answer_at_once() -> None:
    names: set[str] = set()

    def view(request: HttpRequest) -> HttpResponse:
        names.add(threading.current_thread().name)
        return HttpResponse(b"yes")

    async def ask() -> list[Client]:
        handler = Answering(view)
        clients = [Client() for _ in range(50)]
        await asyncio.gather(*(handler(scope(), each.receive, each.send) for each in clients))
        return clients

    assert {client.body for client in asyncio.run(ask())} == {b"yes"}
    assert 1 <= len(names) <= THREADS


def counting(made: list[int], closed: list[bool]) -> Any:
    def parts() -> Iterator[bytes]:
        try:
            for number in range(10_000):
                made.append(number)
                yield b"x"
        finally:
            closed.append(True)

    return lambda request: StreamingHttpResponse(parts())


def test_a_stream_is_sent_part_by_part_to_its_end() -> None:
    made: list[int] = []
    closed: list[bool] = []

    async def ask() -> Client:
        client = Client()
        await Answering(counting(made, closed))(scope(), client.receive, client.send)
        return client

    assert asyncio.run(ask()).body == b"x" * 10_000
    assert closed == [True]


def test_a_stream_ends_when_the_client_goes_away() -> None:
    made: list[int] = []
    closed: list[bool] = []

    async def ask() -> None:
        client = Client(patience=3)
        await Answering(counting(made, closed))(scope(), client.receive, client.send)

    asyncio.run(ask())
    assert len(made) < 10
    assert closed == [True]
