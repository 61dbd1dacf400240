"""Snapshots of clusters, and drafts of changes to them."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import models, transaction

from policies.evaluator.enforcement import detect
from policies.evaluator.inert import not_evaluated
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from policies.evaluator.summary import counts_of, not_evaluated_json

__all__ = ["TITLE_LENGTH", "Draft", "Snapshot", "SnapshotQuerySet"]

# 64 bits of the content hash: short enough for an address, and no two of a thousand million
# snapshots meet by chance.
SNAPSHOT_ID_LENGTH = 16
TITLE_LENGTH = 200


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots, with the ways to find and to store them."""

    def without_payload(self) -> SnapshotQuerySet:
        """Rows for lists: the compressed state, by far the largest part, stays in the database."""
        return self.defer("payload")

    def named(self, identifier: str) -> Snapshot | None:
        """The snapshot with this identifier, if any, its state unread until it is needed."""
        if not identifier.isalnum():
            return None  # PostgreSQL would fail on the character NUL
        return next(iter(self.raw(_sql_by_id(), [identifier])), None)

    def store(self, state: ClusterState, title: str, *, loaded: bool = True) -> Snapshot:
        """The row of `state`; made if there is none, whoever else stores the same at this moment.

        A state that is already kept keeps its first title. `loaded`: somebody wants it kept, as a
        picture that a watcher makes is only while the history has it.
        """
        data = state.to_bytes()
        content_hash = state.content_hash
        snapshot, _ = self.get_or_create(
            content_hash=content_hash,
            defaults={
                "id": content_hash[:SNAPSHOT_ID_LENGTH],
                "title": title.replace("\0", "")[:TITLE_LENGTH],
                "payload": zlib.compress(data),
                "summary": summary_of(state),
                "loaded": loaded,
            },
        )
        if loaded and not snapshot.loaded:
            if not self.filter(pk=snapshot.pk).update(loaded=True):
                return self.store(state, title)  # it was dropped meanwhile
            snapshot.loaded = True
        return snapshot

    @transaction.atomic
    def change_profile(self, pk: str, wishes: Mapping[str, bool | None]) -> Snapshot:
        """Keep these flags with a snapshot beside those kept already; None leaves a flag to the
        network plugin. Two who do so at once lose nothing. Raises Snapshot.DoesNotExist.
        """
        snapshot = self.select_for_update().get(pk=pk)
        merged = {**snapshot.profile, **wishes}
        flags = {name: value for name, value in sorted(merged.items()) if value is not None}
        if flags != snapshot.profile:
            snapshot.profile = flags
            hidden = not_evaluated_under(snapshot.state, flags)
            snapshot.summary = {**snapshot.summary, "not_evaluated": hidden}
            snapshot.save(update_fields=["profile", "summary"])
        return snapshot


@cache
def _sql_by_id() -> str:
    """Every question starts with this query, and Django takes twice as long to write it as the
    database to answer it."""
    query = Snapshot.objects.without_payload().filter(pk="").order_by().query
    return query.sql_with_params()[0]


class Snapshot(models.Model):
    """One picture of a cluster, addressed by its content: the same state twice is one row."""

    id = models.CharField(primary_key=True, max_length=SNAPSHOT_ID_LENGTH, editable=False)
    content_hash = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(max_length=TITLE_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    payload = models.BinaryField()
    summary = models.JSONField()
    # Flags of semantics.md section 0.3 that somebody set for this cluster.
    profile = models.JSONField(default=dict)
    # Whether somebody loaded it: then no history takes it away.
    loaded = models.BooleanField(default=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.title} ({self.id})"

    @property
    def state(self) -> ClusterState:
        """The state as it was stored."""
        return ClusterState.from_bytes(zlib.decompress(bytes(self.payload)))

    @property
    def version(self) -> str:
        """What every answer about it rests on: its content, when it was kept, and the flags kept
        with it."""
        made = self.created_at.isoformat()
        return f"{self.content_hash} {made} {sorted(self.profile.items())}"


class Draft(models.Model):
    """A change somebody is thinking about: manifests to apply and objects to delete."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="drafts")
    title = models.CharField(max_length=TITLE_LENGTH)
    files = models.JSONField(default=list)
    delete_objects = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated_at", "id")

    def __str__(self) -> str:
        return self.title


def summary_of(state: ClusterState) -> dict[str, Any]:
    """What lists and pages show of a state, so that they need not read all of it again."""
    return {
        **counts_of(state),
        "problems": len(state.problems),
        "not_evaluated": not_evaluated_under(state, {}),
        "enforcement": detect(state).to_json(),
    }


def not_evaluated_under(state: ClusterState, flags: Mapping[str, bool]) -> list[dict[str, Any]]:
    """What is not evaluated where these flags are kept for the cluster."""
    found = detect(state)
    profile = Profile.of_plugin(found.cni, kept=flags)
    return [not_evaluated_json(each) for each in not_evaluated(state, profile, found, flags)]
