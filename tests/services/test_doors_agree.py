"""The same question gives the same answer at every door."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from policies import services
from policies.demo.story import STEPS, Step, sources_of
from tests.support.doors import answer_of_command, json_files, paths, post_json, step

pytestmark = pytest.mark.django_db

API = "/api/v1"
SLUGS = [each.slug for each in STEPS]


@pytest.fixture(params=SLUGS)
def current(request: pytest.FixtureRequest) -> Step:
    return step(request.param)


def snapshot_url(current: Step) -> str:
    snapshot, problems = services.store_sources(sources_of(current.files))
    assert problems == ()
    return f"{API}/snapshots/{snapshot.id}"


@pytest.mark.parametrize("level", ["namespace", "workload", "pod"])
@pytest.mark.parametrize("intended", [False, True])
def test_flows_are_the_same_from_command_snapshot_and_stateless_request(
    client: Client, current: Step, level: str, intended: bool
) -> None:
    switch = ["--intended"] if intended else []
    printed = answer_of_command("flows", *paths(current.files), "--level", level, *switch)
    query = {"level": level, "intended": "1" if intended else "0"}
    kept = client.get(f"{snapshot_url(current)}/flows", query).json()
    body = {"files": json_files(current.files), "level": level, "intended": intended}
    stateless = post_json(client, f"{API}/evaluate", body).json()
    assert printed == kept == stateless


def test_explanations_are_the_same_at_every_door(client: Client, current: Step) -> None:
    for ask in current.asks:
        question = {"from": ask.source, "to": ask.destination, "port": ask.port}
        options = [text for name, value in question.items() for text in (f"--{name}", value)]
        printed = answer_of_command("explain", *paths(current.files), *options)
        kept = client.get(f"{snapshot_url(current)}/explain", question).json()
        body = {"files": json_files(current.files), **question}
        stateless = post_json(client, f"{API}/explain", body).json()
        assert printed == kept == stateless
        assert printed["verdict"] == ask.verdict


def test_findings_are_the_same_at_every_door(client: Client, current: Step) -> None:
    printed = answer_of_command("lint", *paths(current.files))
    stateless = post_json(client, f"{API}/lint", {"files": json_files(current.files)}).json()
    page = client.get(f"{snapshot_url(current)}/findings").json()
    assert printed == stateless
    assert page["results"] == printed["findings"]
    assert page["summary"] == printed["summary"]


def test_filtered_findings_are_the_same_at_every_door(client: Client, current: Step) -> None:
    options = ("--severity", "warning", "--ignore", "L-101", "--namespace", "production")
    printed = answer_of_command("lint", *paths(current.files), *options)
    asked = {"severity": "warning", "ignore": "L-101", "namespace": "production"}
    body = {"files": json_files(current.files), **asked}
    page = client.get(f"{snapshot_url(current)}/findings", asked).json()
    assert printed == post_json(client, f"{API}/lint", body).json()
    assert page["results"] == printed["findings"]


def test_a_what_if_is_the_same_at_every_door(client: Client) -> None:
    for before, after in pairwise(STEPS):
        answers = list(_what_ifs(client, before, after))
        assert all(answer == answers[0] for answer in answers)


def _what_ifs(client: Client, before: Step, after: Step) -> list[Any]:
    drafted = paths(after.draft)
    delete = [text for key in after.delete for text in ("--delete", key)]
    base = snapshot_url(before)
    draft = {"files": json_files(after.draft), "delete": list(after.delete)}
    kept = post_json(client, f"{base}/drafts", {**draft, "title": after.title}).json()
    stateless = {
        "files": json_files(before.files),
        "draft": json_files(after.draft),
        "delete": list(after.delete),
    }
    return [
        answer_of_command("whatif", *paths(before.files), "--apply", *drafted, *delete),
        post_json(client, f"{base}/whatif", draft).json(),
        client.get(f"{API}/drafts/{kept['id']}/whatif").json(),
        post_json(client, f"{API}/whatif", stateless).json(),
    ]


def test_a_comparison_of_snapshots_is_the_same_from_command_and_request(client: Client) -> None:
    before, after = step("allow-matches-nothing"), step("label-added")
    identifiers = [snapshot_url(each).rpartition("/")[2] for each in (before, after)]
    printed = answer_of_command(
        "diff", "--before", *paths(before.files), "--after", *paths(after.files)
    )
    query = {"from": identifiers[0], "to": identifiers[1]}
    assert client.get(f"{API}/compare", query).json() == printed
