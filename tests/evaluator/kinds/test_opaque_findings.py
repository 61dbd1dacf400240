"""Findings say nothing of what policies that are not evaluated leave unknown."""

from __future__ import annotations

from policies.evaluator.lint import lint
from tests.support.touched import calico, cilium, cluster_with


def found(*manifests: str) -> dict[str, str]:
    return {each.id: each.here for each in lint(cluster_with(*manifests)) if "x" in each.here}


def test_a_workload_that_such_a_policy_governs_is_not_called_open() -> None:
    assert "x/a" in found()["L-100"]
    one = cilium("spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}")
    assert "x/a" not in found(one)["L-100"]
    assert "x/b" in found(one)["L-100"]


def test_such_a_policy_on_a_whole_namespace_may_be_its_default_deny() -> None:
    assert "ingress and egress" in found()["L-101"]
    whole = cilium("spec: {endpointSelector: {}, ingress: [{}]}")
    assert "closes egress of all its pods" in found(whole)["L-101"]


def test_the_policy_itself_is_not_judged() -> None:
    for policy in (
        cilium("spec: {endpointSelector: {matchLabels: {pod: none}}, ingress: [{}]}"),
        calico("{selector: \"pod == 'none'\", ingress: [{action: Allow}]}"),
    ):
        assert not {"L-03", "L-05", "L-11"} & set(found(policy))
