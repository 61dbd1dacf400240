"""What is wrong or risky in the policies of a state, asked once for every door."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.lint import CATALOGUE, FAMILIES, lint, not_judged
from policies.evaluator.lint.finding import SEVERITIES, Finding
from policies.evaluator.lint.near import nearest
from policies.services.answers import envelope, evaluate_snapshot
from policies.services.reading import problems_json

__all__ = [
    "FindingFilter",
    "finding_draft",
    "findings_answer",
    "findings_head",
    "findings_of",
    "findings_summary",
]

# Linting a large cluster takes as long as evaluating it, and its pages and lists ask often.
_known: WeakKeyDictionary[Evaluation, tuple[Finding, ...]] = WeakKeyDictionary()
_lock = threading.Lock()


class FindingFilter(msgspec.Struct, frozen=True):
    """Which findings: `severity` is the least one shown, empty fields leave nothing out."""

    severity: str = ""
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    family: str = ""
    namespace: str = ""
    object: str = ""
    text: str = ""

    def check(self) -> None:
        """Raises BadQuestion for an id or a family that there is none of."""
        for field, ids in (("only", self.only), ("ignore", self.ignore)):
            for each in ids:
                if each not in CATALOGUE:
                    near = nearest(each, CATALOGUE)
                    hint = f" Did you mean {near}?" if near else ""
                    message = f'There is no finding "{each}".{hint}'
                    raise BadQuestion(field, message, (near,) if near else ())
        titles = [family.title for family in FAMILIES]
        if self.family and self.family not in titles:
            near = nearest(self.family, titles)
            message = f'There is no family "{self.family}". They are: {", ".join(titles)}.'
            raise BadQuestion("family", message, (near,) if near else ())

    def check_in(self, evaluation: Evaluation) -> None:
        """Raises BadQuestion for what `check` does, and for a namespace that there is none of."""
        self.check()
        known = evaluation.universe.namespaces
        if self.namespace and self.namespace not in known:
            near = nearest(self.namespace, known)
            hint = f" Did you mean {near}?" if near else ""
            message = f'There is no namespace "{self.namespace}" here.{hint}'
            raise BadQuestion("namespace", message, (near,) if near else ())

    def shows(self, finding: Finding) -> bool:
        """Whether a finding passes every part of the filter."""
        worst = SEVERITIES.index(finding.severity)
        keys = [each.object for each in finding.objects]
        return (
            (not self.severity or worst <= SEVERITIES.index(self.severity))
            and (not self.only or finding.id in self.only)
            and finding.id not in self.ignore
            and self.family in ("", finding.family)
            and (not self.namespace or self.namespace in finding.namespaces)
            and (not self.object or any(_names(key, self.object) for key in keys))
            and (not self.text or self.text.lower() in _searched(finding))
        )


def _names(key: str, wanted: str) -> bool:
    """`Deployment/shop/web` answers to its key, to `shop/web` and to `shop/web[Deployment]`."""
    kind, _, rest = key.partition("/")
    return wanted in (key, rest, f"{rest}[{kind}]")


def _searched(finding: Finding) -> str:
    objects = " ".join(f"{each.object} {each.source}" for each in finding.objects)
    return f"{finding.id} {finding.title} {finding.here} {objects}".lower()


def findings_of(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Every finding of an evaluated state, worst first."""
    with _lock:
        known = _known.get(evaluation)
    if known is None:
        known = lint(evaluation)
        with _lock:
            _known[evaluation] = known
    return known


def findings_summary(evaluation: Evaluation, found: Iterable[Finding]) -> dict[str, int]:
    """How many findings count by severity, how many are suppressed, how many checks ran, and of how
    many workloads they could not tell."""
    counts: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
    suppressed = 0
    for each in found:
        if each.suppressed is None:
            counts[each.severity] += 1
        else:
            suppressed += 1
    return {
        **counts,
        "suppressed": suppressed,
        "checks": len(CATALOGUE),
        "not_judged": not_judged(evaluation),
    }


def findings_head(evaluation: Evaluation) -> dict[str, Any]:
    """What stands before the findings of an evaluation: is it enforced, and how many there are."""
    found = findings_of(evaluation)
    spaces = {name for each in found for name in each.namespaces}
    return {
        **envelope(evaluation),
        "summary": findings_summary(evaluation, found),
        "families": sorted({each.family for each in found}),
        "namespaces": sorted(spaces),
    }


def findings_answer(evaluation: Evaluation, asked: FindingFilter) -> dict[str, Any]:
    """The findings that a filter leaves; the summary counts them. Raises BadQuestion."""
    asked.check_in(evaluation)
    found = [each for each in findings_of(evaluation) if asked.shows(each)]
    head = envelope(evaluation)
    return {
        "version": head.pop("version"),
        "summary": findings_summary(evaluation, found),
        **head,
        "problems": problems_json(evaluation.state.problems),
        "findings": [each.to_json() for each in found],
    }


def finding_draft(identifier: str, key: str) -> dict[str, Any] | None:
    """The fix of a finding as a draft that the what-if page opens; None where there is none.

    Raises NotFound for an unknown snapshot.
    """
    # Of all findings, only these are of something in the database.
    from policies.services.kept import get_snapshot

    if not key:
        return None
    for each in findings_of(evaluate_snapshot(get_snapshot(identifier))):
        if each.key == key and each.fix is not None:
            files = [{"name": f"fix-{each.id}.yaml", "content": each.fix.yaml}]
            return {
                "name": key,
                "title": each.fix.title,
                "files": files if each.fix.yaml else [],
                "delete": list(each.fix.delete),
            }
    return None
