"""Writes the table of checks in docs/findings.md from the checks themselves."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from policies.evaluator.lint import FAMILIES  # noqa: E402 - the path above finds it

__all__ = ["PAGE", "rendered"]

PAGE = ROOT / "docs" / "findings.md"
START = "<!-- checks: written by scripts/write_findings.py -->"
SEVERITY = {"error": "error", "warning": "warning", "info": "note"}


def rendered(text: str) -> str:
    """The page with its tables as the checks are now; what stands before them is kept."""
    head, _, _ = text.partition(START)
    parts = [f"{head}{START}\n"]
    for family in FAMILIES:
        parts.append(
            f"\n### {family.title}\n\n| id | | found | why it matters |\n|---|---|---|---|\n"
        )
        parts += [
            f"| {check.id} | {SEVERITY[check.severity]} | {check.title} | {check.why} |\n"
            for check in sorted(family.checks, key=lambda each: int(each.id.partition("-")[2]))
        ]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
