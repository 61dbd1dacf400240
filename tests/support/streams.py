"""A client of an event stream, on a plain socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

__all__ = ["Listening", "Told", "listening"]

# What is waited for comes within seconds, or never.
PATIENCE = 20


class Told(NamedTuple):
    """One event as it came."""

    id: int | None
    kind: str
    data: Any


class Listening:
    """An open stream."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._lines = connection.makefile("rb")
        self.status = int(self._lines.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._lines.readline().strip():
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self._text = b""

    def body(self) -> bytes:
        """All of an answer that is none of many parts."""
        return self._lines.read(int(self.headers["content-length"]))

    def next(self) -> Told | None:
        """The next event; None when the server ends the stream."""
        while b"\n\n" not in self._text:
            part = self._part()
            if not part:
                return None
            self._text += part
        event, _, self._text = self._text.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in event.decode().splitlines())
        number = int(fields["id"]) if "id" in fields else None
        return Told(number, fields["event"], json.loads(fields["data"]))

    def expect(self, kind: str) -> Told:
        """The next event, which has to be of this kind."""
        told = self.next()
        assert told is not None
        assert told.kind == kind
        return told

    def close(self) -> None:
        """Go away, heard or not."""
        self._lines.close()

    def _part(self) -> bytes:
        """One chunk; nothing at the end, whether or not it is a polite one."""
        size = self._lines.readline().strip()
        if not size:
            return b""
        part = self._lines.read(int(size, 16))
        self._lines.readline()
        return part


@contextmanager
def listening(
    url: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    slow: bool = False,
) -> Iterator[Listening]:
    """A stream that is open, and is left at the end; a slow client has no room for what it has not
    read."""
    place = urlsplit(url)
    assert place.hostname is not None
    with socket.create_connection((place.hostname, place.port or 80), PATIENCE) as connection:
        if slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = {"Host": place.netloc, "Accept": "text/event-stream", **(headers or {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {each}" for name, each in head.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        stream = Listening(connection)
        try:
            yield stream
        finally:
            # The connection is closed with the last who holds it.
            stream.close()
