"""`manage.py entrypoints`: who may come in from outside, and by which path."""

from __future__ import annotations

from typing import Any

from policies import services
from policies.management.commandline import Options
from policies.management.question import Question
from policies.presenters import Answer
from policies.presenters_entry import ENTRY_FORMATS

__all__ = ["EntryPoints"]


class EntryPoints(Question):
    """Prints every way into the cluster."""

    help = "Who may come in from outside: every path to a pod, and what the policies say of it."
    formats = ENTRY_FORMATS

    def add_question(self, parser: Options) -> None:
        """Which ways."""
        parser.add_argument("--focus", metavar="PEER", help="ways to this workload")

    def ask(self, options: dict[str, Any]) -> Answer:
        """All ways that the filter leaves."""
        return services.entrypoints_answer(self.evaluation(options), options["focus"])
