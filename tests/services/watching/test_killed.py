"""A process that watches and is killed, at any moment: nothing is lost, doubled or half written."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from policies.evaluator.relevance import fingerprint
from policies.ingest.cluster import read_once
from policies.models import Cluster, Event, Lease
from policies.services import evaluate_snapshot, evaluate_state
from tests.support.followed import connection_to, manifest, pod_manifest, policy_manifest
from tests.support.kubeapi import ApiServer
from tests.support.watching import add, database_url, hurry, names, pictures, until, watching

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 2


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret") as server:
        server.put(manifest("Namespace", "x"))
        server.put_many(pod_manifest(f"p{number}") for number in range(20))
        yield server


@pytest.fixture
def cluster(api: ApiServer, tmp_path: Path) -> Cluster:
    return add(api, kubeconfig=str(api.write_kubeconfig(tmp_path / "config")))


@contextmanager
def watch_process() -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py watch` on the database of the tests."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "PYTHONWARNINGS": ""}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "watch"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_watcher_that_is_killed_is_followed_and_nothing_is_lost(
    api: ApiServer, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    with watch_process() as process:
        until(lambda: pictures(cluster))
        api.put(policy_manifest("first"))
        until(lambda: len(pictures(cluster)) == 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        held = Lease.objects.get(pk=cluster.pk).holder
        assert held, "it could not give back what it held"
        api.put(policy_manifest("second"))
        with watching():
            until(lambda: len(pictures(cluster)) == 3)
    assert names(pictures(cluster)[2]) == ["added NetworkPolicy x/second"]


def test_a_watcher_that_is_told_to_end_gives_back_what_it_holds(cluster: Cluster) -> None:
    with watch_process() as process:
        until(lambda: pictures(cluster))
        process.terminate()
        assert process.wait(20) == 0
    assert not Lease.objects.get(pk=cluster.pk).holder


def test_killed_while_it_writes_nothing_is_half_written(api: ApiServer, cluster: Cluster) -> None:
    """Policies change all the time, so that most kills meet a picture that is being made."""
    chance = random.Random(7)
    ended = threading.Event()

    def change() -> None:
        number = 0
        while not ended.wait(0.02):
            number += 1
            api.put(
                policy_manifest(
                    f"q{number % 5}", policyTypes=["Ingress", "Egress"][: 1 + number % 2]
                )
            )

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(ROUNDS):
            with watch_process() as process:
                until_more(cluster, len(pictures(cluster)))
                threading.Event().wait(chance.random())
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
            whole(cluster)
    finally:
        ended.set()
        changing.join()
    with watch_process():
        now = read_once(connection_to(api)).state
        wanted = fingerprint(evaluate_state(now, [], False))
        until(lambda: newest(cluster) == wanted)
    whole(cluster)


def until_more(cluster: Cluster, known: int) -> None:
    until(lambda: len(pictures(cluster)) > known)


def newest(cluster: Cluster) -> str:
    return fingerprint(evaluate_snapshot(pictures(cluster)[-1].snapshot, [], False))


def whole(cluster: Cluster) -> None:
    """Each picture has its snapshot, its event and, but for the first, a change."""
    found = pictures(cluster)
    events = Event.objects.filter(kind="picture", cluster_id=cluster.pk).order_by("id")
    assert [each.data["picture"] for each in events] == [each.pk for each in found]
    for before, after in itertools.pairwise(found):
        assert after.change_count > 0
        assert before.snapshot_id != after.snapshot_id
    for each in found:
        assert each.snapshot.state.content_hash == each.snapshot.content_hash
