"""Fix it at every door: command, REST and page give the same draft."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.test import Client

from policies import services
from policies.demo.story import sources_of
from tests.commands.test_question_commands import run
from tests.support.doors import answer_of_command, json_files, paths, post_json, step

FILES = step("label-added").files
PAIR = ["--from", "development/curl", "--to", "production/redis", "--port", "6379/TCP"]
QUESTION = {"from": "development/curl", "to": "production/redis", "port": "6379/TCP"}


@pytest.fixture
def snapshot_id(db: None) -> str:
    snapshot, _ = services.store_sources(sources_of(FILES))
    return str(snapshot.id)


def test_every_door_gives_the_same_draft(client: Client, snapshot_id: str) -> None:
    kept = client.get(f"/api/v1/snapshots/{snapshot_id}/fix", QUESTION).json()
    stateless = post_json(client, "/api/v1/fix", {"files": json_files(FILES), **QUESTION}).json()
    printed = answer_of_command("fix", *paths(FILES), *PAIR)
    assert kept == stateless == printed
    assert kept["outcome"] == "fixed"
    page = client.get(
        f"/snapshots/{snapshot_id}/fix",
        {"from": QUESTION["from"], "to": QUESTION["to"], "on": "6379"},
    )
    assert page.context["whatif"]["prepared"]["files"] == [
        {key: kept["documents"][0][key] for key in ("name", "content")}
    ]


def test_the_draft_given_to_whatif_changes_just_the_pair(client: Client, snapshot_id: str) -> None:
    kept = client.get(f"/api/v1/snapshots/{snapshot_id}/fix", QUESTION).json()
    files = [{"name": each["name"], "content": each["content"]} for each in kept["documents"]]
    diff = post_json(client, f"/api/v1/snapshots/{snapshot_id}/whatif", {"files": files}).json()
    [change] = diff["changes"]
    assert (change["source"], change["destination"]) == (
        "development/curl[Pod]",
        "production/redis[StatefulSet]",
    )
    assert (change["before"], change["after"]) == (
        {"TCP": [[80, 80]]},
        {"TCP": [[80, 80], [6379, 6379]]},
    )


def test_a_page_about_nobody_is_not_found(client: Client, snapshot_id: str) -> None:
    assert (
        client.get(f"/snapshots/{snapshot_id}/fix", {"from": "a/b", "to": "c"}).status_code == 404
    )
    assert client.get("/snapshots/none/fix").status_code == 404


def test_the_command_prints_manifests_that_a_pipe_can_apply() -> None:
    code, out, _ = run("fix", *paths(FILES), *PAIR, "-o", "yaml")
    assert code == 0
    assert [each["metadata"]["name"] for each in yaml.safe_load_all(out)] == ["redis-from-curl"]
    code, out, _ = run("fix", *paths(FILES), *PAIR)
    assert "1 NetworkPolicy lets development/curl open TCP 6379 to production/redis" in out


def test_the_exit_code_tells_where_there_is_no_way() -> None:
    icmp = [*PAIR[:-1], "ICMP"]
    code, out, _ = run("fix", *paths(FILES), *icmp)
    assert code == 1
    assert "A NetworkPolicy cannot name ICMP" in out


TWINS = """
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: x, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two, namespace: x, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: curl, namespace: z, labels: {app: curl}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: z}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - ipBlock: {cidr: 10.1.0.0/16}
"""


def test_the_text_says_how_certain_a_side_effect_is(tmp_path: Path) -> None:
    file = tmp_path / "twins.yaml"
    file.write_text(TWINS, encoding="utf-8")
    _, out, _ = run("fix", str(file), "--from", "z/curl", "--to", "x/one", "--port", "80")
    lines = [line for line in out.splitlines() if "Also opened" in line]
    assert lines == ["  Also opened: z/curl[Pod] => x/two[Pod] : TCP 80  [unknown]"]
