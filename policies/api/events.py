"""The events of a cluster, as a stream that a page listens to."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, Any

import msgspec
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from policies import services
from policies.api.problems import problem_response
from policies.api.questions import read_query
from policies.api.schema import parameters
from policies.services.feed import FEED

__all__ = ["EventsView"]

TYPE = "text/event-stream"
# What no row of the database is numbered by.
NUMBER_MAX = 2**63 - 1
# A page that was cut off waits this long before it comes back, in milliseconds.
RETRY = 2000


class EventsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to go on."""

    after: Annotated[
        str,
        Meta(
            max_length=100,
            description="The number of the last event that is known. The header Last-Event-ID,"
            " which a browser sends when it was cut off, comes before it; without either, or where"
            " it is no number, only what happens from now on is told.",
        ),
    ] = ""


_STREAM = OpenApiResponse(
    response={"type": "string"},
    description=(
        "Server-sent events. First `hello` with the cluster as it is; then, each with its number,"
        " `picture`, `status` and `gone`; every ten seconds `seen`: when the server last confirmed"
        " the picture."
    ),
)


class EventsView(APIView):
    """What happens to a cluster, as it happens."""

    @extend_schema(
        operation_id="follow_cluster",
        parameters=parameters(EventsQuery),
        responses={(200, TYPE): _STREAM},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Follow a cluster: new pictures, and how the connection to it is."""
        query = read_query(request, EventsQuery)
        newest = services.latest_event(id)
        known = _number(request.headers.get("Last-Event-ID", ""))
        if known is None:
            known = _number(query.after)
        # A number that is yet to be given comes of another database than this one.
        after = newest if known is None else min(known, newest)
        cluster = services.cluster_answer(services.get_cluster(id))
        hello = {**cluster, "now": timezone.now().isoformat()}
        if FEED.full:
            detail = "Too many pages follow clusters already. Close some and try again."
            return problem_response(503, "too_many_listeners", detail)
        if request.method == "HEAD":
            response: HttpResponseBase = HttpResponse(content_type=TYPE)
        else:
            response = StreamingHttpResponse(_stream(id, after, hello), content_type=TYPE)
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"
        return response


def _number(text: str) -> int | None:
    """The number of an event; None for what is none."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(NUMBER_MAX))):
        return None
    return min(int(text), NUMBER_MAX)


async def _stream(
    cluster: uuid.UUID, after: int, hello: Mapping[str, Any]
) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RETRY}\n".encode() + _event(None, "hello", hello)
    async with aclosing(FEED.listen(cluster, after)) as messages:
        async for message in messages:
            yield _event(*message)


def _event(number: int | None, kind: str, data: Mapping[str, Any]) -> bytes:
    """One event; its JSON has no line break, and so is one line of data."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {kind}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
