"""`make bench-http`: what clients of the real server wait for, beside an empty view.

The server of `manage.py serve` runs in a process of its own, on a database in a folder of its own.
Wall time on a shared machine is noisy: every figure stands beside that of a view that does nothing,
of the same run and asked by as many clients at once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks.drafts import draft_bodies
from benchmarks.measuring import percentile
from benchmarks.shapes import shape

_ROOT = Path(__file__).resolve().parent.parent
_SMALL = 20_000
_CLIENTS = 50
_EMPTY = "/api/v1/health"


class Server(NamedTuple):
    """Where it listens, and which process it is."""

    port: int
    pid: int

    def memory(self) -> float:
        """Megabytes of it at the highest point so far. Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


class Request(NamedTuple):
    """What is sent, ready to be sent."""

    data: bytes

    @classmethod
    def of(cls, path: str, body: bytes = b"", kind: str = "application/json") -> Request:
        """A GET of an address, or a POST where there is a body."""
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if body:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return cls(head.encode() + b"\r\n" + body)


class Times(NamedTuple):
    """Milliseconds that half of all requests, and 95 of 100, did not exceed."""

    half: float
    most: float
    a_second: float

    def __str__(self) -> str:
        return f"{self.half:,.1f} / {self.most:,.1f} ms"


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The server on a free port, with an empty database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "serve", "--no-browser", "--port", str(port)]
    database = f"sqlite:///{folder / 'bench.sqlite3'}"
    environment = {**os.environ, "NETVIZ_DATA": str(folder), "DATABASE_URL": database}
    process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert b"ready" in process.stdout.readline()
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request
) -> bytes:
    writer.write(request.data)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    if head.split(b" ", 2)[1] not in (b"200", b"201"):
        raise RuntimeError(body.decode()[:500])
    return body


async def _ask(server: Server, requests: Sequence[Request], clients: int, pause: float) -> Times:
    """So many clients, each asking again as soon as it has its answer and has paused."""
    waiting = iter(requests)
    chance = random.Random(5)
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 26)
        await asyncio.sleep(pause * chance.random())
        for request in waiting:
            started = time.perf_counter()
            await _answer(reader, writer, request)
            times.append(time.perf_counter() - started)
            await asyncio.sleep(pause * 2 * chance.random())
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    took = time.perf_counter() - started
    spent = [each * 1e3 for each in times]
    return Times(percentile(spent, 50), percentile(spent, 95), len(spent) / took)


def ask(server: Server, requests: Sequence[Request], clients: int = 1, pause: float = 0.0) -> Times:
    """How long the answers took; clients pause for so many seconds on average."""
    return asyncio.run(_ask(server, requests, clients, pause))


def answer(server: Server, request: Request) -> bytes:
    """The answer to one request."""

    async def once() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 26)
        body = await _answer(reader, writer, request)
        writer.close()
        return body

    return asyncio.run(once())


def upload(server: Server, data: bytes) -> str:
    """The address of a snapshot of this JSON."""
    edge = b"netviz-benchmark"
    part = b'Content-Disposition: form-data; name="files"; filename="cluster.json"'
    body = b"--%s\r\n%s\r\n\r\n%s\r\n--%s--\r\n" % (edge, part, data, edge)
    kind = f"multipart/form-data; boundary={edge.decode()}"
    stored = json.loads(answer(server, Request.of("/api/v1/snapshots", body, kind)))
    return f"/api/v1/snapshots/{stored['id']}"


def pairs(snapshot: str, pods: int, count: int) -> list[Request]:
    """Questions whether one workload may reach another."""
    chance = random.Random(3)
    workloads, spaces = pods // 10, max(2, pods // 50)

    def peer() -> str:
        index = chance.randrange(workloads)
        return f"ns-{index % spaces}/app-{index // spaces % 5}-{index}"

    return [
        Request.of(
            f"{snapshot}/explain?"
            + urlencode({"from": peer(), "to": peer(), **({"port": "8081/TCP"} if i % 2 else {})})
        )
        for i in range(count)
    ]


def what_ifs(snapshot: str, pods: int, count: int) -> list[Request]:
    """Drafts of one policy, and deletions of one."""
    bodies = [json.dumps(each).encode() for each in draft_bodies(pods)]
    chosen = itertools.islice(itertools.cycle(bodies), count)
    return [Request.of(f"{snapshot}/whatif", body) for body in chosen]


def views(snapshot: str, count: int) -> list[Request]:
    """The opening view, as browsers ask for it that do not know it yet."""
    return [Request.of(f"{snapshot}/graph") for _ in range(count)]


def new_views(snapshot: str, count: int) -> list[Request]:
    """Views that nobody asked for before: each with another namespace open."""
    return [Request.of(f"{snapshot}/graph?open=ns-{index}") for index in range(count)]


def measure(pods: int) -> None:
    """Print a table for one size."""
    print(f"\n{pods:,} pods\n{'':<4}{'what':<40}{'p50 / p95':>22}{'target':>9}{'times empty':>14}")
    small = pods <= _SMALL
    view, change = (50, 150) if small else (200, 1_000)
    cluster = shape("lean", pods)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        started = time.perf_counter()
        snapshot = upload(server, cluster)
        stored = time.perf_counter()
        answer(server, views(snapshot, 1)[0])
        first = time.perf_counter()
        ask(server, what_ifs(snapshot, pods, 8))
        empty = [Request.of(_EMPTY)] * 400
        single, crowd = ask(server, empty), ask(server, empty * 5, _CLIENTS)
        drafts, many = what_ifs(snapshot, pods, 600), f"what-if, {_CLIENTS} clients"
        for name, requests, clients, pause, limit in (
            ("opening view", views(snapshot, 100), 1, 0, view),
            ("views never asked for before", new_views(snapshot, 30), 1, 0, view),
            ("explain", pairs(snapshot, pods, 300), 1, 0, 30),
            ("what-if", drafts[:120], 1, 0, change),
            (f"{many}, a draft a second each", drafts, _CLIENTS, 1, change),
            (f"{many} without a pause", drafts, _CLIENTS, 0, change),
        ):
            found = ask(server, requests, clients, pause)
            beside = (single if clients == 1 else crowd).most
            mark = "" if found.most <= limit else "  not met"
            ratio = f"{found.most / beside:.1f}"
            print(f"T8  {name:<40}{found!s:>22}{limit:>9}{ratio:>14}{mark}", flush=True)
            if clients > 1:
                print(f"{'':<4}{found.a_second:,.0f} a second, {crowd.a_second:,.0f} empty ones")
        print(f"{'':<4}{'empty view':<40}{single!s:>22}")
        print(f"{'':<4}{f'empty view, {_CLIENTS} clients':<40}{crowd!s:>22}")
        memory = server.memory()
        mark = "  not met" if small and memory > 200 else ""
        print(f"T6  {'server, peak':<40}{f'{memory:,.0f} MB':>22}{200 if small else '':>9}{mark}")
        print(f"    upload {stored - started:.2f} s, first view {first - stored:.2f} s")


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[10_000])
    for pods in parser.parse_args().pods:
        measure(pods)


if __name__ == "__main__":
    main()
