"""A cluster that is watched: its pictures, its status, and who watches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from policies import services
from policies.ingest.faults import NOT_ACCEPTED
from policies.models import Cluster, Event, Lease, Picture, Snapshot
from policies.services.watching import Watching
from tests.support.followed import manifest, pod_manifest, policy_manifest
from tests.support.kubeapi import ApiServer
from tests.support.watching import add, hurry, names, pictures, until, watching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret") as server:
        server.put(manifest("Namespace", "x"))
        server.put(pod_manifest("a"))
        server.put(pod_manifest("b"))
        server.put(policy_manifest("deny"))
        yield server


@pytest.fixture
def cluster(api: ApiServer, tmp_path: Path) -> Cluster:
    return add(api, kubeconfig=str(api.write_kubeconfig(tmp_path / "config")))


@pytest.fixture
def watched(cluster: Cluster) -> Iterator[Watching]:
    with watching() as found:
        until(lambda: status(cluster) == "live" and len(pictures(cluster)) == 1)
        yield found


def status(cluster: Cluster) -> str:
    cluster.refresh_from_db()
    return cluster.status


def replicas(number: int, *, of: str = "web", generation: str = "1") -> dict[str, object]:
    """A pod of a Deployment's ReplicaSet."""
    pod = pod_manifest(f"{of}-{generation}-{number}", app=of)
    pod["metadata"]["labels"]["pod-template-hash"] = generation
    pod["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": f"{of}-{generation}",
            "uid": "u",
            "controller": True,
        }
    ]
    return pod


