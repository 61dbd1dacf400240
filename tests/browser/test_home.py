"""The start page in a browser: three ways to begin, and what happens to what is loaded."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from policies import services
from tests.conftest import OpenPage
from tests.support.accessibility import faults_by_day_and_night

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"
BROKEN_POLICY = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: broken, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - ports: [{port: 70000}]
"""


def test_an_empty_installation_offers_three_ways_to_begin(page: Page) -> None:
    page.goto("/")
    for title in ("Take the tour", "Load your manifests", "Connect a running cluster"):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.get_by_role("link", name="Start the tour").click()
    expect(page.get_by_role("heading", name="A flat network", exact=True)).to_be_visible()


def test_a_chosen_file_opens_as_a_map_and_is_listed_afterwards(page: Page) -> None:
    page.goto("/")
    page.locator("[data-part=picker]").set_input_files(
        {"name": "web.yaml", "mimeType": "application/yaml", "buffer": POD.encode()}
    )
    page.wait_for_url("**/snapshots/*/")
    expect(page.locator("[data-part=sentence-text]")).to_contain_text("no policy selects")
    page.goto("/")
    expect(page.get_by_role("link", name="web.yaml")).to_be_visible()


def test_a_dropped_file_is_loaded(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """text => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "dropped.yaml"));
          const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", options));
        }""",
        POD,
    )
    page.wait_for_url("**/snapshots/*/")


def test_problems_are_shown_with_file_and_line_and_the_rest_is_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_text("Or paste YAML").click()
    page.get_by_label("YAML to load").fill(POD + BROKEN_POLICY)
    page.get_by_role("button", name="Draw this").click()
    result = page.locator("[data-part=result]")
    expect(result.get_by_role("heading")).to_have_text(
        "1 problem; 1 workload and 0 policies were kept"
    )
    expect(result).to_contain_text("NetworkPolicy/shop/broken")
    expect(result).to_contain_text(re.compile(r"pasted\.yaml:11"))
    result.get_by_role("link", name="Open the map").click()
    expect(page.locator("[data-part=honesty]")).to_contain_text("1 problem in the input")


def test_unreadable_input_is_refused_with_its_line_and_nothing_is_stored(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("422")
    page.goto("/")
    page.get_by_text("Or paste YAML").click()
    page.get_by_label("YAML to load").fill("a: [")
    page.get_by_role("button", name="Draw this").click()
    result = page.locator("[data-part=result]")
    expect(result.get_by_role("heading")).to_have_text("This cannot be read")
    expect(result).to_contain_text("Nothing was stored.")
    expect(result).to_contain_text("pasted.yaml:")
    assert not services.list_snapshots().exists()


def test_a_file_that_is_no_text_is_named_in_the_sentence_that_refuses_it(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("422")
    page.goto("/")
    page.locator("[data-part=picker]").set_input_files(
        {"name": "photo.yaml", "mimeType": "image/png", "buffer": b"\x89PNG\x00\x01"}
    )
    expect(page.locator("[data-part=result] li")).to_contain_text("Left out: photo.yaml is ")


def test_the_start_page_is_accessible_in_light_and_dark_and_on_a_phone(
    open_page: OpenPage,
) -> None:
    services.store_demo()
    for viewport in ({"width": 1280, "height": 720}, {"width": 390, "height": 844}):
        page = open_page(viewport=viewport)
        page.goto("/")
        expect(page.get_by_role("link", name="Demo: A flat network")).to_be_visible()
        assert faults_by_day_and_night(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_colours_can_be_pinned_and_stay_pinned(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.goto("/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Colours").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
