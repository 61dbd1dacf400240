"""Label selectors, wherever in a policy they stand (semantics A-V02)."""

from __future__ import annotations

import pytest

from tests.support.policy_text import PEER, only_problem, peer


@pytest.mark.law("A-V02", "A-58")
@pytest.mark.parametrize(
    ("selector", "path", "message"),
    [
        (
            "{matchLabels: {a b: c}}",
            "matchLabels[a b]",
            "must be a label key of letters, digits, '-', '_' and '.', beginning and ending with a"
            ' letter or digit; found the key "a b"',
        ),
        (
            "{matchLabels: {UP.com/a: c}}",
            "matchLabels[UP.com/a]",
            "must have a DNS name such as example.com before the '/'; found the key \"UP.com/a\"",
        ),
        (
            "{matchLabels: {a: -c}}",
            "matchLabels.a",
            "a label value must be empty or of letters, digits, '-', '_' and '.', beginning and"
            ' ending with a letter or digit; found "-c"',
        ),
        (
            "{matchLabels: {a: 1}}",
            "matchLabels.a",
            "a label value must be a string; found 1 (put it in quotes)",
        ),
        (
            "{matchLabels: {a: yes}}",
            "matchLabels.a",
            "a label value must be a string; found true (a plain y, yes or on is a boolean in YAML:"
            " put it in quotes)",
        ),
        (
            "{matchLabels: {a: }}",
            "matchLabels.a",
            "a label value must be a string; found nothing (null)",
        ),
        ("{matchLabels: [a]}", "matchLabels", "must be a mapping; found a list"),
        ("[a]", "", "must be a mapping; found a list"),
        (
            "{matchExpressions: [{key: a, operator: in, values: [b]}]}",
            "matchExpressions[0].operator",
            'must be In, NotIn, Exists or DoesNotExist; found "in" (did you mean In?)',
        ),
        (
            "{matchExpressions: [{key: a, values: [b]}]}",
            "matchExpressions[0].operator",
            "is missing: must be In, NotIn, Exists or DoesNotExist",
        ),
        (
            "{matchExpressions: [{operator: Exists}]}",
            "matchExpressions[0].key",
            "is missing: an expression needs a label key",
        ),
        (
            "{matchExpressions: [{key: a, operator: In}]}",
            "matchExpressions[0].values",
            "must hold at least one value for the operator In; found none",
        ),
        (
            "{matchExpressions: [{key: a, operator: NotIn, values: []}]}",
            "matchExpressions[0].values",
            "must hold at least one value for the operator NotIn; found none",
        ),
        (
            "{matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
            "matchExpressions[0].values",
            "must be empty for the operator Exists; found 1",
        ),
        (
            "{matchExpressions: [{key: a, operator: In, values: b}]}",
            "matchExpressions[0].values",
            'must be a list; found "b"',
        ),
        (
            "{matchExpressions: [{key: a, operator: In, values: [1]}]}",
            "matchExpressions[0].values[0]",
            "a label value must be a string; found 1 (put it in quotes)",
        ),
        (
            "{matchExpressions: [null]}",
            "matchExpressions[0]",
            "must be a mapping with key and operator; found nothing (null)",
        ),
    ],
)
@pytest.mark.parametrize("place", ["subject", "pods", "namespaces"])
def test_selectors_are_checked_wherever_they_stand(
    selector: str, path: str, message: str, place: str
) -> None:
    if place == "subject":
        where, spec = "spec.podSelector", f"podSelector: {selector}"
    else:
        field = "podSelector" if place == "pods" else "namespaceSelector"
        where, spec = f"{PEER}.{field}", peer(f"{field}: {selector}")
    problem = only_problem(spec)
    assert problem.path == (f"{where}.{path}" if path else where)
    assert problem.message == message
