"""Running clusters on the command line: kept once, and asked directly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from django.core.management import call_command
from django.test import Client

from policies import services
from policies.ingest.sealed import TOKEN_KEY
from policies.models import Snapshot
from tests.support.clusters import KEY, OTHER_KEY, TOKEN, by_token, networkpolicy
from tests.support.kubeapi import CONTEXT, ApiServer

ROOT = Path(__file__).resolve().parent.parent.parent
POLICIES = "networkpolicies.networking.k8s.io"


def pod(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "example"}]},
    }


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(tls=True, token=TOKEN) as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        running.put_many([pod("web"), pod("db"), networkpolicy("closed")])
        yield running


@pytest.fixture
def config(api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = str(api.write_kubeconfig(tmp_path / "config"))
    monkeypatch.setenv("KUBECONFIG", path)
    return path


def ran(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str) -> str:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(*arguments, stdout=StringIO(), stderr=err)
    assert ended.value.code == 2
    return err.getvalue()


@pytest.mark.django_db
def test_a_cluster_is_kept_and_found_at_the_address_given(config: str, client: Client) -> None:
    out, err = ran("ingest")
    (snapshot,) = Snapshot.objects.all()
    assert (out, err) == (f"snapshot {snapshot.pk}: /snapshots/{snapshot.pk}/\n", "")
    assert snapshot.title == CONTEXT
    assert client.get(f"/snapshots/{snapshot.pk}/").status_code == 200
    summary = snapshot.summary
    assert (summary["pods"], summary["policies"]) == (2, 1)


@pytest.mark.django_db
def test_what_could_not_be_read_is_said(api: ApiServer, config: str) -> None:
    api.forbid(POLICIES)
    out, err = ran("ingest", "--context", CONTEXT, "--name", "Mine", "-o", "json")
    assert err == (
        f"warning: networkpolicies: list forbidden; ask for get, list and watch on {POLICIES}\n"
    )
    answer = msgspec.json.decode(out)
    row = next(each for each in answer["resources"] if each["resource"] == POLICIES)
    assert row["state"] == "forbidden"
    assert Snapshot.objects.get(pk=answer["snapshot"]).title == "Mine"


@pytest.mark.django_db
def test_one_namespace_needs_rights_in_it_alone(api: ApiServer, config: str) -> None:
    api.forbid("pods", namespace="")
    api.forbid("namespaces", verbs={"list", "watch"})
    _, err = ran("ingest", "--kubeconfig", config, "--namespace", "shop")
    assert err == ""
    assert Snapshot.objects.get().summary["pods"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--context", "other"], "has no context named other"),
        (["--kubeconfig", "/nowhere/config"], "There is no kubeconfig at /nowhere/config."),
        (["--namespace", "../kube-system"], "'../kube-system' is not the name of a namespace."),
    ],
)
def test_bad_usage_is_said_and_nothing_is_kept(
    config: str, arguments: list[str], message: str
) -> None:
    assert message in refused("ingest", *arguments)
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_a_cluster_that_cannot_be_read_is_said(api: ApiServer, config: str) -> None:
    api.rotate_token("another")
    assert "does not accept the credentials" in refused("ingest")
    api.stop()
    assert "Nothing listens at the server's address." in refused("ingest")
    assert not Snapshot.objects.exists()


def test_a_question_is_answered_about_a_running_cluster(config: str) -> None:
    out, err = ran("flows", "--cluster", CONTEXT, "-o", "json")
    flows = msgspec.json.decode(out)
    assert flows["summary"]["pods"] == 2
    assert err == ""
    assert "shop/web[Pod]" not in {each["destination"] for each in flows["flows"]}


def test_a_question_says_what_of_the_cluster_it_does_not_know(api: ApiServer, config: str) -> None:
    api.forbid(POLICIES)
    out, err = ran("flows", "--cluster", CONTEXT, "-o", "json")
    assert "networkpolicies: list forbidden" in err
    verdicts = {each["verdict"] for each in msgspec.json.decode(out)["flows"]}
    assert "allow" not in verdicts


def test_a_cluster_is_asked_alone(config: str, tmp_path: Path) -> None:
    message = refused("flows", str(tmp_path), "--cluster", CONTEXT)
    assert "Give --cluster alone" in message


def test_a_whole_command_answers_about_a_cluster(config: str) -> None:
    command = [sys.executable, "manage.py", "explain", "--cluster", CONTEXT]
    command += ["--from", "shop/web", "--to", "shop/db"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "closed" in done.stdout


@pytest.mark.django_db
def test_tokens_are_sealed_anew_so_that_the_old_key_can_go(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_KEY, KEY)
    cluster = services.add_cluster(cast(services.ClusterWishes, by_token(api)))
    monkeypatch.setenv(TOKEN_KEY, f"{OTHER_KEY},{KEY}")
    assert ran("reseal") == ("Tokens encrypted anew: 1.\n", "")
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    assert services.target_of(services.get_cluster(cluster.pk)).token == TOKEN
    monkeypatch.setenv(TOKEN_KEY, KEY)
    assert refused("reseal").startswith("fake: The token of this cluster cannot be read")
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    assert services.target_of(services.get_cluster(cluster.pk)).token == TOKEN
