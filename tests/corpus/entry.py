"""Rows of the ingress controller, targets of entry points and pods of Services, as the corpus
lists them (corpus A1, A3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.entry.points import entry_points
from policies.evaluator.entry.rows import controller_flows
from policies.evaluator.entry.services import Services
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState

__all__ = [
    "CONTROLLER",
    "controller_changes",
    "controller_connections",
    "controller_rows",
    "selected",
    "targets",
]

CONTROLLER = "{ingress-controller}"
Owners = Mapping[tuple[str, str], str]
Row = dict[str, Any]


def controller_connections(evaluation: Evaluation, owners: Owners) -> dict[str, ConnectionSet]:
    """What the controller may open, by workload; it is always the pseudo peer there."""
    opened: dict[str, ConnectionSet] = {}
    points = entry_points(evaluation, pseudo_only=True)
    for flow in controller_flows(points, "pod"):
        namespace, _, name = flow.destination.removesuffix("[Pod]").partition("/")
        owner = owners[namespace, name]
        opened[owner] = opened.get(owner, NONE) | flow.connections
    return opened


def controller_rows(state: ClusterState, owners: Owners, profile: Profile) -> list[Row]:
    """Rows from the ingress controller."""
    opened = controller_connections(evaluate(state, profile), owners)
    return [
        {"src": CONTROLLER, "dst": owner, "conn": connections.to_json()}
        for owner, connections in sorted(opened.items())
    ]


def targets(state: ClusterState, owners: Owners, profile: Profile) -> list[Row]:
    """Where entry points lead before any policy."""
    return controller_rows(msgspec.structs.replace(state, policies=()), owners, profile)


def controller_changes(
    evaluations: tuple[Evaluation, Evaluation], owners: tuple[Owners, Owners]
) -> list[Row]:
    """What differs between the rows of two states."""
    before, after = (
        controller_connections(evaluation, named)
        for evaluation, named in zip(evaluations, owners, strict=True)
    )
    known = tuple(set(named.values()) for named in owners)
    rows = []
    for owner in sorted({*before, *after}):
        was, now = before.get(owner, NONE), after.get(owner, NONE)
        if was != now:
            lost = [] if owner in known[0] and owner in known[1] else [owner]
            rows.append(
                {
                    "type": "added" if not was else "changed" if now else "removed",
                    "src": CONTROLLER,
                    "dst": owner,
                    "dir1": was.to_json(),
                    "dir2": now.to_json(),
                    "new_or_lost": lost,
                }
            )
    return rows


def selected(state: ClusterState, owners: Owners, namespace: str, name: str) -> list[str]:
    """The workloads that a Service selects."""
    services = Services(state)
    service = services.find(namespace, name)
    pods = bits_of(services.pods_of(service)) if service else ()
    found = (state.pods[index] for index in pods)
    return sorted({owners[pod.namespace, pod.name] for pod in found})
