"""What is kept: snapshots, drafts, the story."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.common import (
    Count,
    Counts,
    Enforcement,
    NotEvaluated,
    ProblemEntry,
    Verdict,
)

__all__ = [
    "Ask",
    "DraftAnswer",
    "DraftFile",
    "FlagRow",
    "SnapshotAnswer",
    "SnapshotPage",
    "SnapshotStored",
    "StoryAnswer",
    "StoryDraft",
    "StoryStep",
]


class SnapshotAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A snapshot, without its objects."""

    id: str
    title: str
    created_at: str
    content_hash: str
    summary: Counts
    enforcement: Enforcement
    not_evaluated: list[NotEvaluated]
    problem_count: Count
    profile: Annotated[
        dict[str, bool], Meta(description="The flags that somebody set for this cluster.")
    ]


class FlagRow(msgspec.Struct, forbid_unknown_fields=True):
    """One flag of how a cluster reads policies, in words; null is what is not known or not set."""

    flag: str
    title: str
    meaning: str
    law: list[str]
    plugin: Annotated[bool | None, Meta(description="What the detected network plugin does.")]
    kept: Annotated[bool | None, Meta(description="What somebody set for this cluster.")]
    value: Annotated[bool | None, Meta(description="What counts.")]
    by: Literal["default", "plugin", "snapshot"]


class SnapshotStored(SnapshotAnswer):
    """One snapshot, with what was wrong in the upload and how its cluster reads policies."""

    problems: list[ProblemEntry]
    profile_flags: list[FlagRow]


class SnapshotPage(msgspec.Struct, forbid_unknown_fields=True):
    """One page of the snapshots, newest first."""

    count: Count
    next: str | None
    previous: str | None
    results: list[SnapshotAnswer]


class DraftFile(msgspec.Struct, forbid_unknown_fields=True):
    """One manifest of a draft, as written."""

    name: str
    content: str


class DraftAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A draft that is kept."""

    id: str
    snapshot: str
    title: str
    files: list[DraftFile]
    delete: list[str]
    created_at: str
    updated_at: str


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """A question to put at a step of the story, and its answer."""

    from_: Annotated[str, Meta(description="Source peer.")] = msgspec.field(name="from")
    to: str
    port: str
    verdict: Verdict


class StoryDraft(msgspec.Struct, forbid_unknown_fields=True):
    """What leads to a step from the one before."""

    files: list[DraftFile]
    delete: list[str]


class StoryStep(msgspec.Struct, forbid_unknown_fields=True):
    """One step of the demo."""

    slug: str
    title: str
    text: str
    snapshot_id: str
    asks: list[Ask]
    draft: StoryDraft


class StoryAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """The demo, step by step."""

    steps: list[StoryStep]
