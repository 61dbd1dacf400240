"""Two nodes of the map are a question, whether a line joins them or not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.shop import shop_manifests

PANEL = "[data-part=panel]"
HINT = "[data-part=picking]"
REDIS = "data/redis[StatefulSet]"
CART = "orders/cart[Deployment]"
WAF = "edge/waf[Deployment]"
PICK = "Can it reach …? Pick it"
# The middle of a node, in pixels of the page, once it stands still.
PLACE = """async (id) => {
  const canvas = document.querySelector("[data-part=canvas]");
  const place = () => {
    const { x, y } = canvas._cyreg.cy.getElementById(id).renderedPosition();
    const box = canvas.getBoundingClientRect();
    return [box.x + x, box.y + y];
  };
  let before = null;
  for (;;) {
    await new Promise((done) => setTimeout(done, 300));
    const now = canvas._cyreg.cy.getElementById(id).nonempty() ? place() : null;
    if (now && before && now.join() === before.join()) return now;
    before = now;
  }
}"""
# The line of the question asked: its ends and how it is drawn.
ASKED = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const line = cy.getElementById("asked");
  return line.empty() ? null : [line.source().id(), line.target().id(), line.hasClass("closed"),
    line.style("target-arrow-shape")];
}"""


@pytest.fixture
def shop(live_url: str) -> str:
    """Path of the map of the shop with 40 workloads."""
    snapshot, problems = services.store_upload([("shop.yaml", shop_manifests())], "Shop")
    assert not problems
    return f"/snapshots/{snapshot.pk}/"


@pytest.fixture
def shop_page(page: Page, shop: str) -> Page:
    page.goto(shop)
    expect(page.locator("[data-part=sentence-text]")).to_contain_text("Of 40 workloads")
    return page


def point(page: Page, node: str) -> tuple[float, float]:
    x, y = page.evaluate(PLACE, node)
    return x, y


def choose(page: Page, node: str, key: str = "") -> None:
    x, y = point(page, node)
    if key:
        page.keyboard.down(key)
    page.mouse.click(x, y)
    # The click of a node waits whether a second one makes it a double click.
    page.wait_for_timeout(300)
    if key:
        page.keyboard.up(key)


def chosen(page: Page, name: str) -> None:
    expect(page.locator(PANEL).get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_second_node_joined_to_the_first_asks_why_no_line_is_between_them(
    shop_page: Page,
) -> None:
    for key in ("Shift", "Control", "Meta"):
        choose(shop_page, REDIS)
        chosen(shop_page, "redis")
        choose(shop_page, CART, key)
        chosen(shop_page, "data/redis → orders/cart")
        expect(shop_page.locator(f"{PANEL} .chip").first).to_have_text("closed")
        expect(shop_page.get_by_label("Can", exact=True)).to_have_value(REDIS)
        assert shop_page.evaluate(ASKED) == [REDIS, CART, True, "tee"]
    address = shop_page.url
    shop_page.go_back()
    chosen(shop_page, "redis")
    shop_page.goto(address)
    chosen(shop_page, "data/redis → orders/cart")


def test_the_same_question_the_other_way_round_is_one_click(shop_page: Page) -> None:
    choose(shop_page, REDIS)
    choose(shop_page, CART, "Shift")
    chosen(shop_page, "data/redis → orders/cart")
    shop_page.locator(PANEL).get_by_role("button", name="Ask the other way round").click()
    chosen(shop_page, "orders/cart → data/redis")
    expect(shop_page.locator(f"{PANEL} .chip").first).to_have_text("open")
    shop_page.locator("[data-part=ask-swap]").click()
    chosen(shop_page, "data/redis → orders/cart")


def test_the_answer_keeps_its_source_for_the_next_node(shop_page: Page) -> None:
    choose(shop_page, REDIS)
    choose(shop_page, CART, "Shift")
    choose(shop_page, WAF, "Shift")
    chosen(shop_page, "data/redis → edge/waf")


def test_an_address_outside_is_an_end_like_any_other(shop_page: Page) -> None:
    choose(shop_page, "out:203.0.113.0/24")
    choose(shop_page, REDIS, "Shift")
    chosen(shop_page, "203.0.113.0/24 → data/redis")
    expect(shop_page.locator(f"{PANEL} .chip").first).to_have_text("closed")
    choose(shop_page, "out:198.51.100.0/24", "Shift")
    expect(shop_page.locator(HINT)).to_contain_text("policies govern pods. Choose a workload.")


def test_nothing_chosen_before_makes_it_an_ordinary_click(shop_page: Page) -> None:
    choose(shop_page, REDIS, "Shift")
    chosen(shop_page, "redis")


def test_the_other_end_is_picked_after_the_button_and_escape_leaves(shop_page: Page) -> None:
    choose(shop_page, REDIS)
    pick = shop_page.locator(PANEL).get_by_role("button", name=PICK)
    pick.click()
    hint = shop_page.locator(HINT)
    expect(hint).to_contain_text("Can data/redis reach …?")
    expect(shop_page.get_by_role("application")).to_have_css("cursor", "crosshair")
    shop_page.keyboard.press("Escape")
    expect(hint).to_be_hidden()
    expect(pick).to_be_focused()
    chosen(shop_page, "redis")
    pick.click()
    choose(shop_page, "ns:monitoring")
    expect(hint).to_contain_text("monitoring is a namespace. Choose one of its workloads.")
    choose(shop_page, CART)
    chosen(shop_page, "data/redis → orders/cart")
    expect(hint).to_be_hidden()


def test_it_is_picked_by_keyboard_alone(shop_page: Page) -> None:
    choose(shop_page, "data/kafka[StatefulSet]")
    shop_page.locator(PANEL).get_by_role("button", name=PICK).focus()
    shop_page.keyboard.press("Enter")
    shop_page.keyboard.press("ArrowRight")
    expect(shop_page.locator(HINT)).to_contain_text("Enter chooses zookeeper.")
    shop_page.keyboard.press("Enter")
    chosen(shop_page, "data/kafka → data/zookeeper")


def test_it_is_picked_by_name_in_the_list_and_in_the_table(shop_page: Page) -> None:
    choose(shop_page, REDIS)
    pick = shop_page.locator(PANEL).get_by_role("button", name=PICK)
    pick.click()
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("waf")
    shop_page.keyboard.press("Enter")
    chosen(shop_page, "data/redis → edge/waf")
    shop_page.go_back()
    shop_page.get_by_role("button", name="Table", exact=True).click()
    pick.click()
    shop_page.get_by_role("table").get_by_role(
        "button", name="orders/cart", exact=True
    ).first.click()
    chosen(shop_page, "data/redis → orders/cart")


def test_on_a_phone_a_closed_namespace_opens_and_its_workload_is_picked(
    open_page: OpenPage, shop: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{shop}?sel={REDIS}")
    page.get_by_role("button", name=PICK).tap()
    expect(page.locator(PANEL)).to_be_hidden()
    page.touchscreen.tap(*point(page, "ns:payments"))
    expect(page.locator(HINT)).to_contain_text("payments is open now.")
    assert accessibility_faults(page) == []
    page.touchscreen.tap(*point(page, "payments/payments-api[Deployment]"))
    chosen(page, "data/redis → payments/payments-api")
    page.wait_for_url(re.compile("sel=answer"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
