"""Who owns a pod, and which pods a template stands for (semantics F-01 to F-11)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, Pod

GROUPS = {
    "Pod": "v1",
    "ReplicationController": "v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
}


def an_object(kind: str, name: str, *, owner: str = "", **fields: Any) -> dict[str, Any]:
    """`owner` is Kind/name of the controller."""
    metadata: dict[str, Any] = {"name": name, "labels": fields.pop("labels", {})}
    metadata |= fields.pop("metadata", {})
    if owner:
        owner_kind, _, owner_name = owner.partition("/")
        metadata["ownerReferences"] = [
            {"kind": "Node", "name": "not-the-controller", "controller": False},
            {"kind": owner_kind, "name": owner_name, "controller": True},
        ]
    return {
        "apiVersion": GROUPS.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": metadata,
        **fields,
    }


def workload(kind: str, name: str, owner: str = "", **spec: Any) -> dict[str, Any]:
    labels = spec.pop("labels", {"app": name})
    template = {"metadata": {"labels": labels}, "spec": spec.pop("pod", {"containers": []})}
    inside = {**spec, "template": template}
    if kind == "CronJob":
        inside = {"jobTemplate": {"spec": inside}}
    return an_object(kind, name, owner=owner, labels={"own": "label"}, spec=inside)


def read(*objects: dict[str, Any]) -> ClusterState:
    state = read_state([SourceText("a.json", json.dumps({"items": objects}).encode())])
    assert not [each for each in state.problems if each.severity == "error"], state.problems
    return state


def refs(state: ClusterState) -> list[str]:
    return [str(each.ref) for each in state.workloads]


def only_pod(*objects: dict[str, Any]) -> Pod:
    [pod] = read(*objects).pods
    return pod


@pytest.mark.law("F-02")
def test_a_pod_without_a_controller_is_its_own_workload() -> None:
    pod = only_pod(an_object("Pod", "web", labels={"a": "b"}, spec={}))
    assert str(pod.workload) == "default/web[Pod]"
    assert (pod.replicas, pod.from_template, pod.labels) == (1, False, {"a": "b"})


@pytest.mark.law("F-02")
@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        (
            [
                an_object("Pod", "web-1-a", owner="ReplicaSet/web-1"),
                workload("ReplicaSet", "web-1", "Deployment/web"),
                workload("Deployment", "web"),
            ],
            "default/web[Deployment]",
        ),
        (
            [
                an_object("Pod", "web-1-a", owner="ReplicaSet/web-1"),
                workload("ReplicaSet", "web-1", "Deployment/web"),
            ],
            "default/web[Deployment]",
        ),
        (
            [an_object("Pod", "a", owner="Job/c-1"), workload("Job", "c-1", "CronJob/c")],
            "default/c[CronJob]",
        ),
        ([an_object("Pod", "db-0", owner="StatefulSet/db")], "default/db[StatefulSet]"),
        (
            [an_object("Pod", "a", owner="ReplicationController/rc")],
            "default/rc[ReplicationController]",
        ),
        ([an_object("Pod", "a", owner="ReplicaSet/alone")], "default/alone[ReplicaSet]"),
    ],
)
def test_pods_belong_to_the_top_of_their_owners(
    objects: list[dict[str, Any]], expected: str
) -> None:
    state = read(*objects)
    assert [str(pod.workload) for pod in state.pods] == [expected]
    assert refs(state) == [expected]


@pytest.mark.law("F-02", "F-09")
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("pod-template-hash", "default/web[Deployment]"),
        ("rollouts-pod-template-hash", "default/web[Rollout]"),
        ("other", "default/web-5d4f[ReplicaSet]"),
    ],
)
def test_a_replica_set_that_is_not_given_is_named_after_its_hash(label: str, expected: str) -> None:
    pod = an_object("Pod", "web-5d4f-x", owner="ReplicaSet/web-5d4f", labels={label: "5d4f"})
    assert str(only_pod(pod).workload) == expected


@pytest.mark.law("F-02")
def test_mirror_pods_lose_the_name_of_their_node() -> None:
    state = read(
        an_object("Pod", "etcd-n1", owner="Node/n1"), an_object("Pod", "etcd-n2", owner="Node/n2")
    )
    assert refs(state) == ["default/etcd[Pod]"]
    assert [pod.name for pod in state.pods] == ["etcd-n1", "etcd-n2"]


@pytest.mark.law("F-09")
def test_owners_of_unknown_kinds_are_taken_as_named() -> None:
    pod = an_object("Pod", "vm-1", owner="VirtualMachineInstance/vm")
    assert str(only_pod(pod).workload) == "default/vm[VirtualMachineInstance]"


def test_owners_in_a_ring_do_not_hang() -> None:
    state = read(
        an_object("Pod", "p", owner="ReplicaSet/a"),
        workload("ReplicaSet", "a", "ReplicaSet/b"),
        workload("ReplicaSet", "b", "ReplicaSet/a"),
    )
    assert refs(state) == ["default/a[ReplicaSet]"]


@pytest.mark.law("F-03", "F-04")
@pytest.mark.parametrize(
    "kind", ["Deployment", "ReplicaSet", "DaemonSet", "ReplicationController", "Job", "CronJob"]
)
def test_pods_come_from_the_template_of_each_kind(kind: str) -> None:
    state = read(workload(kind, "w", labels={"app": "b"}))
    [pod] = state.pods
    assert str(pod.workload) == f"default/w[{kind}]"
    assert pod.from_template
    assert {key: pod.labels[key] for key in pod.labels if "job" not in key} == {"app": "b"}
    [record] = state.workloads
    assert record.labels == {"own": "label"}


@pytest.mark.law("F-05")
@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Deployment", {}, 1),
        ("Deployment", {"replicas": 3}, 3),
        ("Deployment", {"replicas": 0}, 0),
        ("ReplicaSet", {"replicas": 2}, 2),
        ("DaemonSet", {}, 2),
        ("Job", {}, 1),
        ("Job", {"parallelism": 4}, 4),
        ("Job", {"parallelism": 0}, 0),
        ("Job", {"suspend": True}, 0),
        ("CronJob", {}, 1),
        ("CronJob", {"parallelism": 2}, 2),
        ("StatefulSet", {"replicas": 0}, 0),
    ],
)
def test_a_template_stands_for_as_many_pods_as_will_run(
    kind: str, spec: dict[str, Any], expected: int
) -> None:
    assert only_pod(workload(kind, "w", **spec)).replicas == expected


@pytest.mark.law("F-06", "F-01")
def test_each_replica_of_a_stateful_set_has_its_own_labels() -> None:
    state = read(workload("StatefulSet", "db", replicas=2, ordinals={"start": 5}))
    assert [(pod.name, pod.labels, pod.replicas) for pod in state.pods] == [
        (
            name,
            {
                "app": "db",
                "apps.kubernetes.io/pod-index": index,
                "statefulset.kubernetes.io/pod-name": name,
            },
            1,
        )
        for name, index in (("db-5", "5"), ("db-6", "6"))
    ]
    assert state.pods[0].unknown_labels == ("controller-revision-hash",)


def test_a_huge_stateful_set_is_cut_with_a_warning() -> None:
    state = read(workload("StatefulSet", "db", replicas=1_000_000))
    assert len(state.pods) == 1_000
    [problem] = state.problems
    assert problem.message == "has more than 1,000 replicas: the rest is not in the picture"
    assert (problem.path, problem.severity) == ("spec.replicas", "warning")


@pytest.mark.law("F-06")
def test_labels_that_a_controller_adds_are_made_or_marked_as_unknown() -> None:
    job = only_pod(workload("Job", "j", completionMode="Indexed"))
    assert job.labels == {"app": "j", "job-name": "j", "batch.kubernetes.io/job-name": "j"}
    assert job.unknown_labels == (
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "controller-uid",
    )
    deployment = only_pod(workload("Deployment", "d", labels={"pod-template-hash": "x", "a": "b"}))
    assert (deployment.labels, deployment.unknown_labels) == ({"a": "b"}, ("pod-template-hash",))
    assert only_pod(workload("DaemonSet", "d")).unknown_labels == (
        "controller-revision-hash",
        "pod-template-generation",
    )
    assert "job-name" in only_pod(workload("CronJob", "c")).unknown_labels
    empty = only_pod(workload("StatefulSet", "s", replicas=0))
    assert "statefulset.kubernetes.io/pod-name" in empty.unknown_labels


@pytest.mark.law("F-07")
def test_live_pods_win_over_the_template() -> None:
    state = read(
        workload("Deployment", "web", replicas=5, labels={"app": "new"}),
        workload("ReplicaSet", "web-1", "Deployment/web", replicas=5),
        workload("ReplicaSet", "web-0", "Deployment/web", replicas=0),
        an_object("Pod", "web-1-a", owner="ReplicaSet/web-1", labels={"app": "old"}),
    )
    assert [(pod.name, pod.labels) for pod in state.pods] == [("web-1-a", {"app": "old"})]
    assert refs(state) == ["default/web[Deployment]"]
    assert state.workloads[0].replicas == 5


@pytest.mark.law("F-05", "F-07")
def test_a_workload_scaled_to_zero_keeps_a_pod_that_stands_for_none() -> None:
    state = read(
        workload("Deployment", "web", replicas=0),
        workload("ReplicaSet", "web-1", "Deployment/web", replicas=0),
    )
    [pod] = state.pods
    assert (str(pod.workload), pod.replicas, pod.from_template) == (
        "default/web[Deployment]",
        0,
        True,
    )


@pytest.mark.law("A-93")
@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_finished_pods_are_counted_and_left_out(phase: str) -> None:
    state = read(
        an_object("Pod", "done", spec={}, status={"phase": phase, "podIP": "10.0.0.1"}),
        an_object("Pod", "up", spec={}, status={"phase": "Running", "podIP": "10.0.0.1"}),
    )
    assert [pod.name for pod in state.pods] == ["up"]
    assert [(each.name, each.phase) for each in state.finished] == [("done", phase)]


@pytest.mark.law("A-93", "F-05")
def test_a_job_that_is_done_runs_no_more_pods() -> None:
    done = workload("Job", "j") | {"status": {"completionTime": "2024-01-01T00:00:00Z"}}
    assert only_pod(done).replicas == 0
    pod = an_object("Pod", "j-x", owner="Job/j", status={"phase": "Succeeded"})
    assert only_pod(workload("Job", "j"), pod).replicas == 0


@pytest.mark.law("A-94")
def test_pods_that_are_going_or_not_yet_there_have_no_address() -> None:
    going = an_object(
        "Pod",
        "going",
        metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"},
        status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]},
    )
    pending = an_object("Pod", "pending", status={"phase": "Pending"})
    assert [pod.addresses for pod in read(going, pending).pods] == [(), ()]


@pytest.mark.law("A-70")
def test_live_pods_have_all_their_addresses_and_their_node() -> None:
    pod = only_pod(
        an_object(
            "Pod",
            "p",
            spec={"nodeName": "n1", "hostNetwork": True, "serviceAccountName": "robot"},
            status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]},
        )
    )
    assert pod.addresses == ("10.0.0.1", "fd00::1")
    assert (pod.node, pod.host_network, pod.service_account) == ("n1", True, "robot")
    assert only_pod(an_object("Pod", "p", status={"podIP": "10.0.0.1"})).addresses == ("10.0.0.1",)


@pytest.mark.law("A-85", "A-86", "F-08")
def test_ports_come_from_containers_and_from_init_containers_that_stay() -> None:
    pod = only_pod(
        an_object(
            "Pod",
            "p",
            spec={
                "containers": [
                    {"ports": [{"name": "web", "containerPort": 80}]},
                    {"ports": [{"name": "web", "containerPort": 81, "protocol": "UDP"}]},
                ],
                "initContainers": [
                    {"ports": [{"name": "init", "containerPort": 1}]},
                    {"restartPolicy": "Always", "ports": [{"name": "mesh", "containerPort": 2}]},
                ],
                "ephemeralContainers": [{"ports": [{"name": "debug", "containerPort": 3}]}],
            },
        )
    )
    assert [(port.name, port.protocol, port.port) for port in pod.ports] == [
        ("mesh", "TCP", 2),
        ("web", "TCP", 80),
        ("web", "UDP", 81),
    ]
    assert pod.service_account == "default"


@pytest.mark.law("F-10", "F-11")
def test_manifests_and_live_pods_make_the_same_workloads() -> None:
    manifest = workload("Deployment", "web", replicas=2, labels={"app": "web"})
    live = [
        an_object("Pod", f"web-1-{suffix}", owner="ReplicaSet/web-1", labels={"app": "web"})
        for suffix in "ab"
    ]
    replica_set = workload("ReplicaSet", "web-1", "Deployment/web", replicas=2)
    from_manifest, from_pods = read(manifest), read(manifest, replica_set, *live)
    assert refs(from_manifest) == refs(from_pods)
    apps = [{pod.labels["app"] for pod in each.pods} for each in (from_manifest, from_pods)]
    assert apps[0] == apps[1] == {"web"}
    assert sum(pod.replicas for pod in from_manifest.pods) == len(from_pods.pods)
