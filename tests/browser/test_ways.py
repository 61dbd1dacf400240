"""Ways in from outside, in the panel and on the map."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from policies.evaluator.manifest import SourceText
from tests.support.accessibility import accessibility_faults
from tests.support.outside import OUTSIDE

PANEL = "[data-part=panel]"


@pytest.fixture
def shop_page(page: Page, live_url: str) -> Page:
    snapshot, problems = services.store_sources([SourceText("shop.yaml", OUTSIDE.encode())])
    assert not problems
    page.goto(f"/snapshots/{snapshot.pk}/")
    expect(page.locator("[data-part=sentence-text]")).to_contain_text("Of 2 workloads")
    return page


def select(page: Page, name: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def test_a_workload_lists_the_paths_by_which_it_is_reached_and_its_services(
    shop_page: Page,
) -> None:
    select(shop_page, "web")
    ways = shop_page.locator(".panel-section", has_text="Reachable from outside")
    expect(ways).to_contain_text("1 way in, and it is open.")
    expect(ways).to_contain_text("Ingress shop/site")
    expect(ways).to_contain_text("shop.example/")
    expect(ways).to_contain_text("From the ingress controller over Service shop/web:80")
    expect(ways).to_contain_text(re.compile(r"shop\.yaml:\d+"))
    leading = shop_page.locator(".panel-section", has_text="Services")
    expect(leading).to_contain_text("80/TCP → 8080/TCP")
    assert accessibility_faults(shop_page) == []


def test_a_way_that_is_not_certain_says_why(shop_page: Page) -> None:
    select(shop_page, "db")
    ways = shop_page.locator(".panel-section", has_text="Reachable from outside")
    expect(ways.locator(".chip")).to_have_text("depends")
    expect(ways).to_contain_text("SNAT")


def test_the_controller_can_be_asked_about(shop_page: Page) -> None:
    shop_page.get_by_label("Can", exact=True).fill("{ingress-controller}")
    shop_page.get_by_label("reach", exact=True).fill("shop/web")
    shop_page.get_by_label("on", exact=True).fill("8080/TCP")
    shop_page.get_by_role("button", name="Ask", exact=True).click()
    panel = shop_page.locator(PANEL)
    expect(panel.locator(".lead")).to_contain_text("The ingress controller may open TCP 8080")
    expect(panel.locator(".panel-section", has_text="Ways in")).to_contain_text("shop.example/")


def test_the_table_has_the_rows_of_the_controller(shop_page: Page) -> None:
    shop_page.get_by_role("button", name="Table", exact=True).click()
    row = shop_page.get_by_role("row", name=re.compile("Ingress controller"))
    expect(row).to_contain_text("TCP 8080")


def test_potential_connections_stand_apart(shop_page: Page) -> None:
    select(shop_page, "web")
    potential = shop_page.locator(".panel-section", has_text="Potential, if such pods came")
    expect(potential).to_contain_text("any new pod, anywhere")
    expect(potential).to_contain_text("TCP 8080")
    expect(potential).to_contain_text("None of these is there today")
