"""Addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from policies.views.clusters import cluster_page, clusters_page, compare_page, history_page
from policies.views.details import policy_page, workload_page
from policies.views.findings import show_findings
from policies.views.fix import fix
from policies.views.home import home
from policies.views.map import show_map, show_matrix
from policies.views.story import start_story, story, story_whatif
from policies.views.whatif import draft, whatif

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("snapshots/<slug:snapshot_id>/", show_map, name="map"),
    path("snapshots/<slug:snapshot_id>/matrix", show_matrix, name="matrix"),
    path("snapshots/<slug:snapshot_id>/whatif", whatif, name="whatif"),
    path("snapshots/<slug:snapshot_id>/findings", show_findings, name="findings"),
    path("snapshots/<slug:snapshot_id>/fix", fix, name="fix"),
    path("snapshots/<slug:snapshot_id>/policies/<path:key>", policy_page, name="policy"),
    path("snapshots/<slug:snapshot_id>/workloads/<path:name>", workload_page, name="workload"),
    path("drafts/<uuid:draft_id>/", draft, name="draft"),
    path("clusters", clusters_page, name="clusters"),
    path("clusters/<uuid:cluster_id>", cluster_page, name="cluster"),
    path("clusters/<uuid:cluster_id>/history", history_page, name="history"),
    path("compare", compare_page, name="compare"),
    path("story/", start_story, name="story-start"),
    path("story/<slug:slug>", story, name="story"),
    path("story/<slug:slug>/whatif", story_whatif, name="story-whatif"),
]
