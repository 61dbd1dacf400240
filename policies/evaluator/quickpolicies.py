"""Policies of a JSON list whose spec is known to be right: in large clusters that of most.

Only what is byte for byte as an API server prints it is taken. Whatever else there is goes the
general way, which says what is wrong with it: this one never reports anything.
"""

from typing import Any

import msgspec

from policies.evaluator.kinds import kind_of, opaque_kind_of
from policies.evaluator.policyspecs import RightSpecs, texts
from policies.evaluator.state import IGNORE, Origin, PolicyObject

__all__ = ["quick_policy"]


class _Policy(msgspec.Struct, rename="camel", frozen=True, gc=False, forbid_unknown_fields=True):
    api_version: str
    kind: str
    metadata: msgspec.Raw
    spec: msgspec.Raw


# Made under the import lock: see statebytes.py.
_POLICY = msgspec.json.Decoder(_Policy)
_METADATA = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder()


def quick_policy(
    item: bytes, origin: Origin, specs: RightSpecs, default_namespace: str
) -> PolicyObject | None:
    """The policy that an item of a list is, all on one line; None where it is another object, its
    spec is not known, or it is not plainly right."""
    try:
        found = _POLICY.decode(item)
        version, kind_name = found.api_version, found.kind
        kind = kind_of(version, kind_name) or opaque_kind_of(version, kind_name)
        if kind is None:
            return None
        metadata = _METADATA.decode(found.metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Written again it is the same: so no key stands twice, and nothing is in disguise.
    if _ENCODER.encode(found) != item or _ENCODER.encode(metadata) != bytes(found.metadata):
        return None
    spec = specs.as_written(kind, version, metadata, found.spec)
    if spec is None:
        return None
    annotations = texts(metadata.get("annotations"))
    if IGNORE in annotations:
        return None
    return PolicyObject(
        api_version=version,
        kind=kind.kind,
        namespace=metadata.get("namespace") or default_namespace,
        name=metadata["name"],
        spec=spec,
        origin=origin,
        labels=texts(metadata.get("labels")),
        annotations=annotations,
    )
