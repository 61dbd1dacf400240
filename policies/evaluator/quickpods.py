"""Pods of a JSON list, read without making objects of what no policy looks at.

Pods of one workload repeat the same labels, owner and ports, byte by byte. Those bytes are read and
checked once; of every further pod only its name, place and addresses are. Whatever is not plainly
right is left to the general way, which says what is wrong with it: this one never reports anything.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator import names
from policies.evaluator.origin import Origin
from policies.evaluator.podcheck import PodCheck
from policies.evaluator.podshape import GivenPod, PodShape, controller, declared_ports, scrape
from policies.evaluator.schema import Container, OwnerReference, PodSpec, Port
from policies.evaluator.state import IGNORE, ContainerPort

__all__ = ["QuickPods"]

_NOTHING = msgspec.Raw(b"null")
# Annotations that are read. A text with an escaped character may hold them in disguise.
_READ_ANNOTATIONS = (b"prometheus.io/", b"netviz.io/", b"\\u", b"\\/")
# Keys that stand once in a pod, or in a container; where one stands twice the general way says so.
# What differs from a pod without such a key only in words and numbers is not searched for them, nor
# is one with the same labels, owner and ports: there, as of other keys, the last one counts, as in
# Kubernetes.
_KEYS = re.compile(
    b'"('
    b"labels|namespace|annotations|ownerReferences|deletionTimestamp|containers|initContainers|ports|"
    b"nodeName|hostNetwork|serviceAccountName|phase|podIPs?"
    b')"'
)
# Tools write a few structures; of large pods each takes some kilobytes.
_STRUCTURES = 500
_WORDS = bytes(code for code in range(128) if chr(code).isalnum() or chr(code) in " -./_")
_UNSEEN = PodShape("", {}, None, (), False, "", False, "")


class _Struct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    pass


class _Metadata(_Struct, frozen=True, gc=False):
    name: str = ""
    generate_name: str | None = None
    namespace: str = ""
    labels: msgspec.Raw = _NOTHING
    annotations: msgspec.Raw = _NOTHING
    owner_references: msgspec.Raw = _NOTHING
    deletion_timestamp: str | None = None


class _Container(_Struct, frozen=True, gc=False):
    ports: msgspec.Raw = _NOTHING
    restart_policy: msgspec.Raw = _NOTHING


class _Spec(_Struct, frozen=True, gc=False):
    containers: tuple[_Container, ...] = ()
    init_containers: tuple[_Container, ...] = ()
    host_network: bool = False
    node_name: str = ""
    service_account_name: str = ""
    service_account: str = ""


class _PodIP(_Struct, frozen=True, gc=False):
    ip: str = ""


class _Status(_Struct, frozen=True, gc=False):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    pod_ips: tuple[_PodIP, ...] = msgspec.field(default=(), name="podIPs")


class _Pod(_Struct, frozen=True, gc=False):
    metadata: _Metadata
    spec: _Spec
    api_version: str = ""
    kind: str = ""
    status: _Status = _Status()


# Made under the import lock: see statebytes.py.
_QUICK = msgspec.json.Decoder(_Pod)
_LABELS = msgspec.json.Decoder(dict[str, str] | None)
_ANNOTATIONS = msgspec.json.Decoder(Any)
_OWNERS = msgspec.json.Decoder(list[OwnerReference] | None)
_PORTS = msgspec.json.Decoder(list[Port] | None)
_RESTARTS = msgspec.json.Decoder(str | None)

# What says which ports a pod declares: its containers, its init containers, its network.
_PortsKey = tuple[bytes, bytes | None, bool]
_Key = tuple[str, bytes, bytes, _PortsKey, str, str, bytes]


class QuickPods:
    """The pods of one reading that are plainly right."""

    def __init__(self, check: PodCheck, default_namespace: str) -> None:
        self._check = check
        self._default_namespace = default_namespace
        self._shapes: dict[_Key, PodShape | None] = {}
        self._ports: dict[_PortsKey, tuple[ContainerPort, ...] | None] = {}
        self._structures: set[tuple[object, ...]] = set()
        self._last: tuple[_Pod, PodShape | None] | None = None
        self._ipv4s = names.Ipv4s()
        self._nodes: dict[str, str] = {"": ""}
        # Those that are right.
        self._namespaces: set[str] = set()

    def read(self, item: msgspec.Raw, origin: Origin, implied: bool) -> GivenPod | None:
        """The pod that an item of a list is; None where it is another object or not plainly right.

        `implied`: the list says that its items are pods of v1, so that they need not.
        """
        found = _decoded(item, implied)
        if found is None:
            return None
        shape = self._shape_of(found, item)
        if shape is None or names.object_name_fault(found.metadata.name):
            return None
        addresses = self._addresses(found.status)
        node = self._nodes.get(found.spec.node_name)
        if node is None and self._check.is_name(found.spec.node_name):
            node = self._nodes[found.spec.node_name] = found.spec.node_name
        if addresses is None or node is None:
            return None
        if found.metadata.deletion_timestamp is not None:
            addresses = ()
        return GivenPod(shape, found.metadata.name, addresses, node, found.status.phase, origin)

    def shared(self, item: msgspec.Raw) -> tuple[PodShape, str] | None:
        """Shape and phase of a pod without its name, node and addresses, in whose text no key
        stands twice; None where it is not plainly right."""
        found = _decoded(item, implied=False)
        shape = None if found is None else self._shape(found, None)
        return None if found is None or shape is None else (shape, found.status.phase)

    def shape_like(
        self, like: PodShape, namespace: str, labels: dict[str, str], owner: str | None
    ) -> PodShape | None:
        """See `PodMaker`."""
        if namespace not in self._namespaces:
            if names.namespace_fault(namespace):
                return None
            self._namespaces.add(namespace)
        manager = like.owner
        if owner is not None:
            if manager is None:
                return None
            manager = OwnerReference(owner, manager.kind, manager.controller)
        if not self._check.is_right(labels, (manager,) if manager else (), ""):
            return None
        return PodShape(
            namespace,
            like.labels | labels,
            manager,
            like.ports,
            like.host_network,
            like.service_account,
            like.init_containers,
            like.scrape,
        )

    def _shape_of(self, found: _Pod, item: msgspec.Raw) -> PodShape | None:
        # An API server lists the pods of a workload one after the other.
        if self._last is None or not _is_like(found, self._last[0]):
            self._last = found, self._shape(found, item)
        return self._last[1]

    def _shape(self, found: _Pod, item: msgspec.Raw | None) -> PodShape | None:
        """The shape of a pod; None where it is not plainly right. `item`: a text in which a key may
        stand twice."""
        metadata, spec = found.metadata, found.spec
        ports = _ports_key(spec)
        annotations = _annotations(metadata.annotations)
        # The text of all that makes the shape of a pod.
        key = (
            metadata.namespace,
            bytes(metadata.labels),
            bytes(metadata.owner_references),
            ports,
            spec.service_account_name,
            spec.service_account,
            annotations,
        )
        shape = self._shapes.get(key, _UNSEEN)
        if shape is _UNSEEN:
            right = item is None or self._is_without_repeats(bytes(item), found)
            shape = self._new_shape(found, ports, annotations) if right else None
            self._shapes[key] = shape
        return shape

    def _is_without_repeats(self, item: bytes, found: _Pod) -> bool:
        """Whether no key stands twice that is to stand once."""
        spec = found.spec
        structure = (item.translate(None, _WORDS), *_presence(found))
        if structure in self._structures:
            return True
        keys = _KEYS.findall(item)
        ports = keys.count(b"ports")
        if ports > len(spec.containers) + len(spec.init_containers):
            return False
        if len(keys) - ports != len(set(keys)) - (ports > 0):
            return False
        if len(self._structures) < _STRUCTURES:
            self._structures.add(structure)
        return True

    def _new_shape(self, found: _Pod, ports: _PortsKey, annotations: bytes) -> PodShape | None:
        """The shape of a pod whose like was not seen before."""
        metadata, spec = found.metadata, found.spec
        try:
            labels = _LABELS.decode(metadata.labels) or {}
            owners = _OWNERS.decode(metadata.owner_references) or ()
            noted: Any = _ANNOTATIONS.decode(annotations) if annotations else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        # Where there are more colons than labels, one of them stands twice.
        if bytes(metadata.labels).count(b":") != len(labels):
            return None
        if isinstance(noted, dict) and IGNORE in noted:
            return None
        namespace = metadata.namespace
        if namespace and names.namespace_fault(namespace):
            return None
        declared = self._declared(spec, ports)
        if declared is None or not self._check.is_right(labels, owners, spec.service_account_name):
            return None
        return PodShape(
            namespace or self._default_namespace,
            dict(sorted(labels.items())),
            controller(owners),
            declared,
            spec.host_network,
            spec.service_account_name or spec.service_account or "default",
            bool(spec.init_containers),
            scrape(noted),
        )

    def _declared(self, spec: _Spec, key: _PortsKey) -> tuple[ContainerPort, ...] | None:
        """The ports that a pod declares, which many workloads do alike; None where one is not
        plainly right."""
        if key not in self._ports:
            try:
                read = PodSpec(
                    containers=[_container(each) for each in spec.containers],
                    init_containers=[_container(each) for each in spec.init_containers],
                    host_network=spec.host_network,
                )
            except (msgspec.DecodeError, UnicodeDecodeError):
                read = None
            right = read is not None and self._check.ports_are_right(read)
            self._ports[key] = declared_ports(read) if read is not None and right else None
        return self._ports[key]

    def _addresses(self, status: _Status) -> tuple[str, ...] | None:
        """The pod's addresses; None where one is none."""
        only, others = status.pod_ip, status.pod_ips
        if only and (not others or (len(others) == 1 and others[0].ip == only)):
            right = self._ipv4s.holds(only) or names.is_address(only)
            return (only,) if right else None
        listed = [each.ip for each in others if each.ip]
        if not all(names.is_address(each) for each in (*listed, *([only] if only else []))):
            return None
        return tuple(dict.fromkeys(listed or ([only] if only else [])))


