"""Connections: accepted one by one, encrypted where asked, all ended with the server."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

__all__ = ["Listener"]


class Listener(socketserver.ThreadingMixIn, HTTPServer):
    """Serves in threads of its own until `stop`."""

    request_queue_size = 256
    daemon_threads = False

    def __init__(
        self,
        port: int,
        handler: Callable[..., BaseHTTPRequestHandler],
        context: ssl.SSLContext | None,
    ) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._context = context
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closing = False
        self.errors: list[BaseException] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="kubeapi")
        self._thread.start()

    def stop(self) -> None:
        """End every connection, and wait until its thread has ended."""
        self.shutdown()
        with self._lock:
            self._closing = True
            for each in self._open:
                _hang_up(each)
        self._thread.join()
        self.server_close()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, from the handshake on: it must not hold up the next one."""
        with self._lock:
            connection: socket.socket = request
            if self._context is not None:
                connection = self._context.wrap_socket(
                    request, server_side=True, do_handshake_on_connect=False
                )
            self._open.add(connection)
            if self._closing:
                _hang_up(connection)
        try:
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
            super().finish_request(connection, client_address)
        finally:
            with self._lock:
                self._open.discard(connection)
            _hang_up(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients come and go as they like; anything else is a fault of this server."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client has done so already
        # Not the method of a TLS socket: that would drop its encryption under who still writes.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
