"""`manage.py serve`: the pages and the API, on this machine only."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from typing import Any

import uvicorn
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from policies import services
from policies.access import PublicAddress, loopback_address
from policies.evaluator.errors import BadQuestion
from policies.ingest.connection import drop_files
from policies.services.feed import FEED
from policies.services.watching import Watching

__all__ = ["Command"]

PORTS_TRIED = 20
# Streams to clients that take nothing would otherwise keep the server from ending at all.
GRACE_SECONDS = 3
LAST_WORDS_SECONDS = 0.5


class Command(BaseCommand):
    """Runs the server until Ctrl-C."""

    help = "Serve the pages and the API on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen."""
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=8000, help="the next free one if taken")
        parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
        parser.add_argument(
            "--no-watch", action="store_true", help="leave watching clusters to `manage.py watch`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Bind, bring the database up to date, serve."""
        try:
            host = loopback_address(options["host"])
            listening = self._bind(host, options["port"])
        except (PublicAddress, OSError, OverflowError) as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from None
        call_command("migrate", verbosity=0, interactive=False)
        try:
            services.add_in_cluster()
        except BadQuestion as error:
            # All else works.
            self.stderr.write(error.message)
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listening.getsockname()[1]}/"
        watching = None if options["no_watch"] else Watching()
        server = _Server(
            self._config(),
            lambda: self._ready(url, not options["no_browser"]),
            lambda: watching.stop() if watching is not None else None,
        )
        if watching is not None:
            watching.start()
        server.run(sockets=[listening])

    def _bind(self, host: str, wanted: int) -> socket.socket:
        """A socket on the wanted port, or on the next one that is free."""
        for port in range(wanted, wanted + PORTS_TRIED):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            # Named as TCP, or asyncio does not turn off waiting for full packets: a client that
            # keeps its connection would wait 40 ms for the second part of every answer.
            listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((host, port))
                # Two servers may bind the same port; only one may listen on it.
                listening.listen()
            except OSError as error:
                listening.close()
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            if port != wanted:
                self.stderr.write(f"Port {wanted} is taken by another program; using {port}.")
            return listening
        last = wanted + PORTS_TRIED - 1
        raise OSError(f"Ports {wanted} to {last} are all taken; choose one with --port.")

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            "netviz.asgi:application",
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )

    def _ready(self, url: str, may_open: bool) -> None:
        self.stdout.write(f"netviz is ready: {url}")
        self.stdout.flush()
        if may_open and sys.stdout.isatty() and _has_desktop():
            webbrowser.open(url)


class _Server(uvicorn.Server):
    """Uvicorn, saying when it answers and when it ends: after its end the process is gone by the
    signal that ended it."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], end: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._tell = ready
        self._end = end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets=sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, without an error for each request that somebody who stops netviz cuts off."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        FEED.close()
        ended = asyncio.get_running_loop().run_in_executor(None, self._end)
        await super().shutdown(sockets=sockets)
        if self.server_state.tasks:
            # Those just cancelled still tell their clients.
            await asyncio.wait(self.server_state.tasks, timeout=LAST_WORDS_SECONDS)
        await ended
        drop_files()


def _has_desktop() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
