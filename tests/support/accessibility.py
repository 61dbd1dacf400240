"""Runs axe on a page that the browser shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

__all__ = ["accessibility_faults", "faults_by_day_and_night"]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
# Colours that are still on their way from one scheme to the other are those of neither.
RUN = """async () => {
  const moving = document.getAnimations().filter((each) => {
    return Number.isFinite(each.effect.getComputedTiming().endTime);
  });
  await Promise.allSettled(moving.map((each) => each.finished));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const result = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return result.violations.map((rule) => ({
    rule: rule.id,
    impact: rule.impact,
    at: rule.nodes.map((node) => node.target.join(" ") + ": " + node.failureSummary),
  }));
}"""


def accessibility_faults(page: Page) -> list[Any]:
    """Everything that axe finds; an empty list is the aim."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(RUN))


def faults_by_day_and_night(page: Page) -> list[Any]:
    """The same in light colours and in dark ones, which the page follows as it is shown."""
    found: list[Any] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += accessibility_faults(page)
        assert page.locator("html").get_attribute("data-theme") == scheme
    return found
