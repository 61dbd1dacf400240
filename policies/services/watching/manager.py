"""All clusters that are to be watched, each by one process of those that share the database."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from typing import Any

from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone

from policies.ingest.connection import Connection
from policies.ingest.faults import BadTarget
from policies.ingest.live import LiveCluster
from policies.models import Cluster, Event
from policies.services.clusters import target_of
from policies.services.live import record_event, status_data
from policies.services.watching.lease import BEAT_SECONDS, Leases
from policies.services.watching.watcher import Watcher, way_of

__all__ = ["Watching"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# A watcher that ended by a fault of its own is begun again after a while, and then more seldom:
# each time all of the cluster is read.
REST_SECONDS = (5.0, 300.0)
_FAILED = "netviz failed to read this cluster, and tries again in a while. Its log says why."


class Watching:
    """Watches every cluster that is to be watched and that no other process watches, in threads.

    A process that ends without a word is replaced by another within half a minute.
    """

    def __init__(self) -> None:
        self._leases = Leases()
        self._watchers: dict[uuid.UUID, tuple[Any, Watcher]] = {}
        # How often each failed, and when it is tried again.
        self._failed: dict[uuid.UUID, tuple[int, float]] = {}
        self._beaten = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watches clusters", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 4.0) -> None:
        """End, and let others go on."""
        self._stopped.set()
        self._thread.join(seconds)

    @property
    def watchers(self) -> dict[uuid.UUID, Watcher]:
        """Who watches which cluster in this process."""
        return {key: watcher for key, (_, watcher) in list(self._watchers.items())}

    def _run(self) -> None:
        try:
            while not self._stopped.wait(LOOK_SECONDS):
                try:
                    self._look()
                except Error:
                    log.warning("The database did not say which clusters to watch.")
                    connection.close_if_unusable_or_obsolete()
                except Exception:  # one fault must not end all watching
                    log.exception("Looking after the watched clusters failed.")
                finally:
                    close_old_connections()
        finally:
            self._end()
            connection.close()

    def _look(self) -> None:
        self._beat()
        wanted = {each.pk: each for each in Cluster.objects.filter(watched=True)}
        for key, (way, watcher) in list(self._watchers.items()):
            if key not in wanted or way != way_of(wanted[key]) or not watcher.running:
                self._leave(key)
                if watcher.failed:
                    self._rest(key)
        now = time.monotonic()
        for key, cluster in wanted.items():
            resting = self._failed.get(key, (0, 0.0))[1] > now
            if key not in self._watchers and not resting and self._leases.take(key):
                self._begin(cluster)

    def _rest(self, key: uuid.UUID) -> None:
        count = self._failed.get(key, (0, 0.0))[0]
        least, most = REST_SECONDS
        self._failed[key] = (count + 1, time.monotonic() + min(most, least * 2.0 ** min(count, 16)))
        self._say(key, Cluster.Status.LOST, _FAILED)

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
            self._say(cluster.pk, Cluster.Status.REFUSED, error.message)
            return
        live = LiveCluster(Connection(target), tuple(cluster.namespaces))
        watcher = Watcher(cluster, live, self._leases.holder)
        self._watchers[cluster.pk] = (way_of(cluster), watcher)
        watcher.start()

    def _say(self, key: uuid.UUID, status: Cluster.Status, why: str) -> None:
        """What is said of a cluster that nobody watches, though it is to be watched."""
        with transaction.atomic():
            found = Cluster.objects.select_for_update().filter(pk=key, watched=True).first()
            if found is None or (found.status, found.detail) == (status, why):
                return
            found.status, found.detail = status, why
            found.status_since = timezone.now()
            found.save(update_fields=["status", "detail", "status_since"])
            record_event(found.pk, Event.Kind.STATUS, status_data(found))

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
            except Error:
                log.warning("The lease of a cluster could not be given back; it runs out.")
