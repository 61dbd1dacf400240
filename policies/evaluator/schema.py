"""The Kubernetes objects that are read, with only the fields that decide flows.

Null means absent, fields that are not here are ignored, a wrong type is a problem of the object.
"""

from typing import Any, TypeVar

import msgspec

from policies.evaluator.documents import parse_path
from policies.evaluator.errors import Severity
from policies.evaluator.fields import Cursor, Report, describe, quote_it
from policies.evaluator.patterns import Lazy

__all__ = [
    "Container",
    "JobSpec",
    "JobTemplate",
    "Metadata",
    "NamespaceObject",
    "NodeObject",
    "OwnerReference",
    "PodObject",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Port",
    "WorkloadObject",
    "WorkloadSpec",
    "convert",
]

T = TypeVar("T")
_CONTAINER_PORTS = Lazy(r"(.*ontainers\[\d+\])\.ports\b")
_RETRIES = 20


class _Struct(msgspec.Struct, rename="camel", frozen=True):
    pass


class OwnerReference(_Struct, frozen=True):
    """Who owns an object; one owner at most is the controller."""

    name: str
    kind: str | None = None
    controller: bool | None = None


class Metadata(_Struct, frozen=True):
    """What every object has."""

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: Any = None
    owner_references: list[OwnerReference] | None = None
    deletion_timestamp: Any = None


class Port(_Struct, frozen=True):
    """A container port."""

    container_port: int
    name: str | None = None
    protocol: str | None = None
    host_port: int | None = None


class Container(_Struct, frozen=True):
    """A container; `restart_policy` Always makes an init container a sidecar."""

    ports: list[Port] | None = None
    restart_policy: str | None = None


class PodSpec(_Struct, frozen=True):
    """A pod's spec, live or in a template."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    host_network: bool | None = None
    node_name: str | None = None
    service_account_name: str | None = None
    service_account: str | None = None


class _PodIP(_Struct, frozen=True):
    ip: str | None = None


class PodStatus(_Struct, frozen=True):
    """What the kubelet reported."""

    phase: str | None = None
    pod_ip: str | None = msgspec.field(default=None, name="podIP")
    pod_ips: list[_PodIP] | None = msgspec.field(default=None, name="podIPs")


class PodObject(_Struct, frozen=True):
    """A Pod."""

    metadata: Metadata | None = None
    spec: PodSpec | None = None
    status: PodStatus | None = None


class PodTemplate(_Struct, frozen=True):
    """What a workload makes its pods from."""

    metadata: Metadata | None = None
    spec: PodSpec | None = None


class _Ordinals(_Struct, frozen=True):
    start: int | None = None


class JobSpec(_Struct, frozen=True):
    """A Job's spec, its own or in a CronJob."""

    parallelism: int | None = None
    suspend: bool | None = None
    completion_mode: str | None = None
    template: PodTemplate | None = None


class JobTemplate(_Struct, frozen=True):
    """What a CronJob makes its Jobs from."""

    spec: JobSpec | None = None


class WorkloadSpec(_Struct, frozen=True):
    """The spec of any kind of workload: each uses some of the fields."""

    replicas: int | None = None
    template: PodTemplate | None = None
    ordinals: _Ordinals | None = None
    parallelism: int | None = None
    suspend: bool | None = None
    completion_mode: str | None = None
    job_template: JobTemplate | None = None


class _WorkloadStatus(_Struct, frozen=True):
    completion_time: Any = None


class WorkloadObject(_Struct, frozen=True):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob or ReplicationController."""

    metadata: Metadata | None = None
    spec: WorkloadSpec | None = None
    status: _WorkloadStatus | None = None


class NamespaceObject(_Struct, frozen=True):
    """A Namespace."""

    metadata: Metadata | None = None


class _NodeAddress(_Struct, frozen=True):
    type: str | None = None
    address: str | None = None


class _NodeStatus(_Struct, frozen=True):
    addresses: list[_NodeAddress] | None = None


class _NodeSpec(_Struct, frozen=True):
    pod_cidr: str | None = msgspec.field(default=None, name="podCIDR")
    pod_cidrs: list[str] | None = msgspec.field(default=None, name="podCIDRs")


class NodeObject(_Struct, frozen=True):
    """A Node."""

    metadata: Metadata | None = None
    spec: _NodeSpec | None = None
    status: _NodeStatus | None = None


def convert(value: dict[str, Any], schema: type[T], report: Report) -> T | None:
    """The object as a struct; None after reporting what does not fit.

    Container ports that do not fit are reported and left out, the object is not: they only matter
    where a policy names a port, and without its pods the picture would be far more wrong.
    """
    for _ in range(_RETRIES):
        try:
            return msgspec.convert(value, schema)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            path = path.rstrip("`")
            container = _CONTAINER_PORTS.match(path)
            _report(Cursor(value, report), message, path, "warning" if container else "error")
            if not container:
                return None
            _at(Cursor(value, report), container[1]).value["ports"] = None
    report.add((), f"has more than {_RETRIES} faults in its container ports")
    return None


def _at(root: Cursor, path: str) -> Cursor:
    place = root
    for key in parse_path(path):
        place = (
            Cursor(place.value[key], place.report, (*place.keys, key))
            if isinstance(key, int)
            else place.child(key)
        )
    return place


def _report(root: Cursor, message: str, path: str, severity: Severity) -> None:
    """msgspec names the path, but not the key of a free mapping such as labels: that is `[...]`."""
    outer, free, _ = path.partition("[...]")
    if message.startswith("Object missing required field"):
        outer += f".{message.split('`')[1]}"
        message = "is missing"
    place = _at(root, outer)
    if not free:
        place.problem(_sentence(message, place.value), severity)
        return
    for _, entry in place.entries():
        if not isinstance(entry.value, str):
            # Labels are the only free mappings read.
            found = f"{describe(entry.value)}{quote_it(entry.value)}"
            entry.problem(f"a label value must be a string; found {found}")


def _sentence(message: str, value: Any) -> str:
    """`Expected `int | null`, got `str`` in plain words."""
    if not message.startswith("Expected"):
        return message[:1].lower() + message[1:]
    expected = message.partition("`")[2].partition("`")[0].removesuffix(" | null")
    words = {
        "int": "a whole number",
        "str": "a string",
        "bool": "true or false",
        "array": "a list",
        "object": "a mapping",
        "int | str": "a number or a port name",
    }
    hint = quote_it(value) if "str" in expected else ""
    return f"must be {words.get(expected, expected)}; found {describe(value)}{hint}"
