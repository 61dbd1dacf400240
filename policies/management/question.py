"""What all commands that answer a question share: inputs, options, output and exit codes."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from policies import services
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion, Problem, UnreadableInput
from policies.evaluator.manifest import SourceText
from policies.evaluator.state import ClusterState
from policies.ingest.upload import load_paths
from policies.management.commandline import Options
from policies.presenters import COMPLETE, HEADLESS, Answer, Presenter, doubts, left_out_text
from policies.presenters_stream import chunks

__all__ = ["BAD_INPUT", "CHECK_FAILED", "DONE", "EXIT_CODES", "Question", "Writer"]

DONE, CHECK_FAILED, BAD_INPUT = 0, 1, 2
EXIT_CODES = (
    "Exit codes: 0 done; 1 the check asked for with --exit-code failed, where there is one; 2 bad"
    " usage or input. An object with an error is bad input: the answer without it is printed, says"
    " so, and the exit code is 2."
)


class Writer(Protocol):
    """Where a command writes: Django's wrapper of a stream, or one like it."""

    def write(self, text: str, /, *, ending: str | None = None) -> object:
        """Write a text and then the ending, a new line unless another is given."""

    def flush(self) -> object:
        """Hand on all that was written."""


class Question(ABC):
    """Reads manifests or a snapshot, asks one question and prints the answer.

    Exit codes: 0 done, 1 the check asked for failed, 2 bad usage or input. An object with an error
    is bad input, too: the answer without it is printed, and says so, and the exit code is 2.
    Problems in the input go to standard error; JSON carries them itself.
    """

    help: str
    formats: Mapping[str, Presenter | Callable[[Answer], Iterator[str]]]
    # Options that name something in the database.
    kept: tuple[str, ...] = ("snapshot",)

    def __init__(self, stdout: Writer, stderr: Writer) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self._stdin_is_read = False

    def add_arguments(self, parser: Options) -> None:
        """The options every question has, and those of this one."""
        self.add_inputs(parser)
        parser.add_argument(
            "-o",
            "--output",
            choices=list(self.formats),
            default="text",
            help="format of the answer",
        )
        parser.add_argument(
            "--profile",
            action="append",
            default=[],
            metavar="FLAG=VALUE",
            help="a flag of how the network plugin behaves, as ipblock_matches_pods=false",
        )
        parser.add_argument(
            "--intended",
            action="store_true",
            help="show what the policies intend, even where nothing enforces them",
        )
        self.add_question(parser)

    def add_inputs(self, parser: Options) -> None:
        """Where the state comes from."""
        parser.add_argument(
            "paths",
            nargs="*",
            metavar="PATH",
            help="files, directories or zip archives; - reads standard input",
        )
        parser.add_argument("--snapshot", metavar="ID", help="a kept snapshot in place of PATHs")
        parser.add_argument(
            "--cluster",
            metavar="CONTEXT",
            help="a running cluster in place of PATHs, by its context in the kubeconfig",
        )

    @abstractmethod
    def add_question(self, parser: Options) -> None:
        """The options of this question alone."""

    @abstractmethod
    def ask(self, options: dict[str, Any]) -> Answer:
        """The answer. Raises the evaluator's errors."""

    def exit_code(self, answer: Answer, options: dict[str, Any]) -> int:
        """The exit code of a command that could answer."""
        return DONE

    def answer(self, options: dict[str, Any]) -> None:
        """Ask, print, and say with the exit code how it went."""
        try:
            answer = self.ask(options)
        except UnreadableInput as error:
            self._report(error.problems)
            raise SystemExit(BAD_INPUT) from None
        except BadQuestion as error:
            self.stderr.write(str(error))
            raise SystemExit(BAD_INPUT) from None
        text = self.formats[options["output"]](answer)
        self._print([text] if isinstance(text, str) else chunks(text))
        self._warn(answer, options["output"])
        code = BAD_INPUT if answer["left_out"] else self.exit_code(answer, options)
        if code != DONE:
            raise SystemExit(code)

    def evaluation(self, options: dict[str, Any]) -> Evaluation:
        """The evaluation of the snapshot, the cluster or the paths given."""
        profile, intended = options["profile"], options["intended"]
        context = options.get("cluster")
        if options["snapshot"] and options["paths"]:
            raise BadQuestion("snapshot", "Give either PATHs or --snapshot, not both.")
        if context and (options["snapshot"] or options["paths"]):
            raise BadQuestion("cluster", "Give --cluster alone, without PATHs or --snapshot.")
        if context:
            return services.evaluate_state(self.read_cluster(context), profile, intended)
        if options["snapshot"]:
            snapshot = services.get_snapshot(options["snapshot"])
            return services.evaluate_snapshot(snapshot, profile, intended)
        return services.evaluate_state(self.read(options["paths"]), profile, intended)

    def read_cluster(self, context: str) -> ClusterState:
        """The state of a running cluster; what may not be read of it is said."""
        reading = services.read_cluster(context)
        for each in reading.missing:
            self.stderr.write(f"warning: {each}")
        return reading.state

    def read(self, paths: Sequence[str]) -> ClusterState:
        """The state in files, directories or standard input."""
        if not paths:
            raise BadQuestion("paths", "Give files or directories to read, or - to read a pipe.")
        return services.read(self.load(paths))

    def load(self, paths: Sequence[str]) -> list[SourceText]:
        """The manifests there. Standard input can be read once by a command, whatever it asks."""
        times = paths.count("-")
        if times + self._stdin_is_read > 1:
            raise BadQuestion(
                "paths", "Standard input (-) can be read once only; it is given twice."
            )
        self._stdin_is_read = self._stdin_is_read or times > 0
        return load_paths(paths, sys.stdin.buffer)

    def _print(self, parts: Iterable[str]) -> None:
        try:
            for part in parts:
                self.stdout.write(part, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # The reader (head, less) has seen enough.
            _close_output()
        except OSError as error:
            _close_output()
            self.stderr.write(f"error: the answer cannot be written: {error.strerror}")
            raise SystemExit(BAD_INPUT) from None

    def _warn(self, answer: Answer, output: str) -> None:
        """Say on standard error what is left out, and what the form of the answer cannot say."""
        left = {_place_of(each): each for each in answer["left_out"]}
        for each in left.values():
            self.stderr.write(f"error: {left_out_text(each)} {each['effect']}")
        if output not in COMPLETE:
            problems = answer.get("problems", [])
            self._report_json(each for each in problems if _place_of(each) not in left)
        if output in HEADLESS:
            for line in doubts(answer):
                self.stderr.write(line)

    def _report(self, problems: Iterable[Problem]) -> None:
        self._report_json(services.problems_json(tuple(problems)))

    def _report_json(self, problems: Iterable[Mapping[str, Any]]) -> None:
        for each in problems:
            place = f"{each['source']}:{each['line']}" if each["line"] else each["source"]
            parts = [part for part in (place, each["path"], each["message"]) if part]
            self.stderr.write(f"{each['severity']}: {': '.join(parts)}")


def _close_output() -> None:
    """Python would complain at exit of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _place_of(entry: Mapping[str, Any]) -> tuple[str, int, str, str]:
    return entry["source"], entry["line"] or 0, entry["path"], entry["message"]
