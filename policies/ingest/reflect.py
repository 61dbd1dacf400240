"""One resource of a cluster, listed and then watched: what changed is told, in order, for ever.

The protocol is that of Kubernetes' API concepts: a list in pages, a watch from the version of the
list, bookmarks, and a new list whenever the server has forgotten what came in between.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from policies.ingest.connection import Connection, Stream
from policies.ingest.faults import NOT_ACCEPTED, ApiError, BadTarget, Silent, Unreachable
from policies.ingest.resources import Served
from policies.ingest.slim import Key, Slim, slim

__all__ = ["Dropped", "Listed", "News", "Put", "Reflector", "Said", "list_all"]

log = logging.getLogger(__name__)

PAGE = 500
# How long the server is asked to keep a watch open, and how long nothing may come before it is
# opened anew: a busy server sends a bookmark about every minute, an idle one every few.
WATCH_SECONDS = (240, 300)
SILENCE_SECONDS = 75.0
# Between two tries, doubled each time; half of it is left to chance, so that clients that lost the
# same server do not come back together.
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
# After so many tries in a row the version to go on from may be at fault: a new list is read.
RETRIES = 5
# Where a resource may be listed and not watched.
POLL_SECONDS = 30.0
# What is forbidden, or not there, is asked for again after a little, and then more seldom.
REFUSED_FIRST = 3.0
REFUSED_SECONDS = 60.0
# A watch that was open for so long has worked, however it ends.
WORKED_SECONDS = 20.0
# However long a server asks to be left alone.
LONGEST_ASKED = 120.0


class Listed(msgspec.Struct, frozen=True):
    """Exactly these objects are there now."""

    source: Reflector
    items: list[Slim]


class Put(msgspec.Struct, frozen=True):
    """This object is there now."""

    source: Reflector
    item: Slim


class Dropped(msgspec.Struct, frozen=True):
    """The object with this key is gone."""

    source: Reflector
    key: Key


class Said(msgspec.Struct, frozen=True):
    """How the reading goes.

    `ok`: it is watched, so what was told is all there is. `polled`: it may only be listed, and is,
    now and then. `absent`, `forbidden` and `refused` (the credentials) say why not; `waiting` is
    before the first list and while one is read, `error` after something broke. `count` is how many
    were read so far, in `waiting`.
    """

    source: Reflector
    state: Literal["waiting", "ok", "polled", "absent", "forbidden", "refused", "error"]
    message: str = ""
    watches: bool | None = None
    count: int = 0


News = Listed | Put | Dropped | Said


class _ListMetadata(msgspec.Struct, rename="camel", frozen=True):
    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")


class _List(msgspec.Struct):
    metadata: _ListMetadata = _ListMetadata()
    items: list[msgspec.Raw] | None = None


class _Event(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _About(msgspec.Struct):
    metadata: _ListMetadata = _ListMetadata()
    code: int = 0
    reason: str = ""
    message: str = ""


# Made under the import lock: see evaluator/state.py.
_LIST = msgspec.json.Decoder(_List)
_EVENT = msgspec.json.Decoder(_Event)
_ABOUT = msgspec.json.Decoder(_About)


class _Gone(Exception):
    """The server has forgotten what came after the version asked for."""


def list_all(
    connection: Connection,
    served: Served,
    namespace: str = "",
    told: Callable[[int], None] = lambda _: None,
) -> tuple[list[Slim], str]:
    """Every object of a resource and the version of that list, read in pages; `told` hears how many
    there are so far. Raises what `Connection.get` raises."""
    if namespace and served.resource.kind == "Namespace":
        # Whoever may see one namespace only may mostly get it, but neither list nor watch it.
        try:
            item = slim(served, connection.get(f"{served.path()}/{namespace}"))
        except ApiError as error:
            if error.status != 404:
                raise
            item = None
        return ([item] if item else []), ""
    try:
        return _list_pages(connection, served, namespace, told, PAGE)
    except ApiError as error:
        if error.status != 410:
            raise
    # The pages took longer than the server remembers: all in one go, as its own clients do.
    return _list_pages(connection, served, namespace, told, 0)


def _list_pages(
    connection: Connection,
    served: Served,
    namespace: str,
    told: Callable[[int], None],
    page: int,
) -> tuple[list[Slim], str]:
    path, query = served.path(namespace), _query(served)
    if page:
        query["limit"] = str(page)
    found: list[Slim] = []
    while True:
        try:
            listed = _LIST.decode(connection.get(path, query))
        except msgspec.DecodeError:
            raise Unreachable("The server's list could not be read.") from None
        found += (each for raw in listed.items or () if (each := slim(served, bytes(raw))))
        told(len(found))
        if not listed.metadata.continue_:
            return found, listed.metadata.resource_version
        query["continue"] = listed.metadata.continue_


def _query(served: Served) -> dict[str, str]:
    left_out = served.resource.left_out
    return {"labelSelector": left_out} if left_out else {}


class Reflector:
    """Reads one resource, in all namespaces or in one, in a thread of its own until it is stopped.

    `tell` is called from that thread.
    """

    def __init__(
        self,
        connection: Connection,
        served: Served,
        tell: Callable[[News], None],
        namespace: str = "",
    ) -> None:
        self.served = served
        self.namespace = namespace
        self._connection = connection
        self._tell = tell
        self._stopped = threading.Event()
        # Set where a wait is to end before its time.
        self._awake = threading.Event()
        self._stream: Stream | None = None
        self._guard = threading.Lock()
        self._tries = 0
        self._refusals = 0
        # The version of what was heard last.
        self._last = ""
        # Whether a watch was opened since the last list.
        self._watched = False
        self._thread = threading.Thread(
            target=self._run, name=f"reads {served.resource.name}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon, also where a watch waits for the server."""
        self._stopped.set()
        self.interrupt()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread."""
        self._thread.join(seconds)

    def interrupt(self) -> None:
        """Ask anew, now: the connection under a watch may be dead without a word, and who waits to
        try again need not wait any longer."""
        self._awake.set()
        with self._guard:
            if self._stream is not None:
                self._stream.interrupt()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._read()
            except _Gone:
                # Not at once, again and again, where a server forgets all it has said.
                self._pause(FIRST_WAIT * random.random())
            except (ApiError, Unreachable, BadTarget) as error:
                if not self._stopped.is_set():
                    self._pause(self._explain(error))
            except Exception:  # it is told, logged and tried again
                log.exception("Reading %s failed.", self.served.resource.name)
                self._say("error", "What the server answers cannot be read.")
                self._pause(self._wait())

    def _pause(self, seconds: float) -> None:
        """Wait, unless it is to end or somebody is in a hurry."""
        self._awake.wait(seconds)
        self._awake.clear()

    def _read(self) -> None:
        """A list and the watch after it. Raises what ends that."""
        self._say("waiting")
        items, version = list_all(
            self._connection,
            self.served,
            self.namespace,
            lambda count: self._say("waiting", count=count),
        )
        if self._stopped.is_set():
            return
        self._tell(Listed(self, items))
        self._watched, self._refusals = False, 0
        if not version:
            self._say("polled")
            self._pause(POLL_SECONDS)
            return
        while not self._stopped.is_set():
            try:
                version = self._watch(version)
            except (ApiError, Unreachable) as error:
                version = self._last or version
                if not self._goes_on(error):
                    return

    def _goes_on(self, error: ApiError | Unreachable) -> bool:
        """Whether the watch may be opened again, from where it ended, once a while has passed.
        Raises _Gone, and the error itself where a list has to tell more."""
        if self._stopped.is_set():
            return False
        status = error.status if isinstance(error, ApiError) else 0
        if status == 410:
            raise _Gone
        if status in (403, 405):
            # Where it was allowed before, the list tells at once what is allowed now.
            if not self._watched:
                self._say("polled", self.served.resource.plea("watch"), watches=False)
                self._pause(POLL_SECONDS)
            return False
        if status in (401, 404) or self._tries >= RETRIES:
            raise error
        self._say("error", _told(error))
        self._pause(self._wait(error))
        return True

    def _watch(self, version: str) -> str:
        """One watch, to its end; the version that the next one starts from."""
        seconds = random.randint(*WATCH_SECONDS)
        query = {
            **_query(self.served),
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        self._last = version
        stream = self._connection.stream(self.served.path(self.namespace), query, SILENCE_SECONDS)
        with self._guard:
            self._stream = stream
        try:
            if self._stopped.is_set():
                return version
            self._watched = True
            begun = time.monotonic()
            self._say("ok", watches=True)
            for line in stream:
                self._hear(line)
                self._tries = 0
            self._tries = 0
        except Unreachable as error:
            if time.monotonic() - begun >= WORKED_SECONDS:
                self._tries = 0
            if not isinstance(error, Silent):
                raise
            # Opening it anew tells whether anybody is there.
        finally:
            with self._guard:
                self._stream = None
            stream.close()
        if self._last == version:
            # A server that ends each watch at once is not asked again and again without a pause.
            self._pause(FIRST_WAIT * random.uniform(0.5, 1.5))
        return self._last

    def _hear(self, line: bytes) -> None:
        try:
            event = _EVENT.decode(line)
            about = _ABOUT.decode(event.object)
        except msgspec.DecodeError:
            raise Unreachable("The server sent what is no event.") from None
        if event.type == "ERROR":
            if about.code == 410:
                raise _Gone
            raise ApiError(about.code, about.reason, about.message)
        if event.type != "BOOKMARK":
            item = slim(self.served, bytes(event.object))
            if item is None:
                raise Unreachable("The server sent what is no object.")
            self._tell(Dropped(self, item.key) if event.type == "DELETED" else Put(self, item))
        self._last = about.metadata.resource_version or self._last

    def _say(
        self,
        state: Literal["waiting", "ok", "polled", "absent", "forbidden", "refused", "error"],
        message: str = "",
        *,
        watches: bool | None = None,
        count: int = 0,
    ) -> None:
        self._tell(Said(self, state, message, watches, count))

    def _explain(self, error: ApiError | Unreachable | BadTarget) -> float:
        """Say what went wrong; how many seconds to wait before the next try."""
        if isinstance(error, ApiError) and error.status == 403:
            self._say("forbidden", self.served.resource.plea("list"))
            return self._wait_refused()
        if isinstance(error, ApiError) and error.status == 404:
            self._say("absent")
            return self._wait_refused()
        if isinstance(error, BadTarget) or (isinstance(error, ApiError) and error.status == 401):
            # A token that has run out may have been replaced in its file, or by its program.
            self._connection.reload()
            message = error.message if isinstance(error, BadTarget) else ""
            self._say("refused", message or NOT_ACCEPTED)
            return self._wait()
        self._say("error", _told(error))
        return self._wait(error)

    def _wait(self, error: Exception | None = None) -> float:
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._tries, 16))
        self._tries += 1
        asked = error.retry_after if isinstance(error, ApiError) else None
        return max(longest * random.uniform(0.5, 1.0), min(asked or 0.0, LONGEST_ASKED))

    def _wait_refused(self) -> float:
        longest = min(REFUSED_SECONDS, REFUSED_FIRST * 2.0 ** min(self._refusals, 16))
        self._refusals += 1
        return longest * random.uniform(0.8, 1.0)


def _told(error: ApiError | Unreachable) -> str:
    if isinstance(error, Unreachable):
        return str(error)
    said = f": {error.message}" if error.message else ""
    return f"The server answered {error.status}{said}."
