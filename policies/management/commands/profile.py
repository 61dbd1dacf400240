"""`manage.py profile`: how does this cluster read policies, and what should be taken of it?"""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.http import Http404

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.management.question import BAD_INPUT

__all__ = ["Command"]

_WORDS = {True: "true", False: "false", None: "not known"}
_BY = {"default": "by default", "plugin": "by the plugin", "snapshot": "set for this cluster"}


class Command(BaseCommand):
    """Prints the flags of a snapshot's profile; with flags given, keeps them first.

    Exit codes: 0 done, 2 bad usage.
    """

    help = (
        "How the cluster of a snapshot reads policies. With FLAG=VALUE it is set for every answer"
        " about this snapshot; --profile of a question still goes before it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which snapshot, and what to set."""
        parser.add_argument("snapshot", metavar="SNAPSHOT", help="a kept snapshot")
        parser.add_argument(
            "wishes",
            nargs="*",
            metavar="FLAG=VALUE",
            help="true, false, or default for what the network plugin does",
        )
        parser.add_argument(
            "-o", "--output", choices=("text", "json"), default="text", help="format of the answer"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set what is to be set, then print."""
        try:
            wishes = services.parse_wishes(options["wishes"])
            snapshot = services.get_snapshot(options["snapshot"])
            if wishes:
                snapshot = services.change_profile(snapshot.pk, wishes)
        except (BadQuestion, Http404) as error:
            self.stderr.write(str(error))
            raise SystemExit(BAD_INPUT) from None
        except DatabaseError as error:
            self.stderr.write(f"The database cannot be read ({error}). Is it migrated?")
            raise SystemExit(BAD_INPUT) from None
        rows = services.profile_rows(snapshot)
        if options["output"] == "json":
            answer = {"snapshot": snapshot.pk, "profile_flags": rows}
            self.stdout.write(msgspec.json.format(msgspec.json.encode(answer)).decode())
            return
        for row in rows:
            self.stdout.write(
                f"{row['flag']}={_WORDS[row['value']]}  ({_BY[row['by']]})  {row['title']}."
                f" {row['meaning']} [{', '.join(row['law'])}]"
            )
