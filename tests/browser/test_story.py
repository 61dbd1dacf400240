"""The guided story in a browser, from the flat network to the one that does not enforce."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from policies.demo.story import STEPS
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults

ANSWER = "[data-part=answer]"
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


def test_the_story_is_accessible_and_fits_a_phone(open_page: OpenPage) -> None:
    phone = {"width": 390, "height": 844}
    for options in ({"color_scheme": "dark"}, {"color_scheme": "light", "viewport": phone}):
        page = open_page(**options)
        page.goto("/story/not-enforced")
        expect(page.locator(f"{ANSWER} .chip")).to_be_visible()
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.get_by_role("link", name="Use your own")).to_be_in_viewport()


def test_an_unknown_step_is_not_found(page: Page, expected_errors: list[str]) -> None:
    expected_errors.append("404")
    page.goto("/story/no-such-step")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
