"""Clusters that are looked at."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.common import Count, Line

__all__ = [
    "CheckAnswer",
    "CheckedResource",
    "ClusterAnswer",
    "ClusterCounts",
    "ClusterPage",
    "ClusterPicture",
    "Context",
    "DryRunAnswer",
    "DryRunCause",
    "DryRunResult",
    "KubeconfigAnswer",
    "ResourceRow",
]


class ClusterPicture(msgspec.Struct, forbid_unknown_fields=True):
    """The newest entry of a cluster's history."""

    id: int
    snapshot: str
    taken_at: str


class ClusterCounts(msgspec.Struct, forbid_unknown_fields=True):
    """What the watcher sees now; empty before it has seen anything."""

    namespaces: Count = 0
    workloads: Count = 0
    pods: Count = 0
    policies: Count = 0


class ResourceRow(msgspec.Struct, forbid_unknown_fields=True):
    """How reading one resource goes."""

    resource: Annotated[str, Meta(description="As kubectl names it.")]
    kind: str
    state: Literal["ok", "forbidden", "absent", "error", "waiting"]
    list: bool | None
    watch: bool | None
    count: Count
    message: str


class ClusterAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A cluster that is looked at. A token is never in it."""

    id: str
    name: str
    source: Literal["kubeconfig", "in-cluster", "token"]
    kubeconfig: str
    context: str
    server: str
    verify_tls: bool
    has_token: bool
    has_ca: bool
    namespaces: Annotated[list[str], Meta(description="Only these; none of them means all.")]
    watched: bool
    keep_days: Count
    keep_pictures: Count
    created_at: str
    status: Literal["connecting", "live", "partial", "lost", "refused", "paused"]
    detail: str
    status_since: str
    confirmed_at: Annotated[
        str | None, Meta(description="When the server last said that the picture is as it is.")
    ]
    counts: ClusterCounts
    resources: list[ResourceRow]
    picture: ClusterPicture | None
    picture_count: Count
    watcher: Annotated[bool, Meta(description="Whether a process watches it.")]


class ClusterPage(msgspec.Struct, forbid_unknown_fields=True):
    """One page of the clusters, by name."""

    count: Count
    next: str | None
    previous: str | None
    results: list[ClusterAnswer]


class Context(msgspec.Struct, forbid_unknown_fields=True):
    """A context of a kubeconfig."""

    name: str
    cluster: str
    user: str


class KubeconfigAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What one can choose of a kubeconfig; no secret is in it."""

    path: str
    contexts: list[Context]
    current: Annotated[str, Meta(description="Empty where the file names none.")]


class CheckedResource(msgspec.Struct, forbid_unknown_fields=True):
    """How trying one resource went; null is what is not known."""

    resource: Annotated[str, Meta(description="As kubectl names it.")]
    kind: str
    state: Literal["ok", "forbidden", "absent", "error"]
    list: bool | None
    watch: bool | None
    message: str


class CheckAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What a connection is worth."""

    reachable: bool
    server: str
    version: Annotated[str, Meta(description="Empty where it is not known.")]
    verify_tls: Annotated[bool, Meta(description="Whether the server proves who it is.")]
    message: Annotated[str, Meta(description="About the connection.")]
    resources: list[CheckedResource]
    sentence: Annotated[str, Meta(description="All of it in short.")]


class DryRunCause(msgspec.Struct, forbid_unknown_fields=True):
    """One reason of a refusal."""

    path: Annotated[str, Meta(description="The field; empty where none is named.")]
    line: Line
    message: str


class DryRunResult(msgspec.Struct, forbid_unknown_fields=True):
    """What the server says to one object."""

    object: str
    source: str
    document: Count
    line: Line
    accepted: Annotated[
        bool | None, Meta(description="null: the server did not get to judge; `message` says why.")
    ]
    message: str
    causes: list[DryRunCause]


class DryRunAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What the server says to each object of a draft, in its order. Nothing was kept there."""

    results: list[DryRunResult]
