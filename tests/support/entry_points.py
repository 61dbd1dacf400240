"""Manifests of Services and of what leads to them, for tests on the fixture cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from policies.evaluator.engine import evaluate
from policies.evaluator.entry.points import EntryPoints, entry_points
from policies.evaluator.entry.sources import ControllerSelector
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from tests.support.fixture_cluster import Manifest

__all__ = ["codes", "ingress", "manifest", "paths", "points_of", "service"]


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


def ingress(*backends: str, place: str = "x/site", **spec: Any) -> Manifest:
    """An Ingress with a path for each `service:port`, where port is a number or a name."""
    where, _, name = place.partition("/")
    rules = [
        {
            "host": "shop.example",
            "http": {
                "paths": [
                    {"path": f"/{number}", "pathType": "Prefix", "backend": _backend(text)}
                    for number, text in enumerate(backends)
                ]
            },
        }
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"namespace": where, "name": name},
        "spec": {**({"rules": rules} if backends else {}), **spec},
    }


def _backend(text: str) -> Manifest:
    name, _, port = text.partition(":")
    number = {"number": int(port)} if port.isdecimal() else {"name": port}
    return {"service": {"name": name, "port": number}}


def points_of(
    state: ClusterState,
    profile: Profile = Profile(),
    configured: Sequence[ControllerSelector] = (),
) -> EntryPoints:
    """The entry points of a state without a single error."""
    errors = [str(problem) for problem in state.problems if problem.severity == "error"]
    assert not errors, errors
    return entry_points(evaluate(state, profile), configured)


def paths(
    state: ClusterState,
    profile: Profile = Profile(),
    configured: Sequence[ControllerSelector] = (),
) -> list[str]:
    """Each path in one line: `Ingress {ingress-controller} => x/a[Pod] 80/TCP: allow`."""
    return [
        f"{each.kind} {each.caller} => {each.backend} {each.target}: {each.verdict}"
        for each in points_of(state, profile, configured).paths
    ]


def codes(state: ClusterState) -> list[tuple[str, str]]:
    """The issues: whose, and of which kind."""
    return [(each.object, each.code) for each in points_of(state).issues]
