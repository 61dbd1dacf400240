"""What an API server makes of a manifest that is written: defaults, and who wrote which field."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import msgspec

from tests.support.kubeapi.kinds import Kind

__all__ = ["fields_of", "now", "without_changed", "written"]

Json = dict[str, Any]
# Kinds whose objects do not count the generations of their spec.
_UNCOUNTED = ("Namespace", "Node", "Service")


def now() -> str:
    """The time as objects hold it: in whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(kind: Kind, manifest: Json, before: Json | None, manager: str) -> Json:
    """The object to keep, but for its version. It equals `before` where nothing changed."""
    # A copy that shares nothing: who wrote a manifest may go on changing it.
    made: Json = msgspec.json.decode(msgspec.json.encode(manifest))
    given: Json = made.get("metadata") or {}
    metadata: Json = {"name": given["name"]}
    if kind.namespaced:
        metadata["namespace"] = given.get("namespace") or "default"
    old = (before or {}).get("metadata") or {}
    metadata["uid"] = given.get("uid") or old.get("uid") or str(uuid.uuid4())
    metadata["resourceVersion"] = old.get("resourceVersion", "")
    counted = "spec" in manifest and kind.kind not in _UNCOUNTED
    if counted:
        metadata["generation"] = old.get("generation", 0)
    metadata["creationTimestamp"] = (
        given.get("creationTimestamp") or old.get("creationTimestamp") or now()
    )
    for key, value in given.items():
        if key not in ("resourceVersion", "managedFields", "generation"):
            metadata.setdefault(key, value)
    made = {"kind": kind.kind, "apiVersion": kind.api_version, **made, "metadata": metadata}
    _set_defaults(kind, made)
    if counted and (before is None or before.get("spec") != made["spec"]):
        metadata["generation"] += 1
    kept = given.get("managedFields") or _managed(kind, made, before, manager)
    if before is not None and _without_history(before) == _without_history(made):
        return before
    metadata["managedFields"] = kept
    return made


def _without_history(made: Json) -> Json:
    metadata = {
        key: value
        for key, value in made["metadata"].items()
        if key not in ("resourceVersion", "managedFields")
    }
    return {**made, "metadata": metadata}


def _set_defaults(kind: Kind, made: Json) -> None:
    metadata = made["metadata"]
    if kind.kind == "Namespace" and not kind.group:
        labels = {"kubernetes.io/metadata.name": metadata["name"]}
        metadata["labels"] = dict(sorted({**labels, **(metadata.get("labels") or {})}.items()))
        made.setdefault("spec", {"finalizers": ["kubernetes"]})
        made.setdefault("status", {"phase": "Active"})
    if kind.resource == "networkpolicies.networking.k8s.io":
        spec = made.setdefault("spec", {})
        spec.setdefault("podSelector", {})
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
            for port in rule.get("ports") or ():
                port.setdefault("protocol", "TCP")


def fields_of(manifest: Json) -> Json:
    """The fields that a manifest sets, as managedFields note them. Lists and selectors are owned
    as a whole, which is all that Kubernetes' own policies have below their spec."""
    noted: Json = {}
    metadata = manifest.get("metadata") or {}
    for each in ("annotations", "labels"):
        if metadata.get(each):
            keys: Json = {f"f:{key}": {} for key in sorted(metadata[each])}
            noted.setdefault("f:metadata", {})[f"f:{each}"] = {".": {}, **keys}
    if isinstance(manifest.get("spec"), dict):
        noted["f:spec"] = {f"f:{key}": {} for key in manifest["spec"]}
    return noted


def _managed(kind: Kind, made: Json, before: Json | None, manager: str) -> list[Json]:
    """Who owns what after this write: who wrote last owns what changed."""
    fields = fields_of(made)
    if kind.kind == "Namespace" and not kind.group:
        del fields["f:spec"]  # its finalizers are the server's own
    mine = {
        "manager": manager,
        "operation": "Update",
        "apiVersion": kind.api_version,
        "time": now(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    entries = ((before or {}).get("metadata") or {}).get("managedFields") or []
    others = [each for each in entries if each["manager"] != manager]
    return [*without_changed(others, before, made), mine]


def without_changed(entries: list[Json], before: Json | None, made: Json) -> list[Json]:
    """Entries of managedFields without the fields of the spec that a write changes."""
    old = before or {}
    left: list[Json] = []
    for entry in entries:
        fields = dict(entry.get("fieldsV1") or {})
        if "f:spec" in fields:
            fields["f:spec"] = {
                field: value
                for field, value in fields["f:spec"].items()
                if old.get("spec", {}).get(field[2:]) == made.get("spec", {}).get(field[2:])
            }
        left.append({**entry, "fieldsV1": fields})
    return left
