"""`manage.py diff` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.diff import Diff

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `Diff`."""

    question = Diff
    help = Diff.help
