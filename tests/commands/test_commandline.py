"""Command lines that are read without argparse mean what argparse makes of them."""

from __future__ import annotations

import io
import random
from argparse import ArgumentParser
from contextlib import redirect_stderr

import pytest

from policies.management.commandline import CommandLine, NotPlain
from policies.management.question import Question
from policies.management.questions.diff import Diff
from policies.management.questions.explain import Explain
from policies.management.questions.flows import Flows
from policies.management.questions.lint import Lint
from policies.management.questions.whatif import WhatIf

WORDS = (
    *("a.yaml", "b", "-", "--", "-x", "-1", "", "a=b", "--help", "-h", "--port=80", "--port="),
    *("-o", "json", "text", "-ojson", "-o=json", "--output", "--output=csv", "--outp", "--focus"),
    *("--exposure", "--exposure=1", "--level", "pod", "--level=node", "--snapshot", "--intended"),
    *("--profile", "--profile=x=y", "--apply", "--delete", "--exit-code", "--from", "--to"),
    *("--before", "--after", "--before-snapshot", "--only", "--severity", "error", "--fail-on"),
)


class Names:
    """Collects how options are written."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add_argument(self, *names: str, **settings: object) -> None:
        self.found += names

    def add_mutually_exclusive_group(self, *, required: bool = False) -> Names:
        return self


def by_argparse(question: Question, words: list[str]) -> dict[str, object] | None:
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    question.add_arguments(parser)
    try:
        with redirect_stderr(io.StringIO()):
            return vars(parser.parse_args(words))
    except SystemExit:
        return None


def by_us(question: Question, words: list[str]) -> dict[str, object] | None:
    line = CommandLine()
    question.add_arguments(line)
    try:
        return line.parse(words)
    except NotPlain:
        return None


@pytest.mark.parametrize(
    ("kind", "needed"),
    [
        (Flows, ""),
        (Diff, "--before a --after b"),
        (Explain, "--from a --to b"),
        (Lint, ""),
        (WhatIf, ""),
    ],
)
def test_what_is_plain_means_the_same_to_argparse(kind: type[Question], needed: str) -> None:
    question, chance, plain = kind(io.StringIO(), io.StringIO()), random.Random(7), 0  # type: ignore[arg-type]  # nothing is written
    names = Names()
    question.add_arguments(names)
    own = [*names.found, *names.found, "a.yaml", "b", "json", "error"]
    for _ in range(4_000):
        words = chance.choice([needed.split(), []]) + chance.choices(
            chance.choice([own, WORDS]), k=chance.randrange(7)
        )
        found = by_us(question, words)
        if found is not None:
            assert found == by_argparse(question, words), words
            plain += 1
    assert plain > 40


@pytest.mark.parametrize(
    "line",
    [
        "flows a b -o json --level=pod --exposure",
        "whatif a --apply b c --apply d --delete Pod/x/y --exit-code",
        "diff --before a b --after-snapshot 7",
        "explain --from a --to b - --port 80",
        "lint a --only L-02 --only L-03 --fail-on error",
    ],
)
def test_usual_command_lines_are_plain(line: str) -> None:
    name, *words = line.split()
    kinds = {"flows": Flows, "whatif": WhatIf, "diff": Diff, "explain": Explain, "lint": Lint}
    question = kinds[name](io.StringIO(), io.StringIO())  # type: ignore[abstract, arg-type]  # one of them
    found = by_us(question, words)
    assert found is not None
    assert found == by_argparse(question, words)
