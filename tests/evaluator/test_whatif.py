"""A draft on a state: what is replaced, added and deleted."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.errors import BadQuestion, Problem
from policies.evaluator.graph import flows
from policies.evaluator.state import (
    ClusterState,
    FinishedPod,
    NotEvaluated,
    Origin,
    Service,
    Workload,
    WorkloadRef,
)
from policies.evaluator.whatif import missing_namespaces, overlay
from tests.support.states import namespace, node, pod, policy, state

CLOSED = policy("x/closed", "podSelector: {}")
OPEN = policy("x/closed", "podSelector: {}\ningress: [{}]")
BASE = state(
    namespace("x", {"env": "dev"}),
    namespace("y"),
    node("n1", "192.168.0.1"),
    pod("x/a"),
    pod("x/web-1", of="Deployment/web"),
    pod("x/web-2", of="Deployment/web"),
    pod("y/b"),
    CLOSED,
    policy("y/closed", "podSelector: {}"),
)


def names(found: ClusterState) -> list[str]:
    return [f"{each.namespace}/{each.name}" for each in found.pods]


def test_a_policy_of_the_same_name_is_replaced_and_another_is_added() -> None:
    found = overlay(BASE, state(OPEN, policy("x/new", "podSelector: {}")))
    assert [each.key for each in found.policies] == [
        "NetworkPolicy/x/closed",
        "NetworkPolicy/x/new",
        "NetworkPolicy/y/closed",
    ]
    assert found.policies[0] is OPEN


def test_an_empty_draft_changes_nothing_at_all() -> None:
    found = overlay(BASE, ClusterState())
    assert found == BASE
    assert found.pods is BASE.pods
    assert found.content_hash == BASE.content_hash


def test_objects_that_a_draft_leaves_alone_are_the_same_objects() -> None:
    found = overlay(BASE, state(OPEN))
    assert found.policies[1] is BASE.policies[1]
    assert found.pods is BASE.pods


def test_a_workload_of_a_draft_replaces_all_its_pods() -> None:
    found = overlay(BASE, state(pod("x/web-9", of="Deployment/web", replicas=3)))
    assert names(found) == ["x/a", "x/web-9", "y/b"]
    assert [str(each.ref) for each in found.workloads] == [
        "x/a[Pod]",
        "x/web[Deployment]",
        "y/b[Pod]",
    ]


def test_a_given_namespace_brings_its_labels_and_an_assumed_one_does_not() -> None:
    given = overlay(BASE, state(namespace("x", {"env": "prod"})))
    assumed = overlay(BASE, state(policy("x/new", "podSelector: {}")))
    assert given.namespaces[0].labels["env"] == "prod"
    assert assumed.namespaces == BASE.namespaces


@pytest.mark.law("N-04")
def test_a_namespace_that_only_the_draft_names_is_synthesised() -> None:
    found = overlay(BASE, state(pod("z/c")))
    assert [(each.name, each.synthesised) for each in found.namespaces] == [
        ("x", False),
        ("y", False),
        ("z", True),
    ]


DELETED: tuple[tuple[tuple[str, ...], list[str], list[str]], ...] = (
    (("NetworkPolicy/x/closed",), ["x/a", "x/web-1", "x/web-2", "y/b"], ["y"]),
    (("Deployment/x/web",), ["x/a", "y/b"], ["x", "y"]),
    (("Pod/x/a", "NetworkPolicy/y/closed"), ["x/web-1", "x/web-2", "y/b"], ["x"]),
    (("Namespace/x",), ["y/b"], ["y"]),
    (("Namespace/x", "Namespace/y"), [], []),
)


@pytest.mark.parametrize(("delete", "pods", "closed"), DELETED)
def test_deleted_objects_are_gone_and_nothing_else_is(
    delete: tuple[str, ...], pods: list[str], closed: list[str]
) -> None:
    found = overlay(BASE, ClusterState(), delete)
    assert names(found) == pods
    assert [each.namespace for each in found.policies] == closed
    assert {each.ref.namespace for each in found.workloads} == {name[0] for name in pods}


def test_deleting_a_namespace_deletes_all_that_is_in_it() -> None:
    with_service = overlay(BASE, ClusterState(services=(Service("x", "web"), Service("y", "b"))))
    found = overlay(with_service, ClusterState(), ["Namespace/x"])
    assert [each.name for each in found.namespaces] == ["y"]
    assert [each.namespace for each in found.services] == ["y"]


def test_nodes_and_services_can_be_deleted_as_well() -> None:
    with_service = overlay(BASE, ClusterState(services=(Service("x", "web"),)))
    found = overlay(with_service, ClusterState(), ["Node/n1", "Service/x/web"])
    assert (found.nodes, found.services) == ((), ())


def test_deleting_and_applying_the_same_policy_applies_it() -> None:
    assert overlay(BASE, state(OPEN), ["NetworkPolicy/x/closed"]).policies[0] is OPEN


@pytest.mark.parametrize(
    "key",
    ["NetworkPolicy/x/nope", "NetworkPolicy/closed", "x/closed", "Namespace/z", "Pod/x/web-9", ""],
)
def test_a_key_that_names_nothing_is_refused(key: str) -> None:
    with pytest.raises(BadQuestion, match=f'There is no "{key}" to delete') as caught:
        overlay(BASE, ClusterState(), ["NetworkPolicy/x/closed", key])
    assert caught.value.field == "delete"


def test_the_same_object_cannot_be_deleted_twice() -> None:
    with pytest.raises(BadQuestion):
        overlay(BASE, ClusterState(), ["Namespace/x", "NetworkPolicy/x/closed"])


def test_what_was_wrong_and_what_is_not_evaluated_adds_up() -> None:
    cilium = NotEvaluated("cilium.io/v2", "CiliumNetworkPolicy", 1, "not evaluated yet")
    one = ClusterState(
        problems=(Problem("a.yaml", 1, 1, "spec", "bad"),),
        not_evaluated=(cilium,),
        ignored={"v1/ConfigMap": 2},
        finished=(FinishedPod("x", "done", "Failed"),),
    )
    other = msgspec.structs.replace(one, finished=(FinishedPod("x", "over", "Failed"),))
    found = overlay(one, other)
    assert found.problems == one.problems
    assert [each.count for each in found.not_evaluated] == [2]
    assert found.ignored == {"v1/ConfigMap": 4}
    assert [each.name for each in found.finished] == ["done", "over"]


def test_a_finished_pod_can_be_started_anew_and_deleted() -> None:
    done = msgspec.structs.replace(BASE, finished=(FinishedPod("x", "done", "Failed"),))
    assert overlay(done, state(pod("x/done"))).finished == ()
    assert overlay(done, ClusterState(), ["Pod/x/done"]) == BASE
    assert overlay(done, ClusterState(), ["Namespace/x"]).finished == ()


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        ("Pod/x/web-1", "Deployment/x/web"),
        ("ReplicaSet/x/web-5d89", "Deployment/x/web"),
        ("Job/y/nightly-2817", "CronJob/y/nightly"),
    ],
)
def test_what_a_controller_would_replace_is_not_deleted_and_the_controller_named(
    key: str, owner: str
) -> None:
    base = overlay(BASE, state(pod("y/nightly-2817-x", of="CronJob/nightly")))
    with pytest.raises(BadQuestion) as caught:
        overlay(base, ClusterState(), [key])
    kind, namespace, name = owner.split("/")
    assert caught.value.message == (
        f"{key} belongs to {kind} {namespace}/{name}, which would replace it: delete {owner}"
        " instead."
    )
    assert caught.value.suggestions == (owner,)


def test_a_replica_set_of_no_known_owner_is_just_not_there() -> None:
    with pytest.raises(BadQuestion, match='There is no "ReplicaSet/x/api-5d89" to delete'):
        overlay(BASE, ClusterState(), ["ReplicaSet/x/api-5d89"])


NEW = (
    policy("new/p", "podSelector: {}", source="draft.yaml"),
    Workload(WorkloadRef("new", "web", "Deployment"), origin=Origin("draft.yaml", 2, 7)),
)


def test_objects_in_a_namespace_that_is_not_there_are_warned_of_at_their_lines() -> None:
    draft = msgspec.structs.replace(
        state(*NEW), services=(Service("new", "web", origin=Origin("draft.yaml", 3, 20)),)
    )
    found = missing_namespaces(BASE, draft)
    assert [(each.object, each.line, each.severity) for each in found] == [
        ("NetworkPolicy/new/p", 1, "warning"),
        ("Deployment/new/web", 7, "warning"),
        ("Service/new/web", 20, "warning"),
    ]
    assert all("there is no namespace new" in each.message for each in found)


def test_a_namespace_that_the_draft_makes_or_every_cluster_has_is_there() -> None:
    assert missing_namespaces(BASE, state(namespace("new"), *NEW)) == []
    assert missing_namespaces(BASE, state(policy("default/p", "podSelector: {}"))) == []
    assert missing_namespaces(BASE, state(policy("x/p", "podSelector: {}"))) == []


def test_a_namespace_that_is_deleted_is_not_there() -> None:
    draft = state(policy("x/p", "podSelector: {}"))
    assert len(missing_namespaces(BASE, draft, ["Namespace/x"])) == 1


@pytest.mark.law("A-08")
def test_deleting_the_last_policy_opens_its_pods() -> None:
    found = overlay(BASE, ClusterState(), ["NetworkPolicy/x/closed"])
    into_a = [each for each in flows(evaluate(found)) if each.destination == "x/a[Pod]"]
    assert {each.source for each in into_a} == {"0.0.0.0/0,::/0", "x/web[Deployment]", "y/b[Pod]"}
    assert not [each for each in flows(evaluate(BASE)) if each.destination == "x/a[Pod]"]
