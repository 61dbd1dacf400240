"""`manage.py fix` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.fix import Fix

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `Fix`."""

    question = Fix
    help = Fix.help
