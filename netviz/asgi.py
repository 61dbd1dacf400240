"""The ASGI application, behind a limit on the size of request bodies and a clean end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django

from netviz.handler import Handler

__all__ = ["BodyLimit", "application"]

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netviz.settings")
django.setup(set_prefix=False)

# Needs configured settings, and so cannot stand at the top.
from django.conf import settings  # noqa: E402

from policies.api.problems import problem_body  # noqa: E402

# How many times the limit is read and thrown away before a connection is just closed.
DISCARDED = 4


class _TooLong(Exception):
    """The body went on after the limit."""


class BodyLimit:
    """Answers 413 to a body longer than `limit` bytes, and 503 when the server ends before Django
    has answered.

    Django spools a whole body to disk before any of its own limits is asked, so a client could fill
    the disk.
    """

    def __init__(self, app: App, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.limit:
            if b"expect" not in headers:
                await self._discard(receive)
            await self._too_large(send)
            return
        seen = 0
        answering = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                if message.get("more_body"):
                    await self._discard(receive)
                raise _TooLong
            return message

        async def watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except _TooLong:
            await self._too_large(send)
        except asyncio.CancelledError:
            if answering:
                raise
            # The server was asked to stop and waited long enough, for a slow upload perhaps.
            await _refuse(send, 503, "stopping", "netviz was stopped before it could answer.")

    async def _discard(self, receive: Receive) -> None:
        """Let the rest of a body pass: many clients only listen once they have sent it all, and
        otherwise see a broken connection in place of the reason."""
        seen = 0
        while seen < DISCARDED * self.limit:
            message = await receive()
            seen += len(message.get("body", b""))
            if not message.get("more_body"):
                return

    async def _too_large(self, send: Send) -> None:
        detail = f"The request is larger than {self.limit // 1024 // 1024} MB, the limit."
        await _refuse(send, 413, "too_large", detail)


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    body = problem_body(status, code, detail)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = BodyLimit(Handler(), settings.MAX_REQUEST_BYTES)
