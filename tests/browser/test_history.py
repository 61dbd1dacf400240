"""The history of a cluster in a browser: what changed when, two pictures compared, one deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from policies.models import Cluster, Picture
from tests.conftest import OpenPage
from tests.support.accessibility import faults_by_day_and_night
from tests.support.watched import a_cluster, a_picture, manifests


def change(op: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    unknown = {"pods_added": 0, "pods_removed": 0, "manager": None, "at": None}
    return {"op": op, "kind": kind, "namespace": "shop", "name": name, **unknown, **more}


@pytest.fixture
def cluster(live_url: str) -> Cluster:
    """Three pictures: a workload comes, then a policy closes one."""
    cluster = a_cluster()
    now = timezone.now()
    pods = ("web", "cart", "other")
    a_picture(cluster, manifests(*pods[:2]), at=now - timedelta(days=1))
    came = [change("added", "Pod", "other"), change("changed", "Deployment", "web", pods_added=2)]
    a_picture(cluster, manifests(*pods), at=now - timedelta(hours=3), changes=came)
    at = (now - timedelta(minutes=4)).isoformat()
    closed = [change("added", "NetworkPolicy", "only-web", manager="kubectl", at=at)]
    text = manifests(*pods, closed=True)
    a_picture(cluster, text, at=now - timedelta(minutes=4), changes=closed)
    return cluster


def history(page: Page, cluster: Cluster) -> Any:
    page.goto(f"/clusters/{cluster.pk}/history")
    return page.locator(".picture")


def test_pictures_come_newest_first_with_what_changed_and_who_did_it(
    page: Page, cluster: Cluster
) -> None:
    pictures = history(page, cluster)
    expect(pictures).to_have_count(3)
    expect(pictures.nth(0)).to_contain_text("4 minutes ago")
    expect(pictures.nth(0)).to_contain_text("shop/only-web")
    expect(pictures.nth(0)).to_contain_text("by kubectl, 4 minutes ago")
    expect(pictures.nth(1).locator(".chip.added")).to_have_text("+new")
    expect(pictures.nth(1)).to_contain_text("2 pods new")
    expect(pictures.nth(2)).to_contain_text("The first picture")
    pictures.nth(1).get_by_role("link", name="Map").click()
    page.wait_for_url("**/snapshots/*/")


def test_two_pictures_are_compared_and_the_rule_is_named(page: Page, cluster: Cluster) -> None:
    pictures = history(page, cluster)
    compare = page.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    # The newer one first: which is older does not depend on it.
    pictures.nth(0).get_by_role("checkbox").check()
    expect(compare).to_be_disabled()
    pictures.nth(1).get_by_role("checkbox").check()
    compare.click()
    page.wait_for_url("**/compare?from=*")
    table = page.get_by_role("region", name="Table of changes")
    closed = table.get_by_role("row").filter(has_text="shop/other").filter(has_text="closed")
    expect(closed.first).to_contain_text("only-web selects the pods for ingress")
    expect(page.locator("[data-part=objects]")).to_contain_text("NetworkPolicy shop/only-web")
    for name in ("Before", "After", "Changes"):
        button = page.get_by_role("button", name=name)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="opened").click()
    expect(table).to_contain_text("fits the filter")


def test_a_third_choice_takes_the_place_of_the_first(page: Page, cluster: Cluster) -> None:
    boxes = history(page, cluster).get_by_role("checkbox")
    for place in (0, 1, 2):
        boxes.nth(place).check()
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    expect(boxes.nth(2)).to_be_checked()


def test_two_pictures_that_are_the_same_say_so(page: Page, cluster: Cluster) -> None:
    snapshot = Picture.objects.latest("id").snapshot_id
    page.goto(f"/compare?from={snapshot}&to={snapshot}")
    expect(page.locator("[data-part=state]")).to_have_text("No flow differs between the two.")
    expect(page.locator("[data-part=objects]")).to_contain_text("No object differs")


def test_comparing_what_is_not_there_is_a_page_of_its_own(
    page: Page, cluster: Cluster, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    for address in ("/compare", "/compare?from=nothing&to=nothing"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404


def test_a_picture_is_deleted_when_that_is_confirmed_and_the_newest_cannot_be(
    page: Page, cluster: Cluster
) -> None:
    pictures = history(page, cluster)
    expect(pictures.nth(0).get_by_role("button", name="Delete")).to_have_count(0)
    pictures.nth(1).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(pictures).to_have_count(2)
    assert Picture.objects.count() == 2


def test_how_long_it_is_kept_is_explained_and_kept(
    page: Page, cluster: Cluster, expected_errors: list[str]
) -> None:
    expected_errors.append("400")
    history(page, cluster)
    page.get_by_label("Days").fill("7")
    expect(page.get_by_text("Pictures older than 7 days go")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    cluster.refresh_from_db()
    assert (cluster.keep_days, cluster.keep_pictures) == (7, 500)
    page.get_by_label("Days").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#keep_days-error")).to_be_visible()


def test_a_long_history_comes_in_pages(page: Page, live_url: str) -> None:
    cluster = a_cluster()
    first = a_picture(cluster, manifests("web"))
    Picture.objects.bulk_create(
        Picture(cluster=cluster, snapshot=first.snapshot, taken_at=first.taken_at)
        for _ in range(30)
    )
    pictures = history(page, cluster)
    expect(pictures).to_have_count(25)
    page.get_by_role("button", name="Older").click()
    expect(pictures).to_have_count(6)
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.go_back()
    expect(pictures).to_have_count(25)


def test_a_cluster_without_a_picture_leads_to_what_is_being_read(page: Page, live_url: str) -> None:
    cluster = a_cluster(status="connecting")
    expect(history(page, cluster)).to_contain_text("Nothing yet.")


@pytest.mark.parametrize("width", [1280, 390])
def test_history_and_comparison_are_accessible_and_fit(
    open_page: OpenPage, cluster: Cluster, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    pictures = history(page, cluster)
    expect(pictures).to_have_count(3)
    assert faults_by_day_and_night(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    pictures.nth(0).get_by_role("checkbox").check()
    pictures.nth(2).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".changes-table").first).to_be_visible()
    assert faults_by_day_and_night(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_what_is_new_is_offered_while_one_reads_the_history(page: Page, cluster: Cluster) -> None:
    pictures = history(page, cluster)
    expect(pictures).to_have_count(3)
    newer = manifests("web", "cart")
    a_picture(cluster, newer, changes=[change("removed", "NetworkPolicy", "only-web")])
    offer = page.locator("[data-part=live-take]")
    # The pod and the policy that are gone.
    expect(offer).to_have_text("2 changes", timeout=15_000)
    expect(pictures).to_have_count(3)
    offer.click()
    expect(pictures).to_have_count(4)
    expect(pictures.first.get_by_text("newest")).to_be_visible()
    expect(offer).to_be_hidden()


def test_of_many_objects_the_first_are_listed_and_the_others_unfold(
    page: Page, cluster: Cluster
) -> None:
    many = [change("added", "Deployment", f"worker-{at}") for at in range(12)]
    a_picture(cluster, manifests("web"), changes=many)
    newest = history(page, cluster).first
    expect(newest.get_by_text("shop/worker-7")).to_be_visible()
    expect(newest.get_by_text("shop/worker-8")).to_be_hidden()
    newest.get_by_text("and 4 other objects").click()
    expect(newest.get_by_text("shop/worker-11")).to_be_visible()


def test_a_single_picture_asks_for_no_comparison(page: Page, live_url: str) -> None:
    cluster = a_cluster()
    a_picture(cluster, manifests("web"))
    pictures = history(page, cluster)
    expect(pictures).to_have_count(1)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Compare")).to_be_hidden()
