"""`manage.py flows`: what may talk to what."""

from __future__ import annotations

from typing import Any

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.evaluator.nodes import LEVELS
from policies.management.commandline import Options
from policies.management.question import Question
from policies.presenters import Answer
from policies.presenters_entry import FLOWS_FORMATS
from policies.presenters_stream import FLOWS_STREAMS

__all__ = ["Flows"]


class Flows(Question):
    """Prints every allowed flow."""

    help = "What may talk to what: every flow that the policies allow."
    formats = {**FLOWS_FORMATS, **FLOWS_STREAMS}

    def add_question(self, parser: Options) -> None:
        """Which flows."""
        parser.add_argument("--level", choices=LEVELS, default="workload", help="ends of a flow")
        parser.add_argument("--namespace", metavar="NAME", help="flows with an end in it")
        parser.add_argument("--focus", metavar="PEER", help="flows with this end")
        parser.add_argument("--port", metavar="PORT", help="flows that open it, as 80/TCP")
        parser.add_argument(
            "--exposure",
            action="store_true",
            help="also what pods and namespaces that do not exist yet could open",
        )

    def ask(self, options: dict[str, Any]) -> Answer:
        """All flows that the filters leave."""
        names = ("level", "namespace", "focus", "port", "exposure")
        filters = {name: options[name] for name in names}
        if options["exposure"] and options["output"] == "dot":
            raise BadQuestion(
                "output", "A graph shows flows only: ask for exposure in another form."
            )
        if options["output"] in FLOWS_STREAMS:
            return services.flows_stream(self.evaluation(options), **filters)
        as_json = options["output"] != "text"
        return services.flows_answer(self.evaluation(options), **filters, as_json=as_json)
