"""Pods of a JSON list, read without making objects of what no policy looks at.

Pods of one workload repeat the same labels, owner and ports, byte by byte. Those bytes are read and
checked once; of every further pod only its name, place and addresses are. Whatever is not plainly
right is left to the general way, which says what is wrong with it: this one never reports anything.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator import names
from policies.evaluator.documents import Document, Keys
from policies.evaluator.fields import Cursor, Report
from policies.evaluator.origin import Origin
from policies.evaluator.podcheck import PodCheck
from policies.evaluator.podshape import GivenPod, PodShape, shape_of
from policies.evaluator.schema import Metadata, PodObject, PodSpec
from policies.evaluator.state import IGNORE

__all__ = ["QuickPods"]

_NOTHING = msgspec.Raw(b"")
# Annotations that are read. A text with an escaped character may hold them in disguise.
_READ_ANNOTATIONS = (b"prometheus.io/", b"netviz.io/", b"\\u", b"\\/")
# Keys that stand once in a pod; where one stands twice the general way says so. Of pods with the
# same labels, owner and ports only the first is searched: in the others the last one counts, as in
# Kubernetes.
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
        b"podIP",
        b"podIPs",
    )
)


_UNSEEN = PodShape("", {}, None, (), False, "", False, "")


class _Struct(msgspec.Struct, rename="camel", frozen=True, gc=False):
    pass


class _Metadata(_Struct, frozen=True, gc=False):
    name: str = ""
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
_WHOLE = msgspec.json.Decoder(PodObject)


class QuickPods:
    """The pods of one reading that are plainly right."""

    def __init__(self, check: PodCheck, default_namespace: str) -> None:
        self._check = check
        self._default_namespace = default_namespace
        self._shapes: dict[tuple[str | bytes | bool | None, ...], PodShape | None] = {}
        self._nodes: dict[str, str] = {}

    def read(self, item: bytes, origin: Origin, *, implied: bool = False) -> GivenPod | None:
        """The pod that an item of a list is; None where it is another object or not plainly right.

        `implied`: the list says that its items are pods of v1, so that they need not.
        """
        try:
            found = _QUICK.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        says = (found.api_version, found.kind)
        if says != ("v1", "Pod") and not (implied and says == ("", "")):
            return None
        metadata, spec = found.metadata, found.spec
        containers, annotations = spec.containers, metadata.annotations
        key = (
            metadata.namespace,
            bytes(metadata.labels),
            bytes(metadata.owner_references),
            # Nearly every pod has one container, and only those that start before it restart.
            bytes(containers[0].ports)
            if len(containers) == 1 and containers[0].restart_policy is _NOTHING
            else _ports(containers),
            _ports(spec.init_containers) if spec.init_containers else None,
            spec.host_network,
            spec.service_account_name,
            spec.service_account,
            b"" if annotations is _NOTHING else _annotations(bytes(annotations)),
        )
        shape = self._shapes.get(key, _UNSEEN)
        if shape is _UNSEEN:
            shape = self._shapes[key] = self._new_shape(item, key[1])
        addresses = _addresses(found.status)
        if shape is None or addresses is None or names.object_name_fault(metadata.name):
            return None
        node = self._nodes.get(spec.node_name)
        if node is None:
            if spec.node_name and not self._check.is_name(spec.node_name):
                return None
            node = self._nodes[spec.node_name] = spec.node_name
        if metadata.deletion_timestamp is not None:
            addresses = ()
        return GivenPod(shape, metadata.name, addresses, node, found.status.phase, origin)

    def _new_shape(self, item: bytes, labels: bytes) -> PodShape | None:
        """The shape of a pod whose like was not seen before; None where it is not plainly right."""
        try:
            body = _WHOLE.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        metadata = body.metadata or Metadata()
        # Where there are more colons than labels, one of them stands twice.
        if labels.count(b":") != len(metadata.labels or {}) or _repeats(item, body):
            return None
        if isinstance(metadata.annotations, dict) and IGNORE in metadata.annotations:
            return None
        unread = Report(_NOWHERE)
        self._check.pod(body, Cursor(None, unread))
        if unread.problems or not self._check.metadata_is_right(metadata):
            return None
        namespace = metadata.namespace or self._default_namespace
        return shape_of(namespace, metadata, body.spec or PodSpec())


class _NoMarks:
    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        return 0


def _repeats(item: bytes, body: PodObject) -> bool:
    spec = body.spec or PodSpec()
    containers = (*(spec.containers or ()), *(spec.init_containers or ()))
    return item.count(b'"ports"') > len(containers) or any(item.count(key) > 1 for key in _ONCE)


_NOWHERE = Document("", 0, 0, None, _NoMarks())


def _ports(containers: Sequence[_Container]) -> bytes:
    return b"\n".join(bytes(each.restart_policy) + bytes(each.ports) for each in containers)


def _annotations(given: bytes) -> bytes:
    """Annotations that may say something; nothing where none of them does."""
    return given if any(each in given for each in _READ_ANNOTATIONS) else b""


def _addresses(status: _Status) -> tuple[str, ...] | None:
    """The pod's addresses; None where one is none."""
    only, others = status.pod_ip, status.pod_ips
    if only and (not others or (len(others) == 1 and others[0].ip == only)):
        return (only,) if names.is_ipv4(only) or names.is_address(only) else None
    listed = [each.ip for each in others if each.ip]
    if not all(names.is_address(each) for each in (*listed, *([only] if only else []))):
        return None
    return tuple(dict.fromkeys(listed or ([only] if only else [])))
