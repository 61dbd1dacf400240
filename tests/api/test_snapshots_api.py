"""Snapshots over HTTP: upload, list, read, and not read twice."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from policies import services
from policies.demo.story import MANIFESTS
from policies.models import Snapshot
from tests.support.doors import json_files, post_json, step

pytestmark = pytest.mark.django_db

SNAPSHOTS = "/api/v1/snapshots"
FILES = step("label-added").files
POD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a}]}\n"


def test_an_upload_as_json_is_kept_and_found_at_its_location(client: Client) -> None:
    answer = post_json(client, SNAPSHOTS, {"files": json_files(FILES), "title": "Mine"})
    assert answer.status_code == 201
    assert answer.json()["title"] == "Mine"
    found = client.get(answer["Location"]).json()
    assert found == answer.json()
    assert found["summary"] == {"namespaces": 3, "workloads": 5, "pods": 8, "policies": 3}
    assert found["enforcement"]["enforced"] == "yes"


def test_the_same_content_as_a_form_is_the_same_snapshot(client: Client) -> None:
    first = post_json(client, SNAPSHOTS, {"files": json_files(FILES)}).json()
    files = [SimpleUploadedFile(name, (MANIFESTS / name).read_bytes()) for name in FILES]
    second = client.post(SNAPSHOTS, {"files": files, "title": "Other"})
    assert second.status_code == 201
    assert second.json()["id"] == first["id"]
    assert Snapshot.objects.count() == 1


def test_an_archive_is_unpacked(client: Client) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in FILES:
            archive.write(MANIFESTS / name, name)
    upload = SimpleUploadedFile("story.zip", data.getvalue())
    answer = client.post(SNAPSHOTS, {"files": [upload]})
    assert answer.status_code == 201
    assert answer.json()["summary"]["policies"] == 3


def test_a_fault_in_one_document_is_told_and_the_rest_is_kept(client: Client) -> None:
    files = [
        {"name": "good.yaml", "content": POD.decode()},
        {"name": "bad.yaml", "content": "kind: ["},
    ]
    answer = post_json(client, SNAPSHOTS, {"files": files})
    assert answer.status_code == 201
    (problem,) = answer.json()["problems"]
    assert problem["source"] == "bad.yaml"
    assert answer.json()["summary"]["pods"] == 1


def test_an_upload_of_which_nothing_is_usable_is_refused_with_its_problems(client: Client) -> None:
    answer = post_json(client, SNAPSHOTS, {"files": [{"name": "bad.yaml", "content": "kind: ["}]})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["problems"][0]["source"] == "bad.yaml"
    assert not Snapshot.objects.exists()


def test_a_form_without_files_is_refused(client: Client) -> None:
    answer = client.post(SNAPSHOTS, {"title": "Empty"})
    assert answer.status_code == 400


def test_the_list_is_in_pages_that_lead_to_each_other(client: Client) -> None:
    services.store_demo()
    first = client.get(SNAPSHOTS, {"page_size": 2}).json()
    assert first["count"] == 5
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert third["next"] is None
    assert client.get(second["previous"]).json() == first
    listed = [each["id"] for page in (first, second, third) for each in page["results"]]
    assert listed == [snapshot.id for snapshot in Snapshot.objects.all()]


def test_an_empty_list_has_a_first_page(client: Client) -> None:
    assert client.get(SNAPSHOTS).json()["results"] == []
    assert client.get(SNAPSHOTS, {"page": 2}).status_code == 404


def test_a_list_of_any_length_costs_two_queries_and_reads_no_state(client: Client) -> None:
    services.store_demo()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(SNAPSHOTS)
    assert len(queries) == 2
    assert not any("payload" in query["sql"] for query in queries.captured_queries)


def test_an_answer_known_by_its_tag_is_not_sent_again(client: Client) -> None:
    identifier = post_json(client, SNAPSHOTS, {"files": json_files(FILES)}).json()["id"]
    for path in ("", "/flows", "/graph", "/workloads", "/policies"):
        first = client.get(f"{SNAPSHOTS}/{identifier}{path}")
        headers = {"If-None-Match": first["ETag"]}
        with CaptureQueriesContext(connection) as queries:
            second = client.get(f"{SNAPSHOTS}/{identifier}{path}", headers=headers)
        assert (second.status_code, second.content) == (304, b"")
        assert second["ETag"] == first["ETag"]
        assert len(queries) == 1


def test_the_tag_differs_by_snapshot_and_by_question(client: Client) -> None:
    one, other = (snapshot.id for _, snapshot in services.store_demo()[:2])
    tags = {
        client.get(f"{SNAPSHOTS}/{each}/flows", query)["ETag"]
        for each in (one, other)
        for query in ({}, {"intended": "1"}, {"profile": "endport=false"}, {"level": "pod"})
    }
    assert len(tags) == 8
