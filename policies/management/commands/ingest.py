"""`manage.py ingest`: keep a picture of a running cluster, once."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.urls import reverse

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.management.question import BAD_INPUT

__all__ = ["Command"]


class Command(BaseCommand):
    """Reads a cluster and keeps what it is like as a snapshot.

    Exit codes: 0 done, 2 bad usage or a cluster that cannot be read.
    """

    help = (
        "Read a running cluster once and keep it as a snapshot. Nothing is changed there. Exit"
        " codes: 0 done; 2 bad usage, or a cluster that cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which cluster, and how much of it."""
        parser.add_argument("--context", default="", help="of the kubeconfig; its current one")
        parser.add_argument("--kubeconfig", default="", metavar="PATH", help="as kubectl's own")
        parser.add_argument(
            "--namespace",
            action="append",
            default=[],
            metavar="NAME",
            help="only this namespace; repeatable",
        )
        parser.add_argument("--name", default="", help="title of the snapshot")
        parser.add_argument(
            "-o", "--output", choices=("text", "json"), default="text", help="format of the answer"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, keep, and say where it is and what is not in it."""
        try:
            reading = services.read_cluster(
                options["context"], options["kubeconfig"], options["namespace"]
            )
            call_command("migrate", verbosity=0, interactive=False)
            current = services.kubeconfig_answer(options["kubeconfig"])["current"]
            title = options["name"] or options["context"] or current
            snapshot = services.store_state(reading.state, title)
        except BadQuestion as error:
            self.stderr.write(error.message)
            raise SystemExit(BAD_INPUT) from None
        except DatabaseError as error:
            self.stderr.write(f"The database cannot be written ({error}).")
            raise SystemExit(BAD_INPUT) from None
        for each in reading.missing:
            self.stderr.write(f"warning: {each}")
        path = reverse("map", args=[snapshot.pk])
        if options["output"] == "json":
            answer = {
                "snapshot": snapshot.pk,
                "page": path,
                "summary": services.snapshot_answer(snapshot)["summary"],
                "resources": reading.resources,
            }
            self.stdout.write(msgspec.json.format(msgspec.json.encode(answer)).decode())
            return
        self.stdout.write(f"snapshot {snapshot.pk}: {path}")
