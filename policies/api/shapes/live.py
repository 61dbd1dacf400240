"""The history of a cluster, and which objects differ between two snapshots."""

from __future__ import annotations

from typing import Literal

import msgspec

from policies.api.shapes.common import Count

__all__ = ["ObjectChange", "ObjectChangesAnswer", "PictureAnswer", "PicturePage"]


class ObjectChange(msgspec.Struct, forbid_unknown_fields=True):
    """One object that came, went or is not as it was; pods are told by their workload.

    Who wrote it last, and when, is null where no API server told.
    """

    op: Literal["added", "changed", "removed"]
    kind: str
    namespace: str
    name: str
    pods_added: Count
    pods_removed: Count
    manager: str | None
    at: str | None


class PictureAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """Which snapshot a cluster was from a time on, and what changed then.

    Of very many changes the first are listed; `change_count` is how many there were.
    """

    id: int
    snapshot: str
    taken_at: str
    changes: list[ObjectChange]
    change_count: Count


class PicturePage(msgspec.Struct, forbid_unknown_fields=True):
    """One page of a history, newest first."""

    count: Count
    next: str | None
    previous: str | None
    results: list[PictureAnswer]


class ObjectChangesAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """Which objects differ between two snapshots."""

    changes: list[ObjectChange]
    count: Count
