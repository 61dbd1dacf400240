"""The map of one snapshot, and the same as a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from policies import services

__all__ = ["map_context", "show_map", "show_matrix"]


@require_safe
def show_map(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """The map page; what to show of the snapshot stands in the query, which the page reads."""
    return render(request, "policies/map.html", map_context(snapshot_id))


@require_safe
def show_matrix(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """The matrix page; the query says the same as that of the map."""
    return render(request, "policies/matrix.html", {**map_context(snapshot_id), "page": "matrix"})


def map_context(snapshot_id: str, among: Iterable[str] = ()) -> dict[str, Any]:
    """What the template of the map needs. Raises Http404 for an unknown snapshot.

    What the snapshot shares with those of `among` is drawn at the same place as there.
    """
    snapshot = get_object_or_404(services.list_snapshots(), pk=snapshot_id)
    live = services.live_of(snapshot.id)
    return {
        "page": "map",
        "snapshot_id": snapshot.id,
        "snapshot_title": snapshot.title,
        "live": live,
        "page_data": {
            "api": _api(snapshot.id),
            "among": [_api(other) for other in among if other != snapshot.id],
            "live": live,
        },
    }


def _api(snapshot_id: str) -> str:
    return f"/api/v1/snapshots/{snapshot_id}"
