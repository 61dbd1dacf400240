"""What a request may say about which snapshots."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, field

from policies.api.questions import PageQuery, WhatIfQuery

__all__ = ["CompareQuery", "PairQuery", "SnapshotsQuery"]

SnapshotBefore = Annotated[str, Meta(description="Snapshot before.")]
SnapshotAfter = Annotated[str, Meta(description="Snapshot after.")]


class SnapshotsQuery(PageQuery, kw_only=True):
    """Which snapshots."""

    loaded: Annotated[
        bool,
        Meta(
            description="Only what somebody loaded, not the pictures of clusters that are watched."
        ),
    ] = False


class PairQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which two snapshots."""

    from_: SnapshotBefore = field(name="from")
    to: SnapshotAfter


class CompareQuery(WhatIfQuery, kw_only=True):
    """Which two snapshots, and how to show what differs."""

    from_: SnapshotBefore = field(name="from")
    to: SnapshotAfter
