"""`manage.py fix`: the smallest rules that open a closed pair, as draft policies."""

from __future__ import annotations

from typing import Any

from policies import services
from policies.management.question import CHECK_FAILED, DONE
from policies.management.questions.explain import Explain
from policies.presenters import FIX_FORMATS, Answer

__all__ = ["Fix"]


class Fix(Explain):
    """Prints the draft, what it opens besides, or why no NetworkPolicy can open the pair."""

    help = (
        "Which policies would let one peer reach another? With -o yaml only the manifests are"
        " printed. Exit code 1 where no NetworkPolicy can open the pair."
    )
    formats = FIX_FORMATS

    def ask(self, options: dict[str, Any]) -> Answer:
        """The draft for the pair."""
        evaluation = self.evaluation(options)
        return services.fix_answer(
            evaluation, options["source"], options["destination"], options["port"]
        )

    def exit_code(self, answer: Answer, options: dict[str, Any]) -> int:
        """Whether there is a way."""
        return CHECK_FAILED if answer["outcome"] == "cannot" else DONE
