"""Of the pods of one more workload only namespace, labels and owner are read, and read rightly."""

from __future__ import annotations

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.support.alike import MANY, pod_text, separated, texts_read


def of_workload(workload: int, number: int) -> str:
    """A pod of a workload that no other pod is of."""
    before = pod_text(0)
    name = f"-{workload}"
    return (
        before.replace("name: web-0-0", f"name: web{name}-{number}")
        .replace("namespace: ns-0", f"namespace: ns{name}")
        .replace("app: web-0", f"app: web{name}")
        .replace("name: web-0\n", f"name: web{name}\n")
        .replace("10.1.0.0", f"10.2.0.{number}")
    )


def written(*more: str, mark: str = "---") -> str:
    return separated([*map(pod_text, range(MANY)), *more], mark)


def read(*more: str, mark: str = "---") -> ClusterState:
    return read_state([SourceText("a.yaml", written(*more, mark=mark).encode())])


def test_what_workloads_have_in_common_is_read_once() -> None:
    more = [of_workload(workload, workload) for workload in range(10, 60)]
    assert texts_read(written(*more)) == 1
    found = read(*more)
    assert found == read(*more, mark="--- ")
    assert {pod.namespace for pod in found.pods} >= {f"ns-{each}" for each in range(10, 60)}


def test_what_else_differs_is_read_once_more() -> None:
    ports = ["8080", "9090", "9090", "9091"]
    more = [
        of_workload(30 + each, each).replace("containerPort: 8080", f"containerPort: {port}")
        for each, port in enumerate(ports)
    ]
    assert texts_read(written(*more)) == len(set(ports))
    assert read(*more) == read(*more, mark="--- ")


ODD = {
    "a number for a namespace": ("namespace: ns-77", "namespace: 77"),
    "a namespace in quotes": ("namespace: ns-77", "namespace: '77'"),
    "a namespace in double quotes": ("namespace: ns-77", 'namespace: "ns-77"'),
    "no namespace": ("namespace: ns-77", "namespace: ''"),
    "null for a namespace": ("namespace: ns-77", "namespace: ~"),
    "a namespace with a comment": ("namespace: ns-77", "namespace: ns-77 # mine"),
    "a namespace with a dot": ("namespace: ns-77", "namespace: ns.77"),
    "a namespace behind two spaces": ("namespace: ns-77", "namespace:  ns-77"),
    "a word for a label": ("app: web-77", "app: web"),
    "a number for a label": ("app: web-77", "app: 77"),
    "a boolean for a label": ("app: web-77", "app: yes"),
    "a boolean in quotes": ("app: web-77", "app: 'yes'"),
    "an empty label": ("app: web-77", "app: ''"),
    "no label": ("app: web-77", "app: {}"),
    "a label that is too long": ("app: web-77", f"app: web-{'7' * 63}"),
    "a label with a space": ("app: web-77", "app: 'web 77'"),
    "an anchor": ("app: web-77", "app: &web web-77"),
    "an escape": ("app: web-77", 'app: "web\\x2d77"'),
    "a label from before": ("app: web-77", "app: web-0"),
    "an owner with a capital": ("    name: web-77\n", "    name: Web-77\n"),
    "a number for an owner": ("    name: web-77\n", "    name: 77\n"),
    "a colon in an owner": ("    name: web-77\n", "    name: web:77\n"),
    "an owner without a name": ("    name: web-77\n", "    name: ''\n"),
    "an owner that is no controller": ("controller: true", "controller: false"),
    "no number for who owns it": ("    uid: 0", "    uid: {}#"),
    "a mapping for who owns it": ("    uid: 0", "    uid: a: 0"),
    "a copy of the name": ("    tier: front", "    tier: web-77"),
}


@pytest.mark.parametrize(("plain", "odd"), ODD.values(), ids=ODD)
def test_what_is_not_plain_of_another_workload_is_read_as_by_the_parser(
    plain: str, odd: str
) -> None:
    pods = [of_workload(77, 1), of_workload(77, 2), of_workload(78, 3)]
    assert plain in pods[0]
    for changed in (0, 1):
        more = [*pods]
        more[changed] = more[changed].replace(plain, odd)
        assert read(*more) == read(*more, mark="--- ")


def test_of_two_owners_the_one_that_manages_counts() -> None:
    second = (
        "  - apiVersion: v1\n    controller: true\n    kind: Pod\n    name: keeper\n    uid: k\n"
    )

    def owned_twice(number: int) -> str:
        text = pod_text(number) if number < MANY else of_workload(number, number - MANY)
        text = text.replace("controller: true", "controller: false")
        return text.replace("  resourceVersion", f"{second}  resourceVersion")

    pods = [owned_twice(number) for number in range(MANY + 5)]
    states = [
        read_state([SourceText("a.yaml", separated(pods, mark).encode())])
        for mark in ("---", "--- ")
    ]
    assert states[0] == states[1]
    assert {each.ref.name for each in states[0].workloads} == {"keeper"}
