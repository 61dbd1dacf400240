"""The public corpus agrees with netviz, but for the differences that a law justifies."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from policies.evaluator.documents import Limits
from policies.evaluator.yamltext import read_yaml
from tests.corpus.cases import SETS, corpus_folder
from tests.corpus.disagreements import JUSTIFIED
from tests.corpus.run import failures, run, table
from tests.evaluator.law_ids import IN_SCOPE
from tests.support.parsed_yaml import parsed, seen

REQUIRED = bool(os.environ.get("NETVIZ_REQUIRE_CORPUS"))
CORPUS = corpus_folder()


@pytest.fixture(scope="module")
def corpus() -> Path:
    if not CORPUS.is_dir():
        if REQUIRED:
            pytest.fail(f"{CORPUS} is missing and NETVIZ_REQUIRE_CORPUS is set")
        pytest.skip(f"{CORPUS} is not here; NETVIZ_CORPUS names another place")
    return CORPUS


@pytest.mark.parametrize("name", SETS)
def test_every_case_in_scope_agrees(corpus: Path, name: str) -> None:
    outcomes = run(corpus, [name])
    failed = [f"{each.case} ({each.model}): {each.why}" for each in failures(outcomes)]
    assert not failed, "\n".join([*failed, table(outcomes)])
    needed = {each.case for each in outcomes if each.status == "justified"}
    needless = JUSTIFIED.keys() & {each.case for each in outcomes} - needed
    assert not needless, f"these agree now: {sorted(needless)}"
    assert any(each.status == "pass" for each in outcomes)


def test_manifests_read_by_shape_are_what_the_parser_reads(corpus: Path) -> None:
    manifests = [path for ending in ("yaml", "yml") for path in corpus.rglob(f"*.{ending}")]
    assert manifests
    for path in manifests:
        text = path.read_bytes().decode("utf-8-sig")
        found = seen(read_yaml(path.name, text, Limits()))
        assert found == seen(parsed(path.name, text, Limits())), path


def test_every_difference_names_its_law() -> None:
    for law, sentence in JUSTIFIED.values():
        assert law in IN_SCOPE
        assert re.search(r"\w+ \w+ \w+", sentence)
