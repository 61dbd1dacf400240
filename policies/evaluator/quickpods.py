"""Pods of a JSON list, read without making objects of what no policy looks at.

Pods of one workload repeat the same labels, owner and ports, byte by byte. Those bytes are read and
checked once; of every further pod only its name, place and addresses are. Whatever is not plainly
right is left to the general way, which says what is wrong with it: this one never reports anything.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator import names
from policies.evaluator.origin import Origin
from policies.evaluator.podcheck import PodCheck
from policies.evaluator.podshape import GivenPod, PodShape, shape_of
from policies.evaluator.schema import Container, Metadata, OwnerReference, PodSpec, Port
from policies.evaluator.state import IGNORE

__all__ = ["QuickPods"]

_NOTHING = msgspec.Raw(b"null")
# Annotations that are read. A text with an escaped character may hold them in disguise.
_READ_ANNOTATIONS = (b"prometheus.io/", b"netviz.io/", b"\\u", b"\\/")
# Keys that stand once in a pod; where one stands twice the general way says so. Of pods with the
# same labels, owner and ports only the first is searched: in the others, and of other keys, the
# last one counts, as in Kubernetes.
_ONCE = tuple(
    b'"%b"' % key
    for key in (
        b"labels",
        b"namespace",
        b"annotations",
        b"ownerReferences",
        b"deletionTimestamp",
        b"containers",
        b"initContainers",
        b"nodeName",
        b"hostNetwork",
        b"serviceAccountName",
        b"phase",
        b"podIP",
        b"podIPs",
    )
)
_BYTES = frozenset(map(str, range(256)))
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

_Key = tuple[str | bytes | bool | None, ...]


class QuickPods:
    """The pods of one reading that are plainly right."""

    def __init__(self, check: PodCheck, default_namespace: str) -> None:
        self._check = check
        self._default_namespace = default_namespace
        self._shapes: dict[_Key, PodShape | None] = {}
        self._ports: dict[bytes, list[Port] | None] = {}
        self._last: tuple[_Pod, PodShape | None] | None = None
        self._networks: set[str] = set()
        self._nodes: dict[str, str] = {"": ""}

    def read(self, item: bytes, origin: Origin, *, implied: bool = False) -> GivenPod | None:
        """The pod that an item of a list is; None where it is another object or not plainly right.

        `implied`: the list says that its items are pods of v1, so that they need not.
        """
        try:
            found = _QUICK.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if (found.kind != "Pod" or found.api_version != "v1") and not (
            implied and found.kind == found.api_version == ""
        ):
            return None
        # An API server lists the pods of a workload one after the other.
        if self._last is not None and _is_like(found, self._last[0]):
            shape = self._last[1]
        else:
            shape = self._shape(found, item)
            self._last = (found, shape)
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

    def _shape(self, found: _Pod, item: bytes) -> PodShape | None:
        """The shape of a pod; None where it is not plainly right."""
        key = _key(found)
        shape = self._shapes.get(key, _UNSEEN)
        if shape is _UNSEEN:
            right = not _repeats(item, found)
            shape = self._shapes[key] = self._new_shape(found) if right else None
        return shape

    def _new_shape(self, found: _Pod) -> PodShape | None:
        """The shape of a pod whose like was not seen before."""
        annotations = _annotations(bytes(found.metadata.annotations))
        try:
            metadata = Metadata(
                labels=_LABELS.decode(found.metadata.labels),
                annotations=_ANNOTATIONS.decode(annotations) if annotations else None,
                owner_references=_OWNERS.decode(found.metadata.owner_references),
            )
            spec = PodSpec(
                containers=self._containers(found.spec.containers),
                init_containers=self._containers(found.spec.init_containers),
                host_network=found.spec.host_network,
                service_account_name=found.spec.service_account_name,
                service_account=found.spec.service_account,
            )
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        # Where there are more colons than labels, one of them stands twice.
        colons = bytes(found.metadata.labels).count(b":")
        if colons != len(metadata.labels or {}):
            return None
        if isinstance(metadata.annotations, dict) and IGNORE in metadata.annotations:
            return None
        namespace = found.metadata.namespace
        if namespace and names.namespace_fault(namespace):
            return None
        if not self._check.is_right(metadata, spec):
            return None
        return shape_of(namespace or self._default_namespace, metadata, spec)

    def _containers(self, given: Sequence[_Container]) -> list[Container]:
        """Containers with their ports, which workloads share. Raises DecodeError."""
        found = []
        for each in given:
            text = bytes(each.ports)
            if text not in self._ports:
                self._ports[text] = _PORTS.decode(text)
            policy = _RESTARTS.decode(each.restart_policy)
            found.append(Container(ports=self._ports[text], restart_policy=policy))
        return found

    def _addresses(self, status: _Status) -> tuple[str, ...] | None:
        """The pod's addresses; None where one is none."""
        only, others = status.pod_ip, status.pod_ips
        if only and (not others or (len(others) == 1 and others[0].ip == only)):
            network, _, last = only.rpartition(".")
            # Those of a node have the rest in common, which is looked at once.
            if last in _BYTES and network in self._networks:
                return (only,)
            if names.is_ipv4(only):
                self._networks.add(network)
                return (only,)
            return (only,) if names.is_address(only) else None
        listed = [each.ip for each in others if each.ip]
        if not all(names.is_address(each) for each in (*listed, *([only] if only else []))):
            return None
        return tuple(dict.fromkeys(listed or ([only] if only else [])))


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


def _key(found: _Pod) -> _Key:
    """The text of all that makes the shape of a pod."""
    metadata, spec = found.metadata, found.spec
    return (
        metadata.namespace,
        bytes(metadata.labels),
        bytes(metadata.owner_references),
        _ports(spec.containers),
        _ports(spec.init_containers) if spec.init_containers else None,
        spec.host_network,
        spec.service_account_name,
        spec.service_account,
        _annotations(bytes(metadata.annotations)),
    )


def _repeats(item: bytes, found: _Pod) -> bool:
    containers = len(found.spec.containers) + len(found.spec.init_containers)
    return item.count(b'"ports"') > containers or any(item.count(key) > 1 for key in _ONCE)


def _ports(containers: Sequence[_Container]) -> bytes:
    if len(containers) == 1 and containers[0].restart_policy is _NOTHING:
        return bytes(containers[0].ports)
    return b"\n".join(bytes(each.restart_policy) + bytes(each.ports) for each in containers)


def _annotations(given: bytes) -> bytes:
    """Annotations that may say something; nothing where none of them does."""
    return given if any(each in given for each in _READ_ANNOTATIONS) else b""
