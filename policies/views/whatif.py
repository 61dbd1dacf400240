"""The what-if page: a snapshot with a draft beside it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from policies import services
from policies.models import Snapshot

__all__ = ["draft", "whatif"]


@require_safe
def whatif(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """An empty draft on a snapshot."""
    snapshot = get_object_or_404(services.list_snapshots(), pk=snapshot_id)
    return render(request, "policies/whatif.html", _context(snapshot, None))


@require_safe
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A kept draft on its snapshot."""
    kept = services.get_draft(str(draft_id))
    context = {**_context(kept.snapshot, str(kept.pk)), "draft_title": kept.title}
    return render(request, "policies/whatif.html", context)


def _context(snapshot: Snapshot, draft_id: str | None) -> dict[str, Any]:
    return {
        "page": "whatif",
        "snapshot_id": snapshot.pk,
        "snapshot_title": snapshot.title,
        "whatif": {"snapshot": snapshot.pk, "draft": draft_id},
    }
