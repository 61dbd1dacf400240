"""Exposure to pods to come: the same at every door, and always apart from flows."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from policies import services
from policies.evaluator.manifest import SourceText
from tests.commands.test_question_commands import run
from tests.support.doors import answer_of_command, post_json

pytestmark = pytest.mark.django_db

API = "/api/v1"
TEXT = """\
apiVersion: v1
kind: Pod
metadata: {namespace: shop, name: web, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: new}}}], ports: [{port: 80}]}]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: sql}, {port: 443}]}]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(TEXT)
    return path


def test_exposure_is_the_same_from_command_snapshot_and_stateless_request(
    client: Client, files: Path
) -> None:
    snapshot, _ = services.store_sources([SourceText(files.name, TEXT.encode())])
    url = f"{API}/snapshots/{snapshot.id}"
    printed = answer_of_command("flows", str(files), "--exposure")
    kept = client.get(f"{url}/flows", {"exposure": "1"}).json()
    body = {"files": [{"name": files.name, "content": TEXT}], "exposure": True}
    assert printed == kept == post_json(client, f"{API}/evaluate", body).json()
    alone = client.get(f"{url}/exposure").json()
    assert alone["exposure"] == printed["exposure"]
    assert alone["unprotected"] == printed["unprotected"] == []
    assert [(row["peer"], row["connections"], row["named_ports"]) for row in alone["exposure"]] == [
        ("shop/[pod with {app=db}]", {"TCP": [[443, 443]]}, ["sql/TCP"]),
        ("[namespace with {team=new}]/[all pods]", {"TCP": [[80, 80]]}, []),
    ]


def test_exposure_is_left_out_unless_it_is_asked_for(files: Path) -> None:
    assert "exposure" not in answer_of_command("flows", str(files))
    of_controller = answer_of_command(
        "flows", str(files), "--exposure", "--focus", "{ingress-controller}"
    )
    assert (of_controller["exposure"], of_controller["unprotected"]) == ([], [])


def test_every_form_keeps_exposure_apart_from_flows(files: Path) -> None:
    _, text, _ = run("flows", str(files), "--exposure")
    flows, _, potential = text.partition("Exposure to pods and namespaces that do not exist yet:")
    assert "team=new" not in flows
    assert "shop/web[Pod] => shop/[pod with {app=db}] : TCP 443,sql" in potential
    assert "shop/web[Pod] <= [namespace with {team=new}]/[all pods] : TCP 80" in potential
    assert "not protected by network policies:\nNone." in potential
    _, table, _ = run("flows", str(files), "--exposure", "-o", "csv")
    assert "direction,workload,peer,connections,verdict,reason,enforced" in table.splitlines()
    _, page, _ = run("flows", str(files), "--exposure", "-o", "md")
    assert "# Exposure" in page.splitlines()


def test_a_graph_has_no_place_for_what_is_potential(files: Path) -> None:
    code, _, err = run("flows", str(files), "--exposure", "-o", "dot")
    assert code == 2
    assert "ask for exposure in another form" in err
