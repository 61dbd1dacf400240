"""`manage.py lint` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.lint import Lint

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `Lint`."""

    question = Lint
    help = Lint.help
