"""Inputs that mean harm, and inputs of no meaning at all: problems, never a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.state import ClusterState
from tests.support.reading import POD, POLICY, read


@pytest.mark.parametrize("field", ["podSelector", "x"])
def test_huge_numbers_and_half_characters_do_not_break_the_state(field: str) -> None:
    for value in ("9" * 30, "9" * 5_000, "-" + "9" * 30, '"\\ud800"', "1e999"):
        text = (
            '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",'
            f' "metadata": {{"name": "p"}}, "spec": {{"{field}": {value}}}}}'
        )
        state = read(text)
        assert state.problems
        assert ClusterState.from_bytes(state.to_bytes()).policies == state.policies


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\x01\x02",
        "a: &a [*a]",
        "[" * 1_000_000,
        "- " * 100_000,
        "---\n" * 100_000,
        "---\na: [\n" * 10_000,
        "&a " * 10_000,
        "? " * 10_000,
        '{"a":' * 200_000,
        "a: |\n" + " x\n" * 200_000,
        "*a: *b\n" * 1_000,
        "%YAML 9.9\n---\na: 1\n",
        "! ! !",
        "'" * 99_999,
        "\\" * 10_000,
        "items: 5\n",
        "items: [1, null, [], {}, {items: [{items: []}]}]\n",
        '{"items": [1, null, [], {}, {"items": [{"items": []}]}]}',
        "apiVersion: []\nkind: {}\nmetadata: 5\n",
        f"{POD}spec: 5\nstatus: []\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: [], labels: [], namespace: {}}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, ownerReferences: {a: b}}\n",
        POLICY.replace("podSelector: {}", "podSelector: [[]]"),
        POLICY.replace("metadata: {name: p, namespace: x}", "metadata: [p]"),
        POLICY.replace("metadata: {name: p, namespace: x}", "metadata: {name: 5, namespace: 6}"),
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {jobTemplate: {spec: 1}}",
        "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {addresses: [5]}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [80], selector: 5}\n",
    ],
    ids=lambda text: repr(text[:40]),
)
def test_hostile_inputs_give_problems_and_nothing_else(text: str | bytes) -> None:
    state = read(text, POD)
    assert state.problems or text == "---\n" * 100_000
    assert all(problem.message and problem.source == "a.yaml" for problem in state.problems)
    assert [pod.name for pod in state.pods] == ["web"]
    json.dumps([str(problem) for problem in state.problems]).encode()
    assert ClusterState.from_bytes(state.to_bytes()) == state


PIECES = st.sampled_from(
    [
        *(
            "{",
            "}",
            "[",
            "]",
            ":",
            ": ",
            ",",
            "-",
            "- ",
            "\n",
            "\n  ",
            "---\n",
            "&a ",
            "*a",
            "<<: ",
        ),
        *("!!int ", "'", '"', "| ", "> ", "#", "%", "\t", "~", "null", "1e9", "0x", ".inf", "y"),
        *("kind: ", "Pod", "apiVersion: v1\n", "metadata: ", "name: a\n", "items: ", "spec: "),
        *("labels: ", "ports: ", "from: ", "podSelector: ", "ingress: ", POD, POLICY, "\\ud800"),
        *("ownerReferences: ", "template: ", "replicas: ", "ü", "\x00", "\ufeff", "\u2028"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_whatever_raises(text: str) -> None:
    state = read(text)
    assert ClusterState.from_bytes(state.to_bytes()) == state


@given(st.binary(max_size=60))
def test_no_bytes_whatever_raise(data: bytes) -> None:
    read(data).to_bytes()


_TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"containers": [{"ports": [{"name": "web", "containerPort": 80, "protocol": "TCP"}]}]},
}
_SELECTOR = {
    "matchLabels": {"a": "b"},
    "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}],
}
_SPECS: dict[tuple[str, str], dict[str, object]] = {
    ("v1", "Pod"): {**_TEMPLATE["spec"], "nodeName": "n", "initContainers": [{"ports": []}]},
    ("v1", "Node"): {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]},
    ("v1", "Namespace"): {},
    ("v1", "Service"): {
        "type": "ClusterIP",
        "selector": {"a": "b"},
        "clusterIPs": ["10.96.0.1"],
        "ports": [{"port": 80, "protocol": "TCP", "name": "web", "targetPort": "web"}],
    },
    ("apps/v1", "StatefulSet"): {"replicas": 2, "ordinals": {"start": 1}, "template": _TEMPLATE},
    ("batch/v1", "Job"): {"parallelism": 1, "suspend": False, "template": _TEMPLATE},
    ("batch/v1", "CronJob"): {"jobTemplate": {"spec": {"template": _TEMPLATE}}},
    ("networking.k8s.io/v1", "NetworkPolicy"): {
        "podSelector": _SELECTOR,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [
                    {"podSelector": _SELECTOR, "namespaceSelector": _SELECTOR},
                    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
                ],
                "ports": [{"port": 80, "endPort": 90, "protocol": "TCP"}, {"port": "web"}],
            }
        ],
        "egress": [{"to": [{"podSelector": {}}], "ports": [{}]}],
    },
}


def sample(version: str, kind: str) -> dict[str, Any]:
    """A right object of the kind."""
    whole = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {
            "name": "a",
            "namespace": "x",
            "labels": {"a": "b"},
            "ownerReferences": [{"kind": "Job", "name": "j", "controller": True}],
            "deletionTimestamp": None,
        },
        "spec": _SPECS[version, kind],
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "podIPs": [{"ip": "10.0.0.1"}],
            "addresses": [{"type": "InternalIP", "address": "192.168.0.1"}],
            "completionTime": None,
        },
    }
    copied: dict[str, Any] = json.loads(json.dumps(whole))
    return copied


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a value with every key or index in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 70_000, 2**40, 2**70, 1.5, "", "x", "y/z", "ü\x00", "\ud800", "9" * 300]
) | st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {"a": 1}, {"name": {}}, ["x"], [1]])


@pytest.mark.parametrize(("version", "kind"), _SPECS)
def test_samples_are_right_as_they_are(version: str, kind: str) -> None:
    assert not read(json.dumps(sample(version, kind))).problems


@given(st.sampled_from(sorted(_SPECS)), st.data())
def test_no_object_of_any_shape_raises(kind: tuple[str, str], data: st.DataObject) -> None:
    value = sample(*kind)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(list(places(value))))
        container[key] = copy.deepcopy(data.draw(WRONG))
    state = read(json.dumps(value))
    assert ClusterState.from_bytes(state.to_bytes()) == state
    json.dumps([str(problem) for problem in state.problems], ensure_ascii=False).encode()
