"""What is kept: snapshots and drafts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.http import Http404

from policies.evaluator.enforcement import Enforcement
from policies.evaluator.errors import BadQuestion, Problem
from policies.evaluator.manifest import SourceText
from policies.evaluator.profile import Profile, parse_flags
from policies.evaluator.state import ClusterState
from policies.ingest.upload import load_uploads
from policies.models import TITLE_LENGTH, Draft, Snapshot, SnapshotQuerySet
from policies.services.reading import read

__all__ = [
    "NotFound",
    "draft_answer",
    "draft_sources",
    "get_draft",
    "get_snapshot",
    "honesty",
    "keep_draft",
    "list_snapshots",
    "load_uploads",
    "snapshot_answer",
    "store_sources",
    "store_state",
    "store_upload",
]

# What a person writes by hand is far below this; it keeps the database from being a file store.
DRAFT_BYTES = 4 * 1024 * 1024


class NotFound(Http404):
    """Nothing is kept under this identifier."""


def list_snapshots() -> SnapshotQuerySet:
    """All snapshots, newest first, without their states."""
    return Snapshot.objects.without_payload()


def get_snapshot(identifier: str) -> Snapshot:
    """The snapshot with this identifier, its state unread until it is needed. Raises NotFound."""
    snapshot = Snapshot.objects.named(identifier)
    if snapshot is None:
        raise NotFound(f"There is no snapshot {identifier}.")
    return snapshot


def store_sources(
    sources: Sequence[SourceText], title: str = "", profile: Iterable[str] = ()
) -> tuple[Snapshot, tuple[Problem, ...]]:
    """Keep the state in the sources, with what was wrong in them.

    `profile` are flags (`NAME=VALUE`) to keep with it, over those that are kept already. Raises
    UnreadableInput, and keeps nothing, when nothing in the sources is usable; BadQuestion for a
    flag that there is none of.
    """
    flags = parse_flags(profile)
    state = read(sources)
    with transaction.atomic():
        snapshot = Snapshot.objects.store(state, title.strip() or _title_of(sources))
        if flags:
            snapshot = Snapshot.objects.change_profile(snapshot.pk, flags)
    return snapshot, state.problems


def store_state(state: ClusterState, title: str) -> Snapshot:
    """Keep a state that was read of a cluster."""
    return Snapshot.objects.store(state, title.strip())


def store_upload(
    files: Iterable[tuple[str, bytes]], title: str = "", profile: Iterable[str] = ()
) -> tuple[Snapshot, tuple[Problem, ...]]:
    """Keep what a visitor uploaded: manifests, or zip archives of them."""
    return store_sources(load_uploads(files), title, profile)


def _title_of(sources: Sequence[SourceText]) -> str:
    first = sources[0].name if sources else "Upload"
    others = len(sources) - 1
    return f"{first} and {others} more" if others > 0 else first


def snapshot_answer(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot in lists: what is in it and whether it is enforced, without its state."""
    summary = snapshot.summary
    return {
        "id": snapshot.id,
        "title": snapshot.title,
        "created_at": snapshot.created_at.isoformat(),
        "content_hash": snapshot.content_hash,
        "summary": {
            name: summary[name] for name in ("namespaces", "workloads", "pods", "policies")
        },
        "enforcement": _enforcement(snapshot),
        "not_evaluated": summary["not_evaluated"],
        "problem_count": summary["problems"],
        "profile": snapshot.profile,
    }


def honesty(snapshot: Snapshot, intended: bool = False) -> dict[str, Any]:
    """What a page must say under every picture: enforced or not, what is left out, how old."""
    summary = snapshot.summary
    return {
        "enforcement": {**_enforcement(snapshot), "intended": intended},
        "not_evaluated": summary["not_evaluated"],
        "problem_count": summary["problems"],
        "taken_at": snapshot.created_at,
    }


def _enforcement(snapshot: Snapshot) -> dict[str, Any]:
    """What enforces, and how what the specification leaves open is read."""
    found = Enforcement(**snapshot.summary["enforcement"])
    choices = Profile.choices(found.cni, {}, snapshot.profile)
    told = found.told(snapshot.profile.get("np_enforced"), for_cluster=True)
    return {**told.to_json(), "profile": [each.to_json() for each in choices]}


def get_draft(identifier: uuid.UUID | str) -> Draft:
    """The draft with this identifier, with its snapshot. Raises NotFound."""
    draft = Draft.objects.select_related("snapshot").filter(pk=identifier).first()
    if draft is None:
        raise NotFound(f"There is no draft {identifier}.")
    return draft


def keep_draft(
    snapshot: Snapshot,
    title: str,
    files: Sequence[tuple[str, str]],
    delete: Sequence[str],
    draft: Draft | None = None,
) -> Draft:
    """Keep a draft, new or in place of `draft`. Its text is kept as written, mistakes included.

    Raises BadQuestion when it is too large, or holds what no manifest can hold.
    """
    texts = [text for file in files for text in file] + [title, *delete]
    if sum(len(text.encode()) for text in texts) > DRAFT_BYTES:
        raise BadQuestion("files", f"A draft may hold {DRAFT_BYTES // 1024 // 1024} MB.")
    if any("\0" in text for text in texts):
        raise BadQuestion("files", "A draft may not hold the character NUL.")
    kept = draft or Draft(snapshot=snapshot)
    kept.title = title.strip()[:TITLE_LENGTH] or "Draft"
    kept.files = [{"name": name, "content": content} for name, content in files]
    kept.delete_objects = list(delete)
    kept.save()
    return kept


def draft_sources(draft: Draft) -> list[SourceText]:
    """The manifests of a kept draft."""
    return load_uploads((file["name"], file["content"].encode()) for file in draft.files)


def draft_answer(draft: Draft) -> dict[str, Any]:
    """A draft as the API gives it."""
    return {
        "id": str(draft.id),
        "snapshot": draft.snapshot_id,
        "title": draft.title,
        "files": draft.files,
        "delete": draft.delete_objects,
        "created_at": draft.created_at.isoformat(),
        "updated_at": draft.updated_at.isoformat(),
    }
