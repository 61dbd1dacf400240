"""Addresses of the API, below `/api/`."""

from __future__ import annotations

from django.urls import include, path, re_path

from policies.api import (
    clusters,
    details,
    documents,
    entries,
    events,
    findings,
    fixes,
    pictures,
    views,
    whatif,
)

__all__ = ["app_name", "urlpatterns"]

app_name = "api"

version_1 = [
    path("snapshots", views.SnapshotsView.as_view(), name="snapshots"),
    path("snapshots/<slug:id>", views.SnapshotView.as_view(), name="snapshot"),
    path("snapshots/<slug:id>/flows", views.FlowsView.as_view(), name="flows"),
    path("snapshots/<slug:id>/graph", views.GraphView.as_view(), name="graph"),
    path("snapshots/<slug:id>/matrix", views.MatrixView.as_view(), name="matrix"),
    path("snapshots/<slug:id>/explain", views.ExplainView.as_view(), name="snapshot-explain"),
    path("snapshots/<slug:id>/entrypoints", entries.EntryPointsView.as_view(), name="entrypoints"),
    path("snapshots/<slug:id>/exposure", entries.ExposureView.as_view(), name="exposure"),
    path("snapshots/<slug:id>/findings", findings.FindingsView.as_view(), name="findings"),
    path("snapshots/<slug:id>/fix", fixes.FixView.as_view(), name="snapshot-fix"),
    path("snapshots/<slug:id>/workloads", views.WorkloadsView.as_view(), name="workloads"),
    path("snapshots/<slug:id>/policies", views.PoliciesView.as_view(), name="policies"),
    path(
        "snapshots/<slug:id>/workloads/<path:name>", details.WorkloadView.as_view(), name="workload"
    ),
    path("snapshots/<slug:id>/policies/<path:key>", details.PolicyView.as_view(), name="policy"),
    path("snapshots/<slug:id>/whatif", whatif.SnapshotWhatIfView.as_view(), name="snapshot-whatif"),
    path("snapshots/<slug:id>/drafts", whatif.DraftsView.as_view(), name="drafts"),
    path("drafts/<uuid:id>", whatif.DraftView.as_view(), name="draft"),
    path("drafts/<uuid:id>/whatif", whatif.DraftWhatIfView.as_view(), name="draft-whatif"),
    path("clusters", clusters.ClustersView.as_view(), name="clusters"),
    path("clusters/check", clusters.TrialView.as_view(), name="cluster-trial"),
    path("clusters/<uuid:id>", clusters.ClusterView.as_view(), name="cluster"),
    path("clusters/<uuid:id>/check", clusters.ClusterCheckView.as_view(), name="cluster-check"),
    path("clusters/<uuid:id>/dry-run", clusters.DryRunView.as_view(), name="cluster-dry-run"),
    path("kubeconfig", clusters.KubeconfigView.as_view(), name="kubeconfig"),
    path("clusters/<uuid:id>/events", events.EventsView.as_view(), name="cluster-events"),
    path("clusters/<uuid:id>/pictures", pictures.PicturesView.as_view(), name="pictures"),
    path(
        "clusters/<uuid:id>/pictures/<int:picture>",
        pictures.PictureView.as_view(),
        name="picture",
    ),
    path("compare", views.CompareView.as_view(), name="compare"),
    path("compare/objects", pictures.CompareObjectsView.as_view(), name="compare-objects"),
    path("evaluate", whatif.EvaluateView.as_view(), name="evaluate"),
    path("lint", findings.LintView.as_view(), name="lint"),
    path("explain", whatif.StatelessExplainView.as_view(), name="explain"),
    path("fix", fixes.StatelessFixView.as_view(), name="fix"),
    path("whatif", whatif.StatelessWhatIfView.as_view(), name="whatif"),
    path("health", documents.HealthView.as_view(), name="health"),
    path("story", views.StoryView.as_view(), name="story"),
    path("schema", documents.SchemaView.as_view(), name="schema"),
    path("docs", documents.DocsView.as_view(), name="docs"),
]

urlpatterns = [
    path("v1/", include(version_1)),
    re_path("", documents.NowhereView.as_view()),
]
