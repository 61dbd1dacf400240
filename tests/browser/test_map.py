"""The map page in a browser: ask, select, filter, table, address, keyboard, phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from policies import services
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults, faults_by_day_and_night
from tests.support.shop import shop_manifests

SENTENCE = "[data-part=sentence-text]"
PANEL = "[data-part=panel]"
# Lines that depend on something unknown and meet at one workload: all, and those in view.
QUIET = """() => {
  const quiet = document.querySelector("[data-part=canvas]")._cyreg.cy.edges(".quiet");
  return [quiet.length, quiet.filter((edge) => edge.visible()).length];
}"""
# What nodes are labelled with on the map, each once.
NAMES = """() => {
  const { cy } = document.querySelector("[data-part=canvas]")._cyreg;
  return [...new Set(cy.nodes().map((node) => node.style("label")))];
}"""
ZOOM = """() => document.querySelector("[data-part=canvas]")._cyreg.cy.zoom()"""


VARIANTS = """apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
""" + "".join(
    f"""---
apiVersion: v1
kind: Pod
metadata:
  name: web-{tier}
  namespace: shop
  labels: {{app: web, tier: {tier}}}
  ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: a, controller: true}}]
spec: {{containers: [{{name: web, image: web}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {tier}, namespace: shop}}
spec: {{podSelector: {{matchLabels: {{tier: {tier}}}}}, policyTypes: [{side}]}}
"""
    for tier, side in (("hot", "Ingress"), ("cold", "Egress"))
)


@pytest.fixture
def shop(live_url: str) -> str:
    """Path of the map of the shop with 40 workloads."""
    snapshot, problems = services.store_upload([("shop.yaml", shop_manifests())], "Shop")
    assert not problems
    return f"/snapshots/{snapshot.pk}/"


@pytest.fixture
def shop_page(page: Page, shop: str) -> Page:
    page.goto(shop)
    expect(page.locator(SENTENCE)).to_contain_text("Of 40 workloads")
    return page


def ask(page: Page, source: str, destination: str, port: str) -> None:
    page.get_by_label("Can", exact=True).fill(source)
    page.get_by_label("reach", exact=True).fill(destination)
    page.get_by_label("on", exact=True).fill(port)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_question_is_answered_with_the_rule_its_file_and_its_line(shop_page: Page) -> None:
    ask(shop_page, "orders/cart", "data/redis", "6379/TCP")
    panel = shop_page.locator(PANEL)
    expect(panel.get_by_role("heading", name="orders/cart → data/redis")).to_be_visible()
    expect(panel.locator(".chip").first).to_have_text("open")
    expect(panel).to_contain_text("ingress[0]")
    expect(panel).to_contain_text(re.compile(r"shop\.yaml:\d+"))
    ask(shop_page, "edge/waf", "data/redis", "6379/TCP")
    expect(panel.locator(".chip").first).to_have_text("closed")


def test_a_question_that_names_nothing_says_so(shop_page: Page, expected_errors: list[str]) -> None:
    expected_errors.append("40[04]|422")
    ask(shop_page, "orders/carts", "data/redis", "6379/TCP")
    notice = shop_page.locator(f"{PANEL} .notice")
    expect(notice).to_contain_text("This cannot be asked")
    assert notice.inner_text().count("orders/carts") == 1
    expect(shop_page.locator("[data-part=answer]")).to_be_hidden()


def test_a_found_workload_is_described_in_one_sentence_and_names_are_links(
    shop_page: Page,
) -> None:
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("payments-api")
    shop_page.keyboard.press("Enter")
    panel = shop_page.locator(PANEL)
    expect(panel.locator(".lead")).to_have_text(
        "payments-api may open connections to 3 workloads and the outside; 1 workload may reach it."
    )
    panel.get_by_role("button", name="payments/ledger").click()
    expect(panel.get_by_role("heading", name="ledger", exact=True)).to_be_visible()
    panel.locator(".panel-section", has_text="Policies that select it").get_by_role(
        "button", name="payments/ledger"
    ).click()
    expect(panel.locator(".lead")).to_have_text(
        "ledger selects 1 workload and isolates their ingress and egress."
    )
    expect(panel.locator("pre")).to_contain_text("podSelector")


def test_a_variant_of_a_workload_has_its_own_pods_isolation_and_policies(
    page: Page, live_url: str
) -> None:
    snapshot, problems = services.store_upload([("tiers.yaml", VARIANTS.encode())], "Tiers")
    assert not problems
    page.goto(f"/snapshots/{snapshot.pk}/?sel=shop/web[ReplicaSet]{{tier=cold}}")
    panel = page.locator(PANEL)
    expect(panel.get_by_role("heading", name="web (tier=cold)")).to_be_visible()
    expect(panel).to_contain_text("1 pod")
    expect(panel).to_contain_text("Its outgoing connections are isolated")
    selecting = panel.locator(".panel-section", has_text="Policies that select it")
    expect(selecting.get_by_role("button", name="shop/cold")).to_be_visible()
    panel.get_by_role("button", name="Ask from here").click()
    page.get_by_label("reach", exact=True).fill("internet")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(panel.locator(".chip").first).to_have_text("closed")


@pytest.mark.parametrize(("page_of", "data"), [("", "graph"), ("matrix", "matrix")])
def test_what_is_chosen_while_the_view_is_fetched_is_shown_once_it_is_there(
    shop_page: Page, page_of: str, data: str
) -> None:
    held: list[Route] = []
    shop_page.route(re.compile(rf"/api/v1/snapshots/\w+/{data}\b"), lambda each: held.append(each))
    shop_page.goto(f"{shop_page.url.partition('?')[0].rstrip('/')}/{page_of}")
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("payments-api")
    shop_page.keyboard.press("Enter")
    shop_page.wait_for_url("**sel=*")
    held[0].continue_()
    panel = shop_page.locator(PANEL)
    expect(panel.get_by_role("heading", name="payments-api", exact=True)).to_be_visible()
    expect(shop_page.locator("[data-part=loading]")).to_be_hidden()
    expect(shop_page.locator("[data-part=sentence-text]")).not_to_be_empty()


def test_the_picture_is_asked_for_once_and_before_the_script_that_draws_it(
    page: Page, shop: str
) -> None:
    held: list[Route] = []
    page.route("**/dist/map.js", lambda each: held.append(each))
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if "/graph" in each.url else None)
    with page.expect_request("**/graph?*"):
        page.goto(shop, wait_until="commit")
    expect(page.locator("[data-part=loading]")).to_be_visible()
    held[0].continue_()
    expect(page.locator(SENTENCE)).to_contain_text("workloads")
    assert len(asked) == 1


def test_what_is_not_certain_is_never_called_open(shop_page: Page) -> None:
    expect(shop_page.locator("[data-part=sentence-facts]")).to_contain_text("27 lines not drawn")
    assert shop_page.evaluate(QUIET) == [27, 0]
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("ingress-nginx")
    shop_page.keyboard.press("Enter")
    panel = shop_page.locator(PANEL)
    expect(panel.locator(".lead")).to_contain_text("and perhaps 27 workloads.")
    expect(panel.locator(".ports.unknown").first).to_have_text("? TCP 443")
    assert shop_page.evaluate(QUIET) == [27, 27]
    panel.locator(".ports.unknown").first.click()
    expect(panel.locator(".chip").first).to_have_text("not known")
    expect(panel.locator("h3").first).to_have_text("Possibly open between them")
    expect(panel).not_to_contain_text("may open TCP 443")


def test_back_and_a_copied_address_show_the_same_view(shop_page: Page) -> None:
    shop_page.get_by_role("button", name="Namespaces", exact=True).click()
    shop_page.wait_for_url("**level=namespace*")
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("ledger")
    shop_page.keyboard.press("Enter")
    heading = shop_page.locator(PANEL).get_by_role("heading", name="ledger", exact=True)
    expect(heading).to_be_visible()
    address = shop_page.url
    shop_page.go_back()
    expect(shop_page.locator(PANEL)).to_be_hidden()
    expect(shop_page.get_by_role("button", name="Namespaces", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    shop_page.go_back()
    expect(shop_page.get_by_role("button", name="Auto")).to_have_attribute("aria-pressed", "true")
    shop_page.goto(address)
    expect(heading).to_be_visible()


def test_filters_count_and_a_filter_that_hides_everything_offers_the_way_back(
    shop_page: Page,
) -> None:
    shop_page.locator("[data-part=filters] summary").click()
    shop_page.get_by_label("monitoring").check()
    expect(shop_page.locator("[data-part=filter-count]")).to_have_text(" · 1")
    expect(shop_page.locator(SENTENCE)).to_contain_text("no policy selects these 4 workloads")
    shop_page.get_by_label("monitoring").uncheck()
    shop_page.get_by_label("payments").check()
    shop_page.get_by_label("Only connections on port").fill("9/UDP")
    expect(shop_page.locator(SENTENCE)).to_have_text("The filters hide every connection.")
    shop_page.get_by_role("button", name="Clear the filters").first.click()
    expect(shop_page.locator(SENTENCE)).to_contain_text("Of 40 workloads")


def test_the_table_shows_the_same_flows_and_sorts(shop_page: Page) -> None:
    shop_page.get_by_role("button", name="Table", exact=True).click()
    shop_page.locator("[data-part=filters] summary").click()
    shop_page.get_by_placeholder("443/TCP").fill("5432/TCP")
    shop_page.wait_for_url("**port=5432*")
    table = shop_page.get_by_role("table")
    row = re.compile("catalog/catalog-api.*data/postgres-catalog.*TCP 5432")
    expect(table.locator("tbody tr", has_text=row)).to_have_count(1)
    expect(table.locator("tbody tr", has_text="TCP 9092")).to_have_count(0)
    table.get_by_role("columnheader", name="To").get_by_role("button").click()
    expect(table.get_by_role("columnheader", name="To")).to_have_attribute("aria-sort", "ascending")
    shop_page.wait_for_url("**sort=destination*")


def test_focus_keeps_one_workload_and_its_neighbours(shop_page: Page) -> None:
    shop_page.keyboard.press("/")
    shop_page.keyboard.type("kafka")
    shop_page.keyboard.press("Enter")
    shop_page.get_by_role("button", name="Show only its connections").click()
    shop_page.wait_for_url("**focus=data*")
    shop_page.get_by_role("button", name="Show everything again").first.click()
    expect(shop_page.locator("[data-part=filter-count]")).to_have_text("")


def test_the_map_is_walked_by_arrow_keys(shop_page: Page) -> None:
    shop_page.get_by_role("application").focus()
    shop_page.keyboard.press("ArrowRight")
    panel = shop_page.locator(PANEL)
    expect(panel.locator("h2")).to_be_visible()
    expect(panel.locator("h2")).not_to_have_text("Loading")
    first = shop_page.url
    shop_page.keyboard.press("ArrowRight")
    expect(shop_page).not_to_have_url(first)
    shop_page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_honesty_line_says_what_the_picture_rests_on(shop_page: Page) -> None:
    line = shop_page.locator("[data-part=honesty]")
    expect(line).to_contain_text("Not known whether policies are enforced here")
    expect(line).to_contain_text("Every policy in the input was evaluated")
    line.get_by_role("button", name="Details").click()
    expect(shop_page.locator("#honesty-details")).to_contain_text("Enforcement")


def saved(page: Page, path: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a picture").click()
    download.value.save_as(path)
    return path.read_bytes()


def test_the_map_can_be_saved_as_a_picture_with_all_names_from_however_far(
    shop_page: Page, tmp_path: Path
) -> None:
    usual = saved(shop_page, tmp_path / "map.png")
    assert usual.startswith(b"\x89PNG")
    assert "redis" in shop_page.evaluate(NAMES)
    out = shop_page.get_by_role("button", name="Zoom out")
    while shop_page.evaluate(ZOOM) > 0.12:
        out.click()
    assert shop_page.evaluate(NAMES) == [""]
    assert saved(shop_page, tmp_path / "far.png") == usual
    assert shop_page.evaluate(NAMES) == [""]
    shop_page.get_by_role("button", name="Fit everything").click()
    shop_page.wait_for_function(f"() => ({NAMES})().includes('redis')")


def test_names_are_offered_where_somebody_is_about_to_choose_one(shop_page: Page) -> None:
    offered = shop_page.locator("#peer-names option")
    shop_page.get_by_label("Can", exact=True).focus()
    expect(offered.and_(shop_page.locator("[value='data/redis']"))).to_have_count(1)
    shop_page.locator("[data-part=filters] summary").click()
    boxes = shop_page.locator("[data-part=filter-namespaces]")
    boxes.get_by_label("payments").check()
    shop_page.wait_for_url("**ns=payments*")
    expect(boxes.get_by_role("checkbox", checked=True)).to_have_count(1)


def test_the_map_is_accessible_with_panel_menus_and_table_open(page: Page, shop: str) -> None:
    page.goto(f"{shop}?sel=payments/payments-api[Deployment]")
    expect(page.locator(f"{PANEL} .lead")).to_be_visible()
    page.locator("[data-part=legend] summary").click()
    page.locator("[data-part=filters] summary").click()
    assert faults_by_day_and_night(page) == []
    # All rows there are go through the same on a phone.
    page.goto(f"{shop}?view=table&ns=payments")
    expect(page.get_by_role("table")).to_be_visible()
    assert faults_by_day_and_night(page) == []


def test_on_a_phone_the_panel_is_a_sheet_and_nothing_sticks_out(
    open_page: OpenPage, shop: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(shop)
    page.get_by_role("button", name="Can A reach B?").click()
    ask(page, "orders/cart", "data/redis", "6379/TCP")
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text("open")
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] == 0
    assert box["width"] == 390
    assert box["y"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert accessibility_faults(page) == []


def test_on_a_phone_the_table_breaks_no_name(open_page: OpenPage, shop: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{shop}?view=table&sort=-source")
    names = page.locator(".twin tbody td:first-child")
    expect(names.first).to_be_visible()
    heights = names.evaluate_all("cells => cells.map((cell) => cell.offsetHeight)")
    assert max(heights) < 30
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert accessibility_faults(page) == []


def test_an_unknown_snapshot_is_a_page_with_the_way_back(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    page.goto("/snapshots/0123456789abcdef/")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", name="Load your manifests")).to_be_visible()


def test_a_map_that_cannot_be_read_says_so_and_offers_another_try(
    page: Page, shop: str, expected_errors: list[str]
) -> None:
    expected_errors.append("Failed to load resource")
    page.route("**/graph*", lambda route: route.abort())
    page.goto(shop)
    expect(page.locator("[data-part=failed]")).to_contain_text("The server does not answer")
    page.unroute("**/graph*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(SENTENCE)).to_contain_text("Of 40 workloads")
