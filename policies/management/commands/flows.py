"""`manage.py flows` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.flows import Flows

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `Flows`."""

    question = Flows
    help = Flows.help
