"""Signs of life of an API server, and what it serves, asked for again and again in one thread."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from policies.ingest.connection import Connection
from policies.ingest.discovery import Discovery, discover
from policies.ingest.faults import NOT_ACCEPTED, ApiError, BadTarget, Unreachable

__all__ = ["Fault", "Found", "Pulse", "Sign"]

log = logging.getLogger(__name__)

# The server is asked for a sign of life so often, and has so long to give it.
PULSE_SECONDS = 8.0
PULSE_PATIENCE = 5.0
# Definitions of kinds come and go seldom; a group that did not answer may soon.
DISCOVER_SECONDS = 15.0
DISCOVER_AGAIN_SECONDS = 10.0
# Between two looks at what is served, however often one is asked for.
DISCOVER_PAUSE = 1.0

_FAILED = re.compile(r"^\[-\](\S+)", re.MULTILINE)
Fault = tuple[Literal["lost", "refused"], str]


class Sign(msgspec.Struct, frozen=True):
    """A sign of life, or why there is none."""

    fault: Fault | None


class Found(msgspec.Struct, frozen=True):
    """What the server has."""

    discovery: Discovery


class Pulse:
    """Asks until it is stopped. `tell` is called from its thread."""

    def __init__(self, connection: Connection, tell: Callable[[Sign | Found], None]) -> None:
        self._connection = connection
        self._tell = tell
        self._stopped = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asks the server", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()
        self._wanted.set()

    def join(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def look_again(self) -> None:
        """Ask now what the server has."""
        self._wanted.set()

    def _run(self) -> None:
        due = 0.0
        while not self._stopped.is_set():
            fault = self._ask_for_life()
            now = time.monotonic()
            if fault is None and (now >= due or self._wanted.is_set()):
                self._wanted.clear()
                fault, pause = self._discover()
                due = now + pause
            self._tell(Sign(fault))
            rest = PULSE_SECONDS if fault is None else PULSE_SECONDS / 4
            least = min(DISCOVER_PAUSE, rest)
            self._stopped.wait(least)
            if fault is None:
                self._wanted.wait(rest - least)
            else:
                self._stopped.wait(rest - least)

    def _discover(self) -> tuple[Fault | None, float]:
        """What went wrong, and how long to wait until the next time."""
        try:
            found = discover(self._connection)
        except Exception as error:
            return _fault_of(error), 0.0
        self._tell(Found(found))
        return None, DISCOVER_AGAIN_SECONDS if found.unknown else DISCOVER_SECONDS

    def _ask_for_life(self) -> Fault | None:
        """Whether the server is ready, which it is not while it starts or has lost its storage: it
        then refuses what it would allow, and tells of nothing new. One that may not be asked that
        is asked for its version."""
        try:
            try:
                self._connection.get("/readyz", seconds=PULSE_PATIENCE)
            except ApiError as error:
                if error.status not in (403, 404):
                    raise
                self._connection.get("/version", seconds=PULSE_PATIENCE)
        except ApiError as error:
            # That it will not say its version is a sign of life as well.
            if error.status in (401, 429) or error.status >= 500:
                return _fault_of(error)
        except Exception as error:
            return _fault_of(error)
        return None


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, BadTarget):
        return "refused", error.message
    if isinstance(error, ApiError) and error.status == 401:
        return "refused", NOT_ACCEPTED
    if isinstance(error, ApiError):
        failed = ", ".join(_FAILED.findall(error.message))
        if failed:
            return "lost", f"The server is not ready: {failed} failed."
        return "lost", f"The server answered {error.status} {error.reason}: {error.message}"
    if isinstance(error, Unreachable):
        return "lost", str(error)
    log.error("The server could not be asked.", exc_info=error)
    return "lost", "What the server answers cannot be read."
