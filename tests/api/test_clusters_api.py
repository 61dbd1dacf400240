"""Clusters to look at, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from policies.api import shapes
from policies.ingest.sealed import TOKEN_KEY
from tests.support.clusters import API, KEY, TOKEN, added, by_token, change, networkpolicy
from tests.support.doors import post_json
from tests.support.kubeapi import CONTEXT, VERSION, ApiServer

pytestmark = pytest.mark.django_db

NOBODY = f"{API}/00000000-0000-4000-8000-000000000000"
POLICIES = "networkpolicies.networking.k8s.io"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setenv(TOKEN_KEY, KEY)
    with ApiServer(tls=True, token=TOKEN) as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        yield running


def shaped(answer: Any, shape: type[msgspec.Struct]) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.content
    msgspec.json.decode(answer.content, type=shape, strict=True)
    found: dict[str, Any] = answer.json()
    return found


def test_a_cluster_that_is_added_is_found_at_its_location(client: Client, api: ApiServer) -> None:
    answer = post_json(client, API, by_token(api))
    assert answer.status_code == 201
    found = shaped(client.get(answer["Location"]), shapes.ClusterAnswer)
    assert found == answer.json()
    assert (found["name"], found["source"], found["server"]) == ("fake", "token", api.url)
    assert (found["has_token"], found["has_ca"], found["status"]) == (True, True, "connecting")
    assert "token" not in found
    page = shaped(client.get(API), shapes.ClusterPage)
    assert (page["count"], page["results"]) == (1, [found])
    assert api.requests == []


def test_a_cluster_is_changed_and_removed(client: Client, api: ApiServer) -> None:
    path = added(client, by_token(api))["id"]
    answer = change(client, path, {"name": "other", "watched": False, "keep_days": 3})
    found = shaped(answer, shapes.ClusterAnswer)
    assert (found["name"], found["watched"], found["status"]) == ("other", False, "paused")
    assert found["keep_days"] == 3
    gone = client.delete(f"{API}/{path}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(f"{API}/{path}").status_code == 404


def test_what_is_not_kept_is_a_404(client: Client) -> None:
    answers = [client.get(NOBODY), change(client, NOBODY.rpartition("/")[2], {}).status_code]
    assert answers[0].status_code == answers[1] == 404
    assert client.delete(NOBODY).status_code == 404
    assert client.post(f"{NOBODY}/check").status_code == 404
    assert post_json(client, f"{NOBODY}/dry-run", {}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "token"}, "name"),
        ({"name": "a"}, "source"),
        ({"name": "a", "source": "elsewhere"}, "source"),
        ({"name": "a", "source": "token", "tokn": TOKEN}, "tokn"),
        ({"name": "a", "source": "token", "token": 5}, "token"),
        ({"name": "a", "source": "token", "server": "nonsense"}, "server"),
        ({"name": "a", "source": "token", "keep_days": 0}, "keep_days"),
        ({"name": "a", "source": "kubeconfig", "kubeconfig": "/nowhere"}, "kubeconfig"),
    ],
)
def test_a_bad_field_is_a_400_that_names_it(
    client: Client, body: dict[str, Any], field: str
) -> None:
    for path in (API, f"{API}/check"):
        if field == "name" and path != API:
            continue
        answer = post_json(client, path, body)
        assert answer.status_code == 400
        (problem,) = answer.json()["problems"]
        assert problem["path"] == field
        assert TOKEN not in answer.content.decode()


def test_the_source_of_a_cluster_does_not_change(client: Client, api: ApiServer) -> None:
    answer = change(client, added(client, by_token(api))["id"], {"source": "kubeconfig"})
    assert answer.status_code == 400


def test_a_connection_is_tried_without_being_kept(client: Client, api: ApiServer) -> None:
    api.forbid(POLICIES)
    body = by_token(api)
    found = shaped(post_json(client, f"{API}/check", body), shapes.CheckAnswer)
    assert (found["reachable"], found["version"]) == (True, VERSION)
    row = next(each for each in found["resources"] if each["resource"] == POLICIES)
    assert (row["state"], row["list"], row["watch"]) == ("forbidden", False, False)
    assert "ask for get, list and watch" in row["message"]
    assert client.get(API).json()["count"] == 0


def test_trying_a_token_needs_no_key(
    client: Client, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_KEY)
    found = post_json(client, f"{API}/check", by_token(api)).json()
    assert found["sentence"] == "All of it can be read."
    answer = post_json(client, API, by_token(api))
    assert answer.status_code == 400
    assert "python3 -c" in answer.json()["detail"]


def test_the_connection_of_a_kept_cluster_is_tried(client: Client, api: ApiServer) -> None:
    path = added(client, by_token(api))["id"]
    found = shaped(client.post(f"{API}/{path}/check"), shapes.CheckAnswer)
    assert found["sentence"] == "All of it can be read."
    api.stop()
    found = shaped(client.post(f"{API}/{path}/check"), shapes.CheckAnswer)
    assert (found["reachable"], found["message"]) == (
        False,
        "Nothing listens at the server's address.",
    )


def test_a_cluster_is_added_by_a_kubeconfig(client: Client, api: ApiServer, tmp_path: Path) -> None:
    config = str(api.write_kubeconfig(tmp_path / "config"))
    known = shaped(client.get("/api/v1/kubeconfig", {"path": config}), shapes.KubeconfigAnswer)
    assert known == {
        "path": config,
        "contexts": [{"name": CONTEXT, "cluster": "fake", "user": "netviz"}],
        "current": CONTEXT,
    }
    body = {"name": "file", "source": "kubeconfig", "kubeconfig": config}
    found = added(client, body)
    assert (found["kubeconfig"], found["context"], found["has_token"]) == (config, CONTEXT, False)
    checked = client.post(f"{API}/{found['id']}/check").json()
    assert checked["sentence"] == "All of it can be read."


def test_a_kubeconfig_that_is_not_there_is_a_400(client: Client) -> None:
    answer = client.get("/api/v1/kubeconfig", {"path": "/nowhere/config"})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "path"


def test_a_draft_is_tried_as_json_and_as_a_form(client: Client, api: ApiServer) -> None:
    path = f"{API}/{added(client, by_token(api))['id']}/dry-run"
    text = msgspec.json.encode(networkpolicy("web", ingress=[{"ports": [{"port": 0}]}]))
    body = {"files": [{"name": "draft.json", "content": text.decode()}]}
    found = shaped(post_json(client, path, body), shapes.DryRunAnswer)
    (result,) = found["results"]
    assert (result["accepted"], result["source"]) == (False, "draft.json")
    form = {"files": [SimpleUploadedFile("draft.json", text)]}
    assert shaped(client.post(path, form), shapes.DryRunAnswer) == found
