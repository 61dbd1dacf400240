"""Objects as they are kept in memory: only what is read of them, as JSON of a few hundred bytes.

Pods, workloads and nodes are most of a cluster, and most of each is of no concern: of them just the
fields below are decoded. An object that does not fit is kept whole, so that its reader can say what
is wrong with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from policies.ingest.resources import Served

__all__ = ["Slim", "slim"]

Key = tuple[str, str]
"""Namespace and name."""


class Slim(NamedTuple):
    """An object of a cluster. `body` is equal as long as nothing that is read of it changes.

    `manager` and `at` (RFC 3339) are who wrote it last and when, by its managed fields; empty where
    it has none. `owners` are the keys of its controllers, by kind: `ReplicaSet`, name.
    """

    key: Key
    body: bytes
    version: str
    manager: str = ""
    at: str = ""
    owner: tuple[str, str] | None = None


class _Struct(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    pass


class _Managed(_Struct, gc=False):
    manager: str = ""
    time: str = ""
    subresource: str = ""


class _Owner(_Struct, gc=False):
    kind: str = ""
    name: str = ""
    controller: bool | None = None


class _Metadata(_Struct, gc=False):
    name: str = ""
    namespace: str = ""
    generate_name: str = ""
    resource_version: str = ""
    labels: Raw | UnsetType = UNSET
    annotations: dict[str, Any] | None = None
    owner_references: list[_Owner] | None = None
    deletion_timestamp: str | None = None
    managed_fields: list[_Managed] | None = None


class _Container(_Struct, gc=False):
    ports: Raw | UnsetType = UNSET
    restart_policy: Raw | UnsetType = UNSET


class _PodSpec(_Struct, gc=False):
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    host_network: bool | None = None
    node_name: str | None = None
    service_account_name: str | None = None
    service_account: str | None = None


class _PodStatus(_Struct, gc=False):
    phase: str | None = None
    pod_ip: str | UnsetType | None = msgspec.field(default=UNSET, name="podIP")
    pod_ips: Raw | UnsetType = msgspec.field(default=UNSET, name="podIPs")


class _Object(_Struct, gc=False):
    api_version: str = ""
    kind: str = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _Pod(_Object, gc=False):
    spec: _PodSpec | None = None
    status: _PodStatus | None = None


class _Template(_Struct, gc=False):
    metadata: _Metadata | None = None
    spec: _PodSpec | None = None


class _JobSpec(_Struct, gc=False):
    parallelism: int | None = None
    suspend: bool | None = None
    completion_mode: str | None = None
    template: _Template | None = None


class _JobTemplate(_Struct, gc=False):
    spec: _JobSpec | None = None


class _WorkloadSpec(_JobSpec, gc=False):
    replicas: int | None = None
    ordinals: Raw | UnsetType = UNSET
    job_template: _JobTemplate | None = None


class _WorkloadStatus(_Struct, gc=False):
    completion_time: str | None = None


class _Workload(_Object, gc=False):
    spec: _WorkloadSpec | None = None
    status: _WorkloadStatus | None = None


class _NodeSpec(_Struct, gc=False):
    pod_cidr: str | UnsetType | None = msgspec.field(default=UNSET, name="podCIDR")
    pod_cidrs: Raw | UnsetType = msgspec.field(default=UNSET, name="podCIDRs")


class _NodeStatus(_Struct, gc=False):
    addresses: Raw | UnsetType = UNSET


class _Node(_Object, gc=False):
    spec: _NodeSpec | None = None
    status: _NodeStatus | None = None


class _Bare(_Object, gc=False):
    pass


class _Any(_Object, gc=False):
    """Only who and where it is; the rest is kept as it came."""


# Made under the import lock: see evaluator/state.py.
_WORKLOAD = msgspec.json.Decoder(_Workload)
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "Pod": msgspec.json.Decoder(_Pod),
    "Node": msgspec.json.Decoder(_Node),
    "Namespace": msgspec.json.Decoder(_Bare),
    **dict.fromkeys(
        (
            *("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"),
            "ReplicationController",
        ),
        _WORKLOAD,
    ),
}
_ANY = msgspec.json.Decoder(_Any)
_WHOLE = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder(order="deterministic")
# Annotations of pods and nodes that are read; others change with every heartbeat.
_READ = ("prometheus.io/", "netviz.io/")
_ALL_ANNOTATIONS = frozenset({"Namespace"})
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_METADATA = ("managedFields", "resourceVersion", "uid", "generation", "selfLink")
# Of these the status says how to get in.
_WITH_STATUS = frozenset({"Service"})


def slim(served: Served, item: bytes) -> Slim | None:
    """The object in an item of a list or an event, whose kind need not stand in it; None where it
    is no object at all."""
    kind = served.resource.kind
    decoder = _DECODERS.get(kind)
    if decoder is not None:
        try:
            return _typed(served, decoder.decode(item))
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # odd: kept whole, for its reader to say what is wrong
    try:
        found, whole = _ANY.decode(item), _WHOLE.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return _general(served, found.metadata, whole)


def _typed(served: Served, found: Any) -> Slim:
    metadata: _Metadata = found.metadata
    found.api_version, found.kind = served.api_version, served.resource.kind
    version, (manager, at) = metadata.resource_version, _written(metadata)
    key = (metadata.namespace, metadata.name)
    owner = next(
        ((each.kind, each.name) for each in metadata.owner_references or () if each.controller),
        None,
    )
    metadata.resource_version, metadata.managed_fields = "", None
    metadata.annotations = _annotations(
        metadata.annotations, everything=found.kind in _ALL_ANNOTATIONS
    )
    for template in _templates(found):
        if template.metadata is not None:
            template.metadata.annotations = _annotations(template.metadata.annotations)
    return Slim(key, _ENCODER.encode(found), version, manager, at, owner)


def _templates(item: Any) -> list[_Template]:
    spec = item.spec if isinstance(item, _Workload) else None
    if spec is None:
        return []
    found = [spec.template]
    if spec.job_template is not None and spec.job_template.spec is not None:
        found.append(spec.job_template.spec.template)
    return [each for each in found if each is not None]


def _annotations(
    given: dict[str, Any] | None, *, everything: bool = False
) -> dict[str, Any] | None:
    if not given:
        return None
    kept = {
        key: value
        for key, value in given.items()
        if key.startswith(_READ) or (everything and key != _LAST_APPLIED)
    }
    return kept or None


def _written(metadata: _Metadata) -> tuple[str, str]:
    """Who wrote the object itself last, not its status."""
    written = [
        (each.time, place, each.manager)
        for place, each in enumerate(metadata.managed_fields or ())
        if not each.subresource
    ]
    at, _, manager = max(written, default=("", 0, ""))
    return manager, at


def _general(served: Served, metadata: _Metadata, whole: dict[str, Any]) -> Slim:
    resource = served.resource
    about = whole.get("metadata")
    if isinstance(about, dict):
        for field in _METADATA:
            about.pop(field, None)
        if isinstance(about.get("annotations"), dict):
            about["annotations"].pop(_LAST_APPLIED, None)
    if resource.kind not in _WITH_STATUS and resource.kind not in _DECODERS:
        whole.pop("status", None)
    whole["apiVersion"], whole["kind"] = served.api_version, resource.kind
    manager, at = _written(metadata)
    key = (metadata.namespace, metadata.name)
    return Slim(key, _ENCODER.encode(whole), metadata.resource_version, manager, at)
