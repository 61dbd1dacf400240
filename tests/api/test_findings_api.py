"""Findings over the API: filters, pages, and what is wrong with a question."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from policies import services
from policies.evaluator.documents import SourceText
from policies.evaluator.lint import CATALOGUE
from tests.support.doors import post_json
from tests.support.shop import shop_manifests

pytestmark = pytest.mark.django_db

POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  annotations: {netviz.io/ignore: "L-03: its pods come with the next release"}
spec: {podSelector: {matchLabels: {app: nothing}}}
"""


@pytest.fixture
def url() -> str:
    sources = [SourceText("shop.yaml", shop_manifests()), SourceText("web.yaml", POLICY.encode())]
    snapshot, _ = services.store_sources(sources)
    return f"/api/v1/snapshots/{snapshot.id}/findings"


def found(client: Client, url: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_filter_narrows_the_list_and_not_the_summary(client: Client, url: str) -> None:
    everything = client.get(url).json()
    ranks = ["error", "warning", "info"]
    shown = [ranks.index(each["severity"]) for each in everything["results"]]
    assert shown == sorted(shown)
    only = client.get(url, {"id": "L-03,L-01"}).json()
    assert {each["id"] for each in only["results"]} == {"L-01", "L-03"}
    assert only["count"] == 2
    assert only["summary"] == everything["summary"]
    assert only["summary"]["checks"] == len(CATALOGUE)


def test_findings_are_found_by_object_in_each_of_its_spellings(client: Client, url: str) -> None:
    for text in ("NetworkPolicy/shop/web", "shop/web[NetworkPolicy]"):
        objects = [each["objects"] for each in found(client, url, object=text)]
        assert objects
        assert all("NetworkPolicy/shop/web" in [o["object"] for o in each] for each in objects)
    assert found(client, url, object="shop/nobody") == []


def test_findings_are_found_by_namespace_family_and_text(client: Client, url: str) -> None:
    assert found(client, url, namespace="shop")
    assert client.get(url, {"namespace": "nowhere"}).status_code == 400
    assert {each["family"] for each in found(client, url, family="Selectors")} == {"Selectors"}
    assert {each["id"] for each in found(client, url, text="APP=NOTHING")} == {"L-03"}


def test_a_suppressed_finding_is_listed_with_its_reason_and_counted_apart(
    client: Client, url: str
) -> None:
    (finding,) = found(client, url, id="L-03")
    assert finding["suppressed"] == "its pods come with the next release"
    assert client.get(url).json()["summary"]["suppressed"] == 1


def test_pages_of_findings_follow_each_other(client: Client, url: str) -> None:
    first = client.get(url, {"page_size": 2}).json()
    second = client.get(first["next"]).json()
    everything = client.get(url).json()["results"]
    assert first["results"] + second["results"] == everything[:4]
    assert client.get(url, {"page": 999}).status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"id": "L-9999"}, 'There is no finding "L-9999".'),
        ({"family": "Selector"}, 'There is no family "Selector".'),
        ({"severity": "bad"}, "must be one of"),
        ({"sverity": "error"}, "Did you mean severity?"),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_be_right(
    client: Client, url: str, query: dict[str, str], said: str
) -> None:
    answer = client.get(url, query)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_the_same_findings_need_not_be_loaded_twice(client: Client, url: str) -> None:
    etag = client.get(url)["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304


def test_manifests_need_not_be_kept_to_be_looked_through(client: Client) -> None:
    body = {"files": [{"name": "web.yaml", "content": POLICY}], "id": "L-03"}
    answer = post_json(client, "/api/v1/lint", body).json()
    assert [each["id"] for each in answer["findings"]] == ["L-03"]
