"""`manage.py reseal`: encrypt the tokens of clusters with another key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from policies import services
from policies.management.question import BAD_INPUT

__all__ = ["Command"]


class Command(BaseCommand):
    """Encrypts every token anew with the first key of NETVIZ_TOKEN_KEY; the others read.

    Exit codes: 0 done, 2 where a token could not be read, which then is as it was.
    """

    help = "Encrypt the tokens of clusters anew, with the first key of NETVIZ_TOKEN_KEY."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so, and name those that could not be read."""
        resealed, failed = services.reseal_tokens()
        self.stdout.write(f"Tokens encrypted anew: {resealed}.")
        for name, why in failed:
            self.stderr.write(f"{name}: {why}")
        if failed:
            raise SystemExit(BAD_INPUT)
