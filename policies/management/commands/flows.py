"""`manage.py flows`: what may talk to what."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from policies import services
from policies.evaluator.nodes import LEVELS
from policies.management.question import QuestionCommand
from policies.presenters import FLOWS_FORMATS, Answer

__all__ = ["Command"]


class Command(QuestionCommand):
    """Prints every allowed flow."""

    help = "What may talk to what: every flow that the policies allow."
    formats = FLOWS_FORMATS

    def add_question(self, parser: CommandParser) -> None:
        """Which flows."""
        parser.add_argument("--level", choices=LEVELS, default="workload", help="ends of a flow")
        parser.add_argument("--namespace", metavar="NAME", help="flows with an end in it")
        parser.add_argument("--focus", metavar="PEER", help="flows with this end")
        parser.add_argument("--port", metavar="PORT", help="flows that open it, as 80/TCP")

    def ask(self, options: dict[str, Any]) -> Answer:
        """All flows that the filters leave."""
        filters = {name: options[name] for name in ("level", "namespace", "focus", "port")}
        return services.flows_answer(self.evaluation(options), **filters)
