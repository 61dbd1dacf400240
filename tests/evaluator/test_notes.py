"""Notes on policies: selectors that match nothing, said before anybody asks."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.notes import notes_of
from policies.evaluator.state import PolicyObject
from tests.support.states import namespace, pod, policy, state
from tests.support.story import labelled, unlabelled

NAMESPACES = (namespace("x", {"env": "prod"}), namespace("y"))
PODS = (pod("x/a"), pod("y/b"), pod("y/later", {}, unknown=["hash"]))


def notes(*policies: PolicyObject) -> list[tuple[str, str, str]]:
    evaluation = evaluate(state(*NAMESPACES, *PODS, *policies))
    found = notes_of(evaluation, evaluation.policies)
    return [(note.id, note.path, note.text) for note in found]


def from_peer(peer: str) -> PolicyObject:
    return policy("x/p", f"podSelector: {{}}\ningress: [{{from: [{peer}]}}]")


SUBJECT, PEER = "spec.podSelector", "spec.ingress[0].from[0]"
FINDINGS: tuple[tuple[PolicyObject, list[tuple[str, str, str]]], ...] = (
    (policy("x/p", "podSelector: {matchLabels: {app: web}}"),
     [("L-03", SUBJECT, "podSelector selects no pod with app=web in namespace x. "
       "The policy protects nothing. Pods carry app=a.")]),
    (policy("x/p", "podSelector: {matchLabels: {app: b}}"),
     [("L-03", SUBJECT, "podSelector selects no pod with app=b in namespace x. "
       "There are such pods in y. The policy protects nothing.")]),
    (policy("empty/p", "podSelector: {}"),
     [("L-03", SUBJECT, "podSelector selects no pod in namespace empty. "
       "The policy protects nothing.")]),
    (from_peer("{namespaceSelector: {matchLabels: {team: one}}}"),
     [("L-02", PEER, "namespaceSelector team=one matches no namespace: no namespace carries the "
       "label team. Set it with: kubectl label namespace NAME team=one")]),
    (from_peer("{namespaceSelector: {matchLabels: {env: dev}}}"),
     [("L-02", PEER, "namespaceSelector env=dev matches no namespace: namespaces carry "
       "env=prod.")]),
    (from_peer("{podSelector: {matchLabels: {app: b}}}"),
     [("L-05", PEER, "This peer selects no pod with app=b in namespace x. "
       "There are such pods in y.")]),
    (from_peer("{namespaceSelector: {matchLabels: {env: prod}}, podSelector: {matchLabels: "
               "{app: b}}}"),
     [("L-05", PEER, "This peer selects no pod with app=b in the namespaces it names.")]),
)  # fmt: skip
FINE = (
    policy("x/p", "podSelector: {}"),
    policy("y/p", "podSelector: {matchLabels: {hash: h}}"),
    from_peer("{podSelector: {}}"),
    from_peer("{namespaceSelector: {}}"),
    from_peer("{ipBlock: {cidr: 203.0.113.0/24}}"),
    policy("x/p", "podSelector: {}\ningress: [{}]"),
)


@pytest.mark.parametrize(("given", "expected"), FINDINGS)
def test_a_selector_that_matches_nothing_is_noted(
    given: PolicyObject, expected: list[tuple[str, str, str]]
) -> None:
    assert notes(given) == expected


@pytest.mark.parametrize("given", FINE)
def test_a_policy_that_matches_something_has_no_note(given: PolicyObject) -> None:
    assert notes(given) == []


def test_the_story_is_told_by_a_note_with_its_line() -> None:
    evaluation = evaluate(unlabelled())
    (note,) = notes_of(evaluation, evaluation.policies)
    assert note.to_json() == {
        "policy": "NetworkPolicy/production/allow-devel-pod-to-http",
        "id": "L-02",
        "path": "spec.ingress[0].from[0]",
        "source": "policies.yaml",
        "line": 14,
        "text": "namespaceSelector env=development matches no namespace: namespaces carry "
        "env=production. To mean namespace development, write kubernetes.io/metadata.name: "
        "development.",
    }
    fixed = evaluate(labelled())
    assert notes_of(fixed, fixed.policies) == []


def test_notes_come_in_the_order_of_policies() -> None:
    found = notes(policy("y/p", "podSelector: {matchLabels: {none: none}}"), FINDINGS[3][0])
    assert [note[0] for note in found] == ["L-02", "L-03"]
