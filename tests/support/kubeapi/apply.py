"""Server-side apply as a trial: what a server would make of a manifest, and why it would not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.kubeapi.kinds import Kind
from tests.support.kubeapi.requests import Address
from tests.support.kubeapi.statuses import bad_request, not_found, status_of
from tests.support.kubeapi.store import Store, Table
from tests.support.kubeapi.validation import causes_of, check_fields, invalid
from tests.support.kubeapi.written import fields_of, now, without_changed, written

__all__ = ["applied"]

Json = dict[str, Any]


def applied(
    store: Store,
    kind: Kind,
    table: Table,
    address: Address,
    query: Mapping[str, str],
    content_type: str,
    body: bytes,
) -> tuple[int, Json]:
    """The status of the answer, and the object as it would be. Nothing is kept. Raises Refused."""
    if content_type != "application/apply-patch+yaml":
        raise status_of(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if query["dryRun"] != "All":
        unsupported = f'Unsupported value: ["{query["dryRun"]}"]: supported values: "All"'
        cause = {"reason": "FieldValueNotSupported", "message": unsupported, "field": "dryRun"}
        raise invalid("PatchOptions", "meta.k8s.io", "", [cause])
    manager = query.get("fieldManager", "")
    if not manager:
        required = "Required value: is required for apply patch"
        cause = {"reason": "FieldValueRequired", "message": required, "field": "fieldManager"}
        raise invalid("PatchOptions", "meta.k8s.io", "", [cause])
    manifest = _manifest(kind, address, body)
    is_policy = kind.resource == "networkpolicies.networking.k8s.io"
    if is_policy:
        check_fields(kind, manifest)
    with store.lock:
        namespaces = store.table("namespaces")
        if kind.namespaced and address.namespace not in namespaces.objects:
            raise not_found(namespaces.kind, address.namespace)
        kept = table.objects.get(address.key)
        before = None if kept is None else store.object_of(kind, kept)
    others = _others(before, manager)
    if query.get("force") != "true":
        _check_conflicts(kind, manifest, before, others)
    made = _merged(kind, address, manifest, before)
    made["metadata"]["managedFields"] = [
        _own(kind, manifest, manager),
        *without_changed(others, before, made),
    ]
    if is_policy and (causes := causes_of(made)):
        raise invalid(kind.kind, kind.group, address.name, causes)
    return 201 if before is None else 200, made


def _manifest(kind: Kind, address: Address, body: bytes) -> Json:
    try:
        manifest = yaml.safe_load(body) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        problem = getattr(error, "problem", "cannot be read")
        raise bad_request(f"error encoding patch: yaml: line {line}: {problem}") from None
    if not isinstance(manifest, dict):
        raise bad_request(
            "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot"
            " unmarshal array into Go value of type map[string]interface {}"
        )
    if (manifest.get("apiVersion"), manifest.get("kind")) != (kind.api_version, kind.kind):
        group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
        named = f"{group}/{version}, Kind={manifest.get('kind', '')}"
        raise bad_request(f"invalid object type: {named}")
    metadata = manifest.get("metadata") or {}
    if not metadata.get("name"):
        raise bad_request(
            f"the name of the object ({address.name} based on URL) was undeterminable: name must be"
            " provided"
        )
    if metadata["name"] != address.name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL"
            f" ({address.name})"
        )
    if metadata.get("namespace", address.namespace) != address.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    found: Json = manifest
    return found


def _others(before: Json | None, manager: str) -> list[Json]:
    entries = ((before or {}).get("metadata") or {}).get("managedFields") or []
    return [each for each in entries if (each["manager"], each["operation"]) != (manager, "Apply")]


def _check_conflicts(kind: Kind, manifest: Json, before: Json | None, others: list[Json]) -> None:
    """Nobody else may own a field that would change. Raises Refused (409)."""
    old, new = (before or {}).get("spec") or {}, manifest.get("spec") or {}
    changed = [each for each in sorted(new) if old.get(each) != new[each]]
    found = [
        (entry["manager"], f".spec.{each}")
        for entry in others
        for each in changed
        if f"f:{each}" in entry["fieldsV1"].get("f:spec", {})
    ]
    if not found:
        return
    using = {manager: f'"{manager}" using {kind.api_version}' for manager, _ in found}
    if len(found) == 1:
        said = f"1 conflict: conflict with {using[found[0][0]]}: {found[0][1]}"
    else:
        by = [
            f"conflicts with {text}:" + "".join(f"\n- {field}" for of, field in found if of == name)
            for name, text in using.items()
        ]
        said = f"{len(found)} conflicts: " + "\n".join(by)
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {using[name]}",
            "field": field,
        }
        for name, field in found
    ]
    raise status_of(409, "Conflict", f"Apply failed with {said}", {"causes": causes})


def _merged(kind: Kind, address: Address, manifest: Json, before: Json | None) -> Json:
    old = before or {}
    metadata = {**(old.get("metadata") or {}), **(manifest.get("metadata") or {})}
    for each in ("annotations", "labels"):
        both = {
            **((old.get("metadata") or {}).get(each) or {}),
            **((manifest.get("metadata") or {}).get(each) or {}),
        }
        if both:
            metadata[each] = both
    if kind.namespaced:
        metadata["namespace"] = address.namespace
    merged = {**old, **manifest, "metadata": metadata}
    if "spec" in merged:
        merged["spec"] = {**(old.get("spec") or {}), **(manifest.get("spec") or {})}
    made = written(kind, merged, before, "")
    if before is None:
        del made["metadata"]["resourceVersion"]
    return made


def _own(kind: Kind, manifest: Json, manager: str) -> Json:
    return {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": kind.api_version,
        "time": now(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_of(manifest),
    }