def deployment(size: int, *, of: str = "web") -> dict[str, object]:
    template = {"metadata": {"labels": {"app": of}}, "spec": {"containers": [{"name": "c"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": of, "namespace": "x"},
        "spec": {
            "replicas": size,
            "selector": {"matchLabels": {"app": of}},
            "template": template,
        },
    }


def test_the_first_picture_is_the_cluster(cluster: Cluster, watched: Watching) -> None:
    (picture,) = pictures(cluster)
    assert [pod.name for pod in picture.snapshot.state.pods] == ["a", "b"]
    assert picture.changes == []
    until(lambda: status(cluster) and cluster.confirmed_at is not None)
    assert cluster.counts == {"namespaces": 1, "workloads": 2, "pods": 2, "policies": 1}
    assert {each["state"] for each in cluster.resources} == {"ok"}


def test_a_change_is_a_picture_that_names_the_object_and_who_wrote_it(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    api.put(policy_manifest("deny", policyTypes=["Ingress", "Egress"]), manager="argocd")
    until(lambda: len(pictures(cluster)) == 2)
    before, after = pictures(cluster)
    assert names(after) == ["changed NetworkPolicy x/deny"]
    assert after.changes[0]["manager"] == "argocd"
    assert after.changes[0]["at"]
    event = Event.objects.filter(kind="picture").latest("id")
    assert event.data == {
        "picture": after.pk,
        "snapshot": after.snapshot_id,
        "taken_at": after.taken_at.isoformat(),
        "changes": 1,
    }
    compared = services.compare_answer(
        *(services.evaluate_snapshot(each.snapshot, [], False) for each in (before, after))
    )
    assert compared["summary"]["removed"] == 2, "neither pod may call anything any more"
    assert compared["changes"][0]["reasons"][0]["policy"] == "NetworkPolicy/x/deny"


def test_pods_that_come_and_go_and_change_nothing_make_no_picture_and_decide_nothing(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    api.put(deployment(3))
    api.put_many(replicas(number) for number in range(3))
    until(lambda: status(cluster) and cluster.counts["pods"] == 5)
    until(lambda: len({picture.snapshot_id for picture in pictures(cluster)}) >= 2)
    settled = len(pictures(cluster))
    looks = watched.watchers[cluster.pk].looks
    for number in range(3, 40):
        api.put(replicas(number))
        api.remove("pods", "x", f"web-1-{number - 3}")
    api.put(replicas(40))
    until(lambda: status(cluster) and cluster.counts["pods"] == 6)
    assert len(pictures(cluster)) == settled
    assert watched.watchers[cluster.pk].looks == looks


def test_a_rollout_of_a_workload_with_one_replica_makes_no_picture(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    api.put(deployment(1))
    api.put(replicas(1))
    until(lambda: status(cluster) and cluster.counts["pods"] == 3)
    until(lambda: len(pictures(cluster)) >= 2)
    settled = len(pictures(cluster))
    looks = watched.watchers[cluster.pk].looks
    api.put(replicas(1, generation="2"))
    until(lambda: status(cluster) and cluster.counts["pods"] == 4)
    api.remove("pods", "x", "web-1-1")
    until(lambda: status(cluster) and cluster.counts["pods"] == 3)
    assert watched.watchers[cluster.pk].looks > looks, "it was looked at"
    assert len(pictures(cluster)) == settled


def test_a_burst_of_events_is_few_pictures_and_loses_nothing(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    for start in range(0, 5_000, 500):
        api.put_many(
            pod_manifest(f"p{number}", app=f"p{number}") for number in range(start, start + 500)
        )
    until(lambda: status(cluster) and cluster.counts["pods"] == 5_002)
    until(lambda: len(pictures(cluster)[-1].snapshot.state.pods) == 5_002)
    assert len(pictures(cluster)) < 20
    assert sum(each.change_count for each in pictures(cluster)) == 5_000


def test_what_happened_while_nobody_watched_is_one_change(api: ApiServer, cluster: Cluster) -> None:
    with watching():
        until(lambda: len(pictures(cluster)) == 1)
    with watching():
        until(lambda: status(cluster) == "live" and cluster.confirmed_at)
    assert len(pictures(cluster)) == 1, "the same again is no picture"
    api.put(policy_manifest("other"))
    api.remove("pods", "x", "a")
    with watching():
        until(lambda: len(pictures(cluster)) == 2)
    assert names(pictures(cluster)[1]) == ["added NetworkPolicy x/other", "removed Pod x/a"]


def test_a_server_that_is_gone_is_said_with_since_when_and_the_picture_stays(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    until(lambda: status(cluster) and cluster.confirmed_at)
    api.stop()
    until(lambda: status(cluster) == "lost")
    # Whichever notices first: a resource, or the question for a sign of life.
    assert cluster.detail.endswith("Nothing listens at the server's address.")
    last, since = cluster.confirmed_at, cluster.status_since
    assert last is not None
    told = Event.objects.filter(kind="status", data__status="lost").earliest("id")
    assert told.data["confirmed_at"] == last.isoformat()
    api.put(policy_manifest("other"))
    api.start()
    until(lambda: status(cluster) == "live" and len(pictures(cluster)) == 2)
    until(lambda: status(cluster) and cluster.confirmed_at != last)
    assert cluster.status_since > since


def test_what_may_not_be_read_is_said_resource_by_resource(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    api.forbid("networkpolicies")
    api.close_watches()
    until(lambda: status(cluster) == "partial")
    until(lambda: row(cluster, "networkpolicies.networking.k8s.io")["state"] == "forbidden")
    assert row(cluster, "networkpolicies.networking.k8s.io")["message"] == (
        "networkpolicies: list forbidden; ask for get, list and watch on"
        " networkpolicies.networking.k8s.io"
    )
    until(lambda: len(pictures(cluster)) == 2)
    state = pictures(cluster)[1].snapshot.state
    assert [each.kind for each in state.policies] == ["UnreadPolicies"]


def row(cluster: Cluster, resource: str) -> dict[str, object]:
    cluster.refresh_from_db()
    return next((each for each in cluster.resources if each["resource"] == resource), {"state": ""})


def test_credentials_that_are_refused_are_said(api: ApiServer, cluster: Cluster) -> None:
    api.rotate_token("another")
    with watching():
        until(lambda: status(cluster) == "refused")
    assert cluster.detail == NOT_ACCEPTED


def test_a_kubeconfig_that_is_gone_is_said(cluster: Cluster) -> None:
    Path(cluster.kubeconfig).unlink()
    with watching():
        until(lambda: status(cluster) == "refused")
    assert cluster.detail == f"There is no kubeconfig at {cluster.kubeconfig}."


def test_flags_that_were_set_for_a_cluster_go_on_with_its_pictures(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    services.change_profile(pictures(cluster)[0].snapshot_id, {"ipblock_matches_pods": False})
    api.put(policy_manifest("other"))
    until(lambda: len(pictures(cluster)) == 2)
    assert pictures(cluster)[1].snapshot.profile == {"ipblock_matches_pods": False}


def test_a_cluster_that_is_paused_is_left_and_taken_up_again(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    Cluster.objects.filter(pk=cluster.pk).update(watched=False)
    until(lambda: api.watching("pods") == 0)
    until(lambda: not Lease.objects.get(pk=cluster.pk).holder)
    api.put(policy_manifest("other"))
    Cluster.objects.filter(pk=cluster.pk).update(watched=True)
    until(lambda: len(pictures(cluster)) == 2)


def test_a_cluster_that_is_removed_is_left_without_a_trace(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    services.remove_cluster(cluster.pk)
    until(lambda: api.watching("pods") == 0)
    until(lambda: not watched.watchers)
    assert not Picture.objects.exists()


def test_two_processes_watch_a_cluster_once(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    with watching() as second:
        for number in range(5):
            api.put(policy_manifest(f"p{number}"))
            until(lambda: names(pictures(cluster)[-1]) == [f"added NetworkPolicy x/p{number}"])  # noqa: B023 - waited for at once
        assert not second.watchers
        assert api.watching("pods") == 1
        watched.stop(20)
        until(lambda: second.watchers)
        api.put(policy_manifest("last"))
        until(lambda: names(pictures(cluster)[-1]) == ["added NetworkPolicy x/last"])
    assert len(pictures(cluster)) == 7


def test_who_has_lost_the_lease_writes_nothing_more(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    watcher = watched.watchers[cluster.pk]
    with transaction.atomic():
        Lease.objects.filter(pk=cluster.pk).update(holder="elsewhere:1:x")
    api.put(policy_manifest("other"))
    until(lambda: not watcher.running)
    assert len(pictures(cluster)) == 1
    assert Snapshot.objects.count() == 1


def test_two_clusters_are_watched_side_by_side(
    api: ApiServer, cluster: Cluster, watched: Watching, tmp_path: Path
) -> None:
    with ApiServer(token="other") as second:
        second.put(manifest("Namespace", "y"))
        second.put(pod_manifest("solo", "y"))
        path = second.write_kubeconfig(tmp_path / "other")
        other = add(second, "other", kubeconfig=str(path))
        until(lambda: status(other) == "live" and pictures(other))
        assert [pod.name for pod in pictures(other)[0].snapshot.state.pods] == ["solo"]
        second.stop()
        until(lambda: status(other) == "lost")
        assert status(cluster) == "live"


def test_a_cluster_that_is_paused_stays_so_whatever_its_watcher_is_about_to_say(
    api: ApiServer, cluster: Cluster, watched: Watching
) -> None:
    watcher = watched.watchers[cluster.pk]
    services.change_cluster(cluster.pk, {"watched": False})
    api.put(policy_manifest("other"))
    api.forbid("pods")
    api.close_watches()
    until(lambda: not watcher.running)
    assert status(cluster) == "paused"
    assert len(pictures(cluster)) == 1


def test_a_watcher_that_fails_is_said_and_begun_again_only_after_a_while(
    api: ApiServer, cluster: Cluster, watched: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    watched.stop(20)
    Snapshot.objects.update(payload=b"no state")
    api.clear_requests()
    with watching() as second:
        until(lambda: status(cluster) == "lost")
        assert cluster.detail.startswith("netviz failed to read this cluster")
        lists = [each for each in api.requests if each.path == "/api/v1/pods"]
        assert len([each for each in lists if "watch" not in each.query]) == 1
        assert not second.watchers
    assert "ended with an error" in caplog.text
