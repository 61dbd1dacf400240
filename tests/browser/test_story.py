"""The guided story in a browser, from the flat network to the one that does not enforce."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from policies.demo.story import STEPS
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults

ANSWER = "[data-part=answer]"
# Once there are any, and nothing moves.
PLACES = """async () => {
  const map = () => document.querySelector("[data-part=canvas]")._cyreg?.cy;
  while (!map() || map().nodes().empty() || map().animated())
    await new Promise(requestAnimationFrame);
  const cy = map();
  return cy.nodes().map((node) => [node.id(), [node.position("x"), node.position("y")]]);
}"""
HEIGHT = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  return cy.nodes().renderedBoundingBox({ includeLabels: false }).h;
}"""
WHATIF = "Show it as a what"
WORD = {"allow": "open", "deny": "closed"}


def test_every_question_of_every_step_has_the_answer_that_the_story_tells(page: Page) -> None:
    for step in STEPS:
        page.goto(f"/story/{step.slug}")
        expect(page.get_by_role("heading", name=step.title, exact=True)).to_be_visible()
        for number, ask in enumerate(step.asks):
            page.locator(".story-ask").nth(number).click()
            expect(page.locator(".story-ask.current b").last).to_have_text(ask.destination)
            expect(page.locator(f"{ANSWER} .chip")).to_have_text(WORD[ask.verdict])


def test_the_story_is_walked_by_keyboard_alone(page: Page) -> None:
    page.goto("/story/")
    for step in STEPS[1:]:
        page.get_by_role("link", name="Next", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=step.title, exact=True)).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=STEPS[-2].title, exact=True)).to_be_visible()
    page.locator("body").press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_the_rule_that_matches_nothing_says_that_no_namespace_carries_the_label(
    page: Page,
) -> None:
    page.goto("/story/allow-matches-nothing")
    page.get_by_role("button", name="Why?").click()
    panel = page.locator("[data-part=panel]")
    expect(panel).to_contain_text("env=development")
    panel.get_by_role("button", name="production/allow-devel-pod-to-http").first.click()
    expect(panel.locator(".notes").first).to_contain_text("no namespace")


def test_on_flannel_a_banner_says_in_words_that_nothing_is_enforced(page: Page) -> None:
    page.goto("/story/not-enforced")
    banner = page.locator("[data-not-enforced]")
    expect(banner).to_contain_text("Policies are not enforced in this cluster")
    page.locator(".story-ask", has_text="redis").click()
    expect(page.locator(f"{ANSWER} .chip")).to_have_text("open")
    banner.get_by_role("button", name="Show what the policies intend").click()
    expect(page.locator(f"{ANSWER} .chip")).to_have_text("closed")
    page.go_back()
    expect(page.locator(f"{ANSWER} .chip")).to_have_text("open")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_what_the_steps_share_stays_at_its_place_from_step_to_step(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    seen: dict[str, list[float]] = {}
    for step in STEPS:
        page.goto(f"/story/{step.slug}")
        expect(page.locator(f"{ANSWER} .chip")).to_be_visible()
        for node, place in page.evaluate(PLACES):
            assert seen.setdefault(node, place) == place, f"{node} in {step.slug}"
    assert {"development/curl[Pod]", "production/redis[StatefulSet]"} < seen.keys()


def test_a_change_of_policies_opens_as_a_whatif_on_the_step_before(page: Page) -> None:
    page.goto("/story/label-added")
    page.get_by_role("link", name=WHATIF).click()
    expect(page.locator(".file-name")).to_have_text(["label.yaml"])
    expect(page.locator(".snapshot-name")).to_have_text("Demo: An allow rule that matches nothing")
    opened = page.locator("tr.change", has_text="webserver").filter(has_text="curl")
    expect(opened).to_contain_text("opened")
    page.get_by_role("link", name="Leave the simulation").click()
    expect(page.get_by_role("heading", name="The label is added", exact=True)).to_be_visible()


def test_what_was_changed_in_the_draft_of_a_step_stays_apart_from_other_drafts(page: Page) -> None:
    page.goto("/story/default-deny/whatif")
    page.get_by_role("button", name="Close default-deny.yaml").click()
    expect(page.locator(".file-name")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-part=blank]")).to_be_visible()
    expect(page.locator(".file-name")).to_have_count(0)
    page.goto("/story/allow-matches-nothing/whatif")
    expect(page.locator(".file-name")).to_have_text(["allow.yaml"])


@pytest.mark.parametrize("slug", [STEPS[0].slug, STEPS[-1].slug])
def test_steps_that_no_draft_of_policies_leads_to_offer_no_whatif(
    page: Page, slug: str, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    page.goto(f"/story/{slug}")
    expect(
        page.get_by_role("link", name="Next").or_(page.get_by_text("Use your own"))
    ).to_be_visible()
    expect(page.get_by_role("link", name=WHATIF)).to_have_count(0)
    page.goto(f"/story/{slug}/whatif")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()


def test_the_story_is_accessible_and_fits_a_phone(open_page: OpenPage) -> None:
    phone = {"width": 390, "height": 844}
    for options in ({"color_scheme": "dark"}, {"color_scheme": "light", "viewport": phone}):
        page = open_page(**options)
        page.goto("/story/not-enforced")
        expect(page.locator(f"{ANSWER} .chip")).to_be_visible()
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.get_by_role("link", name="Use your own")).to_be_in_viewport()
        assert page.evaluate(HEIGHT) > 120


def test_an_unknown_step_is_not_found(page: Page, expected_errors: list[str]) -> None:
    expected_errors.append("404")
    page.goto("/story/no-such-step")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
