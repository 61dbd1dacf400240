"""Histories of clusters: what is told of them, what is kept and for how long."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.models import Cluster, Draft, Event, Picture, Snapshot
from tests.support.watched import a_cluster, a_picture, manifests

pytestmark = pytest.mark.django_db


def snapshots() -> set[str]:
    return set(Snapshot.objects.values_list("pk", flat=True))


def test_an_event_of_a_cluster_that_is_gone_is_not_written() -> None:
    with pytest.raises(Cluster.DoesNotExist):
        services.record_event(uuid.uuid4(), Event.Kind.STATUS, {})
    assert not Event.objects.exists()


def test_events_of_a_cluster_are_numbered_in_order() -> None:
    cluster = a_cluster()
    numbers = [services.record_event(cluster.pk, Event.Kind.STATUS, {}).pk for _ in range(5)]
    assert numbers == sorted(numbers)
    assert services.latest_event(cluster.pk) == numbers[-1]
    assert services.latest_event(uuid.uuid4()) == 0


def test_a_page_of_a_loaded_snapshot_follows_nothing(client: Client) -> None:
    loaded, _ = services.store_upload([("web.yaml", manifests("web").encode())])
    assert services.live_of(loaded.pk) is None
    assert services.cluster_of_snapshot(loaded.pk) is None


def test_a_page_of_a_picture_is_told_how_to_follow_its_cluster(client: Client) -> None:
    cluster = a_cluster()
    first = a_picture(cluster, manifests("web"))
    second = a_picture(cluster, manifests("web", "cart"))
    old, new = services.live_of(first.snapshot_id), services.live_of(second.snapshot_id)
    assert old is not None
    assert new is not None
    assert (old["picture"], old["newest"]) == (first.pk, False)
    assert (new["picture"], new["newest"]) == (second.pk, True)
    assert new["cluster"]["id"] == str(cluster.pk)
    assert new["events"] == f"/api/v1/clusters/{cluster.pk}/events"
    assert new["after"] == services.latest_event(cluster.pk)
    page = client.get(f"/snapshots/{second.snapshot_id}/")
    assert page.context["page_data"]["live"]["picture"] == second.pk
    page = client.get(f"/snapshots/{second.snapshot_id}/whatif")
    assert page.context["whatif"]["live"]["picture"] == second.pk


def test_a_cluster_that_is_again_as_it_was_is_shown_as_it_is_now() -> None:
    cluster = a_cluster()
    a_picture(cluster, manifests("web"))
    a_picture(cluster, manifests("web", "cart"))
    again = a_picture(cluster, manifests("web"))
    live = services.live_of(again.snapshot_id)
    assert live is not None
    assert (live["picture"], live["newest"]) == (again.pk, True)
    assert services.cluster_of_snapshot(again.snapshot_id) == cluster


def test_pictures_beyond_the_number_to_keep_go_with_their_snapshots() -> None:
    cluster = a_cluster(keep_pictures=2)
    pictures = [a_picture(cluster, manifests(name)) for name in ("a", "b", "c", "d")]
    services.prune(cluster.pk)
    assert list(services.history(cluster.pk)) == [pictures[3], pictures[2]]
    assert snapshots() == {pictures[3].snapshot_id, pictures[2].snapshot_id}


def test_pictures_older_than_the_days_to_keep_go_but_never_the_newest() -> None:
    cluster = a_cluster(keep_days=7)
    long_ago = timezone.now() - timedelta(days=8)
    a_picture(cluster, manifests("a"), at=long_ago)
    newest = a_picture(cluster, manifests("b"), at=long_ago)
    services.prune(cluster.pk)
    assert services.latest_picture(cluster.pk) == newest
    assert services.history(cluster.pk).count() == 1
    cluster.keep_pictures = 0
    services.prune(cluster.pk)
    assert services.latest_picture(cluster.pk) == newest


def test_a_snapshot_stays_while_a_picture_or_a_draft_refers_to_it() -> None:
    cluster = a_cluster(keep_pictures=1)
    drafted = a_picture(cluster, manifests("a")).snapshot
    services.keep_draft(drafted, "Plan", [], [])
    twice = a_picture(cluster, manifests("b")).snapshot
    a_picture(cluster, manifests("c"))
    a_picture(cluster, manifests("b"))
    services.prune(cluster.pk)
    assert snapshots() == {drafted.pk, twice.pk}
    assert Draft.objects.count() == 1


def test_what_somebody_keeps_stays_when_a_history_had_the_same() -> None:
    cluster = a_cluster(keep_pictures=1)
    a_picture(cluster, manifests("z"))
    before = a_picture(cluster, manifests("a")).snapshot
    services.store_state(before.state, "read once")
    a_picture(cluster, manifests("b"))
    newest = a_picture(cluster, manifests("c")).snapshot
    services.prune(cluster.pk)
    assert snapshots() == {before.pk, newest.pk}
    services.remove_cluster(cluster.pk)
    assert snapshots() == {before.pk}


def test_a_picture_can_be_taken_out_of_a_history_but_not_the_newest() -> None:
    cluster, other = a_cluster(), a_cluster("staging")
    picture = a_picture(cluster, manifests("a"))
    newest = a_picture(cluster, manifests("b"))
    with pytest.raises(services.NotFound):
        services.delete_picture(other.pk, picture.pk)
    services.delete_picture(cluster.pk, picture.pk)
    with pytest.raises(BadQuestion):
        services.delete_picture(cluster.pk, newest.pk)
    assert list(services.history(cluster.pk)) == [newest]
    assert snapshots() == {newest.snapshot_id}


def test_old_events_go_but_the_newest_of_each_cluster_stays() -> None:
    cluster, other = a_cluster(), a_cluster("staging")
    for each in (cluster, cluster, other):
        services.record_event(each.pk, Event.Kind.STATUS, {})
    gone = a_cluster("gone")
    services.forget_cluster(gone)
    Event.objects.update(created_at=timezone.now() - timedelta(days=2))
    fresh = services.record_event(other.pk, Event.Kind.STATUS, {})
    services.prune(cluster.pk)
    kept = dict(Event.objects.values_list("cluster_id", "pk"))
    assert set(kept) == {cluster.pk, other.pk}
    assert kept[other.pk] == fresh.pk
    assert Event.objects.filter(cluster_id=cluster.pk).count() == 1


def test_a_cluster_that_is_forgotten_leaves_nothing_but_the_news_of_it() -> None:
    cluster = a_cluster()
    loaded, _ = services.store_upload([("web.yaml", manifests("web").encode())])
    a_picture(cluster, manifests("a"))
    services.keep_draft(a_picture(cluster, manifests("b")).snapshot, "Plan", [], [])
    services.forget_cluster(cluster)
    assert not Cluster.objects.exists()
    assert not Picture.objects.exists()
    # The loaded one, and the one that somebody drafts on.
    assert len(snapshots()) == 2
    assert loaded.pk in snapshots()
    (last,) = Event.objects.all()
    assert (last.cluster_id, last.kind) == (cluster.pk, Event.Kind.GONE)


def test_objects_that_differ_are_named() -> None:
    cluster = a_cluster()
    before = a_picture(cluster, manifests("web", "cart")).snapshot
    after = a_picture(cluster, manifests("web", "cart", closed=True)).snapshot
    answer = services.object_changes_answer(before, after)
    assert answer["count"] == 1
    (change,) = answer["changes"]
    assert (change["op"], change["kind"], change["name"]) == ("added", "NetworkPolicy", "only-web")
