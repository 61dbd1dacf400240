"""What is read in a quick way says what the general way says of the same objects."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, Origin

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
    pods = [nowhere(each, origin=Origin()) for each in state.pods]
    return pods, sorted((each.path, each.message, each.severity) for each in state.problems)


@pytest.mark.parametrize("text", ODD_LISTS.values(), ids=ODD_LISTS)
def test_a_list_under_an_odd_key_is_read_as_between_other_documents(text: str) -> None:
    assert said(read(text % ONE)) == said(read(f"{text % ONE}\n" + '{"items": []}'))


def test_pods_that_differ_in_an_init_container_alone_stay_different() -> None:
    both = (
        pod("a", containers=[{"name": "c"}]),
        pod("b", containers=[{"name": "c"}], initContainers=[{"name": "i"}]),
    )
    for pair in (both, both[::-1]):
        state = read(as_list(*map(json.dumps, pair)))
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


def test_a_key_that_stands_twice_is_a_fault_behind_a_pod_that_is_written_alike() -> None:
    first, second = pod("a"), pod("b")
    first["metadata"]["annotations"] = {"app": "a"}
    second["metadata"]["labels"] = second["metadata"]["annotations"] = {"app": "b"}
    texts = [json.dumps(first), json.dumps(second).replace('"annotations"', '"labels"')]
    state = read(as_list(*texts))
    assert said(state) == said(read("\n".join(texts)))
    assert [each.name for each in state.pods] == ["a"]


def test_a_pod_with_an_empty_time_of_deletion_has_no_address_in_a_list_either() -> None:
    given = {**pod("a"), "status": {"podIP": "10.0.0.1"}}
    given["metadata"]["deletionTimestamp"] = ""
    text = json.dumps(given)
    assert said(read(as_list(text))) == said(read(text))


# Right values stand first, so that most pods have few faults or none.
NAMES = st.sampled_from(["a", "b", "a.b", "", "A", "a_b", "é"])
ODD: st.SearchStrategy[Any] = st.sampled_from([None, 1, 1.5, True, [], {}, "a", [None], [{}]])
PORT = st.fixed_dictionaries(
    {"containerPort": st.sampled_from([80, 8080, 0, "80"])},
    optional={
        "name": st.sampled_from(["web", "Web", ""]),
        "protocol": st.sampled_from(["TCP", "tcp", None]),
        "hostPort": st.sampled_from([80, None, "a"]),
    },
)
CONTAINER = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "ports": st.lists(PORT, max_size=2) | ODD,
        "restartPolicy": st.sampled_from(["Always", None, 1]),
    },
)
OWNER = st.fixed_dictionaries(
    {"name": NAMES},
    optional={"kind": st.sampled_from(["ReplicaSet", "Node", "not a kind"]), "controller": ODD},
)
ANNOTATIONS = st.dictionaries(
    st.sampled_from(["a", "prometheus.io/scrape", "prometheus.io/port", "netviz.io/ignore"]),
    st.sampled_from(["true", "8080", ""]),
    max_size=2,
)
METADATA = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "generateName": NAMES | ODD,
        "namespace": NAMES | ODD,
        "labels": st.dictionaries(NAMES, NAMES, max_size=2) | ODD,
        "annotations": ANNOTATIONS | ODD,
        "ownerReferences": st.lists(OWNER, max_size=2) | ODD,
        "deletionTimestamp": ODD,
    },
)
POD_SPEC = st.fixed_dictionaries(
    {"containers": st.lists(CONTAINER, max_size=2)},
    optional={
        "initContainers": st.lists(CONTAINER, max_size=1) | ODD,
        "hostNetwork": st.booleans() | ODD,
        "nodeName": NAMES | ODD,
        "serviceAccountName": NAMES | ODD,
        "serviceAccount": NAMES | ODD,
    },
)
ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.0.300", "10.0.0.01", "::1", "", "::ffff:10.0.0.1"])
STATUS = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(["Running", "Succeeded", None, 1]),
        "podIP": ADDRESSES | ODD,
        "podIPs": st.lists(st.fixed_dictionaries({"ip": ADDRESSES}), max_size=2) | ODD,
    },
)
POD = st.fixed_dictionaries({"metadata": METADATA, "spec": POD_SPEC}, optional={"status": STATUS})


@given(st.lists(POD, min_size=1, max_size=3), st.integers(0, 2))
def test_every_pod_of_a_list_is_read_as_it_is_alone(found: list[dict[str, Any]], more: int) -> None:
    # Others of the same shape, with names and addresses of their own.
    for each in found[:more]:
        metadata, status = each["metadata"], each.get("status", {})
        like = {**each, "metadata": {**metadata, "name": f"{metadata['name']}c"}}
        found.append({**like, "status": {**status, "podIP": "10.0.0.2"}})
    texts = [json.dumps({"apiVersion": "v1", "kind": "Pod", **each}) for each in found]
    assert said(read(as_list(*texts))) == said(read(" ".join(texts)))
