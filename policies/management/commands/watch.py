"""`manage.py watch`: watch clusters in a process of their own, beside servers that do not."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.services.watching import Watching

__all__ = ["Command"]


class Command(BaseCommand):
    """Watches every cluster that no other process watches, until it is told to end."""

    help = "Watch the clusters that were added, for servers started with --no-watch."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Watch until SIGINT or SIGTERM; what was watched is then free for others at once."""
        ended = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: ended.set())
        call_command("migrate", verbosity=0, interactive=False)
        try:
            services.add_in_cluster()
        except BadQuestion as error:
            self.stderr.write(error.message)
        watching = Watching()
        watching.start()
        self.stdout.write("netviz watches clusters.")
        self.stdout.flush()
        # In steps: a wait without an end would keep signals from being heard on some systems.
        while not ended.wait(1.0):
            pass
        watching.stop()
