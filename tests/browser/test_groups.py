"""The map of many namespaces in a browser: groups that open, names that are found, the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies.models import Snapshot
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.crowds import crowd_state

PANEL = "[data-part=panel]"
FACTS = "[data-part=sentence-facts]"
DRAWN = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const [cards, groups] = [cy.$(".card").length, cy.$(".group.card").length];
  return [groups, cards - groups, cy.edges().length];
}"""
CLICK_ON = """(id) => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const { x, y } = cy.getElementById(id).renderedPosition();
  const box = cy.container().getBoundingClientRect();
  return [box.left + x, box.top + y];
}"""
# Left and right end of what is drawn, on the screen, and whether the outside stands above the rest.
ROOM = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const { x1, x2 } = cy.nodes().renderedBoundingBox({ includeLabels: false });
  const top = cy.nodes(".external").boundingBox().y2;
  return [x1, x2, top < cy.nodes(".island").boundingBox().y1];
}"""


@pytest.fixture
def crowd_page(page: Page, live_url: str) -> Page:
    """The map of 200 namespaces."""
    snapshot = Snapshot.objects.store(crowd_state(200, 1000, 1000), "Crowd")
    page.goto(f"/snapshots/{snapshot.pk}/")
    expect(page.locator(FACTS)).to_contain_text("Namespaces stand in groups")
    return page


def test_a_group_opens_to_its_namespaces_and_folds_again(crowd_page: Page) -> None:
    assert crowd_page.evaluate(DRAWN)[:2] == [20, 0]
    crowd_page.mouse.click(*crowd_page.evaluate(CLICK_ON, "group:team=team-3"))
    crowd_page.wait_for_url(re.compile("open=team%3Dteam-3"))
    panel = crowd_page.locator(PANEL)
    expect(panel.locator(".lead")).to_contain_text(
        "team=team-3 has 10 namespaces with 50 workloads in 50 pods."
    )
    assert crowd_page.evaluate(DRAWN)[:2] == [19, 10]
    assert not accessibility_faults(crowd_page)
    panel.get_by_role("button", name="Fold this group").click()
    expect(panel.get_by_role("button", name="Open this group")).to_be_visible()
    crowd_page.go_back()
    crowd_page.wait_for_url(re.compile("open=team%3Dteam-3"))


def test_a_group_is_chosen_and_opened_with_the_keyboard(crowd_page: Page) -> None:
    crowd_page.locator("[data-part=canvas]").focus()
    crowd_page.keyboard.press("ArrowRight")
    button = crowd_page.locator(PANEL).get_by_role("button", name="Open this group")
    button.press("Enter")
    crowd_page.wait_for_url(re.compile("open=team%3D"))
    expect(crowd_page.locator(PANEL)).to_contain_text("In it")


def test_lines_too_many_to_follow_are_drawn_for_the_card_that_is_chosen(crowd_page: Page) -> None:
    expect(crowd_page.locator(FACTS)).to_contain_text("too many to follow")
    before = crowd_page.evaluate(DRAWN)[2]
    crowd_page.mouse.move(*crowd_page.evaluate(CLICK_ON, "group:team=team-3"))
    crowd_page.wait_for_function(f"(before) => ({DRAWN})()[2] > before", arg=before)


def test_a_workload_of_a_group_is_found_by_its_name(crowd_page: Page) -> None:
    crowd_page.keyboard.press("/")
    crowd_page.keyboard.type("ns-3/app-0-3[")
    crowd_page.keyboard.press("Enter")
    crowd_page.wait_for_url(re.compile("focus=ns-3%2Fapp-0-3"))
    expect(crowd_page.locator(PANEL).get_by_role("heading", name="app-0-3")).to_be_visible()
    crowd_page.get_by_role("button", name="Show everything again").first.click()
    expect(crowd_page.locator(FACTS)).to_contain_text("Namespaces stand in groups")


@pytest.mark.parametrize(
    "query",
    ["", "open=team%3Dteam-3", "level=namespace&open=" + ",".join(f"ns-{i}" for i in range(200))],
)
def test_on_a_phone_all_is_drawn_upright_and_fits(
    open_page: OpenPage, crowd_page: Page, query: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{crowd_page.url.partition('?')[0]}?{query}")
    expect(page.locator(FACTS)).to_contain_text("Namespaces stand in groups")
    page.wait_for_function(
        "() => document.querySelector('[data-part=canvas]')._cyreg?.cy.nodes().nonempty()"
    )
    left, right, upright = page.evaluate(ROOM)
    assert (left >= 0, right <= 390, upright) == (True, True, True)
