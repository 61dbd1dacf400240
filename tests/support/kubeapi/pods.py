"""Pods as an API server sends them: whole, with what controllers and kubelets write, and odd."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

__all__ = ["odd_pods", "pod"]

Json = dict[str, Any]
_CREATED = "2026-11-02T08:15:00Z"
_STARTED = "2026-11-02T08:15:04Z"
_IMAGE_ID = "docker.io/library/nginx@sha256:" + "9f" * 32
_ADDRESSES = count(2)


def _address() -> str:
    at = next(_ADDRESSES)
    return f"10.{244 + at // 65536 % 10}.{at // 256 % 256}.{at % 256}"


def pod(
    namespace: str,
    name: str,
    labels: dict[str, str] | None = None,
    *,
    owner: Json | None = None,
    ip: str | Sequence[str] | None = None,
    node: str = "node-1",
    ports: Sequence[Json | int] = (),
    phase: str = "Running",
    image: str = "docker.io/library/nginx:1.27",
    host_network: bool = False,
) -> Json:
    """A pod of full size. `owner` is the object that controls it. Several addresses make it
    dual-stack; none given, it has one of its own. A pending pod has neither address nor node."""
    scheduled = phase != "Pending"
    ips = [ip] if isinstance(ip, str) else list(ip or [_address()])
    containers = [_container("main", image, ports)]
    spec: Json = {
        "volumes": [_token_volume(), {"name": "cache", "emptyDir": {}}],
        "containers": containers,
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "tolerations": _tolerations(),
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    if scheduled:
        spec["nodeName"] = node
    if host_network:
        spec["hostNetwork"] = True
        ips = ["192.168.56.11"] if ip is None else ips
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": _metadata(namespace, name, labels, owner),
        "spec": spec,
        "status": _status(phase, ips, image) if scheduled else _pending(),
    }


def _metadata(namespace: str, name: str, labels: dict[str, str] | None, owner: Json | None) -> Json:
    made: Json = {"name": name, "namespace": namespace, "creationTimestamp": _CREATED}
    if owner is not None:
        made["generateName"] = name.rpartition("-")[0] + "-"
    if labels:
        made["labels"] = labels
    if owner is not None:
        made["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"].get("uid", f"uid-of-{owner['metadata']['name']}"),
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    made["managedFields"] = _managed(labels or {})
    return made


def _container(name: str, image: str, ports: Sequence[Json | int]) -> Json:
    listed = [{"containerPort": each} if isinstance(each, int) else each for each in ports]
    made: Json = {
        "name": name,
        "image": image,
        "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
        "volumeMounts": [
            {"name": "cache", "mountPath": "/var/cache"},
            {
                "name": "kube-api-access-7x2lq",
                "readOnly": True,
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            },
        ],
        "livenessProbe": {
            "httpGet": {"path": "/", "port": "http", "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    if listed:
        made["ports"] = [{**each, "protocol": each.get("protocol", "TCP")} for each in listed]
    return made


def _token_volume() -> Json:
    return {
        "name": "kube-api-access-7x2lq",
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {
                    "configMap": {
                        "name": "kube-root-ca.crt",
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                    }
                },
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "path": "namespace",
                                "fieldRef": {
                                    "apiVersion": "v1",
                                    "fieldPath": "metadata.namespace",
                                },
                            }
                        ]
                    }
                },
            ],
            "defaultMode": 420,
        },
    }


def _tolerations() -> list[Json]:
    return [
        {
            "key": f"node.kubernetes.io/{each}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 300,
        }
        for each in ("not-ready", "unreachable")
    ]


def _condition(kind: str, status: str = "True") -> Json:
    return {
        "type": kind,
        "observedGeneration": 1,
        "status": status,
        # The API has no time here, and says so.
        "lastProbeTime": None,
        "lastTransitionTime": _STARTED,
    }


def _status(phase: str, ips: Sequence[str], image: str) -> Json:
    runs = phase == "Running"
    state: Json = {"running": {"startedAt": _STARTED}}
    if not runs:
        state = {
            "terminated": {
                "exitCode": 0 if phase == "Succeeded" else 1,
                "reason": "Completed" if phase == "Succeeded" else "Error",
                "startedAt": _STARTED,
                "finishedAt": "2026-11-02T08:20:00Z",
                "containerID": "containerd://" + "4b" * 32,
            }
        }
    ready = "True" if runs else "False"
    return {
        "observedGeneration": 1,
        "phase": phase,
        "conditions": [
            _condition("PodReadyToStartContainers", ready),
            _condition("Initialized"),
            _condition("Ready", ready),
            _condition("ContainersReady", ready),
            _condition("PodScheduled"),
        ],
        "hostIP": "192.168.56.11",
        "hostIPs": [{"ip": "192.168.56.11"}],
        "podIP": ips[0],
        "podIPs": [{"ip": each} for each in ips],
        "startTime": _CREATED,
        "containerStatuses": [
            {
                "name": "main",
                "state": state,
                "lastState": {},
                "ready": runs,
                "restartCount": 0,
                "image": image,
                "imageID": _IMAGE_ID,
                "containerID": "containerd://" + "4b" * 32,
                "started": runs,
                "allocatedResources": {"cpu": "50m", "memory": "64Mi"},
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                "user": {"linux": {"uid": 0, "gid": 0, "supplementalGroups": [0]}},
            }
        ],
        "qosClass": "Burstable",
    }


def _pending() -> Json:
    return {"phase": "Pending", "qosClass": "Burstable"}


def _managed(labels: dict[str, str]) -> list[Json]:
    names: Json = {f"f:{key}": {} for key in labels}
    controller: Json = {
        "f:metadata": {
            "f:generateName": {},
            "f:labels": {".": {}, **names},
            "f:ownerReferences": {".": {}, 'k:{"uid":"x"}': {}},
        },
        "f:spec": {
            "f:containers": {'k:{"name":"main"}': {".": {}, "f:image": {}, "f:name": {}}},
            "f:dnsPolicy": {},
            "f:restartPolicy": {},
        },
    }
    kubelet: Json = {
        "f:status": {
            "f:conditions": {'k:{"type":"Ready"}': {".": {}, "f:status": {}, "f:type": {}}},
            "f:containerStatuses": {},
            "f:phase": {},
            "f:podIP": {},
        }
    }
    common = {"operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    return [
        {
            "manager": "kube-controller-manager",
            **common,
            "time": _CREATED,
            "fieldsV1": controller,
        },
        {
            "manager": "kubelet",
            **common,
            "time": _STARTED,
            "fieldsV1": kubelet,
            "subresource": "status",
        },
    ]


def odd_pods(namespace: str) -> list[Json]:
    """Pods that are allowed, and met in real clusters, and easy to stumble over."""
    bare = pod(namespace, "without-labels")
    silent = pod(namespace, "without-container-statuses", {"app": "silent"})
    del silent["status"]["containerStatuses"]
    nulls = pod(namespace, "with-nulls", {"app": "nulls"})
    nulls["metadata"]["annotations"] = None
    nulls["spec"]["volumes"] = None
    nulls["spec"]["containers"][0]["ports"] = None
    nulls["status"]["conditions"] = None
    going = pod(namespace, "going", {"app": "going"})
    going["metadata"]["deletionTimestamp"] = "2026-11-02T09:00:00Z"
    going["metadata"]["deletionGracePeriodSeconds"] = 30
    sidecar = pod(namespace, "with-a-sidecar", {"app": "sidecar"}, ports=[8080])
    sidecar["spec"]["initContainers"] = [
        # A container that stays, though it starts first, and has ports like any other.
        {**_container("proxy", "example.invalid/proxy:1", [15001]), "restartPolicy": "Always"},
        _container("once", "example.invalid/once:1", ()),
    ]
    new = pod(namespace, "with-unknown-fields", {"app": "new"})
    new["spec"]["fieldOfTheFuture"] = {"mode": ["a", {"b": None}]}
    new["status"]["containerStatuses"][0]["stopSignal"] = "SIGTERM"
    del new["status"]["containerStatuses"][0]["image"]
    del new["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["path"]
    return [
        bare,
        silent,
        nulls,
        going,
        sidecar,
        new,
        pod(namespace, "dual-stack", {"app": "dual"}, ip=["10.244.250.7", "fd00:10:244::7"]),
        pod(namespace, "on-the-host", {"app": "host"}, host_network=True, ports=[9100]),
        pod(namespace, "pending", {"app": "pending"}, phase="Pending"),
        pod(namespace, "done", {"app": "done"}, phase="Succeeded"),
        pod(namespace, "failed", {"app": "failed"}, phase="Failed"),
    ]
