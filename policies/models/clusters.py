"""Clusters that are watched: how to reach them, what was seen of them and when, and who watches."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from policies.models.snapshots import TITLE_LENGTH, Snapshot

__all__ = ["Cluster", "Event", "Lease", "Picture"]

KEEP_DAYS = 30
KEEP_PICTURES = 500


class Cluster(models.Model):
    """A cluster to look at, and what its watcher last knew of it.

    Of a kubeconfig only its path and a context are kept, never what is in it; a token that was
    pasted is kept encrypted. `counts` and `resources` are what the watcher sees now, which may be
    newer than the newest picture: pods that come and go and change nothing make no picture.
    """

    class Source(models.TextChoices):
        """Where the way to the API server comes from."""

        KUBECONFIG = "kubeconfig", "a kubeconfig"
        IN_CLUSTER = "in-cluster", "the service account of the pod that netviz runs in"
        TOKEN = "token", "a server, a token and a certificate that were given"

    class Status(models.TextChoices):
        """What the page says of the connection."""

        CONNECTING = "connecting", "connecting"
        LIVE = "live", "live"
        PARTIAL = "partial", "live, but not all of it may be read"
        LOST = "lost", "connection lost"
        REFUSED = "refused", "the server refuses the credentials"
        PAUSED = "paused", "not watched"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=TITLE_LENGTH, unique=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    # Empty: where kubectl would look, $KUBECONFIG or ~/.kube/config; its current context.
    kubeconfig = models.CharField(max_length=4096, blank=True, default="")
    context = models.CharField(max_length=512, blank=True, default="")
    server = models.CharField(max_length=2048, blank=True, default="")
    ca = models.TextField(blank=True, default="")
    token = models.BinaryField(default=b"")
    verify_tls = models.BooleanField(default=True)
    # Only these namespaces; all of them where there is none.
    namespaces = models.JSONField(default=list)
    watched = models.BooleanField(default=True)
    keep_days = models.PositiveIntegerField(default=KEEP_DAYS)
    keep_pictures = models.PositiveIntegerField(default=KEEP_PICTURES)
    created_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CONNECTING)
    # One sentence for a person: what is wrong, and what to do about it.
    detail = models.TextField(blank=True, default="")
    status_since = models.DateTimeField(auto_now_add=True)
    # When the server last said that the picture is as it is.
    confirmed_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    resources = models.JSONField(default=list)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """One entry of a cluster's history: which snapshot it was from then on, and what changed.

    `changes` are objects, as `policies.evaluator.objectchanges` gives them, with the field manager
    and the time that the API server names, where it does.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="pictures")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="pictures")
    taken_at = models.DateTimeField(db_index=True)
    changes: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    # Of more than are listed only this is kept.
    change_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.cluster} at {self.taken_at:%Y-%m-%d %H:%M:%S}"


class Event(models.Model):
    """What pages that are open are told, in the order of their numbers: never changed, only added
    and, when old, dropped. Its number is the `Last-Event-ID` of the stream."""

    class Kind(models.TextChoices):
        """What has happened."""

        PICTURE = "picture", "there is a newer picture"
        STATUS = "status", "the connection is not as it was"
        GONE = "gone", "the cluster was removed"

    id = models.BigAutoField(primary_key=True)
    # No foreign key: that a cluster is gone is told after it is.
    cluster_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Lease(models.Model):
    """Who watches a cluster: one holder, whose `beat` rises as long as it lives.

    No time stands in it: whoever sees the same beat for long enough by a clock of its own takes
    over, so that no change of the wall clock makes two watchers or none.
    """

    cluster = models.OneToOneField(
        Cluster, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    holder = models.CharField(max_length=128, blank=True, default="")
    beat = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.cluster_id} by {self.holder or 'nobody'}"
