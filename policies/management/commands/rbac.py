"""`manage.py rbac`: the rights that netviz needs in a cluster, as manifests."""

from __future__ import annotations

from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandParser

from policies.ingest.rbac import binding, cluster_role

__all__ = ["Command"]


class Command(BaseCommand):
    """Prints a ClusterRole that may get, list and watch what netviz reads."""

    help = "The rights that netviz needs in a cluster: manifests for kubectl apply -f -."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """To whom to give them."""
        parser.add_argument(
            "--bind",
            action="store_true",
            help="also a service account netviz, and the role given to it",
        )
        parser.add_argument("--namespace", default="netviz", help="of the service account (netviz)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        manifests = [cluster_role()]
        if options["bind"]:
            manifests += binding(options["namespace"])
        self.stdout.write(yaml.safe_dump_all(manifests, sort_keys=False), ending="")
