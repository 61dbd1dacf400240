"""One cluster, watched: what is read of it becomes pictures, and how it stands becomes status."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Set
from datetime import timedelta
from typing import Any

import msgspec
from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone

from policies.evaluator.engine import Evaluation
from policies.evaluator.membership import Membership
from policies.evaluator.objectchanges import ObjectChange, object_changes
from policies.evaluator.relevance import fingerprint
from policies.evaluator.state import ClusterState, Pod
from policies.evaluator.summary import counts_of
from policies.ingest.live import Batch, Condition, LiveCluster
from policies.ingest.slim import Key
from policies.models import Cluster, Event, Picture, Snapshot
from policies.services.evaluations import evaluation_of
from policies.services.live import latest_picture, prune, record_event, status_data
from policies.services.memory import undisturbed
from policies.services.watching.lease import holds

__all__ = ["Watcher", "way_of"]

log = logging.getLogger(__name__)

TAKE_SECONDS = 1.0
# How often it is written down that the picture is as the server has it.
CONFIRM_SECONDS = 4.0
# A picture is made at most so often, and takes at most a third of one processor.
PAUSE_SECONDS = 0.5
PAUSE_FACTOR = 2.0
# What of a cluster makes another way to it, so that it is read anew.
_WAY = (
    *("source", "kubeconfig", "context", "server", "ca", "token", "verify_tls", "namespaces"),
    "created_at",
)
# Of more changes only the number is kept: nobody reads on.
CHANGES_KEPT = 500


def way_of(cluster: Cluster) -> tuple[Any, ...]:
    """How a cluster is reached, to compare."""
    return tuple(
        bytes(value) if isinstance(value := getattr(cluster, name), memoryview) else value
        for name in _WAY
    )


class _LostLease(Exception):
    """Somebody else watches the cluster now, or nobody is to, or not in this way."""


class Watcher:
    """Watches one cluster in a thread of its own, until it is stopped or the lease is lost."""

    def __init__(self, cluster: Cluster, live: LiveCluster, holder: str) -> None:
        self._id = cluster.pk
        self._way = way_of(cluster)
        self._name = cluster.name
        self._live = live
        self._holder = holder
        # How often a whole picture was made: what tests read to prove that churn makes none.
        self.looks = 0
        # Whether it ended by a fault of its own.
        self.failed = False
        self._stopped = threading.Event()
        self._shown: _Shown | None = None
        self._dirty = True
        self._not_before = 0.0
        self._status: Condition | None = None
        self._confirmed = 0.0
        self._rows: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._run, name=f"watches {self._id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()

    def join(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    @property
    def pods(self) -> Set[Key]:
        """The pods that run now, those that made no new picture included."""
        return self._shown.pods.keys() if self._shown is not None else frozenset()

    @property
    def running(self) -> bool:
        """Whether it still watches."""
        return self._thread.is_alive()

    def _run(self) -> None:
        self._live.start()
        try:
            while not self._stopped.is_set():
                self._turn()
        except (_LostLease, Cluster.DoesNotExist):
            pass  # somebody else watches it now, or it is not to be watched any more
        except Exception:  # whatever it is: the thread must end with a word, not without one
            self.failed = True
            log.exception("Watching the cluster %s ended with an error.", self._id)
        finally:
            self._live.stop()
            connection.close()

    def _turn(self) -> None:
        batch = self._live.take(TAKE_SECONDS)
        try:
            if self._shown is None and self._live.ready:
                self._resume()
            if self._shown is not None and not self._dirty and batch:
                self._dirty = not self._shown.goes_on(self._live, batch)
            elif batch:
                self._dirty = True
            if self._dirty and self._live.ready and time.monotonic() >= self._not_before:
                self._look()
            self._tell()
        except Error:
            # It is busy or away: what was read is in memory, and written down the next time.
            log.warning("The database did not take what the cluster %s is like.", self._id)
            connection.close_if_unusable_or_obsolete()
            self._stopped.wait(TAKE_SECONDS)
        finally:
            # Others need them: a pool has fewer than there may be clusters.
            close_old_connections()

    def _resume(self) -> None:
        """What was seen last before, perhaps by another process, is what changes are told from."""
        picture = latest_picture(self._id)
        if picture is not None:
            snapshot = picture.snapshot
            self._shown = _Shown.of(snapshot.state, snapshot)
        self._dirty = True

    def _look(self) -> None:
        """Make a picture, and keep it where policies can tell it from the last one."""
        begun = time.thread_time()
        self.looks += 1
        with undisturbed():
            state = self._live.state()
        before = self._shown
        shown = _Shown.made(state, _profile_of(before))
        is_new = before is None or shown.fingerprint != before.fingerprint
        if before is None or is_new:
            self._keep(shown, before)
        else:
            shown = msgspec.structs.replace(shown, snapshot=before.snapshot)
        self._shown = shown
        self._dirty = False
        took = time.thread_time() - begun
        self._not_before = time.monotonic() + max(PAUSE_SECONDS, PAUSE_FACTOR * took)
        if is_new:
            # Only now: where this fails, the picture is kept all the same.
            prune(self._id)

    def _row(self) -> Cluster:
        """The row of the cluster, locked until the transaction ends. The first of all locks, as it
        is for those who remove a cluster. Raises _LostLease."""
        cluster = Cluster.objects.select_for_update().get(pk=self._id)
        if not (cluster.watched and way_of(cluster) == self._way and holds(self._id, self._holder)):
            raise _LostLease
        return cluster

    def _keep(self, shown: _Shown, before: _Shown | None) -> None:
        changes = object_changes(before.state, shown.state) if before else ()
        now = timezone.now()
        with transaction.atomic():
            cluster = self._row()
            snapshot = Snapshot.objects.store(shown.state, cluster.name, loaded=False)
            if shown.profile and not snapshot.profile:
                snapshot = Snapshot.objects.change_profile(snapshot.pk, shown.profile)
            picture = Picture.objects.create(
                cluster=cluster,
                snapshot=snapshot,
                taken_at=now,
                changes=[self._signed(each) for each in changes[:CHANGES_KEPT]],
                change_count=len(changes),
            )
            data = {
                "picture": picture.pk,
                "snapshot": snapshot.pk,
                "taken_at": now.isoformat(),
                "changes": len(changes),
            }
            record_event(self._id, Event.Kind.PICTURE, data)
        shown.keep(snapshot)

    def _signed(self, change: ObjectChange) -> dict[str, Any]:
        """A change with who made it and when, where the server tells."""
        if change.op == "removed":
            return change.to_json()
        manager, at = self._live.written(change.kind, change.namespace, change.name)
        return msgspec.structs.replace(change, manager=manager or None, at=at or None).to_json()

    def _tell(self) -> None:
        """Write down how it stands, where that is news, and that the picture is confirmed."""
        condition, rows = self._live.condition(), self._live.rows()
        age = self._live.age if self._shown is not None and not self._dirty else None
        now = time.monotonic()
        fields: dict[str, Any] = {}
        if age is not None and now - age - self._confirmed >= CONFIRM_SECONDS:
            fields["confirmed_at"] = timezone.now() - timedelta(seconds=age)
        if rows != self._rows:
            fields["resources"] = rows
        if fields and self._shown is not None:
            fields["counts"] = self._shown.counts
        news = condition != self._status
        if not fields and not news:
            return
        with transaction.atomic():
            cluster = self._row()
            if news and (cluster.status, cluster.detail) != (condition.status, condition.detail):
                if cluster.status != condition.status:
                    fields["status_since"] = timezone.now()
                fields |= {"status": condition.status, "detail": condition.detail}
            for name, value in fields.items():
                setattr(cluster, name, value)
            cluster.save(update_fields=list(fields))
            if "status" in fields:
                record_event(self._id, Event.Kind.STATUS, status_data(cluster))
        self._status, self._rows = condition, rows
        if age is not None and "confirmed_at" in fields:
            self._confirmed = now - age


class _Shown(msgspec.Struct):
    """The picture that pages show, decided, and who is in each of its classes."""

    state: ClusterState
    profile: dict[str, bool]
    evaluation: Evaluation
    fingerprint: str
    membership: Membership
    pods: dict[Key, Pod]
    snapshot: str = ""

    @classmethod
    def made(cls, state: ClusterState, profile: dict[str, bool]) -> _Shown:
        """The picture of a state under the flags kept for the cluster."""
        evaluation = evaluation_of(state.content_hash, lambda: state, profile, {}, False)
        return cls(
            state=evaluation.state,
            profile=profile,
            evaluation=evaluation,
            fingerprint=fingerprint(evaluation),
            membership=Membership(evaluation),
            pods={(pod.namespace, pod.name): pod for pod in state.pods if not pod.from_template},
        )

    @classmethod
    def of(cls, state: ClusterState, snapshot: Snapshot) -> _Shown:
        """The picture that a snapshot holds."""
        made = cls.made(state, snapshot.profile)
        made.keep(snapshot)
        return made

    def keep(self, snapshot: Snapshot) -> None:
        """Remember where it is kept, with the flags that are kept there."""
        self.snapshot, self.profile = snapshot.pk, snapshot.profile

    @property
    def counts(self) -> dict[str, int]:
        """How much there is of everything now, pods that made no new picture included."""
        return {**counts_of(self.state), "pods": len(self.pods)}

    def goes_on(self, live: LiveCluster, batch: Batch) -> bool:
        """Whether the picture still answers for what is there: only pods came and went, and each
        fell into a class, or left one, of several. Then nothing is decided again."""
        if batch.others:
            return False
        now = live.pods(batch.pods)
        # Those that came first: a class that is replaced at once is not empty in between.
        for key in sorted(batch.pods, key=lambda each: each not in now):
            pod = now.get(key)
            if pod is not None:
                self.pods[key] = pod
                same = self.membership.come(pod)
            else:
                gone = self.pods.pop(key, None)
                same = gone is None or self.membership.go(gone)
            if not same:
                return False
        return True


def _profile_of(shown: _Shown | None) -> dict[str, bool]:
    """The flags that are kept for the cluster now; somebody may have set some meanwhile."""
    if shown is None:
        return {}
    kept = Snapshot.objects.filter(pk=shown.snapshot).values_list("profile", flat=True).first()
    return shown.profile if kept is None else dict(kept)
