"""`manage.py diff`: what is different between two states?"""

from __future__ import annotations

from typing import Any

from policies import services
from policies.evaluator.engine import Evaluation
from policies.management.commandline import Options
from policies.management.question import CHECK_FAILED, DONE, Question
from policies.presenters import DIFF_FORMATS, Answer, may_differ

__all__ = ["Diff"]


class Diff(Question):
    """Prints the flows that differ between two inputs."""

    help = "What is different between two states, and by which rule."
    formats = DIFF_FORMATS
    kept = ("before_snapshot", "after_snapshot")

    def add_inputs(self, parser: Options) -> None:
        """Two states."""
        for name in ("before", "after"):
            group = parser.add_mutually_exclusive_group(required=True)
            group.add_argument(f"--{name}", nargs="+", default=[], metavar="PATH")
            group.add_argument(f"--{name}-snapshot", metavar="ID", help="a kept snapshot instead")

    def add_question(self, parser: Options) -> None:
        """What to make of it."""
        parser.add_argument(
            "--exit-code",
            action="store_true",
            help="exit with 1 when any flow differs, or may: see what is left out",
        )

    def ask(self, options: dict[str, Any]) -> Answer:
        """The difference."""
        return services.compare_answer(self._side(options, "before"), self._side(options, "after"))

    def _side(self, options: dict[str, Any], name: str) -> Evaluation:
        chosen = {"paths": options[name], "snapshot": options[f"{name}_snapshot"]}
        return self.evaluation({**options, **chosen})

    def exit_code(self, answer: Answer, options: dict[str, Any]) -> int:
        """1 when something differs, or may, and `--exit-code` asked to know."""
        return CHECK_FAILED if options["exit_code"] and may_differ(answer) else DONE
