"""`manage.py whatif`: what would a draft add, remove and change?"""

from __future__ import annotations

from typing import Any

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.management.commandline import Options
from policies.management.question import CHECK_FAILED, DONE, Question
from policies.presenters import DIFF_FORMATS, Answer, may_differ

__all__ = ["WhatIf"]


class WhatIf(Question):
    """Prints the changes a draft would make; applies nothing."""

    help = "What a draft would add, remove and change, and by which rule. Nothing is applied."
    formats = DIFF_FORMATS

    def add_question(self, parser: Options) -> None:
        """Which change."""
        parser.add_argument(
            "--apply", nargs="+", action="extend", default=[], metavar="DRAFT", help="manifests"
        )
        parser.add_argument(
            "--delete",
            action="append",
            default=[],
            metavar="Kind/namespace/name",
            help="an object to leave out, as NetworkPolicy/default/deny-all; repeatable",
        )
        parser.add_argument(
            "--exit-code",
            action="store_true",
            help="exit with 1 when any flow changes, or may: see what is left out",
        )

    def ask(self, options: dict[str, Any]) -> Answer:
        """The effect of the draft on the input."""
        if not options["apply"] and not options["delete"]:
            raise BadQuestion("apply", "Give a draft with --apply, or something to --delete.")
        base = self.evaluation(options)
        draft = services.read_draft(self.load(options["apply"]))
        return services.whatif_answer(base, draft, options["delete"])

    def exit_code(self, answer: Answer, options: dict[str, Any]) -> int:
        """1 when something changes, or may, and `--exit-code` asked to know."""
        return CHECK_FAILED if options["exit_code"] and may_differ(answer) else DONE
