"""`manage.py whatif` in Django's terms."""

from __future__ import annotations

from policies.management.command import QuestionCommand
from policies.management.questions.whatif import WhatIf

__all__ = ["Command"]


class Command(QuestionCommand):
    """See `WhatIf`."""

    question = WhatIf
    help = WhatIf.help
