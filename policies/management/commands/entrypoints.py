"""`manage.py entrypoints` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.entrypoints import EntryPoints

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `EntryPoints`."""

    question = EntryPoints
    help = EntryPoints.help
