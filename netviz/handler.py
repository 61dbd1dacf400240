"""Django behind ASGI, with each request answered by one thread of a few that stay.

Django's own handler makes a thread for every request, a database connection with it, and changes
threads a dozen times on the way through the middleware. Answers here are computed, so more threads
than these would only take the processor from one another.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.db import close_old_connections
from django.http.response import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

__all__ = ["Handler"]

# A slow answer or two must not keep the quick ones waiting.
THREADS = 4

T = TypeVar("T")
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Handler(ASGIHandler):
    """Answers requests; every middleware and view of the project is synchronous."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        """The middleware without a single change of threads."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request, refusal = self.create_request(scope, body)
            if request is None:
                assert refusal is not None
                response: HttpResponseBase = refusal
            else:
                response = await self._in_thread(partial(self._answer, request, scope))
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, work)

    def _answer(self, request: ASGIRequest, scope: dict[str, Any]) -> HttpResponseBase:
        """The whole answer, closed unless it is yet to be made part by part."""
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self.get_response(request)
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        elif isinstance(response, StreamingHttpResponse) and response.is_async:
            # It ends in hours perhaps; this thread answers others meanwhile.
            close_old_connections()
        return response

    async def _stream(self, response: Any, receive: Receive, send: Send) -> None:
        """Send part by part as fast as the client takes them; stop when it goes away."""
        gone = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            if response.is_async:
                await self._send_until(gone, response, send)
            else:
                response.streaming_content = _Parts(self, iter(response.streaming_content), gone)
                await self.send_response(response, send)
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            await self._in_thread(response.close)

    async def _send_until(self, gone: asyncio.Task[None], response: Any, send: Send) -> None:
        """Send parts as they come, which no thread waits for."""
        sending = asyncio.create_task(self.send_response(response, send))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            # Here the stream hears that nobody listens any more.
            outcome = (await asyncio.gather(sending, return_exceptions=True))[0]
        if isinstance(outcome, Exception):
            raise outcome


class _Parts:
    """Parts that are made in a thread, one at a time."""

    def __init__(self, handler: Handler, parts: Iterator[bytes], gone: asyncio.Task[None]) -> None:
        self._handler = handler
        self._parts = parts
        self._gone = gone

    def __aiter__(self) -> _Parts:
        return self

    async def __anext__(self) -> bytes:
        part = None if self._gone.done() else await self._handler._in_thread(self._next)
        if part is None:
            raise StopAsyncIteration
        return part

    def _next(self) -> bytes | None:
        return next(self._parts, None)
