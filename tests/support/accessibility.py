"""Runs axe on a page that the browser shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["accessibility_faults"]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const result = await axe.run(document, { runOnly: tags });
  return result.violations.map((rule) => ({
    rule: rule.id,
    impact: rule.impact,
    at: rule.nodes.map((node) => node.target.join(" ") + ": " + node.failureSummary),
  }));
}"""


def accessibility_faults(page: Page) -> list[Any]:
    """Everything that axe finds; an empty list is the aim."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(RUN))
