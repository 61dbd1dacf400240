"""The what-if page: a snapshot with a draft beside it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.models import Snapshot

__all__ = ["draft", "whatif", "whatif_context"]


@require_safe
def whatif(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """A draft on a snapshot: an empty one, or with `fix` the one that removes a finding."""
    snapshot = get_object_or_404(services.list_snapshots(), pk=snapshot_id)
    fix = services.finding_draft(snapshot.pk, request.GET.get("fix", ""))
    if fix is None:
        return render(request, "policies/whatif.html", whatif_context(snapshot))
    title = fix.pop("title")
    context = whatif_context(snapshot, {"prepared": fix})
    return render(request, "policies/whatif.html", {**context, "draft_title": title})


@require_safe
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A kept draft on its snapshot."""
    kept = services.get_draft(str(draft_id))
    context = whatif_context(kept.snapshot, {"draft": str(kept.pk)})
    return render(request, "policies/whatif.html", {**context, "draft_title": kept.title})


def whatif_context(snapshot: Snapshot, begin: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the template of the what-if needs; `begin` says with which draft, if not an empty one.

    It is a kept draft (`draft`, its id), or a prepared one (`prepared`) that the page may change.
    """
    live = services.live_of(snapshot.pk)
    return {
        "page": "whatif",
        "live": live,
        "snapshot_id": snapshot.pk,
        "snapshot_title": snapshot.title,
        "leave_url": reverse("map", args=[snapshot.pk]),
        "whatif": {
            "snapshot": snapshot.pk,
            "draft": None,
            "prepared": None,
            "live": live,
            **(begin or {}),
        },
    }
