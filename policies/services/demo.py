"""The story of the demo, kept as snapshots."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from policies.demo.story import STEPS, Step, sources_of
from policies.evaluator.state import ClusterState
from policies.models import Snapshot
from policies.services.reading import read

__all__ = ["demo_snapshot", "demo_story", "store_demo"]


def demo_snapshot(step: Step) -> Snapshot:
    """The snapshot of a step; stored at the first call."""
    kept = Snapshot.objects.without_payload().filter(content_hash=_state(step.slug)[1]).first()
    return kept or Snapshot.objects.store(_state(step.slug)[0], f"Demo: {step.title}")


@lru_cache(maxsize=len(STEPS))
def _state(slug: str) -> tuple[ClusterState, str]:
    """The state of a step and its hash; the story never changes while a process lives."""
    step = next(step for step in STEPS if step.slug == slug)
    state = read(sources_of(step.files))
    return state, state.content_hash


def store_demo() -> list[tuple[Step, Snapshot]]:
    """Every step with its snapshot, in order; storing them twice changes nothing."""
    # Newest first is the order of lists, so the last step is stored first.
    stored = {step.slug: demo_snapshot(step) for step in reversed(STEPS)}
    return [(step, stored[step.slug]) for step in STEPS]


def demo_story() -> list[dict[str, Any]]:
    """The steps for the pages: texts, snapshot, questions, and the draft that leads to each."""
    return [_step_answer(step, snapshot) for step, snapshot in store_demo()]


def _draft_files(step: Step) -> list[tuple[str, str]]:
    return [(source.name, source.data.decode()) for source in sources_of(step.draft)]


def _step_answer(step: Step, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "slug": step.slug,
        "title": step.title,
        "text": step.text,
        "snapshot_id": snapshot.id,
        "asks": [
            {
                "from": ask.source,
                "to": ask.destination,
                "port": ask.port,
                "verdict": ask.verdict,
            }
            for ask in step.asks
        ],
        "draft": {
            "files": [{"name": name, "content": text} for name, text in _draft_files(step)],
            "delete": list(step.delete),
        },
    }
