"""Findings that somebody decided to live with, and annotations that say it badly."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.lint import lint
from policies.evaluator.lint.finding import Finding
from policies.evaluator.lint.suppress import Ignore, parse_ignores
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.support.reading import read

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
---
"""


def policy(ignore: str) -> str:
    annotations = f"annotations: {{netviz.io/ignore: '{ignore}'}}" if ignore else ""
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p
  namespace: x
  {annotations}
spec: {{podSelector: {{matchLabels: {{app: b}}}}, policyTypes: [Ingress, Egress]}}
"""


def found(state: ClusterState, *ids: str) -> list[Finding]:
    return [each for each in lint(evaluate(state)) if each.id in ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L-02: next week", [Ignore("k", "L-02", "next week")]),
        ("L-02: a ; L-30: b: c;", [Ignore("k", "L-02", "a"), Ignore("k", "L-30", "b: c")]),
        ("L-02", [Ignore("k", "L-02", "")]),
        ("", []),
    ],
)
def test_an_annotation_is_a_list_of_ids_and_reasons(text: str, expected: list[Ignore]) -> None:
    assert parse_ignores("k", text) == expected


def test_a_finding_that_its_object_ignores_stays_and_says_why() -> None:
    (finding,) = found(
        read(PODS + policy("L-03: deployed before its pods")), "L-03", "I-01", "I-02"
    )
    assert finding.suppressed == "deployed before its pods"
    assert finding.to_json()["suppressed"] == "deployed before its pods"


def test_an_ignore_of_another_finding_suppresses_nothing_and_is_reported() -> None:
    useless, counts = sorted(found(read(PODS + policy("L-30: why not")), "L-03", "I-02"),
                             key=lambda each: each.id)  # fmt: skip
    assert counts.suppressed is None
    assert "ignores L-30 (why not), which is not found there" in useless.here
    assert (useless.objects[0].object, useless.objects[0].source) == (
        "NetworkPolicy/x/p", "a.yaml",
    )  # fmt: skip


def test_an_ignore_without_a_reason_suppresses_nothing_and_is_reported() -> None:
    without_reason, counts = sorted(found(read(PODS + policy("L-03")), "L-03", "I-01"),
                                    key=lambda each: each.id)  # fmt: skip
    assert counts.suppressed is None
    assert "does not say why" in without_reason.here


def test_an_ignore_of_no_finding_at_all_is_reported() -> None:
    (useless,) = found(read(PODS + policy("everything: I am in a hurry")), "I-02")
    assert "is no id of a finding" in useless.here


def test_a_finding_about_several_workloads_is_suppressed_when_all_of_them_ignore_it() -> None:
    def pod(name: str, ignore: str) -> str:
        note = f"annotations: {{netviz.io/ignore: '{ignore}'}}" if ignore else ""
        return (
            f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: x\n  {note}\n---\n"
        )

    one = read(pod("a", "L-100: a test") + pod("b", ""))
    both = read(pod("a", "L-100: a test") + pod("b", "L-100: a toy"))
    assert [each.suppressed for each in found(one, "L-100")] == [None]
    assert [each.suppressed for each in found(both, "L-100")] == ["a test and a toy"]


def test_a_draft_that_replaces_a_policy_replaces_its_annotation() -> None:
    base = read(PODS + policy("L-03: deployed before its pods"))
    after = overlay(base, read(policy("")))
    assert [each.suppressed for each in found(after, "L-03")] == [None]
    assert overlay(base, read(PODS)).ignores == base.ignores
