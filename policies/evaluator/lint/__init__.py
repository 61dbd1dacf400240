"""Lint: what is wrong or risky in the policies of a state, and why it bites here (semantics G).

Each family of findings is a module of this package with a `FAMILY` title and its `CHECKS`; both are
found here, nothing else has to be registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import SEVERITIES, Check, Finding, Hit, Place
from policies.evaluator.lint.suppress import (
    ABOUT_IGNORES,
    Ignore,
    about_ignores,
    parse_ignores,
    suppressed,
)
from policies.evaluator.policy import Direction

__all__ = ["ABOUT_IGNORES", "CATALOGUE", "FAMILIES", "Family", "findings", "lint", "not_judged"]


class Family(msgspec.Struct, frozen=True):
    """Checks that belong together."""

    title: str
    checks: tuple[Check, ...]


def _discover() -> tuple[Family, ...]:
    found = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "CHECKS"):
            found.append(Family(module.FAMILY, tuple(module.CHECKS)))
    return (*sorted(found, key=lambda each: each.title), Family("Ignored findings", ABOUT_IGNORES))


def _number(check_id: str) -> tuple[str, int]:
    prefix, _, number = check_id.partition("-")
    return prefix, int(number)


FAMILIES = _discover()
CATALOGUE: dict[str, Check] = {
    check.id: check
    for check in sorted(
        (check for family in FAMILIES for check in family.checks),
        key=lambda check: _number(check.id),
    )
}


def lint(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Every finding of a state, worst first; suppressed ones are marked and stay in their place.

    Looks at what the policies intend: that nothing enforces them is a finding of its own (L-01).
    """
    if not evaluation.enforces:
        evaluation = evaluation.of_another(evaluation.state, intended=True)
    evidence = Evidence(evaluation)
    state = evaluation.state
    ignores = [entry for key, text in state.ignores.items() for entry in parse_ignores(key, text)]
    reasons = {(each.object, each.id): each.reason for each in ignores if each.reason}
    found = [suppressed(each, reasons) for each in _run(evidence, CATALOGUE)]
    found += _about(ignores, found, evidence)
    return tuple(sorted(found, key=_order))


def not_judged(evaluation: Evaluation) -> int:
    """How many workloads are governed by policies that are not evaluated: what these let through
    is not known, and so nothing is said of it."""
    evidence = Evidence(evaluation)
    hidden = 0
    for direction in Direction:
        hidden |= evidence.hidden(direction)
    return len(evidence.refs(hidden))


def findings(evidence: Evidence, ids: Collection[str]) -> list[Finding]:
    """The findings of some checks only, as they are found and whatever is ignored."""
    return list(_run(evidence, ids))


def _run(evidence: Evidence, ids: Collection[str]) -> Iterator[Finding]:
    for family in FAMILIES:
        for check in family.checks:
            if check.id in ids:
                yield from (_finding(family.title, check, hit) for hit in check.find(evidence))


def _finding(family: str, check: Check, hit: Hit) -> Finding:
    return Finding(
        id=check.id,
        severity=hit.severity or check.severity,
        family=family,
        title=check.title,
        why=check.why,
        here=hit.here,
        objects=tuple(dict.fromkeys(hit.objects)),
        show=hit.show,
        port=hit.port,
        fix=hit.fix,
    )


def _about(
    ignores: list[Ignore], found: Iterable[Finding], evidence: Evidence
) -> Iterator[Finding]:
    places: dict[str, Place] = {}
    for policy in evidence.policies:
        places[policy.source.key] = evidence.place(policy)
    for workload in evidence.state.workloads:
        place = evidence.workload_place(workload.ref)
        places[place.object] = place
    for service in evidence.state.services:
        place = evidence.service_place(service)
        places[place.object] = place
    for namespace in evidence.state.namespaces:
        place = evidence.namespace_place(namespace.name)
        places[place.object] = place
    known = frozenset(CATALOGUE)
    for check, hit in about_ignores(ignores, found, known, places):
        yield _finding(FAMILIES[-1].title, check, hit)


def _order(finding: Finding) -> tuple[int, tuple[str, int], str, str, int, str]:
    first = finding.objects[0] if finding.objects else Place("")
    return (
        SEVERITIES.index(finding.severity),
        _number(finding.id),
        first.object,
        first.source,
        first.line,
        finding.here,
    )
