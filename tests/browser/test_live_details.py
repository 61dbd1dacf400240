"""Findings, policies and workloads of a watched cluster in a browser: no page of an earlier picture
looks like one of the newest."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from policies.models import Cluster, Picture
from tests.browser.test_live_pages import OFFER, STATE, STRIP, tell
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.live_shop import closed, shop_cluster, shop_picture, without

MORE = "[data-part=live-why]"
DETAIL = "[data-part=live-detail]"


@pytest.fixture
def cluster(live_url: str) -> Cluster:
    return shop_cluster()


@pytest.fixture
def first(cluster: Cluster) -> Picture:
    return shop_picture(cluster, at=timezone.now() - timedelta(minutes=7))


def moved_on(page: Page, cluster: Cluster, first: Picture, path: str) -> Picture:
    """Open a page of the first picture, and have redis closed while it is open."""
    page.goto(f"/snapshots/{first.snapshot_id}/{path}")
    expect(page.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))
    newest = shop_picture(cluster, closed())
    expect(page.locator(OFFER)).to_have_text("1 change", timeout=15_000)
    expect(page.locator(STATE)).to_contain_text("Earlier picture, of")
    return newest


@pytest.mark.parametrize("path", ["findings?q=redis", "workloads/data/redis"])
def test_the_same_page_of_the_newest_picture_is_opened(
    page: Page, cluster: Cluster, first: Picture, path: str
) -> None:
    newest = moved_on(page, cluster, first, path)
    expect(page.locator("[data-part=honesty]")).to_contain_text("Picture of")
    assert accessibility_faults(page) == []
    page.locator(OFFER).click()
    page.wait_for_url(f"**/snapshots/{newest.snapshot_id}/{path}")
    expect(page.locator(STATE)).to_contain_text("Live, confirmed")


def test_what_the_newest_picture_does_not_have_stays_and_is_said_to_be_gone(
    page: Page, cluster: Cluster, first: Picture, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    second = shop_picture(cluster, closed(), at=timezone.now() - timedelta(minutes=2))
    page.goto(f"/snapshots/{second.snapshot_id}/policies/NetworkPolicy/data/redis")
    expect(page.get_by_role("heading", name="redis", exact=True)).to_be_visible()
    third = shop_picture(cluster, without("NetworkPolicy", "redis"))
    expect(page.locator(OFFER)).to_have_text("1 change", timeout=15_000)
    page.locator(OFFER).click()
    expect(page.locator("p.notice", has_text="does not have this any more")).to_be_visible()
    expect(page.get_by_role("heading", name="redis", exact=True)).to_be_visible()
    page.get_by_role("link", name="Open the map of the newest picture").click()
    page.wait_for_url(f"**/snapshots/{third.snapshot_id}/")


def test_what_lies_behind_the_words_is_there_for_keys_and_fingers(
    page: Page, cluster: Cluster, first: Picture
) -> None:
    page.goto(f"/snapshots/{first.snapshot_id}/findings")
    expect(page.locator(STATE)).to_contain_text("Live, confirmed")
    expect(page.locator(MORE)).to_be_hidden()
    tell(cluster, Cluster.Status.PARTIAL, "Not read: nodes. Ask for list on nodes.")
    expect(page.locator(MORE)).to_be_visible(timeout=15_000)
    expect(page.locator(DETAIL)).to_be_hidden()
    page.locator(MORE).focus()
    page.keyboard.press("Enter")
    expect(page.locator(DETAIL)).to_have_text("Not read: nodes. Ask for list on nodes.")
    page.keyboard.press("Escape")
    expect(page.locator(DETAIL)).to_be_hidden()
    expect(page.locator(MORE)).to_be_focused()


@pytest.mark.parametrize("path", ["", "matrix", "whatif", "findings", "workloads/data/redis"])
def test_each_page_of_a_picture_leads_to_the_history_and_fits_a_phone(
    open_page: OpenPage, cluster: Cluster, first: Picture, path: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"/snapshots/{first.snapshot_id}/{path}")
    expect(page.locator(STRIP)).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages").get_by_text("History")).to_be_attached()
    mark, theme = (page.locator(each).bounding_box() for each in (".brand", ".theme-toggle"))
    assert mark
    assert theme
    assert mark["y"] >= 0, "the mark is in view"
    assert theme["y"] < mark["y"] + mark["height"], "and what stands beside it is beside it"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
