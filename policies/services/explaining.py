"""Why a pair is open or closed, answered once for every door."""

from __future__ import annotations

from typing import Any

from policies.evaluator.engine import Evaluation
from policies.evaluator.explain import explain
from policies.evaluator.questions import parse_port
from policies.services.answers import envelope
from policies.services.entries import ways_between

__all__ = ["explain_answer"]


def explain_answer(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> dict[str, Any]:
    """Whether one peer can reach another, and why or why not."""
    explanation = explain(evaluation, source, destination, port)
    asked = parse_port(port) if port else None
    ways = ways_between(evaluation, source, destination, explanation.connections, asked)
    return {**envelope(evaluation), **explanation.to_json(), **ways}
