"""Fix it: what would open a closed pair, as an answer and as a draft to look at."""

from __future__ import annotations

from typing import Any

from policies.evaluator.engine import Evaluation
from policies.evaluator.fix import fix
from policies.services.answers import envelope

__all__ = ["fix_answer", "fix_draft"]


def fix_answer(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> dict[str, Any]:
    """The smallest rules that open a pair, tried out, with all else that they change."""
    return {**envelope(evaluation), **fix(evaluation, source, destination, port).to_json()}


def fix_draft(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> dict[str, Any]:
    """The same as a draft for the what-if page: its files, and a title that says what for."""
    found = fix(evaluation, source, destination, port)
    return {
        "title": f"Fix: {found.source} to {found.destination}",
        "files": [{"name": each.name, "content": each.content} for each in found.documents],
        "delete": [],
    }
