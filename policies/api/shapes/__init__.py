"""The shape of every answer: what the OpenAPI schema says and what tests hold answers to."""

from __future__ import annotations

from policies.api.shapes.answers import (
    DiffAnswer,
    ExplainAnswer,
    FixAnswer,
    FlowsAnswer,
    PolicyPage,
    WorkloadPage,
)
from policies.api.shapes.clusters import (
    CheckAnswer,
    ClusterAnswer,
    ClusterPage,
    DryRunAnswer,
    KubeconfigAnswer,
)
from policies.api.shapes.common import (
    HealthAnswer,
    ProblemDocument,
)
from policies.api.shapes.details import PolicyDetail, WorkloadDetail
from policies.api.shapes.entries import EntryPointsAnswer, ExposureAnswer
from policies.api.shapes.findings import (
    FindingPage,
    LintAnswer,
)
from policies.api.shapes.kept import (
    DraftAnswer,
    SnapshotAnswer,
    SnapshotPage,
    SnapshotStored,
    StoryAnswer,
)
from policies.api.shapes.live import ObjectChangesAnswer, PictureAnswer, PicturePage
from policies.api.shapes.maps import (
    DiffMapAnswer,
    MapAnswer,
    MatrixAnswer,
)

__all__ = [
    "CheckAnswer",
    "ClusterAnswer",
    "ClusterPage",
    "DiffAnswer",
    "DiffMapAnswer",
    "DraftAnswer",
    "DryRunAnswer",
    "EntryPointsAnswer",
    "ExplainAnswer",
    "ExposureAnswer",
    "FindingPage",
    "FixAnswer",
    "FlowsAnswer",
    "HealthAnswer",
    "KubeconfigAnswer",
    "LintAnswer",
    "MapAnswer",
    "MatrixAnswer",
    "ObjectChangesAnswer",
    "PictureAnswer",
    "PicturePage",
    "PolicyDetail",
    "PolicyPage",
    "ProblemDocument",
    "SnapshotAnswer",
    "SnapshotPage",
    "SnapshotStored",
    "StoryAnswer",
    "WorkloadDetail",
    "WorkloadPage",
]