def _decoded(item: msgspec.Raw, implied: bool) -> _Pod | None:
    """The pod that an item says it is."""
    try:
        found = _QUICK.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if (found.kind == "Pod" and found.api_version == "v1") or (
        implied and found.kind == found.api_version == ""
    ):
        return found
    return None


def _is_like(found: _Pod, other: _Pod) -> bool:
    """Whether two pods are of one shape; they may be where this says no."""
    metadata, of_other = found.metadata, other.metadata
    if metadata.labels != of_other.labels or metadata.namespace != of_other.namespace:
        return False
    if metadata.owner_references != of_other.owner_references:
        return False
    spec, spec_of_other = found.spec, other.spec
    return (
        metadata.annotations == of_other.annotations
        and spec.containers == spec_of_other.containers
        and spec.init_containers == spec_of_other.init_containers
        and spec.host_network is spec_of_other.host_network
        and spec.service_account_name == spec_of_other.service_account_name
        and spec.service_account == spec_of_other.service_account
    )


def _ports_key(spec: _Spec) -> _PortsKey:
    init = spec.init_containers
    return _ports(spec.containers), _ports(init) if init else None, spec.host_network


def _ports(containers: Sequence[_Container]) -> bytes:
    if len(containers) == 1 and containers[0].restart_policy is _NOTHING:
        return bytes(containers[0].ports)
    return b"\n".join(bytes(each.restart_policy) + bytes(each.ports) for each in containers)


def _container(given: _Container) -> Container:
    """Raises DecodeError."""
    policy = _RESTARTS.decode(given.restart_policy)
    return Container(ports=_PORTS.decode(given.ports), restart_policy=policy)


def _presence(found: _Pod) -> tuple[object, ...]:
    """Which of the fields that are read a pod has."""
    metadata, spec, status = found.metadata, found.spec, found.status
    return (
        not metadata.namespace,
        metadata.labels is _NOTHING,
        metadata.annotations is _NOTHING,
        metadata.owner_references is _NOTHING,
        metadata.deletion_timestamp is None,
        len(spec.containers),
        len(spec.init_containers),
        spec.host_network,
        not spec.node_name,
        not spec.service_account_name,
        not status.phase,
        not status.pod_ip,
        len(status.pod_ips),
    )


def _annotations(given: msgspec.Raw) -> bytes:
    """Annotations that may say something; nothing where none of them does."""
    if given is _NOTHING:
        return b""
    text = bytes(given)
    return text if any(each in text for each in _READ_ANNOTATIONS) else b""
