"""The pages of clusters that are watched, of their history, and of what differs between two
snapshots."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.models import Cluster, Snapshot

__all__ = ["cluster_page", "clusters_page", "compare_page", "history_page"]


@require_safe
def clusters_page(request: HttpRequest) -> HttpResponse:
    """All clusters, and the form to connect another; the page reads them through the API."""
    return render(request, "policies/clusters.html", {"page": "clusters"})


@require_safe
def cluster_page(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """The map of a cluster as it is now; until there is one, what is being done for it."""
    cluster = services.get_cluster(cluster_id)
    picture = services.latest_picture(cluster.pk)
    if picture is not None:
        return redirect("map", picture.snapshot_id)
    after = services.latest_event(cluster.pk)
    context = _context(cluster) | {"page": "cluster"}
    context["page_data"] |= {"cluster": services.cluster_answer(cluster), "after": after}
    return render(request, "policies/waiting.html", context)


@require_safe
def history_page(request: HttpRequest, cluster_id: uuid.UUID) -> HttpResponse:
    """Which pictures there are of a cluster; the page reads them through the API."""
    cluster = services.get_cluster(cluster_id)
    newest = services.latest_picture(cluster.pk)
    live = None if newest is None else services.live_of_picture(newest)
    context = _context(cluster) | {"page": "history", "live": live}
    context["page_data"] |= {"cluster": services.cluster_answer(cluster), "live": live}
    return render(request, "policies/history.html", context)


@require_safe
def compare_page(request: HttpRequest) -> HttpResponse:
    """What differs between the snapshots `from` and `to`, as a map and a table."""
    before, after = (_snapshot(request, name) for name in ("from", "to"))
    context = {
        "page": "compare",
        "before": _side(before),
        "after": _side(after),
        "cluster": services.cluster_of_snapshot(after.pk),
        "page_data": {"from": before.pk, "to": after.pk},
    }
    return render(request, "policies/compare.html", context)


def _context(cluster: Cluster) -> dict[str, Any]:
    return {
        "cluster": cluster,
        "page_data": {
            "api": reverse("api:cluster", args=[cluster.pk]),
            "page": reverse("cluster", args=[cluster.pk]),
        },
    }


def _side(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot in the title; one that a cluster was twice is told by the last time."""
    picture = services.picture_of_snapshot(snapshot.pk)
    taken_at = picture.taken_at if picture else snapshot.created_at
    return {"pk": snapshot.pk, "title": snapshot.title, "taken_at": taken_at}


def _snapshot(request: HttpRequest, name: str) -> Snapshot:
    identifier = request.GET.get(name, "")
    if not identifier:
        raise Http404(f"The address names no snapshot to compare {name}.")
    return services.get_snapshot(identifier)
