"""Specs that many policies share: validated once, reported for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

CLOSED = {"podSelector": {}, "policyTypes": ["Ingress"]}
WRONG = {"podSelector": {}, "ingress": [{"ports": [{"port": 0}]}]}
ODD = {"podSelector": {}, "policyTypes": ["Ingress"], "nobody": "knows this"}


def policies(*specs: dict[str, Any], **metadata: Any) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"p{index}", "namespace": f"x{index}", **metadata},
            "spec": spec,
        }
        for index, spec in enumerate(specs)
    ]


def read(*objects: dict[str, Any]) -> ClusterState:
    return read_state([SourceText("a.json", json.dumps({"items": objects}).encode())])


def test_equal_specs_are_kept_once() -> None:
    one, other = read(*policies(CLOSED, dict(CLOSED))).policies
    assert one.spec is other.spec
    assert (one.namespace, other.namespace) == ("x0", "x1")


@pytest.mark.parametrize(
    ("spec", "message"),
    [(WRONG, "from 1 to 65535"), (ODD, "unknown field")],
    ids=["a fault", "a warning"],
)
def test_what_is_wrong_with_a_spec_is_said_of_every_policy(
    spec: dict[str, Any], message: str
) -> None:
    state = read(*policies(spec, spec, spec))
    assert [each.object for each in state.problems] == [
        f"NetworkPolicy/x{index}/p{index}" for index in range(3)
    ]
    assert all(message in each.message for each in state.problems)


def test_a_spec_that_is_right_makes_no_name_right() -> None:
    right, wrong = policies(CLOSED, CLOSED)
    wrong["metadata"]["name"] = "Not A Name"
    state = read(right, wrong)
    assert [each.name for each in state.policies] == ["p0"]
    [problem] = state.problems
    assert problem.path == "metadata.name"
