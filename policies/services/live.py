"""What is kept of clusters that are watched: their history, and what pages that are open are told.

The watcher writes pictures and events; pages read them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from policies.evaluator.errors import BadQuestion
from policies.evaluator.objectchanges import object_changes
from policies.models import Cluster, Draft, Event, Picture, Snapshot
from policies.services.kept import NotFound

__all__ = [
    "cluster_of_snapshot",
    "delete_picture",
    "forget_cluster",
    "history",
    "latest_event",
    "latest_picture",
    "object_changes_answer",
    "picture_answer",
    "picture_of_snapshot",
    "prune",
    "record_event",
    "status_data",
]

# Longer than a laptop sleeps at night; a page that missed more reads everything anew.
EVENTS_KEPT = timedelta(days=1)


@transaction.atomic
def record_event(cluster_id: uuid.UUID, kind: str, data: Mapping[str, Any]) -> Event:
    """Tell the pages that show a cluster. Raises Cluster.DoesNotExist.

    The row of the cluster is locked until the transaction ends, so that the events of a cluster
    become visible in the order of their numbers: a stream that has passed one never misses one.
    """
    Cluster.objects.select_for_update().only("pk").get(pk=cluster_id)
    return Event.objects.create(cluster_id=cluster_id, kind=kind, data=dict(data))


def status_data(cluster: Cluster) -> dict[str, Any]:
    """What pages are told of how it stands with a cluster."""
    confirmed: Any = cluster.confirmed_at
    return {
        "status": str(cluster.status),
        "detail": cluster.detail,
        "status_since": cluster.status_since.isoformat(),
        "confirmed_at": confirmed.isoformat() if confirmed else None,
    }


def latest_event(cluster_id: uuid.UUID) -> int:
    """The number of the last event of a cluster; 0 before the first."""
    found: int | None = Event.objects.filter(cluster_id=cluster_id).aggregate(last=Max("id"))[
        "last"
    ]
    return found or 0


def history(cluster_id: uuid.UUID) -> QuerySet[Picture]:
    """The pictures of a cluster, newest first."""
    return Picture.objects.filter(cluster_id=cluster_id).order_by("-id")


def latest_picture(cluster_id: uuid.UUID) -> Picture | None:
    """The newest picture of a cluster, if there is one yet."""
    return history(cluster_id).first()


def picture_of_snapshot(snapshot_id: str) -> Picture | None:
    """The newest picture that a snapshot is, with its cluster; None for one that was loaded.

    A cluster that is again as it was has the same snapshot twice in its history.
    """
    found = Picture.objects.select_related("cluster").filter(snapshot_id=snapshot_id)
    return found.order_by("-id").first()


def cluster_of_snapshot(snapshot_id: str) -> Cluster | None:
    """The cluster that a snapshot is a picture of."""
    picture = picture_of_snapshot(snapshot_id)
    return None if picture is None else picture.cluster


def picture_answer(picture: Picture) -> dict[str, Any]:
    """One entry of a history."""
    return {
        "id": picture.pk,
        "snapshot": picture.snapshot_id,
        "taken_at": picture.taken_at.isoformat(),
        "changes": picture.changes,
        "change_count": picture.change_count,
    }


def object_changes_answer(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """Which objects differ between two snapshots."""
    changes = [each.to_json() for each in object_changes(before.state, after.state)]
    return {"changes": changes, "count": len(changes)}


@transaction.atomic
def delete_picture(cluster_id: uuid.UUID, picture_id: int) -> None:
    """Take one picture out of a history. Raises NotFound, and BadQuestion for the newest one: it is
    what the cluster is now."""
    picture = history(cluster_id).filter(pk=picture_id).first()
    if picture is None:
        raise NotFound(f"The cluster has no picture {picture_id}.")
    if picture == latest_picture(cluster_id):
        raise BadQuestion("picture", "The newest picture stays: it is what the cluster is now.")
    picture.delete()
    _drop_unused([picture.snapshot_id])


@transaction.atomic
def prune(cluster_id: uuid.UUID) -> None:
    """Drop what is beyond the limits of a cluster, if there is such a cluster: pictures that are
    older than `keep_days`, or that `keep_pictures` newer ones follow, and events that nobody will
    ask for again.

    The newest picture always stays, and so does the newest event: its number is what a page that
    comes back compares with.
    """
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        return
    now = timezone.now()
    oldest = now - timedelta(days=cluster.keep_days)
    kept = max(cluster.keep_pictures, 1)
    rows = history(cluster.pk).values_list("pk", "snapshot_id", "taken_at")
    gone = [
        (pk, snapshot)
        for place, (pk, snapshot, taken_at) in enumerate(rows)
        if place > 0 and (place >= kept or taken_at < oldest)
    ]
    if gone:
        Picture.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
        _drop_unused({snapshot for _, snapshot in gone})
    old = Event.objects.filter(created_at__lt=now - EVENTS_KEPT)
    old.filter(cluster_id=cluster.pk).exclude(pk=latest_event(cluster.pk)).delete()
    # Of clusters that are gone, "gone" was the last that was told.
    old.exclude(cluster_id__in=Cluster.objects.values("pk")).delete()


@transaction.atomic
def forget_cluster(cluster: Cluster) -> None:
    """Remove a cluster with its history, and tell the pages that show it."""
    record_event(cluster.pk, Event.Kind.GONE, {"name": cluster.name})
    Event.objects.filter(cluster_id=cluster.pk).exclude(kind=Event.Kind.GONE).delete()
    snapshots = set(history(cluster.pk).values_list("snapshot_id", flat=True))
    Cluster.objects.filter(pk=cluster.pk).delete()
    _drop_unused(snapshots)


def _drop_unused(snapshots: Iterable[str]) -> None:
    """Delete those of these snapshots that nobody loaded, and that no picture and no draft refers
    to any more.

    They are locked before that is asked: whoever wants to refer to one at this moment waits, and
    then finds it gone rather than half there.
    """
    locked = Snapshot.objects.select_for_update().filter(pk__in=list(snapshots), loaded=False)
    found = set(locked.values_list("pk", flat=True))
    for model in (Picture, Draft):
        found -= set(model.objects.filter(snapshot__in=found).values_list("snapshot_id", flat=True))
    Snapshot.objects.filter(pk__in=found).delete()
