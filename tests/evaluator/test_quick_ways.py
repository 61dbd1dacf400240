"""What is read in a quick way says what the general way says of the same objects."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

ONE = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}'
ODD_LISTS = {
    "an escaped key": '{"apiVersion": "v1", "kind": "List", "\\u0069tems": [%s]}',
    "an escaped key around others": '{"\\u0069tems": [{}, {"items": [%s, {}]}]}',
    "a list of that name before": '{"metadata": {"items": [{}]}, "\\u0069tems": [{}, %s]}',
    "another list behind it": '{"items": [%s], "kind": "List", "\\u0069tems": [{}]}',
    "the list twice": '{"items": [{}, %s], "kind": "List", "items": [{}]}',
}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "x", "labels": {"app": "a"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def read(text: str) -> ClusterState:
    return read_state([SourceText("a.json", text.encode())])


def as_list(*items: str) -> str:
    return '{"apiVersion": "v1", "kind": "List", "items": [' + ", ".join(items) + "]}"


def said(state: ClusterState) -> tuple[Any, ...]:
    """Everything but the places where it stands."""
    nowhere = msgspec.structs.replace
    origin = state.pods[0].origin if state.pods else None
    pods = [nowhere(each, origin=origin) for each in state.pods]
    return pods, [(each.path, each.message, each.severity) for each in state.problems]


@pytest.mark.parametrize("text", ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_under_an_odd_key_is_read_as_between_other_documents(text: str) -> None:
    assert said(read(text % ONE)) == said(read(f"{text % ONE}\n" + '{"items": []}'))


def test_pods_that_differ_in_an_init_container_alone_stay_different() -> None:
    both = (
        pod("a", containers=[{"name": "c"}]),
        pod("b", containers=[{"name": "c"}], initContainers=[{"name": "i"}]),
    )
    for given in (both, both[::-1]):
        state = read(as_list(*map(json.dumps, given)))
        assert [each.init_containers for each in state.pods] == [False, True]


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ('"ports": []', '"ports": [{"containerPort": 80}], "ports": []'),
        ('"app": "a"', '"app" : "b", "app": "a"'),
        ('"containers"', '"containers": [], "containers"'),
        ('"podIPs": []', '"podIPs": [{"ip": "10.0.0.1"}], "podIPs": []'),
        ('"phase"', '"deletionTimestamp": "", "deletionTimestamp": "", "phase"'),
    ],
    ids=["ports", "a label", "containers", "addresses", "deletion"],
)
def test_a_key_that_stands_twice_is_a_fault_in_a_list_as_it_is_alone(once: str, twice: str) -> None:
    given = pod("a", containers=[{"name": "c", "ports": []}])
    text = json.dumps({**given, "status": {"podIPs": [], "phase": "Running"}})
    assert once in text
    text = text.replace(once, twice)
    assert said(read(as_list(text))) == said(read(text))
    assert read(text).problems


def test_a_pod_with_an_empty_time_of_deletion_has_no_address_in_a_list_either() -> None:
    given = {**pod("a"), "status": {"podIP": "10.0.0.1"}}
    given["metadata"]["deletionTimestamp"] = ""
    text = json.dumps(given)
    assert said(read(as_list(text))) == said(read(text))
