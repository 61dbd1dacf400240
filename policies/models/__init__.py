"""What is kept: snapshots, drafts of changes to them, and the clusters that are watched."""

from __future__ import annotations

from policies.models.clusters import Cluster, Event, Lease, Picture
from policies.models.snapshots import TITLE_LENGTH, Draft, Snapshot, SnapshotQuerySet

__all__ = [
    "TITLE_LENGTH",
    "Cluster",
    "Draft",
    "Event",
    "Lease",
    "Picture",
    "Snapshot",
    "SnapshotQuerySet",
]
