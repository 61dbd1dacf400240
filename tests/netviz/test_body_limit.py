"""Bodies past the limit never reach the disk."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from netviz.asgi import BodyLimit
from policies.api.shapes import ProblemDocument

LIMIT = 10


async def accepting(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads the whole body and says how long it was."""
    length = 0
    while True:
        message = await receive()
        length += len(message["body"])
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def sent(
    chunks: list[bytes], headers: list[tuple[bytes, bytes]], left: list[Any] | None = None
) -> tuple[int, bytes]:
    """Status and body of the answer to a request with these chunks; `left` gets those not read."""
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, start=1)
    ]
    answer: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        answer.append(message)

    scope = {"type": "http", "headers": headers}
    asyncio.run(BodyLimit(accepting, LIMIT)(scope, receive, send))
    if left is not None:
        left.extend(waiting)
    return answer[0]["status"], answer[1]["body"]


def test_a_body_within_the_limit_passes() -> None:
    assert sent([b"12345", b"67890"], [(b"content-length", b"10")]) == (200, b"10")


@pytest.mark.parametrize("headers", [[(b"content-length", b"11")], []])
def test_a_longer_body_is_a_problem_declared_or_not(headers: list[tuple[bytes, bytes]]) -> None:
    status, body = sent([b"12345", b"678901"], headers)
    assert status == 413
    assert msgspec.json.decode(body, type=ProblemDocument).code == "too_large"


def test_a_request_that_the_end_of_the_server_cuts_off_is_a_problem() -> None:
    answer: list[Any] = []

    async def stopped() -> Any:
        raise asyncio.CancelledError

    async def send(message: Any) -> None:
        answer.append(message)

    asyncio.run(BodyLimit(accepting, LIMIT)({"type": "http", "headers": []}, stopped, send))
    assert answer[0]["status"] == 503
    assert msgspec.json.decode(answer[1]["body"], type=ProblemDocument).code == "stopping"


@pytest.mark.parametrize("headers", [[(b"content-length", b"5000")], []])
@pytest.mark.parametrize(("chunks", "is_cut_off"), [(30, False), (500, True)])
def test_the_rest_of_a_long_body_is_let_pass_up_to_a_limit(
    headers: list[tuple[bytes, bytes]], chunks: int, is_cut_off: bool
) -> None:
    left: list[Any] = []
    assert sent([b"1"] * chunks, headers, left)[0] == 413
    assert bool(left) is is_cut_off


def test_a_client_that_waits_to_be_asked_for_its_body_is_not_asked() -> None:
    left: list[Any] = []
    headers = [(b"content-length", b"11"), (b"expect", b"100-continue")]
    assert sent([b"12345678901"], headers, left)[0] == 413
    assert len(left) == 1
