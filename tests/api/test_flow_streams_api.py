"""Flows over HTTP in forms that have no end: NDJSON and CSV."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.test import Client

from policies import services
from policies.api.shapes import FlowsAnswer, ProblemDocument
from policies.demo.story import sources_of
from policies.evaluator.documents import SourceText
from tests.support.doors import step

pytestmark = pytest.mark.django_db

NDJSON, CSV = "application/x-ndjson", "text/csv"


@pytest.fixture
def url() -> str:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    return f"/api/v1/snapshots/{snapshot.id}/flows"


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("query", ["", "level=pod&exposure=1", "namespace=production"])
def test_ndjson_is_the_answer_without_its_flows_then_each_flow(
    client: Client, url: str, query: str
) -> None:
    whole = client.get(f"{url}?{query}").json()
    answer = client.get(f"{url}?{query}&format=ndjson")
    assert answer["Content-Type"].startswith(NDJSON)
    head, *rows = map(msgspec.json.decode, text_of(answer).splitlines())
    assert rows == whole["flows"]
    assert {**head, "flows": rows} == whole
    msgspec.convert({**head, "flows": rows}, FlowsAnswer, strict=True)


def test_a_flow_is_the_same_bytes_in_both_forms(client: Client, url: str) -> None:
    whole = client.get(url).content
    _, *rows = text_of(client.get(f"{url}?format=ndjson")).splitlines()
    assert ",".join(rows).encode() in whole


def test_csv_has_a_row_for_each_flow(client: Client, url: str) -> None:
    answer = client.get(f"{url}?format=csv")
    assert answer["Content-Type"].startswith(CSV)
    assert "Netviz-Doubts" not in answer
    rows = list(csv.DictReader(StringIO(text_of(answer))))
    flows = client.get(url).json()["flows"]
    assert [(row["source"], row["verdict"], row["enforced"]) for row in rows] == [
        (flow["source"], flow["verdict"], "yes") for flow in flows
    ]


def test_what_a_table_cannot_say_stands_in_a_header(client: Client) -> None:
    text = (
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: p, namespace: x}\nspec: {endpointSelector: {}}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n"
    )
    snapshot, _ = services.store_sources([SourceText("a.yaml", text.encode())])
    answer = client.get(f"/api/v1/snapshots/{snapshot.id}/flows?format=csv")
    assert "Enforcement unknown" in answer["Netviz-Doubts"]
    assert "Not evaluated: 1 CiliumNetworkPolicy" in answer["Netviz-Doubts"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (NDJSON, NDJSON),
        (CSV, CSV),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("image/png", "application/json"),
        ("application/json;q=0.5, application/x-ndjson", NDJSON),
    ],
)
def test_the_accept_header_chooses_the_form(
    client: Client, url: str, accept: str, expected: str
) -> None:
    answer = client.get(url, headers={"Accept": accept})
    assert answer["Content-Type"].startswith(expected)
    assert "Accept" in answer["Vary"]


def test_each_form_has_a_tag_of_its_own(client: Client, url: str) -> None:
    tags = {form: client.get(f"{url}?format={form}")["ETag"] for form in ("json", "ndjson", "csv")}
    accepted = client.get(url, headers={"Accept": NDJSON})["ETag"]
    assert len({*tags.values(), accepted, client.get(url)["ETag"]}) == 5
    known = client.get(f"{url}?format=ndjson", headers={"If-None-Match": tags["ndjson"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "field"),
    [("focus=nobody", "focus"), ("format=xml", "format"), ("port=http", "port")],
)
def test_errors_are_problem_documents_whatever_form_is_asked_for(
    client: Client, url: str, query: str, field: str
) -> None:
    answer = client.get(f"{url}?{query}", headers={"Accept": NDJSON})
    assert answer.status_code == 400
    problem = msgspec.json.decode(answer.content, type=ProblemDocument)
    assert problem.problems[0].path == field


def test_the_schema_names_every_form(client: Client) -> None:
    schema = client.get("/api/v1/schema").json()
    content = schema["paths"]["/api/v1/snapshots/{id}/flows"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", NDJSON, CSV}
