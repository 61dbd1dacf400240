"""`make bench-live`: what it costs to follow a running cluster, with pods as large as they come.

The cluster is a fake API server in a process of its own; the database is SQLite in a temporary
folder. CPU time is that of this process: reading, deciding, writing down, everything.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import django

from benchmarks.measuring import percentile

__all__: list[str] = []

PATIENCE = 600.0
POLICIES = 20


class Server:
    """The fake API server, told what to do."""

    def __init__(self, pods: int, kubeconfig: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.apiserver", str(pods), str(kubeconfig)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answered()

    def tell(self, line: str) -> None:
        """Say it, and wait until it is done."""
        self._pipe(self._process.stdin).write(f"{line}\n")
        self._pipe(self._process.stdin).flush()
        self._answered()

    def end(self) -> None:
        """End it."""
        self._pipe(self._process.stdin).close()
        self._process.wait()

    def _answered(self) -> None:
        self._pipe(self._process.stdout).readline()

    @staticmethod
    def _pipe(found: IO[str] | None) -> IO[str]:
        assert found is not None
        return found


def main() -> None:
    """Measure clusters of the sizes asked for, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[10_000])
    arguments = parser.parse_args()
    for pods in arguments.pods:
        if len(arguments.pods) > 1:
            subprocess.run([sys.executable, "-m", __spec__.name, "--pods", str(pods)], check=True)
        else:
            _measure(pods)


def _measure(pods: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NETVIZ_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netviz.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        server = Server(pods, Path(folder) / "kubeconfig")
        try:
            _follow(pods, server, str(Path(folder) / "kubeconfig"))
        finally:
            server.end()


def _follow(pods: int, server: Server, kubeconfig: str) -> None:
    from policies import services
    from policies.models import Cluster, Picture
    from policies.services.watching import Watching

    cluster = services.add_cluster(
        {"name": "bench", "source": "kubeconfig", "kubeconfig": kubeconfig}
    )

    def now() -> Cluster:
        cluster.refresh_from_db()
        return cluster

    watching = Watching()
    before = _megabytes()
    print(f"\n{pods:,} pods", flush=True)
    wall, cpu = _cost(watching.start, lambda: now().confirmed_at is not None)
    print(f"{'first picture':<44}{wall:>8.2f} s{cpu:>10.2f} s CPU", flush=True)
    print(f"{'memory for it, at the most':<44}{_megabytes() - before:>8.0f} MB", flush=True)
    watcher = watching.watchers[cluster.pk]
    looks, found = watcher.looks, Picture.objects.count()
    churn = min(pods, 5_000)
    named = set(watcher.pods)
    wall, cpu = _cost(
        lambda: server.tell(f"churn {churn}"),
        lambda: len(set(watcher.pods) - named) == churn and len(watcher.pods) == len(named),
    )
    decided = watcher.looks - looks
    print(f"{f'{2 * churn:,} events that change nothing':<44}{wall:>8.2f} s{cpu:>10.2f} s CPU")
    print(f"{'each of them':<44}{cpu / churn / 2 * 1000:>8.2f} ms CPU, {decided} decided anew")
    assert Picture.objects.count() == found
    grown = _megabytes() - before
    walls, spent = zip(*(_policy(server, Picture) for _ in range(POLICIES)), strict=True)
    for percent in (50, 95):
        text = f"a policy that changes, to its picture: p{percent}"
        told = f"{percentile(walls, percent):>8.2f} s{percentile(spent, percent):>10.2f} s CPU"
        print(f"{text:<44}{told}", flush=True)
    print(f"{'memory after the events':<44}{grown:>8.0f} MB")
    print(f"{'memory at the end':<44}{_megabytes() - before:>8.0f} MB")
    watching.stop(30)


def _policy(server: Server, pictures: Any) -> tuple[float, float]:
    known = pictures.objects.count()
    return _cost(lambda: server.tell("policy"), lambda: pictures.objects.count() > known)


def _cost(begin: Callable[[], Any], done: Callable[[], bool]) -> tuple[float, float]:
    """Seconds from the beginning until it is done, and of CPU in this process."""
    wall, cpu = time.monotonic(), time.process_time()
    begin()
    while not done():
        assert time.monotonic() - wall < PATIENCE
        time.sleep(0.02)
    return time.monotonic() - wall, time.process_time() - cpu


def _megabytes() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
