"""The findings of one snapshot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services

__all__ = ["show_findings"]


@require_safe
def show_findings(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """The findings page; which of them to show stands in the query, which the page reads."""
    snapshot = get_object_or_404(services.list_snapshots(), pk=snapshot_id)
    live = services.live_of(snapshot.pk)
    context = {
        "page": "findings",
        "snapshot_id": snapshot.pk,
        "snapshot_title": snapshot.title,
        "live": live,
        "page_data": {
            "api": f"/api/v1/snapshots/{snapshot.pk}",
            "map": reverse("map", args=[snapshot.pk]),
            "whatif": reverse("whatif", args=[snapshot.pk]),
            "live": live,
        },
    }
    return render(request, "policies/findings.html", context)
