"""`manage.py explain` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.explain import Explain

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `Explain`."""

    question = Explain
    help = Explain.help
