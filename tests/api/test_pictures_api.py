"""Histories over HTTP: pages of pictures, what differs between two, and taking one out."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client

from policies import services
from policies.api import shapes
from policies.models import Picture, Snapshot
from tests.support.watched import a_cluster, a_picture, manifests

pytestmark = pytest.mark.django_db

CHANGE = {
    **{"op": "added", "kind": "Pod", "namespace": "shop", "name": "cart"},
    **{"pods_added": 0, "pods_removed": 0, "manager": "kubectl", "at": "2026-01-01T00:00:00Z"},
}


def test_the_history_comes_newest_first_and_in_pages(client: Client) -> None:
    cluster = a_cluster()
    first = a_picture(cluster, manifests("web"))
    second = a_picture(cluster, manifests("web", "cart"), changes=[CHANGE])
    a_picture(a_cluster("staging"), manifests("x"))
    answer = client.get(f"/api/v1/clusters/{cluster.pk}/pictures?page_size=1")
    page = msgspec.convert(answer.json(), shapes.PicturePage)
    assert page.count == 2
    (newest,) = page.results
    assert (newest.id, newest.snapshot, newest.change_count) == (second.pk, second.snapshot_id, 1)
    assert newest.changes[0].manager == "kubectl"
    assert page.next is not None
    (older,) = client.get(page.next).json()["results"]
    assert older["id"] == first.pk


def test_a_picture_is_taken_out_with_its_snapshot(client: Client) -> None:
    cluster = a_cluster()
    picture = a_picture(cluster, manifests("web"))
    newest = a_picture(cluster, manifests("web", "cart"))
    pictures = f"/api/v1/clusters/{cluster.pk}/pictures"
    address = f"{pictures}/{picture.pk}"
    assert client.delete(address).status_code == 204
    assert client.delete(f"{pictures}/{newest.pk}").json()["code"] == "bad_question"
    assert list(Picture.objects.all()) == [newest]
    assert list(Snapshot.objects.all()) == [newest.snapshot]
    answer = client.delete(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.delete(f"{address}{'0' * 30}").status_code == 404


def test_a_cluster_that_is_removed_takes_its_history_along(client: Client) -> None:
    cluster = a_cluster()
    a_picture(cluster, manifests("web"))
    assert client.delete(f"/api/v1/clusters/{cluster.pk}").status_code == 204
    assert not Snapshot.objects.exists()
    assert client.get(f"/api/v1/clusters/{cluster.pk}/pictures").status_code == 404


def test_objects_of_two_snapshots_are_compared(client: Client) -> None:
    cluster = a_cluster()
    before = a_picture(cluster, manifests("web", "cart")).snapshot_id
    after = a_picture(cluster, manifests("web", "cart", closed=True)).snapshot_id
    address = f"/api/v1/compare/objects?from={before}&to={after}"
    answer = client.get(address)
    found = msgspec.convert(answer.json(), shapes.ObjectChangesAnswer)
    assert [(each.op, each.name) for each in found.changes] == [("added", "only-web")]
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get(f"/api/v1/compare/objects?from={before}&to=nothing").status_code == 404


def test_two_snapshots_are_compared_as_rows_and_as_a_map(client: Client) -> None:
    cluster = a_cluster()
    before = a_picture(cluster, manifests("web", "cart", "other")).snapshot_id
    after = a_picture(cluster, manifests("web", "cart", "other", closed=True)).snapshot_id
    address = f"/api/v1/compare?from={before}&to={after}"
    rows = msgspec.convert(client.get(address).json(), shapes.DiffAnswer)
    drawn = msgspec.convert(client.get(f"{address}&view=map").json(), shapes.DiffMapAnswer)
    assert rows.summary.removed > 0
    assert drawn.summary == rows.summary
    assert any(edge.change == "removed" for edge in drawn.edges)


def test_snapshots_that_somebody_loaded_can_be_told_from_pictures(client: Client) -> None:
    loaded, _ = services.store_upload([("web.yaml", manifests("loaded").encode())])
    taken = a_picture(a_cluster(), manifests("web")).snapshot
    found = client.get("/api/v1/snapshots").json()["results"]
    assert {each["id"] for each in found} == {loaded.pk, taken.pk}
    (only,) = client.get("/api/v1/snapshots?loaded=1").json()["results"]
    assert only["id"] == loaded.pk
