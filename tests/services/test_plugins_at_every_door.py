"""What the detected plugin decides is the same at every door, and every door says it (E-01)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from policies import services
from policies.evaluator.manifest import SourceText
from tests.support.clusterwide import admin, in_v1alpha1
from tests.support.doors import answer_of_command, post_json
from tests.support.fixture_cluster import Manifest, fixture_objects

pytestmark = pytest.mark.django_db

API = "/api/v1"
DENY = admin("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
QUESTION = {"from": "y/a", "to": "x/a", "port": "80/TCP"}


def agent(name: str) -> Manifest:
    template = {"metadata": {"labels": {"k8s-app": name}}, "spec": {"hostNetwork": True}}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"namespace": "kube-system", "name": name},
        "spec": {"template": template},
    }


@pytest.fixture
def text() -> str:
    items = [*fixture_objects(), agent("cilium"), in_v1alpha1(DENY)]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.mark.parametrize(("flags", "verdict"), [([], "allow"), (["anp_enforced=true"], "deny")])
def test_every_door_takes_the_choice_of_the_plugin_and_says_so(
    client: Client, tmp_path: Path, text: str, flags: list[str], verdict: str
) -> None:
    path = tmp_path / "cluster.json"
    path.write_text(text)
    options = [word for name, value in QUESTION.items() for word in (f"--{name}", value)]
    options += [word for flag in flags for word in ("--profile", flag)]
    printed = answer_of_command("explain", str(path), *options)
    snapshot, _ = services.store_sources([SourceText("cluster.json", text.encode())])
    query = {**QUESTION, "profile": flags}
    kept = client.get(f"{API}/snapshots/{snapshot.id}/explain", query).json()
    body = {"files": [{"name": "cluster.json", "content": text}], **query}
    stateless = post_json(client, f"{API}/explain", body).json()
    assert printed == kept == stateless
    assert printed["verdict"] == verdict
    chosen = {
        each["flag"]: (each["value"], each["by"]) for each in printed["enforcement"]["profile"]
    }
    assert chosen["ipblock_matches_pods"] == (False, "plugin")
    if flags:
        assert chosen["anp_enforced"] == (True, "request")
        assert printed["not_evaluated"] == []
    else:
        assert chosen["anp_enforced"] == (False, "plugin")
        [left] = printed["not_evaluated"]
        assert left["reason"] == "Cilium does not enforce AdminNetworkPolicy"


def test_the_snapshot_says_it_before_anything_is_asked(client: Client, text: str) -> None:
    snapshot, _ = services.store_sources([SourceText("cluster.json", text.encode())])
    shown = client.get(f"{API}/snapshots/{snapshot.id}").json()
    [left] = shown["not_evaluated"]
    assert (left["kind"], left["count"]) == ("AdminNetworkPolicy", 1)
    assert {"flag": "sctp", "value": False, "by": "plugin"} in shown["enforcement"]["profile"]
