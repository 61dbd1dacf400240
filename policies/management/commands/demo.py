"""`manage.py demo`: keep the story's five clusters as snapshots."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from policies import services

__all__ = ["Command"]


class Command(BaseCommand):
    """Stores the demo; a second time changes nothing."""

    help = "Keep the clusters of the guided demo as snapshots."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database up to date, store every step and print where it is."""
        call_command("migrate", verbosity=0, interactive=False)
        for number, (step, snapshot) in enumerate(services.store_demo(), start=1):
            self.stdout.write(f"{number}. {step.title}: snapshot {snapshot.id}")
