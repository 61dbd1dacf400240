"""Workloads, their pods and what pods of one workload share (semantics F.1, A-101, A-102, M-05)."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import Flow, flows
from policies.evaluator.state import ClusterState
from tests.support.fixture_cluster import Manifest, allowed, pod, policy, read

CLOSED = "{podSelector: {}, policyTypes: [Ingress, Egress]}"


def workload(
    kind: str,
    place: str,
    labels: dict[str, str] | None = None,
    own_labels: dict[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """A workload object with a template that carries `labels`."""
    where, _, name = place.partition("/")
    version = {
        "Job": "batch/v1",
        "CronJob": "batch/v1",
        "ReplicationController": "v1",
        "Rollout": "argoproj.io/v1alpha1",
    }.get(kind, "apps/v1")
    template = {
        "metadata": {"labels": {"app": name} if labels is None else labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    body: dict[str, Any] = {"template": template, **spec}
    if kind == "CronJob":
        body = {"schedule": "* * * * *", "jobTemplate": {"spec": body}}
    metadata: dict[str, Any] = {"namespace": where, "name": name}
    if own_labels:
        metadata["labels"] = own_labels
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": body}


def owned(manifest: Manifest, kind: str, name: str, **metadata: Any) -> Manifest:
    """The same object with a controller."""
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": True, "uid": "u"}
    return {
        **manifest,
        "metadata": {**manifest["metadata"], "ownerReferences": [owner], **metadata},
    }


def workloads_of(state: ClusterState) -> set[str]:
    return {str(each.workload) for each in state.pods}


def rows(state: ClusterState, level: str = "workload") -> dict[tuple[str, str], Flow]:
    found = flows(evaluate(state), level="pod" if level == "pod" else "workload")
    return {(row.source, row.destination): row for row in found}


@pytest.mark.law("F-01")
def test_equal_pods_of_a_workload_are_one_node() -> None:
    members = [owned(pod(f"x/web-{n}", labels={"app": "web"}), "StatefulSet", "web") for n in "01"]
    found = rows(read([*members, pod("x/client")]))
    assert {pair for pair in found if all("[" in end for end in pair)} == {
        ("x/client[Pod]", "x/web[StatefulSet]"),
        ("x/web[StatefulSet]", "x/client[Pod]"),
    }


@pytest.mark.law("F-01")
def test_pods_that_a_policy_tells_apart_are_variants() -> None:
    state = read(
        [
            workload("StatefulSet", "x/db", replicas=2),
            pod("x/client"),
            policy(
                "{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}},"
                " policyTypes: [Ingress]}"
            ),
        ]
    )
    reached = {to for source, to in rows(state) if source == "x/client[Pod]" and "db" in to}
    assert len(reached) == 1
    assert reached != {"x/db[StatefulSet]"}
    assert not allowed(state, "x/client", "x/db-0")
    assert allowed(state, "x/client", "x/db-1")


CHAINS = [
    (["ReplicaSet/web-5d8", "Deployment/web"], "x/web[Deployment]"),
    (["Job/backup-28", "CronJob/backup"], "x/backup[CronJob]"),
    (["StatefulSet/db"], "x/db[StatefulSet]"),
    (["DaemonSet/agent"], "x/agent[DaemonSet]"),
    (["ReplicationController/old"], "x/old[ReplicationController]"),
]


@pytest.mark.law("F-02")
@pytest.mark.parametrize(("chain", "top"), CHAINS)
def test_a_pod_belongs_to_its_top_controller(chain: list[str], top: str) -> None:
    kind, _, name = chain[0].partition("/")
    objects = [owned(pod("x/p-1", labels={"app": "p"}), kind, name)]
    for child, parent in zip(chain, [*chain[1:], None], strict=True):
        own_kind, _, own_name = child.partition("/")
        manifest = workload(own_kind, f"x/{own_name}")
        if parent:
            parent_kind, _, parent_name = parent.partition("/")
            manifest = owned(manifest, parent_kind, parent_name)
        objects.append(manifest)
    assert workloads_of(read(objects)) == {top}


@pytest.mark.law("F-02")
def test_without_the_replicaset_its_hash_names_the_deployment() -> None:
    labels = {"app": "web", "pod-template-hash": "5d8f"}
    state = read([owned(pod("x/web-5d8f-abc", labels=labels), "ReplicaSet", "web-5d8f")])
    assert workloads_of(state) == {"x/web[Deployment]"}


@pytest.mark.law("F-02")
def test_without_the_owner_the_reference_names_it() -> None:
    state = read([owned(pod("x/web-1"), "ReplicaSet", "web")])
    assert workloads_of(state) == {"x/web[ReplicaSet]"}


@pytest.mark.law("F-02")
def test_a_static_pod_is_itself_without_its_node() -> None:
    state = read([owned(pod("kube-system/etcd-n1", on="n1"), "Node", "n1")])
    assert workloads_of(state) == {"kube-system/etcd[Pod]"}


@pytest.mark.law("F-03")
def test_pods_carry_the_labels_of_the_template() -> None:
    deployment = workload("Deployment", "x/web", labels={"app": "b"}, own_labels={"app": "a"})
    closed = [
        policy(f"{{podSelector: {{matchLabels: {{app: {value}}}}}, policyTypes: [Ingress]}}")
        for value in ("a", "b")
    ]
    assert allowed(read([deployment, pod("x/c"), closed[0]]), "x/c", "x/web")
    assert not allowed(read([deployment, pod("x/c"), closed[1]]), "x/c", "x/web")


KINDS = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "CronJob",
]


@pytest.mark.law("F-04")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_workload_has_its_template_found(kind: str) -> None:
    state = read([workload(kind, "x/w", labels={"app": "w"})])
    assert workloads_of(state) == {f"x/w[{kind}]"}
    assert all(each.labels["app"] == "w" for each in state.pods)


@pytest.mark.law("F-04")
def test_podtemplate_objects_make_no_pods() -> None:
    template = {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "t"},
        "template": {},
    }
    assert read([template]).pods == ()


REPLICAS: list[tuple[str, dict[str, Any], int]] = [
    ("Deployment", {}, 1),
    ("Deployment", {"replicas": 0}, 0),
    ("Deployment", {"replicas": 3}, 3),
    ("StatefulSet", {"replicas": 2}, 2),
    ("DaemonSet", {}, 2),
    ("Job", {}, 1),
    ("Job", {"parallelism": 4}, 4),
    ("Job", {"parallelism": 0}, 0),
    ("CronJob", {"parallelism": 2}, 2),
]


@pytest.mark.law("F-05")
@pytest.mark.parametrize(("kind", "spec", "count"), REPLICAS)
def test_templates_stand_for_as_many_pods_as_will_run(
    kind: str, spec: dict[str, Any], count: int
) -> None:
    state = read([workload(kind, "x/w", **spec)])
    assert state.pods, "a workload scaled to zero stays in the picture"
    assert sum(each.replicas for each in state.pods) == count


@pytest.mark.law("A-102", "A-101", "F-05")
@pytest.mark.parametrize(("replicas", "verdict"), [(1, "allow"), (2, "deny")])
def test_replicas_are_different_pods_and_one_pod_is_itself(replicas: int, verdict: str) -> None:
    state = read([workload("Deployment", "x/web", replicas=replicas), policy(CLOSED)])
    answer = explain(evaluate(state), "x/web", "x/web", "80/TCP")
    assert answer.verdict == verdict


@pytest.mark.law("A-102")
def test_live_replicas_are_closed_to_each_other() -> None:
    members = [owned(pod(f"x/web-{n}", labels={"app": "web"}), "StatefulSet", "web") for n in "01"]
    state = read([*members, policy(CLOSED)])
    assert not allowed(state, "x/web-0", "x/web-1")
    assert allowed(state, "x/web-0", "x/web-0")


@pytest.mark.law("F-06")
def test_labels_that_controllers_add_and_that_are_known_match() -> None:
    state = read(
        [
            workload("Job", "x/once"),
            workload("StatefulSet", "x/db", replicas=2),
            pod("x/c"),
            policy("{podSelector: {matchLabels: {job-name: once}}, policyTypes: [Ingress]}", "p1"),
            policy(
                "{podSelector: {matchLabels: {apps.kubernetes.io/pod-index: '1'}},"
                " policyTypes: [Ingress]}",
                "p2",
            ),
        ]
    )
    assert not allowed(state, "x/c", "x/once")
    assert not allowed(state, "x/c", "x/db-1")
    assert allowed(state, "x/c", "x/db-0")


@pytest.mark.law("F-06", "M-05")
def test_a_selector_on_a_hash_is_unknown_and_says_why() -> None:
    state = read(
        [
            workload("Deployment", "x/web"),
            pod("x/c"),
            policy(
                "{podSelector: {matchLabels: {pod-template-hash: abc}}, policyTypes: [Ingress]}"
            ),
        ]
    )
    evaluation = evaluate(state)
    answer = explain(evaluation, "x/c", "x/web", "80/TCP")
    assert answer.verdict == "unknown"
    assert answer.reason
    row = rows(state)[("x/c[Pod]", "x/web[Deployment]")]
    assert (row.verdict, bool(row.reason)) == ("unknown", True)


@pytest.mark.law("F-07")
def test_live_pods_win_over_the_template() -> None:
    live = owned(pod("x/web-0", labels={"app": "old"}, ips=["10.0.0.1"]), "StatefulSet", "web")
    state = read([workload("StatefulSet", "x/web", labels={"app": "new"}, replicas=3), live])
    assert [(each.name, each.labels["app"]) for each in state.pods] == [("web-0", "old")]


@pytest.mark.law("F-08")
def test_what_a_pod_spec_says_is_read() -> None:
    bare = read([pod("x/a")]).pods[0]
    assert (bare.service_account, bare.host_network) == ("default", False)
    debug = {"name": "debug", "image": "i", "ports": [{"name": "web", "containerPort": 1}]}
    full = read(
        [
            pod(
                "x/a",
                ports=[{"name": "web", "containerPort": 80}],
                serviceAccountName="robot",
                hostNetwork=True,
                ephemeralContainers=[debug],
            )
        ]
    ).pods[0]
    assert (full.service_account, full.host_network) == ("robot", True)
    assert [(port.name, port.port) for port in full.ports] == [("web", 80)]


@pytest.mark.law("F-09")
@pytest.mark.parametrize("kind", ["Rollout", "VirtualMachineInstance", "Revision"])
def test_a_custom_owner_groups_whatever_its_kind(kind: str) -> None:
    members = [owned(pod(f"x/p-{n}"), kind, "thing") for n in "01"]
    assert workloads_of(read(members)) == {f"x/thing[{kind}]"}


@pytest.mark.law("F-10")
def test_pod_names_never_match() -> None:
    closed = policy("{podSelector: {matchLabels: {name: a}}, policyTypes: [Ingress]}")
    one = rows(read([pod("x/a", labels={}), pod("x/b", labels={}), closed]))
    assert ("x/b[Pod]", "x/a[Pod]") in one


@pytest.mark.law("F-11")
def test_pods_and_manifests_give_the_same_graph() -> None:
    labels = {"app": "web"}
    manifests = [
        workload("Deployment", "x/web", labels=labels, replicas=2),
        workload("ReplicaSet", "x/web-5d8", labels=labels, replicas=2),
    ]
    manifests[1] = owned(manifests[1], "Deployment", "web")
    live = [
        owned(
            pod(f"x/web-5d8-{n}", labels={**labels, "pod-template-hash": "5d8"}),
            "ReplicaSet",
            "web-5d8",
        )
        for n in "ab"
    ]
    others = [
        pod("x/c"),
        policy("{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 80}]}]}"),
    ]
    assert rows(read([*manifests[:1], *others])) == rows(read([*live, *others]))


@pytest.mark.law("M-02")
def test_rows_of_both_directions_stand_for_themselves() -> None:
    found = rows(read([pod("x/a"), pod("x/b"), policy("policyTypes: [Egress]")]))
    assert ("x/b[Pod]", "x/a[Pod]") in found
    assert ("x/a[Pod]", "x/b[Pod]") not in found
