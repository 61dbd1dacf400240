"""ClusterState: one immutable, content-addressed picture of the objects that policies speak of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.entry.objects import EntryObjects, Service, ServicePort
from policies.evaluator.errors import Problem
from policies.evaluator.origin import Origin

__all__ = [
    "IGNORE",
    "ClusterState",
    "ContainerPort",
    "FinishedPod",
    "Namespace",
    "Node",
    "NotEvaluated",
    "Origin",
    "Pod",
    "PolicyObject",
    "Service",
    "ServicePort",
    "Workload",
    "WorkloadRef",
]

# The annotation by which somebody decided to live with a finding, and why: see docs/findings.md.
IGNORE = "netviz.io/ignore"
_NAME_LABEL = "kubernetes.io/metadata.name"


class WorkloadRef(msgspec.Struct, frozen=True, order=True):
    """Name of a workload: the top controller of its pods, or a pod without one (F-02)."""

    namespace: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}[{self.kind}]"


class Namespace(msgspec.Struct, frozen=True):
    """A namespace; `synthesised` when objects name it but no Namespace object was given (N-04)."""

    name: str
    labels: dict[str, str]
    origin: Origin = Origin()
    synthesised: bool = False

    @classmethod
    def given(cls, name: str, labels: Mapping[str, str] | None, origin: Origin) -> Namespace:
        """A namespace as its object says. N-05: the API server sets the label of its name,
        whatever the file says."""
        every = {**(labels or {}), _NAME_LABEL: name}
        return cls(name, dict(sorted(every.items())), origin)

    @classmethod
    def without_object(cls, name: str) -> Namespace:
        """A namespace of which nothing but the name is known (N-04)."""
        return cls(name, {_NAME_LABEL: name}, synthesised=True)


class ContainerPort(msgspec.Struct, frozen=True, order=True):
    """A declared container port; only named ones ever matter to a policy (A-77, A-80).

    `host_port` is where its node answers for it, 0 where it does not (F-34).
    """

    name: str
    protocol: str
    port: int
    host_port: int = 0


class Pod(msgspec.Struct, frozen=True):
    """One pod, live or synthesised from a template (F-03).

    `addresses` may be empty (a template, or not yet scheduled: A-94). `unknown_labels` are keys
    that the cluster will set to a value nobody can know from the manifest (F-06). `replicas` is
    how many equal pods this record stands for (templates only; 0 = scaled to zero). `scrape` is the
    port where Prometheus is told to collect metrics (`any` without one), empty where it is not.
    """

    namespace: str
    name: str
    labels: dict[str, str]
    workload: WorkloadRef
    ports: tuple[ContainerPort, ...] = ()
    addresses: tuple[str, ...] = ()
    node: str = ""
    host_network: bool = False
    service_account: str = "default"
    replicas: int = 1
    from_template: bool = False
    unknown_labels: tuple[str, ...] = ()
    origin: Origin = Origin()
    init_containers: bool = False
    scrape: str = ""


class FinishedPod(msgspec.Struct, frozen=True, order=True):
    """A pod that ran to its end (phase Succeeded or Failed) and takes no part any more (A-93)."""

    namespace: str
    name: str
    phase: str
    labels: tuple[tuple[str, str], ...] = ()


class Workload(msgspec.Struct, frozen=True):
    """A workload of the graph: what owns a group of pods. `labels` are the object's own (F-03)."""

    ref: WorkloadRef
    labels: dict[str, str] = {}
    replicas: int | None = None
    origin: Origin = Origin()


class Node(msgspec.Struct, frozen=True):
    """A cluster node with all its addresses and pod ranges."""

    name: str
    labels: dict[str, str]
    addresses: tuple[str, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    origin: Origin = Origin()


# Kinds whose names several families use; the families of Kubernetes itself keep the bare name.
_SHARED_NAMES = frozenset(
    {"AdminNetworkPolicy", "AuthorizationPolicy", "ClusterNetworkPolicy", "NetworkPolicy"}
)
_KUBERNETES_GROUPS = frozenset({"extensions", "networking.k8s.io", "policy.networking.k8s.io"})


class PolicyObject(msgspec.Struct, frozen=True):
    """A policy that passed its kind's validation, as written.

    `lines` maps field paths (`spec.ingress[0]`) to source lines; paths not in it have no line.
    `beside` are the fields next to `spec` that decide as well. `labels` and `annotations` are kept
    for whoever writes the policy anew.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    spec: dict[str, Any]
    origin: Origin = Origin()
    lines: dict[str, int] = {}
    beside: dict[str, Any] = {}
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    @property
    def key(self) -> str:
        """`NetworkPolicy/default/deny-all`, or `Kind/name` for a cluster-wide kind.

        Where several families have a kind of that name, kubectl's `Kind.group` tells them apart.
        """
        kind, namespace, name = self.place
        if kind and namespace and name:
            return f"{kind}/{namespace}/{name}"
        return "/".join(part for part in (kind, namespace, name) if part)

    @property
    def place(self) -> tuple[str, str, str]:
        """Its place in the order of a state: the parts of its key."""
        kind = self.kind
        if kind in _SHARED_NAMES:
            group = self.api_version.rpartition("/")[0]
            if group not in _KUBERNETES_GROUPS:
                kind = f"{kind}.{group}"
        return kind, self.namespace, self.name

    def line_of(self, path: str) -> int:
        """The line of a field, or of the nearest enclosing field with a known line."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition(".")[0] if not path.endswith("]") else path.rpartition("[")[0]
        return self.origin.line


class NotEvaluated(msgspec.Struct, frozen=True, order=True):
    """A kind of object that was given and that the evaluator does not evaluate, counted.

    `names` are the keys of those whose subjects are known.
    """

    api_version: str
    kind: str
    count: int
    reason: str
    names: tuple[str, ...] = ()


class ClusterState(msgspec.Struct, frozen=True, dict=True):
    """Everything that decides the allowed flows, in a stable order, with what was wrong.

    `pods` never holds finished pods (A-93); `finished` names them. `ignores` holds, by
    key of an object, its annotation `netviz.io/ignore`. Equal content gives equal bytes and so the
    same `content_hash`.
    """

    namespaces: tuple[Namespace, ...] = ()
    pods: tuple[Pod, ...] = ()
    workloads: tuple[Workload, ...] = ()
    nodes: tuple[Node, ...] = ()
    services: tuple[Service, ...] = ()
    policies: tuple[PolicyObject, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: dict[str, int] = {}
    finished: tuple[FinishedPod, ...] = ()
    ignores: dict[str, str] = {}
    entry: EntryObjects = EntryObjects()

    @cached_property
    def policy_index(self) -> dict[str, int]:
        """Where each policy is among `policies`, by its key."""
        return {each.key: index for index, each in enumerate(self.policies)}

    @cached_property
    def namespace_names(self) -> frozenset[str]:
        """The names of all namespaces."""
        return frozenset(each.name for each in self.namespaces)

    def to_bytes(self) -> bytes:
        """Canonical bytes: the same state gives the same bytes."""
        return msgspec.msgpack.Encoder(order="deterministic").encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> ClusterState:
        """The state that `to_bytes` gave. Raises `msgspec.DecodeError` on anything else."""
        # Making it takes a third as long as a command about a few files, which needs none.
        from policies.evaluator.statebytes import DECODER

        return DECODER.decode(data)

    @property
    def content_hash(self) -> str:
        """Hexadecimal SHA-256 of `to_bytes()`."""
        from hashlib import sha256

        return sha256(self.to_bytes()).hexdigest()
