"""`manage.py explain`: can A reach B, and why or why not."""

from __future__ import annotations

from typing import Any

from policies import services
from policies.management.commandline import Options
from policies.management.question import Question
from policies.presenters import EXPLAIN_FORMATS, Answer

__all__ = ["Explain"]


class Explain(Question):
    """Prints both sides of one connection, each with the policies and rules that decide it."""

    help = "Can one peer reach another on a port, and which policy or rule says so?"
    formats = EXPLAIN_FORMATS

    def add_question(self, parser: Options) -> None:
        """Which connection."""
        peer = (
            "namespace/name, namespace/name[Kind], an address, a CIDR, internet, "
            "{ingress-controller}, {nodes}, {node NAME}, {kube-apiserver} or {kube-dns}"
        )
        parser.add_argument("--from", dest="source", metavar="PEER", required=True, help=peer)
        parser.add_argument("--to", dest="destination", metavar="PEER", required=True, help=peer)
        parser.add_argument("--port", metavar="PORT", help="as 80/TCP; all ports when left out")

    def ask(self, options: dict[str, Any]) -> Answer:
        """The explanation of the pair."""
        evaluation = self.evaluation(options)
        return services.explain_answer(
            evaluation, options["source"], options["destination"], options["port"]
        )
