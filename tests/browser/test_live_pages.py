"""Map and matrix of a watched cluster in a browser: how fresh, an offer, taking it, going back."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from policies import services
from policies.models import Cluster, Event, Picture
from tests.browser.test_map import PANEL, SENTENCE
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.live_shop import (
    COUPONS,
    REPORTS,
    closed,
    shop_cluster,
    shop_picture,
    without,
)
from tests.support.shop import shop_manifests

STRIP = "[data-part=live]"
STATE = "[data-part=live-text]"
OFFER = "[data-part=live-take]"
NEWS = "[data-part=news]"
# What nothing may move: the places of nodes, how far away they are seen from, and from where.
LOOK = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const islands = cy.nodes(".island").map((node) => node.id());
  const places = cy.nodes().filter((node) => !node.is(".island, .mesh"))
    .map((node) => [node.id(), node.position()]);
  return { zoom: cy.zoom(), pan: cy.pan(), islands, places: Object.fromEntries(places) };
}"""
MARKS = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const marked = cy.elements(".new, .lost, .changed, .added, .removed");
  return Object.fromEntries(marked.map((one) => [
    one.id(), one.isNode() ? one.data("label") : one.data("text"),
  ]));
}"""
SHOP = shop_manifests().decode()


@pytest.fixture
def cluster(live_url: str) -> Cluster:
    return shop_cluster()


@pytest.fixture
def first(cluster: Cluster) -> Picture:
    return shop_picture(cluster, at=timezone.now() - timedelta(minutes=7))


@pytest.fixture
def still(open_page: OpenPage) -> Page:
    """A page without motion, so that what moves moves for another reason."""
    return open_page(reduced_motion="reduce")


def look(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(LOOK))


def visit(page: Page, picture: Picture, query: str = "") -> None:
    page.goto(f"/snapshots/{picture.snapshot_id}/{query}")
    expect(page.locator(SENTENCE)).to_contain_text("Of 4")
    expect(page.locator(STATE)).not_to_have_text("Connecting")


def offered(page: Page, text: str, within: float = 15) -> None:
    expect(page.locator(OFFER)).to_have_text(text, timeout=1000 * within)


def take(page: Page, picture: Picture) -> None:
    page.locator(OFFER).click()
    expect(page.locator(f"{NEWS} .news-flows ul")).to_be_attached(timeout=15_000)
    assert f"/snapshots/{picture.snapshot_id}/" in page.url
    expect(page.locator(OFFER)).to_be_hidden()


def test_the_strip_says_that_a_picture_is_live_and_when_that_was_confirmed(
    still: Page, first: Picture
) -> None:
    visit(still, first)
    strip = still.locator(STRIP)
    expect(strip.get_by_role("link", name="shop-production")).to_be_visible()
    expect(still.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))
    assert strip.get_attribute("data-look") == "fresh"
    assert accessibility_faults(still) == []


def test_a_newer_picture_is_offered_within_three_seconds_and_moves_nothing(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    before, address = look(still), still.url
    shop_picture(cluster, closed())
    offered(still, "1 change", within=3)
    expect(still.locator(STATE)).to_have_text(re.compile(r"^Earlier picture, of \d\d:\d\d$"))
    assert look(still) == before
    assert still.url == address
    still.locator(OFFER).hover()
    listed = still.locator("[data-part=live-objects] li")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("~NetworkPolicy data/redis changed")
    assert accessibility_faults(still) == []
    still.keyboard.press("Tab")
    still.locator(OFFER).focus()
    still.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_taking_it_keeps_the_place_of_everything_and_marks_what_changed_with_the_rule(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first, "?sel=data%2Fredis%5BStatefulSet%5D")
    still.locator("[data-part=zoom-in]").click()
    still.locator("[data-part=zoom-in]").click()
    expect(still.locator(PANEL)).to_contain_text("1 workload may reach it")
    before, query = look(still), still.url.partition("?")[2]
    second = shop_picture(cluster, closed())
    offered(still, "1 change")
    take(still, second)
    assert still.url.partition("?")[2] == query
    assert look(still) == before
    line = "orders/cart[Deployment] -> data/redis[StatefulSet]"
    assert still.evaluate(MARKS) == {line: "− TCP 6379"}
    news = still.locator(NEWS)
    expect(news).to_contain_text("1 flow closes")
    expect(news.get_by_role("button", name="orders/cart → data/redis")).to_be_visible()
    expect(news).to_contain_text("data/redis")
    expect(still.locator(PANEL)).to_contain_text("nothing may reach it")
    expect(still.locator("[data-part=live-said]")).to_contain_text("1 flow closes")
    expect(still.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))
    assert accessibility_faults(still) == []
    links = still.locator("header a[href*='/snapshots/']")
    for link in links.all():
        assert second.snapshot_id in (link.get_attribute("href") or "")
    news.get_by_role("button", name="Dismiss").click()
    expect(news).to_be_hidden()
    assert still.evaluate(MARKS) == {}
    assert look(still) == before


def test_what_is_new_finds_room_beside_what_stays_and_what_is_gone_is_marked(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    before = look(still)
    second = shop_picture(cluster, without("Deployment", "tax") + COUPONS + REPORTS)
    offered(still, "5 changes")
    take(still, second)
    after = look(still)
    assert after["zoom"] == before["zoom"]
    assert after["pan"] == before["pan"]
    for name, place in before["places"].items():
        assert after["places"][name] == place, name
    marks = still.evaluate(MARKS)
    assert marks["orders/coupons[Deployment]"] == "+ coupons"
    assert marks["orders/tax[Deployment]"] == "− tax"
    assert marks["ns:reports"].startswith("+ reports")
    still.get_by_role("button", name="Dismiss").click()
    gone = json.loads(json.dumps(before["places"]))
    del gone["orders/tax[Deployment]"]
    left = look(still)["places"]
    assert {name: left[name] for name in gone} == gone
    assert "orders/tax[Deployment]" not in left


def test_back_returns_to_the_picture_before_and_forward_to_the_newest(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    before = look(still)
    second = shop_picture(cluster, SHOP + COUPONS)
    offered(still, "2 changes")
    take(still, second)
    still.go_back()
    expect(still.locator(NEWS)).to_be_hidden()
    offered(still, "2 changes")
    expect(still.locator(SENTENCE)).to_contain_text("Of 40 workloads")
    assert first.snapshot_id in still.url
    assert look(still) == before
    still.go_forward()
    expect(still.locator(OFFER)).to_be_hidden()
    expect(still.locator(SENTENCE)).to_contain_text("Of 41 workloads")
    assert second.snapshot_id in still.url


def test_several_pictures_in_a_row_are_one_offer_which_goes_when_all_is_as_it_was(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    shop_picture(cluster, closed())
    shop_picture(cluster, closed() + COUPONS)
    third = shop_picture(cluster, closed() + COUPONS + REPORTS)
    offered(still, "5 changes")
    assert third.snapshot_id not in still.url
    shop_picture(cluster)
    expect(still.locator(OFFER)).to_be_hidden(timeout=3000)
    expect(still.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))


def test_the_offer_is_taken_by_keyboard_and_a_selection_that_is_gone_says_so(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first, "?sel=orders%2Ftax%5BDeployment%5D")
    expect(still.locator(PANEL).get_by_role("heading", name="tax", exact=True)).to_be_visible()
    shop_picture(cluster, without("Deployment", "tax"))
    offered(still, "1 change")
    still.locator(OFFER).focus()
    still.keyboard.press("Enter")
    panel = still.locator(PANEL)
    expect(panel.locator(".lead")).to_have_text("orders/tax is not in this picture.")
    expect(panel.locator(".chip")).to_have_text("− gone")
    expect(still.locator(NEWS)).to_be_focused()
    assert accessibility_faults(still) == []


def test_an_earlier_picture_that_is_opened_later_offers_the_newest(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    shop_picture(cluster, closed())
    visit(still, first)
    offered(still, "1 change")
    expect(still.locator(STATE)).to_have_text(re.compile(r"^Earlier picture, of \d\d:\d\d$"))
    assert still.locator(STRIP).get_attribute("data-look") == "old"


def tell(cluster: Cluster, status: Cluster.Status, detail: str) -> None:
    """What a watcher writes when the connection is not as it was."""
    since = timezone.now()
    Cluster.objects.filter(pk=cluster.pk).update(status=status, detail=detail, status_since=since)
    said = {"status": str(status), "detail": detail, "status_since": since.isoformat()}
    services.record_event(cluster.pk, Event.Kind.STATUS, {**said, "confirmed_at": None})


def test_a_cluster_that_does_not_answer_is_said_in_words_with_the_picture_that_is_shown(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    tell(cluster, Cluster.Status.LOST, "The API server refuses connections.")
    state = still.locator(STATE)
    words = r"^Connection to the cluster lost since \d\d:\d\d, showing the picture of \d\d:\d\d$"
    expect(state).to_have_text(re.compile(words), timeout=15_000)
    expect(still.locator("[data-part=live-said]")).to_contain_text("Connection to the cluster lost")
    assert still.locator(STRIP).get_attribute("data-look") == "lost"
    expect(still.locator("[data-part=live-detail]")).to_have_text(
        "The API server refuses connections."
    )
    assert accessibility_faults(still) == []
    tell(cluster, Cluster.Status.PARTIAL, "Pods are forbidden.")
    expect(state).to_have_text(re.compile(r"^Live in part, confirmed \d+ s ago$"), timeout=15_000)


def test_what_nobody_confirmed_for_long_is_not_called_live(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    Cluster.objects.filter(pk=cluster.pk).update(confirmed_at=long_ago)
    visit(still, first)
    words = r"^Not confirmed for 5 min, showing the picture of \d\d:\d\d$"
    expect(still.locator(STATE)).to_have_text(re.compile(words))
    assert still.locator(STRIP).get_attribute("data-look") == "old"


def test_a_server_of_netviz_that_is_away_for_a_while_is_said_and_nothing_is_missed(
    still: Page, cluster: Cluster, first: Picture, expected_errors: list[str]
) -> None:
    expected_errors.append("net::ERR_|Failed to load")
    visit(still, first)
    address = re.compile(r"/api/v1/clusters/.*/events")
    still.route(address, lambda route: route.abort("connectionrefused"))
    # The stream that is open ends as one does whose server stops.
    Cluster.objects.filter(pk=cluster.pk).update(name="shop-production")
    still.evaluate("() => window.dispatchEvent(new Event('online'))")
    words = r"^netviz does not answer since \d\d:\d\d, reconnecting$"
    expect(still.locator(STATE)).to_have_text(re.compile(words))
    assert still.locator(STRIP).get_attribute("data-look") == "lost"
    second = shop_picture(cluster, closed())
    expect(still.locator(OFFER)).to_be_hidden()
    still.unroute(address)
    expect(still.locator(OFFER)).to_have_text("1 change")
    take(still, second)


def test_a_cluster_that_is_removed_leaves_the_page_as_it_is_and_says_so(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    visit(still, first)
    before = look(still)
    services.record_event(cluster.pk, Event.Kind.GONE, {})
    expect(still.locator(STATE)).to_contain_text("Removed from netviz", timeout=15_000)
    assert look(still) == before


def test_the_matrix_keeps_its_place_and_marks_the_cells_that_changed(
    still: Page, cluster: Cluster, first: Picture
) -> None:
    still.goto(f"/snapshots/{first.snapshot_id}/matrix?level=workload")
    grid = still.locator("[data-part=grid]")
    cell = still.get_by_label("orders/cart to data/redis: open")
    cell.scroll_into_view_if_needed()
    cell.click()
    expect(still.locator(PANEL)).to_contain_text("cart → data/redis")
    scrolled = grid.evaluate("(grid) => [grid.scrollTop, grid.scrollLeft]")
    assert scrolled != [0, 0]
    second = shop_picture(cluster, closed())
    offered(still, "1 change")
    still.locator(OFFER).click()
    changed = still.locator("td.is-removed")
    expect(changed).to_have_count(1)
    expect(changed).to_have_attribute(
        "aria-label", "orders/cart to data/redis: closed, was open, TCP 6379"
    )
    expect(changed.locator(".change-mark")).to_have_text("−")
    expect(changed).to_have_attribute("aria-selected", "true")
    assert grid.evaluate("(grid) => [grid.scrollTop, grid.scrollLeft]") == scrolled
    assert f"/snapshots/{second.snapshot_id}/matrix?" in still.url
    expect(still.locator(NEWS)).to_contain_text("1 flow closes")
    assert accessibility_faults(still) == []
    still.get_by_role("button", name="Dismiss").click()
    expect(changed).to_have_count(0)
    assert grid.evaluate("(grid) => [grid.scrollTop, grid.scrollLeft]") == scrolled
