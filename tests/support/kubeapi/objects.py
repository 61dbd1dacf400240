"""Objects as an API server has them, one function each; all are manifests for `ApiServer.put`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from tests.support.kubeapi.pods import odd_pods, pod

__all__ = [
    "custom",
    "daemonset",
    "deployment",
    "namespace",
    "network_policy",
    "node",
    "odd_pods",
    "pod",
    "pods_of",
    "replicaset",
    "service",
]

Json = dict[str, Any]


def namespace(name: str, labels: dict[str, str] | None = None) -> Json:
    """A namespace; the server adds the label with its name."""
    metadata: Json = {"name": name}
    if labels:
        metadata["labels"] = labels
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": metadata}


def network_policy(namespace: str, name: str, spec: Json) -> Json:
    """A NetworkPolicy."""
    return custom("networking.k8s.io/v1", "NetworkPolicy", namespace, name, spec)


def custom(api_version: str, kind: str, namespace: str, name: str, spec: Json) -> Json:
    """An object of any kind; the namespace is empty for a cluster-wide one."""
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "spec": spec}


def node(name: str, ip: str = "192.168.56.11", labels: dict[str, str] | None = None) -> Json:
    """A node that is ready."""
    own = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {**own, **(labels or {})}},
        "spec": {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": ip},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "nodeInfo": {"kubeletVersion": "v1.37.2", "operatingSystem": "linux"},
        },
    }


def service(
    namespace: str,
    name: str,
    selector: dict[str, str] | None,
    ports: Sequence[Json | int] = (80,),
    cluster_ip: str = "10.96.40.7",
) -> Json:
    """A Service of type ClusterIP."""
    listed = [{"port": each} if isinstance(each, int) else each for each in ports]
    spec: Json = {
        "ports": [{"protocol": "TCP", "targetPort": each["port"], **each} for each in listed],
        "clusterIP": cluster_ip,
        "clusterIPs": [cluster_ip],
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    if selector:
        spec["selector"] = selector
    made = custom("v1", "Service", namespace, name, spec)
    return {**made, "status": {"loadBalancer": {}}}


def deployment(
    namespace: str,
    name: str,
    labels: dict[str, str],
    *,
    replicas: int = 1,
    ports: Sequence[Json] = (),
    image: str = "docker.io/library/nginx:1.27",
) -> Json:
    """A Deployment that is rolled out."""
    spec: Json = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": _template(labels, ports, image),
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
        },
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    made = custom("apps/v1", "Deployment", namespace, name, spec)
    made["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "1"}
    counts = {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}
    return {**made, "status": {"observedGeneration": 1, **counts}}


def replicaset(owner: Json) -> Json:
    """The ReplicaSet that a Deployment makes of its template."""
    spec = owner["spec"]
    text = json.dumps(spec["template"], sort_keys=True).encode()
    hashed = hashlib.sha256(text).hexdigest()[:10]
    labels = {**spec["template"]["metadata"]["labels"], "pod-template-hash": hashed}
    template = {**spec["template"], "metadata": {"labels": labels}}
    name = f"{owner['metadata']['name']}-{hashed}"
    of = {
        "replicas": spec.get("replicas", 1),
        "selector": {"matchLabels": labels},
        "template": template,
    }
    made = custom("apps/v1", "ReplicaSet", owner["metadata"]["namespace"], name, of)
    made["metadata"]["labels"] = labels
    made["metadata"]["ownerReferences"] = [
        {
            "apiVersion": owner["apiVersion"],
            "kind": owner["kind"],
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"].get("uid", f"uid-of-{owner['metadata']['name']}"),
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    return made


def daemonset(
    namespace: str,
    name: str,
    labels: dict[str, str],
    *,
    image: str = "docker.io/calico/node:v3.29.1",
    host_network: bool = True,
) -> Json:
    """A DaemonSet; on the network of its nodes, as those of network plugins are."""
    template = _template(labels, (), image)
    if host_network:
        template["spec"]["hostNetwork"] = True
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return custom("apps/v1", "DaemonSet", namespace, name, spec)


def _template(labels: dict[str, str], ports: Sequence[Json], image: str) -> Json:
    container: Json = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent"}
    if ports:
        container["ports"] = [{"protocol": "TCP", **each} for each in ports]
    return {"metadata": {"labels": labels}, "spec": {"containers": [container]}}


def pods_of(owner: Json, replicas: int | None = None) -> list[Json]:
    """The pods that a ReplicaSet, StatefulSet or DaemonSet makes of its template."""
    spec, metadata = owner["spec"], owner["metadata"]
    template = spec["template"]
    container = template["spec"]["containers"][0]
    numbered = owner["kind"] == "StatefulSet"
    number = spec.get("replicas", 1) if replicas is None else replicas
    return [
        pod(
            metadata["namespace"],
            f"{metadata['name']}-{at if numbered else _suffix(metadata['name'], at)}",
            dict(template["metadata"]["labels"]),
            owner=owner,
            ports=container.get("ports", ()),
            image=container["image"],
            host_network=template["spec"].get("hostNetwork", False),
        )
        for at in range(number)
    ]


def _suffix(name: str, at: int) -> str:
    return hashlib.sha256(f"{name}/{at}".encode()).hexdigest()[:5]
