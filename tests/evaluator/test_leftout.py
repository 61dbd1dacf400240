"""Objects left out for an error: which they are, and what of the state before stays."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.errors import Problem
from policies.evaluator.leftout import keys_of, left_out, with_what_stays
from policies.evaluator.state import ClusterState, Namespace, Service, Workload, WorkloadRef
from tests.support.states import namespace, node, pod, policy, state

CLOSED = policy("x/closed", "podSelector: {}")
BEFORE = msgspec.structs.replace(
    state(
        namespace("x", {"env": "dev"}),
        node("n1", "192.168.0.1"),
        pod("x/a"),
        pod("x/web-1", of="Deployment/web"),
        pod("x/web-2", of="Deployment/web"),
        CLOSED,
    ),
    services=(Service("x", "web"),),
)


def error(key: str, line: int = 1, path: str = "spec") -> Problem:
    return Problem("a.yaml", line, line, path, "is wrong", "error", key)


def spoilt(after: ClusterState, *keys: str) -> ClusterState:
    return msgspec.structs.replace(after, problems=tuple(map(error, keys)))


def without(*keys: str) -> ClusterState:
    """What is read of BEFORE when these objects have an error."""
    fields = {
        "policies": tuple(each for each in BEFORE.policies if each.key not in keys),
        "pods": tuple(
            each
            for each in BEFORE.pods
            if f"Pod/x/{each.name}" not in keys and f"Deployment/x/{each.workload.name}" not in keys
        ),
        "workloads": tuple(
            each for each in BEFORE.workloads if f"{each.ref.kind}/x/{each.ref.name}" not in keys
        ),
        "services": () if "Service/x/web" in keys else BEFORE.services,
        "nodes": () if "Node/n1" in keys else BEFORE.nodes,
        "namespaces": (Namespace("x", {"kubernetes.io/metadata.name": "x"}, synthesised=True),)
        if "Namespace/x" in keys
        else BEFORE.namespaces,
    }
    return spoilt(msgspec.structs.replace(BEFORE, **fields), *keys)


@pytest.mark.law("N-06")
@pytest.mark.parametrize(
    "key",
    [
        "NetworkPolicy/x/closed",
        "Pod/x/a",
        "Pod/x/web-1",
        "Deployment/x/web",
        "Service/x/web",
        "Node/n1",
        "Namespace/x",
    ],
)
def test_an_object_with_an_error_stays_as_it_was_before(key: str) -> None:
    read = without(key)
    assert read != spoilt(BEFORE, key)
    assert with_what_stays(BEFORE, read) == spoilt(BEFORE, key)


def test_an_object_that_was_not_there_before_is_not_there_after() -> None:
    read = spoilt(BEFORE, "NetworkPolicy/x/new")
    assert with_what_stays(BEFORE, read) is read


def test_an_object_that_was_read_from_another_document_counts_as_read() -> None:
    opened = policy("x/closed", "podSelector: {}\ningress: [{}]")
    read = spoilt(msgspec.structs.replace(BEFORE, policies=(opened,)), opened.key)
    assert with_what_stays(BEFORE, read).policies == (opened,)


def test_an_object_without_an_error_is_gone_when_it_is_not_there_after() -> None:
    read = spoilt(msgspec.structs.replace(BEFORE, policies=()), "Node/n2")
    assert with_what_stays(BEFORE, read).policies == ()


def test_a_namespace_comes_back_with_what_stays_in_it() -> None:
    read = spoilt(ClusterState(), CLOSED.key)
    assert with_what_stays(BEFORE, read).namespaces == BEFORE.namespaces


def test_a_pod_that_stays_takes_the_place_of_its_template() -> None:
    template = pod("x/web", of="Deployment/web", replicas=2)
    after = state(namespace("x"), template)
    found = with_what_stays(BEFORE, spoilt(after, "Pod/x/web-1"))
    assert [each.name for each in found.pods] == ["web-1"]
    assert found.workloads == (Workload(WorkloadRef("x", "web", "Deployment")),)


def test_an_object_is_named_once_by_its_first_error_and_warnings_do_not_count() -> None:
    first, second = error("Pod/x/a", 3, "metadata"), error("Pod/x/a", 3, "spec")
    warning = msgspec.structs.replace(error("Pod/x/b", 5), severity="warning")
    assert left_out((first, second, warning)) == [first]


def test_every_text_that_is_no_object_is_named() -> None:
    broken = [error("", 1), error("", 2)]
    assert left_out(broken) == broken


def test_pods_of_a_template_are_no_objects_of_their_own() -> None:
    assert keys_of(state(pod("x/web", of="Deployment/web", replicas=2))) == {"Deployment/x/web"}
