"""How a cluster reads policies, over HTTP: shown, set, and never a stale answer after that."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.doors import post_json

pytestmark = pytest.mark.django_db

SNAPSHOTS = "/api/v1/snapshots"
CLUSTER = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {}}
"""


@pytest.fixture
def place(client: Client) -> str:
    files = [{"name": "cluster.yaml", "content": CLUSTER}]
    return str(post_json(client, SNAPSHOTS, {"files": files})["Location"])


def patch(client: Client, place: str, body: object, **headers: str) -> Any:
    data = msgspec.json.encode(body)
    return client.patch(place, data, content_type="application/json", headers=headers or None)


def test_a_flag_is_set_shown_and_left_to_the_plugin_again(client: Client, place: str) -> None:
    changed = patch(client, place, {"profile": {"sctp": False, "endport": False}})
    assert changed.status_code == 200
    assert changed.json() == client.get(place).json()
    assert changed.json()["profile"] == {"endport": False, "sctp": False}
    assert {"flag": "sctp", "value": False, "by": "snapshot"} in changed.json()["enforcement"][
        "profile"
    ]
    back = patch(client, place, {"profile": {"sctp": None}}).json()
    assert back["profile"] == {"endport": False}
    [row] = [each for each in back["profile_flags"] if each["flag"] == "sctp"]
    assert (row["kept"], row["value"], row["by"]) == (None, True, "default")


@pytest.mark.parametrize(
    "question",
    ["", "/graph", "/flows", "/explain?from=x/a&to=x/b", "/findings", "/policies", "/workloads",
     "/entrypoints", "/exposure", "/workloads/x/a", "/policies/NetworkPolicy/x/closed"],
)  # fmt: skip
def test_what_a_browser_keeps_is_not_taken_for_the_answer_after_a_change(
    client: Client, place: str, question: str
) -> None:
    url = f"{place}{question}"
    first = client.get(url)
    known = {"If-None-Match": first["ETag"]}
    assert client.get(url, headers=known).status_code == 304
    patch(client, place, {"profile": {"np_enforced": False}})
    second = client.get(url, headers=known)
    assert second.status_code == 200
    assert second.json()["enforcement"]["enforced"] == "no"
    assert second["ETag"] != first["ETag"]
    patch(client, place, {"profile": {"np_enforced": None}})
    assert client.get(url, headers=known).status_code == 304
    assert client.get(url).json() == first.json()


def test_a_comparison_is_not_stale_either(client: Client, place: str) -> None:
    pod = {"name": "p.yaml", "content": "{apiVersion: v1, kind: Pod, metadata: {name: p}}"}
    other = post_json(client, SNAPSHOTS, {"files": [pod]}).json()["id"]
    url = f"/api/v1/compare?from={other}&to={place.rsplit('/', 1)[-1]}"
    known = {"If-None-Match": client.get(url)["ETag"]}
    patch(client, place, {"profile": {"np_enforced": False}})
    assert client.get(url, headers=known).status_code == 200


def test_it_may_be_given_with_the_upload_as_json_and_as_a_form(client: Client) -> None:
    files = [{"name": "cluster.yaml", "content": CLUSTER}]
    body = {"files": files, "profile": ["sctp=false", "endport=false"]}
    first = post_json(client, SNAPSHOTS, body).json()
    assert first["profile"] == {"endport": False, "sctp": False}
    upload = SimpleUploadedFile("cluster.yaml", CLUSTER.encode())
    form = {"files": [upload], "profile": ["sctp=true", "np_enforced=true"]}
    second = client.post(SNAPSHOTS, form).json()
    assert second["id"] == first["id"]
    assert second["profile"] == {"endport": False, "np_enforced": True, "sctp": True}
    assert second["enforcement"]["enforced"] == "yes"


BAD: tuple[tuple[object, str], ...] = (
    ({}, "profile is missing."),
    ({"profile": {"sct": True}}, 'There is no profile flag "sct".'),
    ({"profile": ["sctp=true"]}, "profile must be an object; found a list."),
    ({"profile": {"sctp": "yes"}}, "must be true or false; found a text."),
    ({"profile": {}, "title": "Mine"}, "There is no parameter title."),
)


@pytest.mark.parametrize(("body", "message"), BAD)
def test_what_cannot_be_set_is_named_and_nothing_changes(
    client: Client, place: str, body: object, message: str
) -> None:
    answer = patch(client, place, body)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]
    assert client.get(place).json()["profile"] == {}


def test_a_snapshot_that_is_not_there_has_no_profile(client: Client) -> None:
    assert patch(client, f"{SNAPSHOTS}/nowhere", {"profile": {}}).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_site_sets_nothing(
    client: Client, place: str, headers: dict[str, str]
) -> None:
    answer = patch(client, place, {"profile": {"sctp": False}}, **headers)
    assert answer.status_code == 403
    assert client.get(place).json()["profile"] == {}


def test_another_name_of_this_machine_sets_nothing(client: Client, place: str) -> None:
    answer = patch(client, place, {"profile": {"sctp": False}}, Host="evil.example")
    assert answer.status_code == 400
    assert client.get(place).json()["profile"] == {}
