"""`manage.py lint`: what is wrong or risky in these policies?"""

from __future__ import annotations

from typing import Any

from policies import services
from policies.evaluator.lint.finding import SEVERITIES
from policies.lint_formats import LINT_FORMATS
from policies.management.commandline import Options
from policies.management.question import CHECK_FAILED, DONE, Question
from policies.presenters import Answer

__all__ = ["Lint"]


class Lint(Question):
    """Prints every finding, worst first."""

    help = (
        "What is wrong or risky in these policies. Findings are listed in docs/findings.md; an"
        " object ignores some by its annotation netviz.io/ignore."
    )
    formats = LINT_FORMATS

    def add_question(self, parser: Options) -> None:
        """Which findings, and when to fail."""
        parser.add_argument(
            "--severity", choices=SEVERITIES, default="", help="the least severity shown"
        )
        parser.add_argument(
            "--only", action="append", default=[], metavar="IDS", help="these ids, as L-02,L-30"
        )
        parser.add_argument(
            "--ignore", action="append", default=[], metavar="IDS", help="not these ids"
        )
        parser.add_argument("--namespace", default="", metavar="NAME", help="only about it")
        parser.add_argument(
            "--fail-on",
            choices=SEVERITIES,
            help="exit with 1 when a finding of at least this severity is not suppressed",
        )

    def ask(self, options: dict[str, Any]) -> Answer:
        """The findings that the options leave."""
        asked = services.FindingFilter(
            severity=options["severity"],
            only=_ids(options["only"]),
            ignore=_ids(options["ignore"]),
            namespace=options["namespace"],
        )
        asked.check()
        return services.findings_answer(self.evaluation(options), asked)

    def exit_code(self, answer: Answer, options: dict[str, Any]) -> int:
        """1 when something at least as bad as `--fail-on` was found."""
        if not options["fail_on"]:
            return DONE
        bad = SEVERITIES[: SEVERITIES.index(options["fail_on"]) + 1]
        failed = any(
            each["severity"] in bad and each["suppressed"] is None for each in answer["findings"]
        )
        return CHECK_FAILED if failed else DONE


def _ids(given: list[str]) -> tuple[str, ...]:
    return tuple(each.strip() for text in given for each in text.split(",") if each.strip())
