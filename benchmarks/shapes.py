"""Clusters as an API server prints them: lean and full pods, and the shapes that hurt most.

Every shape is one JSON List without white space, the same for the same arguments.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from benchmarks.generate import PODS_PER_WORKLOAD, manifests

__all__ = ["SHAPES", "as_list", "full", "lean", "shape"]

Objects = list[dict[str, Any]]

# A pod of a real API server is 12 to 13 KB, most of it managedFields, conditions and volumes.
_FULL_BYTES = 12_600
_KINDS = ("Namespace", "Pod", "NetworkPolicy")
_REAL_PODS, _REAL_POLICIES, _REAL_NAMESPACES = 5_413, 13_678, 604


def as_list(objects: Objects) -> bytes:
    """What `kubectl get … -o json` holds, without its white space."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, separators=(",", ":"))
    return text.encode()


def shape(name: str, pods: int) -> bytes:
    """The bytes of a cluster of a shape, each kind in the order in which an API server lists it."""
    return as_list(sorted(SHAPES[name](pods), key=_place))


def _place(each: dict[str, Any]) -> tuple[int, str, str]:
    metadata = each["metadata"]
    return _KINDS.index(each["kind"]), metadata.get("namespace", ""), metadata["name"]


def lean(pods: int, policies: int | None = None, per_workload: int = PODS_PER_WORKLOAD) -> Objects:
    """Pods with what an API server adds of identity and status: about 0.8 KB each."""
    objects = manifests(pods, policies=policies, per_workload=per_workload)
    return [_as_stored(each, index) for index, each in enumerate(objects)]


def full(pods: int) -> Objects:
    """Pods as large as an API server prints them."""
    objects = lean(pods)
    for index, each in enumerate(objects):
        if each["kind"] == "Pod":
            _fill(each, index)
    return objects


def dense(pods: int) -> Objects:
    """Two and a half policies for each pod, as the one published cluster has them."""
    return lean(pods, policies=pods * 5 // 2)


def distinct(pods: int) -> Objects:
    """Every pod is told apart from every other by a label that policies look at."""
    objects = lean(pods)
    for index, each in enumerate(objects):
        if each["kind"] == "Pod":
            each["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = str(index)
        elif each["kind"] == "NetworkPolicy" and index % 10 == 0:
            label = {"apps.kubernetes.io/pod-index": str(index % pods)}
            each["spec"]["podSelector"] = {"matchLabels": label}
    return objects


def one_namespace(pods: int) -> Objects:
    """All of it in a single namespace."""
    objects = lean(pods)
    for each in objects:
        if each["kind"] != "Namespace":
            each["metadata"]["namespace"] = "ns-0"
    return objects


def real(pods: int) -> Objects:
    """The shape of a published cluster: policies, not pods, are the load."""
    policies = _REAL_POLICIES * pods // _REAL_PODS
    spaces = max(2, _REAL_NAMESPACES * pods // _REAL_PODS)
    objects = manifests(pods, policies=policies, spaces=spaces)
    return [_as_stored(each, index) for index, each in enumerate(objects)]


def cidrs(pods: int) -> Objects:
    """5,000 address blocks with exceptions."""
    return [*lean(pods), *(_with_rule(f"block-{i}", pods, i, _block(i)) for i in range(5_000))]


def named_ports(pods: int) -> Objects:
    """1,000 port names, each with a number of its own on some pods."""
    objects = lean(pods)
    for index, each in enumerate(objects):
        if each["kind"] == "Pod":
            port = {"name": f"port-{index % 1_000}", "containerPort": 1_024 + index % 1_000}
            each["spec"]["containers"][0]["ports"].append(port)
    rules = ({"ports": [{"port": f"port-{i}"}]} for i in range(1_000))
    return [*objects, *(_with_rule(f"named-{i}", pods, i, rule) for i, rule in enumerate(rules))]


def expressions(pods: int) -> Objects:
    """Selectors of 50 expressions."""
    wanted = [
        {"key": f"label-{i}", "operator": "NotIn", "values": [f"value-{j}" for j in range(10)]}
        for i in range(50)
    ]
    peer = {"from": [{"podSelector": {"matchExpressions": wanted}}]}
    return [*lean(pods), *(_with_rule(f"long-{i}", pods, i, peer) for i in range(pods // 10))]


SHAPES: dict[str, Callable[[int], Objects]] = {
    "lean": lean,
    "full": full,
    "dense": dense,
    "distinct": distinct,
    "one namespace": one_namespace,
    "real": real,
    "5,000 blocks": cidrs,
    "1,000 port names": named_ports,
    "50 expressions": expressions,
}


def _with_rule(name: str, pods: int, index: int, rule: dict[str, Any]) -> dict[str, Any]:
    namespace = f"ns-{index % max(2, pods // 50)}"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {"matchLabels": {"app": f"app-{index % 5}"}}, "ingress": [rule]},
    }


def _block(index: int) -> dict[str, Any]:
    net = f"{11 + index // 250 % 100}.{index % 250}"
    block = {"cidr": f"{net}.0.0/16", "except": [f"{net}.{index % 200}.0/24", f"{net}.255.1/32"]}
    return {"from": [{"ipBlock": block}]}


def _uid(index: int) -> str:
    return f"{index * 2654435761 & 0xFFFFFFFF:08x}-5b1e-4c5e-9d3a-{index:012x}"


def _as_stored(each: dict[str, Any], index: int) -> dict[str, Any]:
    """A generated pod with what the API server and the kubelet add to every one."""
    if each["kind"] != "Pod":
        return each
    metadata, spec, status = each["metadata"], each["spec"], each["status"]
    owner = metadata["ownerReferences"][0]
    number = int(owner["name"].rpartition("-")[2])
    container = {
        **spec["containers"][0],
        "image": "registry.example.com/team/app:1.2.3",
        "resources": {},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": metadata["name"],
            "generateName": f"{owner['name']}-",
            "namespace": metadata["namespace"],
            "uid": _uid(index),
            "resourceVersion": str(100_000 + index),
            "creationTimestamp": "2026-11-20T08:15:30Z",
            "labels": {**metadata["labels"], "controller-revision-hash": f"{number:010x}"},
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    **owner,
                    "uid": _uid(number),
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "containers": [container],
            "serviceAccountName": "default",
            "nodeName": spec["nodeName"],
        },
        "status": {
            **status,
            "podIPs": [{"ip": status["podIP"]}],
            "startTime": "2026-11-20T08:15:30Z",
        },
    }


def _fill(pod: dict[str, Any], index: int) -> None:
    """What no policy looks at, up to the size of a real one."""
    chance = random.Random(index)
    token = f"kube-api-access-{chance.randrange(36**5):05x}"
    container = pod["spec"]["containers"][0]
    container["volumeMounts"] = [{"name": token, "mountPath": "/var/run/secrets", "readOnly": True}]
    container["env"] = [{"name": f"SETTING_{i}", "value": f"value-{i}" * 3} for i in range(40)]
    pod["spec"]["volumes"] = [{"name": token, "projected": {"sources": [{"configMap": {}}]}}]
    pod["status"]["conditions"] = [
        {"type": kind, "status": "True", "lastTransitionTime": "2026-11-20T08:15:30Z"}
        for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    fields: dict[str, Any] = {}
    pod["metadata"]["managedFields"] = [
        {"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:status": fields}}
    ]
    left = _FULL_BYTES - len(json.dumps(pod, separators=(",", ":")))
    for number in range(max(0, left) // 44):
        fields[f"f:field-{number:04}"] = {".": {}, "f:value": {}, "f:x": {}}
