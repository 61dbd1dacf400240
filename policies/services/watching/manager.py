"""All clusters that are to be watched, each by one process of those that share the database."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from policies.ingest.connection import Connection
from policies.ingest.faults import BadTarget
from policies.ingest.live import LiveCluster
from policies.models import Cluster, Event
from policies.services.clusters import target_of
from policies.services.live import record_event
from policies.services.watching.lease import BEAT_SECONDS, Leases
from policies.services.watching.watcher import Watcher

__all__ = ["Watching"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# What of a cluster makes another way to it, so that it is read anew.
_WAY = (
    *("source", "kubeconfig", "context", "server", "ca", "token", "verify_tls", "namespaces"),
    "created_at",
)


class Watching:
    """Watches every cluster that is to be watched and that no other process watches, in threads.

    A process that ends without a word is replaced by another within half a minute.
    """

    def __init__(self) -> None:
        self._leases = Leases()
        self._watchers: dict[uuid.UUID, tuple[Any, Watcher]] = {}
        self._beaten = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watches clusters", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End, and let others go on."""
        self._stopped.set()
        self._thread.join(seconds)

    @property
    def watchers(self) -> dict[uuid.UUID, Watcher]:
        """Who watches which cluster in this process."""
        return {key: watcher for key, (_, watcher) in self._watchers.items()}

    def _run(self) -> None:
        try:
            while not self._stopped.wait(LOOK_SECONDS):
                try:
                    self._look()
                except DatabaseError:
                    log.warning("The database did not say which clusters to watch.")
                    connection.close_if_unusable_or_obsolete()
        finally:
            self._end()
            connection.close()

    def _look(self) -> None:
        self._beat()
        wanted = {each.pk: each for each in Cluster.objects.filter(watched=True)}
        for key, (way, watcher) in list(self._watchers.items()):
            if key not in wanted or way != _way(wanted[key]) or not watcher.running:
                self._leave(key)
        for key, cluster in wanted.items():
            if key not in self._watchers and self._leases.take(key):
                self._begin(cluster)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beaten < BEAT_SECONDS:
            return
        self._beaten = now
        for key in list(self._watchers):
            if not self._leases.beat(key):
                self._watchers.pop(key)[1].stop()

    def _begin(self, cluster: Cluster) -> None:
        try:
            target = target_of(cluster)
        except BadTarget as error:
            self._refuse(cluster, error.message)
            return
        live = LiveCluster(Connection(target), tuple(cluster.namespaces))
        watcher = Watcher(cluster, live, self._leases.holder)
        self._watchers[cluster.pk] = (_way(cluster), watcher)
        watcher.start()

    def _refuse(self, cluster: Cluster, why: str) -> None:
        """A cluster that cannot even be asked says so; it is tried again when it is changed."""
        with transaction.atomic():
            found = Cluster.objects.select_for_update().filter(pk=cluster.pk).first()
            if found is None or (found.status, found.detail) == (Cluster.Status.REFUSED, why):
                return
            found.status, found.detail = Cluster.Status.REFUSED, why
            found.status_since = timezone.now()
            found.save(update_fields=["status", "detail", "status_since"])
            record_event(found.pk, Event.Kind.STATUS, {"status": found.status, "detail": why})

    def _leave(self, key: uuid.UUID) -> None:
        _, watcher = self._watchers.pop(key)
        watcher.stop()
        watcher.join(5.0)
        self._leases.release(key)

    def _end(self) -> None:
        for _, watcher in self._watchers.values():
            watcher.stop()
        for key in list(self._watchers):
            try:
                self._leave(key)
            except DatabaseError:
                log.warning("The lease of a cluster could not be given back; it runs out.")


def _way(cluster: Cluster) -> tuple[Any, ...]:
    return tuple(
        bytes(value) if isinstance(value := getattr(cluster, name), memoryview) else value
        for name in _WAY
    )
