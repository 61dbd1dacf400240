"""Manifests of Services and of what leads to them, for tests on the fixture cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tests.support.fixture_cluster import Manifest

__all__ = ["manifest", "service"]


def manifest(text: str) -> Manifest:
    """One object, as YAML."""
    found: Manifest = yaml.safe_load(text)
    return found


def service(
    place: str = "x/web",
    *ports: int | Mapping[str, Any],
    selector: Mapping[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """The Service `namespace/name` of `pod=a`, on port 80 unless ports are given."""
    where, _, name = place.partition("/")
    listed: Sequence[int | Mapping[str, Any]] = ports or (80,)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": where, "name": name},
        "spec": {
            "selector": {"pod": "a"} if selector is None else dict(selector),
            "ports": [{"port": each} if isinstance(each, int) else dict(each) for each in listed],
            **spec,
        },
    }
