"""What is new of clusters, for everybody who listens in this process.

One task asks the database every half second, only while somebody listens, and once for all of them.
"""

from __future__ import annotations

import asyncio
import functools
import operator
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from policies.models import Cluster, Event

__all__ = ["FEED", "Feed", "Message"]

POLL_SECONDS = 0.5
# How often all are told whether the picture still holds, be something new or not.
SEEN_SECONDS = 10
# Read at once, and kept for a client that does not take them: it then comes back for the rest.
BATCH = 500
WAITING = 2 * BATCH
# Each costs a connection and some kilobytes; more than these are no people that look at pages.
MOST_LISTENERS = 200

T = TypeVar("T")


class Message(NamedTuple):
    """One thing to tell; `id` is the number of its row, None for what need not be resumed."""

    id: int | None
    kind: str
    data: Mapping[str, Any]


class _Listener:
    """Somebody who listens to one cluster, and has heard everything up to `position`."""

    def __init__(self, cluster: uuid.UUID, position: int) -> None:
        self.cluster = cluster
        self.position = position
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue()
        self._ended = False

    def tell(self, message: Message) -> None:
        """Keep a message for it, unless it has heard it or has stopped taking any."""
        if self._ended or (message.id is not None and message.id <= self.position):
            return
        if message.id is not None:
            self.position = message.id
        self._waiting.put_nowait(message)
        if message.kind == Event.Kind.GONE or self._waiting.qsize() >= WAITING:
            self.end()

    def end(self) -> None:
        """Nothing comes after what is waiting."""
        if not self._ended:
            self._ended = True
            self._waiting.put_nowait(None)

    async def next(self) -> Message | None:
        """What it is told next, when that comes; None at the end."""
        return await self._waiting.get()


class Feed:
    """Listeners, and the task that looks for them. Used from one event loop."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        # How far the events of each cluster that somebody listens to were told.
        self._told: dict[uuid.UUID, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether as many listen as may."""
        return len(self._listeners) >= MOST_LISTENERS

    async def listen(self, cluster: uuid.UUID, after: int) -> AsyncGenerator[Message, None]:
        """The events of a cluster with a number above `after`, those that are kept and those to
        come, each once and in order; now and then that all is as it was. Ends when the cluster is
        gone, the server stops, or the listener takes too little: it may come back for the rest.
        """
        listener = _Listener(cluster, after)
        with self._registered(listener):
            told = self._told.setdefault(cluster, after)
            while after < told:
                missed = await self._in_thread(partial(_newer, {cluster: after}, told))
                for event in missed:
                    yield _message(event)
                after = missed[-1].pk if len(missed) == BATCH else told
            while (message := await listener.next()) is not None:
                yield message

    def close(self) -> None:
        """End all streams, now and from now on: the server stops."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    @contextmanager
    def _registered(self, listener: _Listener) -> Iterator[None]:
        self._listeners.add(listener)
        if self._closed:
            listener.end()
        if self._task is None:
            self._task = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            self._listeners.discard(listener)
            if all(each.cluster != listener.cluster for each in self._listeners):
                self._told.pop(listener.cluster, None)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _connected, work)

    async def _poll(self) -> None:
        """Look for news until nobody listens."""
        clock = asyncio.get_running_loop().time
        seen = clock()
        try:
            while self._listeners:
                more = False
                # A database that does not answer is not the end: pages see that nothing comes.
                with suppress(DatabaseError):
                    more = await self._tell_news()
                    if clock() - seen >= SEEN_SECONDS:
                        seen = clock()
                        await self._tell_seen()
                await asyncio.sleep(0 if more else POLL_SECONDS)
        finally:
            self._task = None
            for listener in self._listeners:
                listener.end()

    async def _tell_news(self) -> bool:
        """Tell what is new; True when there may be more of it."""
        asked = dict(self._told)
        events = await self._in_thread(partial(_newer, asked))
        for event in events:
            cluster = event.cluster_id
            # Who began to listen meanwhile, after all others had left, may have to hear of more.
            if self._told.get(cluster) == asked[cluster]:
                self._tell(cluster, _message(event))
                self._told[cluster] = asked[cluster] = event.pk
        return len(events) == BATCH

    async def _tell_seen(self) -> None:
        asked = list(self._told)
        rows = await self._in_thread(partial(_seen, asked))
        for cluster in asked:
            if cluster in rows:
                self._tell(cluster, Message(None, "seen", rows[cluster]))

    def _tell(self, cluster: uuid.UUID, message: Message) -> None:
        for listener in self._listeners:
            if listener.cluster == cluster:
                listener.tell(message)


def _connected(work: Callable[[], T]) -> T:
    """Do it with a connection that is not older than connections may become."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _newer(told: Mapping[uuid.UUID, int], last: int | None = None) -> list[Event]:
    """The first events that come after those told, in order."""
    if not told:
        return []
    wanted = [Q(cluster_id=cluster, pk__gt=number) for cluster, number in told.items()]
    found = Event.objects.filter(functools.reduce(operator.or_, wanted)).order_by("pk")
    if last is not None:
        found = found.filter(pk__lte=last)
    return list(found[:BATCH])


def _seen(clusters: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = Cluster.objects.filter(pk__in=clusters).only("status", "confirmed_at", "counts")
    return {
        row.pk: {
            "confirmed_at": row.confirmed_at and row.confirmed_at.isoformat(),
            "status": row.status,
            "counts": row.counts,
            # Pages count from here on, by clocks that need not be right.
            "now": timezone.now().isoformat(),
        }
        for row in rows
    }


def _message(event: Event) -> Message:
    return Message(event.pk, event.kind, event.data)


# Of this process: all its streams are sent from the one event loop that it has.
FEED = Feed()
