"""The demo's cluster on a fake server: its own manifests, and what controllers make of them."""

from __future__ import annotations

from typing import Any

import yaml

from policies.demo.story import STEPS, sources_of
from tests.support.kubeapi.objects import node, pod, pods_of, replicaset
from tests.support.kubeapi.server import ApiServer

__all__ = ["apply_files", "story"]

Json = dict[str, Any]
_RUN_PODS = ("DaemonSet", "ReplicaSet", "StatefulSet")
_LABEL_ADDED = "label-added"


def story(api: ApiServer, step: str = _LABEL_ADDED) -> None:
    """The cluster of a step of the demo, with its node, its ReplicaSets and its pods. By default
    curl reaches the web server and not Redis."""
    api.put(node("node-1"))
    apply_files(api, *next(each.files for each in STEPS if each.slug == step))


def apply_files(api: ApiServer, *names: str) -> None:
    """Apply manifests of the demo, such as `default-deny.yaml`; controllers do their part."""
    documents = [
        each
        for source in sources_of(names)
        for each in yaml.safe_load_all(source.data)
        if each is not None
    ]
    # Namespaces go first, as kubectl sorts them.
    for each in sorted(documents, key=lambda made: made["kind"] != "Namespace"):
        _apply(api, each)


def _apply(api: ApiServer, manifest: Json) -> None:
    if manifest["kind"] == "Pod":
        api.put(_started(manifest))
        return
    stored = api.put(manifest)
    if stored["kind"] == "Deployment":
        stored = api.put(replicaset(stored), manager="kube-controller-manager")
    if stored["kind"] in _RUN_PODS:
        for each in pods_of(stored):
            api.put(each)


def _started(manifest: Json) -> Json:
    """A pod as it is once its kubelet has started it."""
    metadata, container = manifest["metadata"], manifest["spec"]["containers"][0]
    return pod(
        metadata["namespace"],
        metadata["name"],
        metadata.get("labels"),
        ports=container.get("ports", ()),
        image=container["image"],
    )
