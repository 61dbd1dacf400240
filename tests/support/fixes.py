"""What the draft of a finding does to the state it was found in."""

from __future__ import annotations

from dataclasses import dataclass

from policies.evaluator.diff import Change, compare
from policies.evaluator.documents import SourceText
from policies.evaluator.engine import Evaluation
from policies.evaluator.lint import lint
from policies.evaluator.lint.finding import Finding
from policies.evaluator.read import read_state
from policies.evaluator.whatif import overlay

__all__ = ["NARROWS", "OPENS", "Tried", "try_fix"]

# Fixes that close something, and say so in their title.
NARROWS = {
    "L-03": "Select ",
    "L-07": "Select ",
    "L-09": "Remove the empty rule",
    "L-11": "to policyTypes",
    "L-20": "Require both selectors",
    "L-25": "Delete ",
    "L-36": "Leave out ",
    "L-39": "Leave out private ranges",
    "L-46": " in place of ",
    "L-101": "by default",
    "L-111": "Open the declared ports only",
}
# Fixes that open something: what the policy was meant to open, or what it closes unawares.
OPENS = frozenset(
    {"L-02", "L-10", "L-11", "L-12", "L-13", "L-14", "L-15", "L-23", "L-24", "L-31", "L-32", "L-34",
     "L-40", "L-41", "L-46", "L-67"}
)  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """The flows that a draft opened, those it closed that were certainly open, and the findings
    left after it."""

    opened: tuple[Change, ...]
    closed: tuple[Change, ...]
    left: frozenset[str]


def try_fix(before: Evaluation, finding: Finding) -> Tried:
    """Apply the fix of a finding. The draft must be one that can be read."""
    fix = finding.fix
    assert fix is not None
    draft = read_state([SourceText("fix.yaml", fix.yaml.encode())] if fix.yaml else [])
    assert not [each for each in draft.problems if each.severity == "error"], fix.yaml
    after = before.of_another(overlay(before.state, draft, fix.delete), base=before)
    changes = compare(before, after).changes
    return Tried(
        tuple(
            each
            for each in changes
            # What was certain and is less so is closed; its connections say what may be left.
            if each.after - each.before
            and (each.verdict_before, each.verdict_after) != ("allow", "conditional")
        ),
        tuple(
            each
            for each in changes
            if each.verdict_before == "allow"
            and (each.before - each.after or each.verdict_after != "allow")
        ),
        frozenset(each.key for each in lint(after)),
    )
