"""What a page needs to follow the cluster that its snapshot is a picture of."""

from __future__ import annotations

from typing import Any

from policies.models import Picture
from policies.services.clusters import cluster_answer
from policies.services.live import latest_event, latest_picture, picture_of_snapshot

__all__ = ["live_of", "live_of_picture"]


def live_of(snapshot_id: str) -> dict[str, Any] | None:
    """What a page that shows a snapshot needs to follow its cluster; None where there is none."""
    picture = picture_of_snapshot(snapshot_id)
    return None if picture is None else live_of_picture(picture)


def live_of_picture(picture: Picture) -> dict[str, Any]:
    """What a page that shows this picture needs to follow its cluster."""
    # Read before the rest: what happens in between is told again, and nothing is missed.
    after = latest_event(picture.cluster_id)
    newest = latest_picture(picture.cluster_id)
    return {
        "cluster": cluster_answer(picture.cluster),
        "events": f"/api/v1/clusters/{picture.cluster_id}/events",
        "picture": picture.pk,
        "taken_at": picture.taken_at.isoformat(),
        "newest": newest is None or newest.pk == picture.pk,
        "after": after,
    }
