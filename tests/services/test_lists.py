"""Policies and workloads, each with the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from policies import services
from policies.demo.story import sources_of
from policies.services.lists import Listed
from tests.support.doors import step
from tests.support.touched import cilium, cluster_with


def policies_at(slug: str) -> dict[str, dict[str, Any]]:
    state = services.read(sources_of(step(slug).files))
    items = services.policy_items(services.evaluate_state(state))
    return {item["name"]: item for item in items}


def workloads_at(slug: str) -> dict[str, dict[str, Any]]:
    state = services.read(sources_of(step(slug).files))
    items = services.workload_items(services.evaluate_state(state))
    return {item["workload"]: item for item in items}


def test_a_policy_lists_the_workloads_it_selects_and_where_it_stands() -> None:
    item = policies_at("label-added")["allow-devel-pod-to-http"]
    assert item["selects"] == ["production/redis[StatefulSet]", "production/webserver[Deployment]"]
    assert item["types"] == ["Ingress"]
    assert item["source"] == "allow.yaml"
    assert item["line"] > 1


def test_a_selector_that_matches_no_namespace_is_said_so() -> None:
    (note,) = policies_at("allow-matches-nothing")["allow-devel-pod-to-http"]["notes"]
    assert "no namespace carries the label env" in note["text"]
    assert policies_at("label-added")["allow-devel-pod-to-http"]["notes"] == []


def test_a_policy_is_given_as_yaml_that_reads_back() -> None:
    manifest = yaml.safe_load(policies_at("label-added")["deny-all"]["yaml"])
    assert manifest["metadata"] == {"name": "deny-all", "namespace": "development"}
    assert manifest["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_a_workload_lists_the_policies_that_select_it_by_direction() -> None:
    item = workloads_at("label-added")["development/curl[Pod]"]
    assert item["policies"]["ingress"] == ["NetworkPolicy/development/deny-all"]
    assert item["policies"]["egress"] == [
        "NetworkPolicy/development/allow-to-production",
        "NetworkPolicy/development/deny-all",
    ]
    assert item["isolation"] == {"ingress": True, "egress": True}


def test_a_workload_shows_the_labels_that_all_its_pods_share() -> None:
    item = workloads_at("label-added")["production/webserver[Deployment]"]
    assert item["labels"]["app"] == "webserver"
    assert item["pods"] == 2


@pytest.mark.law("D-02")
def test_a_policy_of_nodes_lists_the_workloads_on_their_network() -> None:
    both = "specs: [{nodeSelector: {}, ingress: [{}]}, {endpointSelector: {}, egress: [{}]}]"
    items = services.policy_items(cluster_with(cilium(both, "")))
    assert [item["selects"] for item in items] == [
        ["x/a[Pod]", "x/b[Pod]", "z/a[Pod]", "z/host[Pod]"]
    ]


def test_of_a_long_list_only_what_is_looked_at_is_made() -> None:
    made: list[int] = []

    def make(numbers: Sequence[int]) -> list[dict[str, int]]:
        made.extend(numbers)
        return [{"number": number} for number in numbers]

    listed = Listed(range(1_000), make)
    assert len(listed) == 1_000
    assert listed[998:] == [{"number": 998}, {"number": 999}]
    assert listed[5] == {"number": 5}
    assert made == [998, 999, 5]
