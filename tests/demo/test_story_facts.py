"""The story of the demo says what the evaluator finds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies import services
from policies.demo.story import MANIFESTS, STEPS, Step, sources_of
from policies.models import Snapshot
from tests.support.doors import step


def explain(current: Step, source: str, destination: str, port: str) -> dict[str, object]:
    state = services.read(sources_of(current.files))
    return services.explain_answer(services.evaluate_state(state), source, destination, port)


@pytest.mark.parametrize("current", STEPS, ids=lambda each: each.slug)
def test_every_step_reads_without_a_problem(current: Step) -> None:
    assert services.read(sources_of(current.files)).problems == ()


@pytest.mark.parametrize("current", STEPS, ids=lambda each: each.slug)
def test_every_question_of_a_step_has_the_verdict_told(current: Step) -> None:
    for ask in current.asks:
        answer = explain(current, ask.source, ask.destination, ask.port)
        assert answer["verdict"] == ask.verdict


@pytest.mark.parametrize(("before", "after"), list(pairwise(STEPS)), ids=lambda each: each.slug)
def test_the_draft_of_a_step_leads_to_its_flows(before: Step, after: Step) -> None:
    base = services.evaluate_state(services.read(sources_of(before.files)))
    drafted = services.read_draft(sources_of(after.draft))
    there = services.evaluate_state(services.read(sources_of(after.files)))
    by_draft = services.whatif_answer(base, drafted, after.delete)
    compared = services.compare_answer(base, there)
    for answer in (by_draft, compared):
        answer["changes"] = [{**change, "reasons": None} for change in answer["changes"]]
    assert by_draft["changes"] == compared["changes"]
    assert by_draft["summary"] == compared["summary"]


def test_redis_stays_shut_because_of_the_ingress_of_production() -> None:
    sentence = str(
        explain(step("label-added"), "development/curl", "production/redis", "6379/TCP")["sentence"]
    )
    assert sentence.startswith("production/redis is closed to development/curl on TCP 6379.")
    assert "allow-devel-pod-to-http" in sentence
    assert "TCP 80" in sentence


def test_without_the_label_the_story_says_which_namespace_lacks_it() -> None:
    current = step("allow-matches-nothing")
    answer = explain(current, "development/curl", "production/webserver", "80/TCP")
    assert "env" in str(answer["sentence"])


def test_on_flannel_nothing_is_enforced_and_the_intent_is_one_switch_away() -> None:
    state = services.read(sources_of(step("not-enforced").files))
    real = services.flows_answer(services.evaluate_state(state))
    intended = services.flows_answer(services.evaluate_state(state, intended=True))
    assert real["enforcement"]["enforced"] == "no"
    assert len(intended["flows"]) < len(real["flows"])


def test_every_manifest_is_used() -> None:
    used = {name for each in STEPS for name in each.files}
    assert used == {path.name for path in MANIFESTS.iterdir()}


@pytest.mark.django_db
def test_the_demo_is_stored_once_and_its_first_step_is_the_newest() -> None:
    first = [snapshot.id for _, snapshot in services.store_demo()]
    second = [snapshot.id for _, snapshot in services.store_demo()]
    assert first == second
    assert [snapshot.id for snapshot in Snapshot.objects.all()] == first


@pytest.mark.django_db
def test_the_story_costs_one_query_a_step() -> None:
    services.store_demo()
    with CaptureQueriesContext(connection) as queries:
        story = services.demo_story()
    assert len(queries) == len(STEPS)
    assert story[0]["draft"] == {"files": [], "delete": []}
    assert story[2]["draft"]["files"][0]["name"] == "allow.yaml"
