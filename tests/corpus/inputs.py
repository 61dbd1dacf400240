"""Reading a case's manifests, and naming pods by their direct owner as the corpus does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

__all__ = ["direct_owners", "read_paths", "sources_of", "without_addresses"]

_ENDINGS = (".yaml", ".yml", ".json")
# The corpus' own writer leaves the namespace `y` without quotes; Kubernetes reads that as true.
_BARE_Y = re.compile(rb"(?<=[:,\[-] )y(?=[],}\r\n])")
Owners = dict[tuple[str, str], str]


def sources_of(paths: Iterable[Path]) -> list[SourceText]:
    """The manifests under files and folders, sorted by path."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        SourceText(str(path), _BARE_Y.sub(b'"y"', path.read_bytes()))
        for path in found
        if path.is_file() and path.suffix in _ENDINGS
    ]


def read_paths(paths: Iterable[Path]) -> ClusterState:
    """The state of the manifests under `paths`."""
    return read_state(sources_of(paths))


def without_addresses(state: ClusterState) -> ClusterState:
    """The state as netpol-analyzer sees it: no nodes, and pods without addresses."""
    pods = tuple(msgspec.structs.replace(pod, addresses=(), node="") for pod in state.pods)
    return msgspec.structs.replace(state, pods=pods, nodes=())


def direct_owners(paths: Iterable[Path], state: ClusterState) -> dict[tuple[str, str], str]:
    """(namespace, pod) -> `ns/name[Kind]` of what owns it directly (the corpus lifts nothing)."""
    written: Owners = {}
    for source in sources_of(paths):
        for manifest in _manifests(source.data):
            if manifest.get("kind") == "Pod":
                _note_owner(manifest, written)
    return {
        (pod.namespace, pod.name): written.get((pod.namespace, pod.name), str(pod.workload))
        for pod in state.pods
    }


def _note_owner(manifest: dict[str, Any], written: Owners) -> None:
    metadata = manifest.get("metadata") or {}
    namespace, name = metadata.get("namespace") or "default", metadata.get("name") or ""
    owners = [owner for owner in metadata.get("ownerReferences") or [] if owner.get("controller")]
    owner = owners[0] if owners else {"name": name, "kind": "Pod"}
    written[namespace, name] = f"{namespace}/{owner['name']}[{owner.get('kind') or 'Pod'}]"


def _manifests(data: bytes) -> Iterable[dict[str, Any]]:
    try:
        documents = list(yaml.load_all(data, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return
    for document in documents:
        if isinstance(document, dict):
            yield from document["items"] if isinstance(document.get("items"), list) else [document]
