"""Flows row by row: the same rows as the list, and never all of them in memory."""

from __future__ import annotations

import itertools
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command

from policies import services
from policies.evaluator.engine import evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.nodes import LEVELS, Level
from policies.evaluator.state import ClusterState
from policies.presenters_stream import FLOWS_STREAMS, chunks
from tests.support.entry_points import ingress, service
from tests.support.fixture_cluster import cluster
from tests.support.states import pod, policy, state

# 600 × 599 flows between the pods, and one each way between every pod and the Internet.
CROWD = [pod(f"x/p{number}") for number in range(600)]
ROWS = 600 * 599 + 2 * 600
ENTRY = cluster(service(), ingress("web:80"))


@pytest.mark.parametrize("given", [ENTRY, state(pod("x/a"), pod("y/b"))])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"port": "80/TCP"},
        {"focus": "x/a"},
        {"focus": "{ingress-controller}"},
        {"namespace": "x", "exposure": True},
    ],
)
def test_the_rows_are_those_of_the_list(
    given: ClusterState, level: Level, filters: dict[str, Any]
) -> None:
    evaluation = evaluate(given)
    whole = services.flows_answer(evaluation, level=level, **filters)
    parts = services.flows_stream(evaluation, level=level, **filters)
    assert {**parts, "flows": list(parts["flows"])} == whole


def test_rows_of_the_controller_that_nobody_knows_stand_in_their_place() -> None:
    sources = [row["source"] for row in services.flows_stream(evaluate(ENTRY))["flows"]]
    assert "{ingress-controller}" in sources
    assert sources == sorted(sources)


@pytest.mark.parametrize(
    "filters", [{"namespace": "nowhere"}, {"focus": "nobody"}, {"port": "many"}]
)
def test_a_wrong_question_is_told_before_the_first_row(filters: dict[str, Any]) -> None:
    with pytest.raises(BadQuestion):
        services.flows_stream(evaluate(ENTRY), **filters)


def blocks() -> int:
    """How many pieces of memory Python holds: a row takes several."""
    return sys.getallocatedblocks()


@pytest.mark.parametrize("form", list(FLOWS_STREAMS))
def test_there_may_be_any_number_of_rows_in_bounded_memory(form: str) -> None:
    evaluation = evaluate(state(*CROWD))
    with pytest.raises(BadQuestion, match="ndjson"):
        services.flows_answer(evaluation)
    answer = services.flows_stream(evaluation)
    before = most = blocks()
    lines = 0
    for part in chunks(FLOWS_STREAMS[form](answer)):
        lines += part.count("\n")
        most = max(most, blocks())
    assert lines == ROWS + 1
    # Far fewer than there were rows: those of one source, and the nodes.
    assert most - before < ROWS // 5


def test_work_stops_where_the_reader_does() -> None:
    """Rows of the sources that were asked for are made, and of no other."""
    evaluation = evaluate(state(*CROWD, policy("x/p", "podSelector: {}\ningress: [{}]")))
    rows = services.flows_stream(evaluation)["flows"]
    before = blocks()
    found = list(itertools.islice(rows, 10))
    assert blocks() - before < ROWS // 5
    rows.close()
    assert (len(found), list(rows)) == (10, [])


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("flows", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def manifests(tmp_path: Path) -> str:
    """A file with a few pods, and a policy."""
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "x", "name": name}}
        for name in ("a", "b")
    ]
    (tmp_path / "a.json").write_bytes(
        msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": pods})
    )
    return str(tmp_path / "a.json")


def test_the_command_prints_an_object_on_each_line(manifests: str) -> None:
    head, *rows = map(msgspec.json.decode, command(manifests, "-o", "ndjson").splitlines())
    whole = msgspec.json.decode(command(manifests, "-o", "json"))
    assert rows == whole.pop("flows")
    assert head == whole
