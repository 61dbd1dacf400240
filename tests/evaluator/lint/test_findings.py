"""Every finding: found where it must be, not found in a near miss, and gone with its fix."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.lint import CATALOGUE, FAMILIES, lint
from scripts.write_findings import PAGE, rendered
from tests.evaluator.lint.cases_care import CASES as CARE
from tests.evaluator.lint.cases_outside import CASES as OUTSIDE
from tests.evaluator.lint.cases_selectors import CASES as SELECTORS
from tests.evaluator.lint.cases_tiers import CASES as TIERS
from tests.evaluator.lint.cases_tiers import DENY_ALL_OUT, baseline
from tests.evaluator.lint.cases_traffic import CASES as TRAFFIC
from tests.evaluator.lint.catalogue_ids import LEFT_OUT, SECTION_G
from tests.support.fixes import NARROWS, OPENS, try_fix
from tests.support.lint import Case, given
from tests.support.states import pod, policy

CASES = (*SELECTORS, *TRAFFIC, *CARE, *TIERS, *OUTSIDE)


@pytest.mark.parametrize("case", CASES)
def test_it_is_found_and_says_why_it_bites_here(case: Case) -> None:
    found = case.found()
    assert found
    texts = " ".join(each.here for each in found)
    assert [part for part in case.says if part not in texts] == [], texts
    assert len({each.key for each in found}) == len(found)


@pytest.mark.parametrize("case", CASES)
def test_a_near_miss_is_not_found(case: Case) -> None:
    assert [each.here for each in case.missed()] == []


@pytest.mark.parametrize("case", CASES)
def test_the_fix_removes_the_finding(case: Case) -> None:
    evaluation = evaluate(case.fires, case.profile)
    for finding in case.found():
        if finding.fix is not None:
            assert finding.key not in try_fix(evaluation, finding).left, finding.fix.yaml
            assert msgspec.json.encode(finding.to_json())


@pytest.mark.parametrize("case", CASES)
def test_a_fix_opens_and_closes_nothing_but_what_it_says(case: Case) -> None:
    evaluation = evaluate(case.fires, case.profile)
    for finding in lint(evaluation):
        if finding.fix is None:
            continue
        tried = try_fix(evaluation, finding)
        if NARROWS.get(finding.id, "\n") not in finding.fix.title:
            assert tried.closed == (), finding.fix.yaml
        if finding.id not in OPENS:
            assert tried.opened == (), finding.fix.yaml


def test_every_check_has_a_case() -> None:
    named = {str(each.id).partition(" ")[0] for each in CASES}
    own = {check.id for check in FAMILIES[-1].checks}
    assert set(CATALOGUE) - own - named == set()


def test_every_id_of_the_catalogue_is_checked_or_says_why_not() -> None:
    own = {check.id for check in FAMILIES[-1].checks}
    assert set(CATALOGUE) - own | LEFT_OUT.keys() == set(SECTION_G)
    assert not CATALOGUE.keys() & LEFT_OUT.keys()
    assert all(len(reason.split()) > 4 for reason in LEFT_OUT.values())


def test_ids_are_given_once_and_texts_are_sentences() -> None:
    checks = [check for family in FAMILIES for check in family.checks]
    assert len({check.id for check in checks}) == len(checks)
    assert all(check.title and not check.title.endswith(".") for check in checks)
    assert all(check.why.endswith(".") for check in checks)


def test_the_documentation_lists_every_check_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rendered(text) == text, "run scripts/write_findings.py"
    assert all(f"| {check_id} |" in text for check_id in CATALOGUE)


def test_a_new_policy_never_takes_the_name_of_another_one() -> None:
    taken = policy("x/default-deny-egress", "podSelector: {matchLabels: {app: a}}")
    state = given(pod("x/a"), policy("x/deny", "podSelector: {}"), taken)
    (finding,) = [each for each in lint(evaluate(state)) if each.id == "L-101"]
    assert finding.fix is not None
    assert "name: default-deny-egress-2" in finding.fix.yaml


@pytest.mark.law("B-66")
def test_a_rule_of_pods_and_blocks_is_dead_when_both_are_and_then_once() -> None:
    to = "[{pods: {podSelector: {}}}, {networks: [0.0.0.0/0]}]"
    later = f"{{action: Allow, to: {to}, ports: [{{portNumber: {{port: 1, protocol: TCP}}}}]}}"
    world = (pod("x/a", ips=["10.1.0.1"]), pod("x/b", ips=["10.1.0.2"]))
    for before, count in (
        ("{action: Deny, to: [{pods: {podSelector: {}}}]}", 0),
        (DENY_ALL_OUT, 1),
    ):
        found = lint(evaluate(given(*world, baseline(f"egress: [{before}, {later}]"))))
        assert [each.id for each in found].count("L-68") == count
