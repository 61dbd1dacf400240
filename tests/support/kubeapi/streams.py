"""A chunked answer that goes on, and all that may happen to it on the way."""

from __future__ import annotations

import os
import select
import socket
import ssl
import struct
from io import BufferedIOBase

from tests.support.kubeapi.faults import Cut, Faults

__all__ = ["Broken", "StreamWriter"]

# The shortest wait between two pieces of a slow stream.
_TICK = 0.01


class Broken(ConnectionError):
    """The stream was cut off, as told."""


class StreamWriter:
    """Writes lines as chunks, one each."""

    def __init__(
        self,
        faults: Faults,
        connection: socket.socket,
        out: BufferedIOBase,
        group: str,
        plural: str,
    ) -> None:
        self._faults = faults
        self._connection = connection
        self._out = out
        self._group = group
        self._plural = plural

    def write(self, line: bytes) -> None:
        """Send a line. Raises Broken where it is cut off."""
        if self._faults.disturbs_streams:
            self._faults.wait_while_hung()
            cut = self._faults.cut_of(self._group, self._plural)
            if cut is not None:
                self._break_off(line, cut)
            if self._faults.bytes_per_second is not None:
                self._trickle(line, self._faults.bytes_per_second)
                return
        self._out.write(_chunk(line))

    def end(self) -> None:
        """Say that nothing more comes. Raises Broken where nobody is left to say so."""
        if self._faults.stopping.is_set():
            raise Broken
        self._out.write(b"0\r\n\r\n")

    def listened_to(self) -> bool:
        """Whether the client still waits. It says nothing more, so what can be read is its end."""
        readable, _, _ = select.select([self._connection], [], [], 0)
        if not readable:
            return True
        if isinstance(self._connection, ssl.SSLSocket):
            return False
        return bool(self._connection.recv(1, socket.MSG_PEEK))

    def _break_off(self, line: bytes, cut: Cut) -> None:
        if cut.after:
            self._out.write(_chunk(line[: cut.after]))
        if cut.how == "end":
            self.end()
        if cut.how == "reset":
            linger = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # Past everything that would say goodbye first.
            os.close(self._connection.detach())
        raise Broken

    def _trickle(self, line: bytes, bytes_per_second: float) -> None:
        step = max(1, int(bytes_per_second * _TICK))
        for at in range(0, len(line), step):
            if self._faults.stopping.wait(step / bytes_per_second):
                raise Broken
            self._out.write(_chunk(line[at : at + step]))


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
