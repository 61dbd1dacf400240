"""The matrix page in a browser: from the map and back, cells, keyboard, phone, nothing to show."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from policies import services
from policies.demo.story import sources_of
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults, faults_by_day_and_night
from tests.support.doors import step
from tests.support.shop import shop_manifests

PANEL = "[data-part=panel]"
FACTS = "[data-part=sentence-facts]"


@pytest.fixture
def shop(live_url: str) -> str:
    """Path of the map of the shop with 40 workloads."""
    snapshot, problems = services.store_upload([("shop.yaml", shop_manifests())], "Shop")
    assert not problems
    return f"/snapshots/{snapshot.pk}/"


def story(slug: str) -> str:
    snapshot, _ = services.store_sources(sources_of(step(slug).files))
    return f"/snapshots/{snapshot.pk}/matrix"


@pytest.fixture
def demo(live_url: str) -> str:
    """Path of the matrix of the demo's step in which the label is there."""
    return story("label-added")


def cell(page: Page, source: str, destination: str) -> Locator:
    return page.get_by_role("gridcell", name=f"{source} to {destination}:")


def nav(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Pages").get_by_role("link", name=name)


def test_a_closed_cell_is_explained_with_the_policy_that_closes_it_and_the_fix(
    page: Page, demo: str
) -> None:
    page.goto(demo)
    closed = cell(page, "production/redis", "development/curl")
    expect(closed).to_have_accessible_name(re.compile(": closed$"))
    closed.click()
    panel = page.locator(PANEL)
    expect(panel.get_by_role("heading", name="production/redis → development/curl")).to_be_visible()
    expect(panel.locator(".chip").first).to_have_text("closed")
    expect(panel.locator(".lead")).to_contain_text("isolated by deny-all")
    expect(panel.get_by_role("link", name="Fix it in What-if")).to_be_visible()
    expect(closed).to_have_attribute("aria-selected", "true")


def test_an_open_cell_is_explained_as_the_line_of_the_map_is(page: Page, demo: str) -> None:
    page.goto(demo)
    cell(page, "development/curl", "production/redis").click()
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text("open")
    expect(panel).to_contain_text("allow-devel-pod-to-http")
    said = panel.inner_text()
    nav(page, "Map").click()
    expect(page.locator("[data-part=canvas]")).to_be_visible()
    expect(panel.locator(".lead")).to_be_visible()
    assert panel.inner_text() == said


def test_what_the_map_leaves_to_a_padlock_is_a_cell_with_an_explanation_on_both_pages(
    page: Page, demo: str
) -> None:
    page.goto(demo)
    cell(page, "production/redis", "kube-system/coredns").click()
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text("open")
    nav(page, "Map").click()
    expect(
        panel.get_by_role("heading", name="production/redis → kube-system/coredns")
    ).to_be_visible()
    expect(panel.locator(".chip").first).to_have_text("open")


def test_the_filters_and_the_selection_go_along_from_the_map_to_the_matrix_and_back(
    page: Page, shop: str
) -> None:
    page.goto(f"{shop}?ns=catalog,data&port=5432/TCP")
    page.keyboard.press("/")
    page.keyboard.type("catalog-api")
    page.keyboard.press("Enter")
    heading = page.locator(PANEL).get_by_role("heading", name="catalog-api", exact=True)
    expect(heading).to_be_visible()
    nav(page, "Matrix").click()
    page.wait_for_url("**/matrix?**")
    expect(page.locator("[data-part=filter-count]")).to_have_text(" · 3")
    expect(page.get_by_role("rowheader")).to_have_count(13)
    expect(heading).to_be_visible()
    expect(cell(page, "catalog/catalog-api", "data/postgres-catalog")).to_have_accessible_name(
        re.compile("open, TCP 5432")
    )
    expect(page.locator(FACTS)).to_contain_text("are open on 5432/TCP")
    address = page.url
    cell(page, "catalog/catalog-api", "data/redis").click()
    expect(page.locator(PANEL).locator(".chip").first).to_have_text("closed")
    assert "on=5432%2FTCP" in page.url
    page.go_back()
    expect(heading).to_be_visible()
    assert page.url == address
    nav(page, "Map").click()
    page.wait_for_url(re.compile(r"/snapshots/\w+/\?"))
    expect(page.locator("[data-part=filter-count]")).to_have_text(" · 3")
    expect(heading).to_be_visible()


def test_namespaces_open_and_fold_and_say_how_many_of_their_pairs_are_open(
    page: Page, shop: str
) -> None:
    page.goto(f"{shop}matrix?level=namespace")
    into = cell(page, "catalog", "data")
    expect(into).to_have_accessible_name(re.compile("open for 2 of 30 pairs"))
    into.click()
    panel = page.locator(PANEL)
    expect(panel.locator(".lead")).to_have_text(
        "2 pairs of workloads may connect from catalog to data."
    )
    cell(page, "data", "catalog").click()
    expect(panel.locator(".lead")).to_have_text("Nothing may connect from data to catalog.")
    panel.get_by_role("button", name="Open data").click()
    page.wait_for_url("**open=data*")
    expect(panel.get_by_role("button", name="Open catalog")).to_be_visible()
    expect(panel.get_by_role("button", name="Open data")).to_have_count(0)
    expect(cell(page, "data/redis", "catalog")).to_have_accessible_name(re.compile(": closed$"))
    page.get_by_role("rowheader").get_by_role("button", name="catalog 6").click()
    page.wait_for_url("**open=catalog*")
    expect(cell(page, "data/redis", "catalog/media")).to_be_visible()


def test_the_grid_is_one_stop_of_the_tab_key_and_walked_by_arrows(page: Page, demo: str) -> None:
    page.goto(demo)
    first = cell(page, "development/curl", "development/curl")
    expect(first).to_have_attribute("tabindex", "0")
    assert page.locator(".matrix [tabindex='0']").count() == 1
    first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(cell(page, "development/curl", "production/redis")).to_be_focused()
    expect(page.locator("[data-part=hint]")).to_have_text(
        "development/curl → production/redis: open, TCP 80"
    )
    page.keyboard.press("Enter")
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text("open")
    expect(cell(page, "development/curl", "production/redis")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("rowheader").get_by_role("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="curl", exact=True)).to_be_visible()


def test_row_and_column_of_the_cell_pointed_at_stand_out(page: Page, demo: str) -> None:
    page.goto(demo)
    cell(page, "development/curl", "production/redis").hover()
    expect(page.locator("th.lit")).to_have_count(2)
    expect(page.locator("th.lit").first).to_have_text("production/redis")
    expect(page.locator("th.lit").last).to_have_text("development/curl")


def test_without_policies_every_pair_is_open_and_a_sentence_says_so(
    page: Page, live_url: str
) -> None:
    page.goto(story("flat-network"))
    expect(page.locator("[data-part=sentence-text]")).to_contain_text(
        "Everything may talk to everything"
    )
    expect(page.locator(FACTS)).to_contain_text(re.compile(r"All \d+ pairs are open\."))
    expect(page.locator(".matrix .deny")).to_have_count(0)


def test_where_nothing_enforces_policies_the_banner_says_it_and_shows_what_they_intend(
    page: Page, live_url: str
) -> None:
    page.goto(story("not-enforced"))
    banner = page.locator("[data-not-enforced]")
    expect(banner).to_contain_text("Policies are not enforced in this cluster")
    expect(page.locator(".matrix .deny")).to_have_count(0)
    banner.get_by_role("button", name="Show what the policies intend").click()
    expect(page.locator(".matrix .deny").first).to_be_visible()


def test_filters_that_leave_nothing_offer_the_way_back(page: Page, shop: str) -> None:
    page.goto(f"{shop}matrix?ns=nowhere")
    expect(page.get_by_role("heading", name="The filters hide everything")).to_be_visible()
    page.locator(".matrix-empty").get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_role("grid")).to_be_visible()
    page.goto(f"{shop}matrix?ns=payments&port=9/UDP")
    expect(page.locator(FACTS)).to_contain_text(re.compile(r"None of \d+ pairs is open on 9/UDP\."))
    page.locator(FACTS).get_by_role("button", name="Clear the filters").click()
    expect(page.locator(FACTS)).to_contain_text("341 of 1,880 pairs are open")


def test_what_is_not_certain_is_marked_and_never_called_open_or_closed(
    page: Page, shop: str
) -> None:
    page.goto(f"{shop}matrix")
    doubtful = cell(page, "catalog/search", "edge/ingress-nginx")
    expect(doubtful).to_have_accessible_name(re.compile(": not known, TCP 443; .+"))
    doubtful.click()
    expect(page.locator(PANEL).locator(".chip").first).to_have_text("not known")
    page.goto(f"{shop}matrix?only=certain")
    expect(doubtful).to_have_class(re.compile("aside"))


def test_the_matrix_is_accessible_with_panel_legend_and_filters_open(page: Page, shop: str) -> None:
    page.goto(f"{shop}matrix?ns=data,edge&sel=answer&from=edge/waf&to=data/redis&on=6379/TCP")
    expect(page.locator(PANEL).locator(".lead")).to_be_visible()
    expect(page.locator(".fix .button")).to_be_visible()
    page.locator("[data-part=legend] summary").click()
    page.locator("[data-part=filters] summary").click()
    assert faults_by_day_and_night(page) == []
    page.goto(f"{shop}matrix?level=namespace")
    expect(page.get_by_role("grid")).to_be_visible()
    assert faults_by_day_and_night(page) == []
    page.goto(f"{shop}matrix")
    expect(page.get_by_role("grid")).to_be_visible()
    assert accessibility_faults(page) == []


def test_on_a_phone_the_grid_scrolls_in_itself_and_its_heads_stay(
    open_page: OpenPage, shop: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{shop}matrix?ns=catalog,data,storefront")
    target = cell(page, "storefront/web", "storefront/web")
    target.scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    head = page.get_by_role("rowheader").last.bounding_box()
    assert head is not None
    assert head["x"] == 0
    cell(page, "storefront/bff", "catalog/search").click()
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_be_visible()
    assert accessibility_faults(page) == []


def test_a_matrix_that_cannot_be_read_says_so_and_offers_another_try(
    page: Page, shop: str, expected_errors: list[str]
) -> None:
    expected_errors.append("Failed to load resource")
    page.route("**/api/**/matrix*", lambda route: route.abort())
    page.goto(f"{shop}matrix")
    expect(page.locator("[data-part=failed]")).to_contain_text("The server does not answer")
    page.unroute("**/api/**/matrix*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("grid")).to_be_visible()


@pytest.mark.parametrize(("width", "share"), [(1280, 0.3), (390, 0.5)], ids=["desktop", "phone"])
def test_long_names_leave_the_cells_in_view(
    page: Page, live_url: str, width: int, share: float
) -> None:
    pods = "".join(
        "apiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {'workload' * 7}{end}, namespace: {'place' * 12}}}\n---\n"
        for end in "ab"
    )
    snapshot, _ = services.store_upload([("long.yaml", pods.encode())])
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/snapshots/{snapshot.pk}/matrix")
    heads = page.get_by_role("rowheader")
    expect(heads).to_have_count(3)
    box = heads.first.bounding_box()
    assert box is not None
    assert box["width"] < width * share
