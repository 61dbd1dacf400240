"""Policies and namespaces of a JSON list that are known to be right: in large clusters most are.

Only what is byte for byte as an API server prints it is taken. Whatever else there is goes the
general way, which says what is wrong with it: this one never reports anything.
"""

from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from policies.evaluator import names
from policies.evaluator.jsonlist import Lines
from policies.evaluator.kinds import kind_of, opaque_kind_of
from policies.evaluator.podcheck import PodCheck
from policies.evaluator.policyspecs import RightSpecs, texts
from policies.evaluator.schema import Metadata
from policies.evaluator.state import IGNORE, Namespace, Origin, PolicyObject

__all__ = ["QuickObjects"]

# Past this many different ones the memory of them is not worth its room.
_REMEMBERED = 100_000
_FIRST = b'{"apiVersion":'


class _Object(msgspec.Struct, rename="camel", frozen=True, gc=False, forbid_unknown_fields=True):
    api_version: str
    kind: str
    metadata: dict[str, Any]
    spec: Raw | UnsetType = UNSET
    status: Raw | UnsetType = UNSET


# Made under the import lock: see statebytes.py.
_OBJECT = msgspec.json.Decoder(_Object)
_ANYTHING = msgspec.json.Decoder(Any)
_ENCODER = msgspec.json.Encoder()
# Knows no numbers of more than 64 bits.
_PACKER = msgspec.msgpack.Encoder()


class QuickObjects:
    """The policies and namespaces of one reading that are plainly right."""

    def __init__(self, check: PodCheck, specs: RightSpecs, default_namespace: str) -> None:
        self._check = check
        self._specs = specs
        self._default_namespace = default_namespace
        self._plain: set[bytes] = set()

    def read(self, item: bytes, origin: Origin, lines: Lines) -> Namespace | PolicyObject | None:
        """What an item of a list is; None where it is another object, its spec is not known, or it
        is not plainly right. `lines` tells where the parts of its spec stand."""
        if not item.startswith(_FIRST):
            return None
        try:
            found = _OBJECT.decode(item)
            if found.kind == "Namespace":
                return self._namespace(found, item, origin)
            return self._policy(found, item, origin, lines)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
            return None

    def _policy(
        self, found: _Object, item: bytes, origin: Origin, lines: Lines
    ) -> PolicyObject | None:
        version, spec = found.api_version, found.spec
        kind = kind_of(version, found.kind) or opaque_kind_of(version, found.kind)
        if kind is None or spec is UNSET or found.status is not UNSET:
            return None
        metadata = found.metadata
        right = self._specs.as_written(kind, version, metadata, spec)
        if right is None or not _is_plain(found, item):
            return None
        annotations = texts(metadata.get("annotations"))
        if IGNORE in annotations:
            return None
        return PolicyObject(
            api_version=version,
            kind=kind.kind,
            namespace=metadata.get("namespace") or self._default_namespace,
            name=metadata["name"],
            spec=right,
            origin=origin,
            lines=lines(),
            labels=texts(metadata.get("labels")),
            annotations=annotations,
        )

    def _namespace(self, found: _Object, item: bytes, origin: Origin) -> Namespace | None:
        if found.api_version != "v1" or not _is_plain(found, item):
            return None
        if not (self._is_unread(found.spec) and self._is_unread(found.status)):
            return None
        metadata = msgspec.convert(found.metadata, Metadata)
        name = metadata.name
        if not name or names.namespace_fault(name) or not self._check.metadata_is_right(metadata):
            return None
        if isinstance(metadata.annotations, dict) and IGNORE in metadata.annotations:
            return None
        return Namespace.given(name, metadata.labels, origin)

    def _is_unread(self, text: Raw | UnsetType) -> bool:
        """Whether nothing is to be said of what nobody reads. Namespaces have the same there."""
        if text is UNSET:
            return True
        given = bytes(text)
        if given not in self._plain:
            if not _is_plain(_ANYTHING.decode(given), given):
                return False
            if len(self._plain) < _REMEMBERED:
                self._plain.add(given)
        return True


def _is_plain(found: Any, text: bytes) -> bool:
    """Whether what a text says is the same when it is written again: otherwise a key stands twice,
    or something is in disguise. Raises OverflowError for a number that may be too large."""
    _PACKER.encode(found)
    return _ENCODER.encode(found) == text
