"""Clusters to look at: what is asked of the fields, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kubernetes.config import incluster_config
from pytest_django.fixtures import Settings

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.ingest.faults import BadTarget
from policies.ingest.sealed import TOKEN_KEY
from policies.models import Cluster, Event, Lease, Picture
from tests.support.clusters import KEY, OTHER_KEY, TOKEN
from tests.support.doors import paths, step
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.certificates import Authority
from tests.support.kubeapi.kubeconfig import CONTEXT, kubeconfig

pytestmark = pytest.mark.django_db

SERVER = "https://192.0.2.1:6443"
OTHER = "https://203.0.113.1:6443"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_KEY, KEY)


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config"
    path.write_text(kubeconfig(SERVER, "", TOKEN, (), None))
    path.chmod(0o600)
    return str(path)


def by_token(**changes: object) -> services.ClusterWishes:
    wishes = {"name": "one", "source": "token", "server": SERVER, "token": TOKEN, **changes}
    return cast(services.ClusterWishes, wishes)


def by_kubeconfig(path: str, **changes: object) -> services.ClusterWishes:
    wishes = {"name": "file", "source": "kubeconfig", "kubeconfig": path, **changes}
    return cast(services.ClusterWishes, wishes)


def refused(wishes: services.ClusterWishes) -> BadQuestion:
    with pytest.raises(BadQuestion) as error:
        services.add_cluster(wishes)
    return error.value


def test_a_token_is_kept_sealed_and_opened_for_its_server() -> None:
    cluster = services.add_cluster(by_token())
    kept = services.get_cluster(cluster.pk)
    assert TOKEN.encode() not in bytes(kept.token)
    target = services.target_of(kept)
    assert (target.server, target.token, target.verify_tls) == (SERVER, TOKEN, True)
    assert TOKEN not in repr(target)


def test_a_kubeconfig_is_kept_by_path_and_context_alone(config: str) -> None:
    cluster = services.add_cluster(by_kubeconfig(config))
    assert (cluster.kubeconfig, cluster.context) == (config, CONTEXT)
    target = services.target_of(cluster)
    assert (target.kubeconfig, target.context, target.token) == (config, CONTEXT, "")


def test_the_default_kubeconfig_and_context_are_kept_by_name(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", config)
    cluster = services.add_cluster({"name": "mine", "source": "kubeconfig"})
    assert (cluster.kubeconfig, cluster.context) == (config, CONTEXT)


def test_the_same_context_twice_is_refused_by_name(config: str) -> None:
    services.add_cluster(by_kubeconfig(config))
    error = refused(by_kubeconfig(config, name="again", context=CONTEXT))
    assert (error.field, error.message) == (
        "context",
        "This context is there already: it is file.",
    )


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "  "}, "name", "Give the cluster a name."),
        ({"name": "a\0b"}, "name", "cannot be printed"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"source": "guess"}, "source", "must be one of kubeconfig, in-cluster, token"),
        ({"server": ""}, "server", "Give the address of the API server"),
        ({"server": "192.0.2.1:6443"}, "server", "Give the address of the API server"),
        ({"server": "ftp://192.0.2.1"}, "server", "Give the address of the API server"),
        ({"server": "https://"}, "server", "Give the address of the API server"),
        ({"server": "https://[::1"}, "server", "Give the address of the API server"),
        ({"server": "https://a:99999"}, "server", "Give the address of the API server"),
        ({"server": "https://me:secret@192.0.2.1"}, "server", "without a user"),
        ({"server": "https://192.0.2.1/?a=b"}, "server", "without a user, a query"),
        ({"token": ""}, "token", "Paste a token"),
        ({"token": "two words"}, "token", "is one word"),
        ({"token": "line\nend"}, "token", "is one word"),
        ({"token": "Bearer " + TOKEN}, "token", "is one word"),
        ({"ca": "not a certificate"}, "ca", "certificates as PEM"),
        ({"namespaces": ["Shop"]}, "namespaces", '"Shop" is not the name'),
        ({"namespaces": ["shop", "../x"]}, "namespaces", '"../x" is not the name'),
        ({"namespaces": [f"n{i}" for i in range(21)]}, "namespaces", "these are 21"),
        ({"kubeconfig": "/a"}, "kubeconfig", "is for the source kubeconfig; this is token"),
        ({"context": "a"}, "context", "is for the source kubeconfig; this is token"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, object], field: str, message: str) -> None:
    error = refused(by_token(**changes))
    assert error.field == field
    assert message in error.message
    assert TOKEN not in error.message
    assert not Cluster.objects.exists()


@pytest.mark.parametrize("field", ["server", "token", "ca"])
def test_fields_of_another_source_are_refused(config: str, field: str) -> None:
    error = refused(by_kubeconfig(config, **{field: "something"}))
    assert (error.field, error.message) == (
        field,
        f"{field} is for the source token; this is kubeconfig.",
    )


def test_a_context_that_is_not_there_is_told_those_that_are(config: str) -> None:
    error = refused(by_kubeconfig(config, context="netviz@fale"))
    assert error.field == "context"
    assert f"It has: {CONTEXT}." in error.message
    assert error.suggestions == (CONTEXT,)


def test_a_kubeconfig_that_others_may_write_is_refused(config: str) -> None:
    Path(config).chmod(0o666)
    error = refused(by_kubeconfig(config))
    assert error.field == "kubeconfig"
    assert "chmod go-w" in error.message


def test_a_name_that_is_taken_is_refused() -> None:
    services.add_cluster(by_token())
    error = refused(by_token(server=OTHER))
    assert (error.field, error.message) == ("name", "There is a cluster named one already.")


def test_outside_a_cluster_there_is_no_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    error = refused({"name": "here", "source": "in-cluster"})
    assert error.field == "source"
    assert "does not run inside a cluster" in error.message


def test_without_a_key_a_token_is_refused_and_a_kubeconfig_is_not(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_KEY)
    error = refused(by_token())
    assert error.field == "token"
    assert "A kubeconfig needs none." in error.message
    assert services.add_cluster(by_kubeconfig(config)).context == CONTEXT


def test_of_what_is_pasted_with_a_certificate_only_that_is_kept() -> None:
    authority = Authority()
    certificate, key = authority.issue("somebody")
    cluster = services.add_cluster(by_token(ca=f"note: {key}\n{certificate}\n{authority.pem}"))
    assert cluster.ca.count("BEGIN CERTIFICATE") == 2
    assert "PRIVATE KEY" not in cluster.ca
    assert "note" not in cluster.ca


def test_another_server_needs_the_token_again() -> None:
    cluster = services.add_cluster(by_token())
    with pytest.raises(BadQuestion) as error:
        services.change_cluster(cluster.pk, {"server": OTHER})
    assert error.value.field == "token"
    assert services.get_cluster(cluster.pk).server == SERVER
    changed = services.change_cluster(cluster.pk, {"server": OTHER, "token": "fresh"})
    assert services.target_of(changed).token == "fresh"


def test_a_row_that_was_led_to_another_server_does_not_give_its_token() -> None:
    cluster = services.add_cluster(by_token())
    Cluster.objects.filter(pk=cluster.pk).update(server=OTHER)
    with pytest.raises(BadTarget, match="given for another server"):
        services.target_of(services.get_cluster(cluster.pk))


def test_a_change_leaves_what_it_does_not_name() -> None:
    cluster = services.add_cluster(by_token(namespaces=["b", "a", "b"], keep_days=7))
    changed = services.change_cluster(cluster.pk, {"name": "two"})
    assert (changed.name, changed.keep_days, changed.namespaces) == ("two", 7, ["a", "b"])
    assert services.target_of(changed).token == TOKEN
    assert not Event.objects.exists()


def test_pausing_and_going_on_are_told() -> None:
    cluster = services.add_cluster(by_token())
    paused = services.change_cluster(cluster.pk, {"watched": False})
    assert paused.status == Cluster.Status.PAUSED
    again = services.change_cluster(cluster.pk, {"watched": True})
    assert again.status == Cluster.Status.CONNECTING
    told = [each.data["status"] for each in Event.objects.filter(cluster_id=cluster.pk)]
    assert told == ["paused", "connecting"]


def test_a_key_that_was_changed_is_said_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = services.add_cluster(by_token())
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    answer = services.check_answer(services.get_cluster(cluster.pk))
    assert not answer["reachable"]
    assert "not the key that it was kept with" in answer["sentence"]
    assert services.cluster_answer(cluster)["has_token"]


def test_removing_forgets_the_history_and_tells_it() -> None:
    cluster = services.add_cluster(by_token())
    picture(cluster)
    services.remove_cluster(cluster.pk)
    assert not Cluster.objects.exists()
    assert not Picture.objects.exists()
    (told,) = Event.objects.all()
    assert (told.cluster_id, told.kind) == (cluster.pk, Event.Kind.GONE)
    with pytest.raises(services.NotFound):
        services.get_cluster(cluster.pk)


def picture(cluster: Cluster) -> Picture:
    sources = services.load_uploads(
        (Path(each).name, Path(each).read_bytes()) for each in paths(step("label-added").files)
    )
    snapshot, _ = services.store_sources(sources)
    return Picture.objects.create(cluster=cluster, snapshot=snapshot, taken_at=timezone.now())


def test_the_answer_tells_the_newest_picture_and_who_watches() -> None:
    cluster = services.add_cluster(by_token(ca=Authority().pem))
    answer = services.cluster_answer(cluster)
    assert (answer["picture"], answer["picture_count"], answer["watcher"]) == (None, 0, False)
    assert (answer["has_token"], answer["has_ca"]) == (True, True)
    picture(cluster)
    newest = picture(cluster)
    Lease.objects.create(cluster=cluster, holder="somebody")
    answer = services.cluster_answer(cluster)
    assert (answer["picture"]["id"], answer["picture_count"]) == (newest.pk, 2)
    assert answer["watcher"]
    Lease.objects.update(holder="")
    assert not services.cluster_answer(cluster)["watcher"]


def test_many_clusters_take_as_many_queries_as_one() -> None:
    clusters = [services.add_cluster(by_token(name=f"c{number}")) for number in range(5)]
    for each in clusters:
        picture(each)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        services.cluster_answers(clusters)
    assert len(queries) == 3


def test_netviz_adds_the_cluster_that_it_runs_in_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert services.add_in_cluster() is None
    settings.IN_CLUSTER = True
    with pytest.raises(BadQuestion, match="does not run inside a cluster"):
        services.add_in_cluster()


def test_inside_a_cluster_netviz_signs_in_as_its_service_account(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.IN_CLUSTER = True
    Cluster.objects.create(name="This cluster", source=Cluster.Source.TOKEN)
    with ApiServer(tls=True, token=TOKEN) as server:
        for name, text in (("token", TOKEN), ("cert", server.ca_pem)):
            (tmp_path / name).write_text(text)
            constant = f"SERVICE_{name.upper()}_FILENAME"
            monkeypatch.setattr(incluster_config, constant, str(tmp_path / name))
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.port))
        added = services.add_in_cluster()
        assert added is not None
        assert added.name == "This cluster 2"
        assert services.add_in_cluster() == added
        error = refused({"name": "again", "source": "in-cluster"})
        assert error.field == "source"
        assert services.check_answer(added)["sentence"] == "All of it can be read."
