"""Questions as Django's commands: with its options, and with snapshots of the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.http import Http404

from policies.management.question import BAD_INPUT, EXIT_CODES, Question

__all__ = ["QuestionCommand"]


class QuestionCommand(BaseCommand):
    """Asks its `question`."""

    requires_system_checks: list[str] = []
    question: type[Question]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser, with the exit codes at the end of its help."""
        return super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of the question."""
        self._asked().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer; a snapshot that is not there is bad input."""
        try:
            self._asked().answer(options)
        except Http404 as error:
            self.stderr.write(str(error))
            raise SystemExit(BAD_INPUT) from None
        except DatabaseError as error:
            self.stderr.write(f"The database cannot be read ({error}). Is it migrated?")
            raise SystemExit(BAD_INPUT) from None

    def _asked(self) -> Question:
        return self.question(self.stdout, self.stderr)
