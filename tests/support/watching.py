"""Watching a fake API server in tests, quickly, and waiting until something holds."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from policies.ingest import live, pulse, reflect
from policies.models import Cluster, Picture
from policies.services.watching import Watching, lease, manager, watcher
from tests.support.kubeapi import ApiServer

__all__ = ["add", "database_url", "hurry", "names", "pictures", "until", "watching"]

PATIENCE = 30.0


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Waits that are right for a cluster are long for a test."""
    for module, name, seconds in (
        (pulse, "PULSE_SECONDS", 0.3),
        (pulse, "DISCOVER_SECONDS", 0.5),
        (live, "GRACE_SECONDS", 0.3),
        (live, "DOUBT_SECONDS", 0.3),
        (live, "QUIET_SECONDS", 0.05),
        (reflect, "FIRST_WAIT", 0.02),
        (reflect, "LONGEST_WAIT", 0.2),
        (reflect, "REFUSED_SECONDS", 0.2),
        (watcher, "TAKE_SECONDS", 0.1),
        (watcher, "CONFIRM_SECONDS", 0.1),
        (watcher, "PAUSE_SECONDS", 0.05),
        (watcher, "PAUSE_FACTOR", 0.5),
        (manager, "LOOK_SECONDS", 0.1),
        (manager, "BEAT_SECONDS", 0.2),
        (lease, "TAKE_OVER_SECONDS", 1.0),
    ):
        patch.setattr(module, name, seconds)


def add(api: ApiServer, name: str = "test", **fields: Any) -> Cluster:
    """A cluster to watch, by a kubeconfig's path or whatever else is given."""
    return Cluster.objects.create(name=name, source=Cluster.Source.KUBECONFIG, **fields)


@contextmanager
def watching() -> Iterator[Watching]:
    """Watch what is to be watched, and stop in the end."""
    found = Watching()
    found.start()
    try:
        yield found
    finally:
        found.stop(20)


def until(holds: Callable[[], object], what: str = "") -> None:
    """Come back once something holds. Fails after a while."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what or "it did not come to be"
        threading.Event().wait(0.02)


def pictures(cluster: Cluster) -> list[Picture]:
    """The history, oldest first."""
    return list(Picture.objects.filter(cluster=cluster).order_by("id"))


def names(picture: Picture) -> list[str]:
    """What changed, in short: `added NetworkPolicy x/deny`."""
    return [
        f"{each['op']} {each['kind']} {each['namespace']}/{each['name']}"
        for each in picture.changes
    ]


def database_url() -> str:
    """The database of the tests, for a process of its own."""
    about = connection.settings_dict
    if about["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{about['NAME']}"
    login = f"{about['USER']}:{about['PASSWORD']}@" if about["USER"] else ""
    host = about["HOST"].replace(os.sep, "%2F")
    return f"postgres://{login}{host}:{about['PORT']}/{about['NAME']}"
