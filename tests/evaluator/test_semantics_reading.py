"""Normalising input before evaluation (semantics 0.4)."""

from __future__ import annotations

import pytest

from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.support.fixture_cluster import Manifest, allowed, cluster, namespace, pod, policy, read

METADATA_NAME = "kubernetes.io/metadata.name"


def labels_of(state: ClusterState, name: str) -> dict[str, str]:
    return next(each.labels for each in state.namespaces if each.name == name)


@pytest.mark.law("N-02")
@pytest.mark.parametrize("default", ["default", "shop"])
def test_a_policy_without_a_namespace_is_in_the_callers_default(default: str) -> None:
    text = b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {}\n"
    state = read_state([SourceText("p.yaml", text)], default_namespace=default)
    assert [each.namespace for each in state.policies] == [default]


@pytest.mark.law("N-03")
def test_lists_and_documents_are_flattened_and_other_kinds_noted() -> None:
    text = b"""
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: a}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: c}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: d}}
"""
    state = read_state([SourceText("all.yaml", text)])
    assert [each.name for each in state.namespaces] == ["a", "b", "c"]
    assert state.ignored == {"v1/ConfigMap": 1}


def from_namespace(key: str, value: str) -> Manifest:
    peer = {"namespaceSelector": {"matchLabels": {key: value}}}
    spec = {"podSelector": {"matchLabels": {"pod": "a"}}, "ingress": [{"from": [peer]}]}
    return policy(spec)


@pytest.mark.law("N-04")
def test_a_namespace_that_is_only_named_has_its_name_as_its_only_label() -> None:
    caller = pod("q/p", ips=["10.0.9.1"])
    by_name = cluster(caller, from_namespace(METADATA_NAME, "q"))
    by_label = cluster(caller, from_namespace("team", "q"))
    assert labels_of(by_name, "q") == {METADATA_NAME: "q"}
    assert allowed(by_name, "q/p", "x/a")
    assert not allowed(by_label, "q/p", "x/a")


@pytest.mark.law("N-05")
@pytest.mark.parametrize("given", [{"ns": "q"}, {"ns": "q", METADATA_NAME: "other"}])
def test_the_automatic_label_is_set_whatever_the_file_says(given: dict[str, str]) -> None:
    state = read([namespace("q", given)])
    assert labels_of(state, "q") == {"ns": "q", METADATA_NAME: "q"}


@pytest.mark.law("N-01")
def test_files_and_live_objects_mean_the_same() -> None:
    peer = {"podSelector": {"matchLabels": {"pod": "b"}}}
    subject = {"podSelector": {"matchLabels": {"pod": "a"}}}
    from_file = policy({**subject, "ingress": [{"from": [peer], "ports": [{"port": 80}]}]})
    live = policy(
        {
            **subject,
            "ingress": [{"from": [peer], "ports": [{"port": 80, "protocol": "TCP"}]}],
            "policyTypes": ["Ingress"],
        }
    )
    for given in (from_file, live):
        state = cluster(given)
        assert allowed(state, "x/b", "x/a", "TCP", 80)
        assert not allowed(state, "x/b", "x/a", "UDP", 80)
        assert not allowed(state, "x/c", "x/a", "TCP", 80)
        assert allowed(state, "x/a", "y/a", "TCP", 80)
