"""Small cluster states for tests of the evaluator, written object by object without a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from policies.evaluator.state import (
    ClusterState,
    ContainerPort,
    Namespace,
    Node,
    Origin,
    Pod,
    PolicyObject,
    Workload,
    WorkloadRef,
)

__all__ = ["Object", "daemonset", "namespace", "node", "pod", "policy", "state"]

AUTOMATIC_LABEL = "kubernetes.io/metadata.name"
Object = Namespace | Pod | PolicyObject | Node | Workload


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Namespace:
    """A Namespace with the label that the server sets (N-05) and the given ones."""
    return Namespace(name, {AUTOMATIC_LABEL: name, **(labels or {})})


def pod(
    place: str,
    labels: Mapping[str, str] | None = None,
    *,
    of: str = "",
    ips: Sequence[str] = (),
    on: str = "",
    ports: Mapping[str, int] | None = None,
    host_network: bool = False,
    replicas: int = 1,
    unknown: Sequence[str] = (),
) -> Pod:
    """The pod `namespace/name`, labelled `app=<name>` unless labels are given.

    `of` is its workload as `Deployment/web`; without one the pod stands for itself. `ports` are
    named TCP ports.
    """
    where, _, name = place.partition("/")
    kind, _, owner = (of or f"Pod/{name}").partition("/")
    return Pod(
        namespace=where,
        name=name,
        labels={"app": name} if labels is None else dict(labels),
        workload=WorkloadRef(where, owner, kind),
        ports=tuple(ContainerPort(key, "TCP", port) for key, port in (ports or {}).items()),
        addresses=tuple(ips),
        node=on,
        host_network=host_network,
        replicas=replicas,
        from_template=replicas != 1,
        unknown_labels=tuple(unknown),
    )


def policy(
    place: str,
    spec: str | Mapping[str, Any],
    *,
    lines: Mapping[str, int] | None = None,
    source: str = "policies.yaml",
) -> PolicyObject:
    """The NetworkPolicy `namespace/name`; its spec is YAML text or plain data."""
    where, _, name = place.partition("/")
    data = yaml.safe_load(spec) if isinstance(spec, str) else dict(spec)
    return PolicyObject(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        namespace=where,
        name=name,
        spec=data,
        origin=Origin(source, 1, 1),
        lines=dict(lines or {}),
    )


def node(name: str, *addresses: str, pod_cidrs: Sequence[str] = (), **labels: str) -> Node:
    """A cluster node."""
    return Node(name, dict(labels), tuple(addresses), tuple(pod_cidrs))


def daemonset(place: str) -> Workload:
    """A DaemonSet of which only the name matters."""
    where, _, name = place.partition("/")
    return Workload(WorkloadRef(where, name, "DaemonSet"))


def state(*objects: Object) -> ClusterState:
    """The state of these objects, sorted; a namespace that is only named is synthesised (N-04)."""
    given = {each.name: each for each in objects if isinstance(each, Namespace)}
    pods = [each for each in objects if isinstance(each, Pod)]
    policies = [each for each in objects if isinstance(each, PolicyObject)]
    workloads = {each.workload: Workload(each.workload) for each in pods}
    workloads.update({each.ref: each for each in objects if isinstance(each, Workload)})
    named = {each.namespace for each in policies} | {ref.namespace for ref in workloads}
    for name in named - given.keys():
        given[name] = Namespace(name, {AUTOMATIC_LABEL: name}, synthesised=True)
    return ClusterState(
        namespaces=tuple(given[name] for name in sorted(given)),
        pods=tuple(sorted(pods, key=lambda each: (each.namespace, each.workload, each.name))),
        workloads=tuple(workloads[ref] for ref in sorted(workloads)),
        nodes=tuple(
            sorted((each for each in objects if isinstance(each, Node)), key=lambda each: each.name)
        ),
        policies=tuple(sorted(policies, key=lambda each: each.key)),
    )
