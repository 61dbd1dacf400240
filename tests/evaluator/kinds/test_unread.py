"""Policies that are there and may not be read."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from tests.support.reading import read


@pytest.mark.law("M-05")
def test_policies_that_could_not_be_read_leave_everything_unknown_by_name() -> None:
    state = read(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: x}\n---\n"
        "apiVersion: netviz.io/v1\nkind: UnreadPolicies\nmetadata: {name: networkpolicies}\n"
        "spec: {reason: forbidden}\n"
    )
    evaluation = evaluate(state)
    found = flows(evaluation)
    assert {flow.verdict for flow in found} == {"unknown"}
    assert all("UnreadPolicies networkpolicies" in (flow.reason or "") for flow in found)
    assert [each.reason for each in evaluation.not_evaluated] == [
        "they could not be read, so connections that they may touch are shown as not known"
    ]
