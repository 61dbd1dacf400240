"""Rows of the ingress controller, targets of entry points and pods of Services, as the corpus
lists them (corpus A1, A3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.entry.points import entry_points
from policies.evaluator.entry.rows import controller_flows
from policies.evaluator.entry.services import Services
from policies.evaluator.explain import explain
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


def split(pairs: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The pairs asked for whose source is the controller, and the others."""
    listed = list(pairs)
    mine = [each for each in listed if each["src"] == CONTROLLER]
    return mine, [each for each in listed if each["src"] != CONTROLLER]


def explained(evaluation: Evaluation, owners: Owners, owner: str) -> Row:
    """What the controller may open to a workload and what not, with the entry points and policies
    that decide on the workload's side."""
    opened = controller_connections(evaluation, owners).get(owner, NONE)
    pod = next(f"{place[0]}/{place[1]}[Pod]" for place, name in owners.items() if name == owner)
    index = next(
        index
        for index, each in enumerate(evaluation.state.pods)
        if owners[each.namespace, each.name] == owner
    )
    doors = {
        path.object: path.target
        for path in entry_points(evaluation, pseudo_only=True).paths
        if path.caller == CONTROLLER and path.pods >> index & 1
    }
    verdicts: list[Row] = []
    for allowed, part in ((True, opened), (False, (ALL - opened).ported)):
        if not part:
            continue
        effect = "allows" if allowed else "ports-mismatch"
        reasons = [_reason(key, effect) for key in sorted(doors)]
        port = next((each for each in doors.values() if allowed), None)
        asked = explain(evaluation, CONTROLLER, pod, str(port) if port else None).ingress
        deciding = [step for step in asked.steps if step.rule and step.effect == "allows"]
        reasons += [_reason(step.policy, effect) for step in deciding]
        verdicts.append(
            {
                "allowed": allowed,
                "conn": part.to_json(),
                "egress": {"reasons": []},
                "ingress": {"reasons": reasons},
            }
        )
    return {"src": CONTROLLER, "dst": owner, "verdicts": verdicts}


def _reason(key: str, effect: str) -> Row:
    kind, _, name = key.partition("/")
    return {"kind": kind, "name": name, "effect": effect}


def selected(state: ClusterState, owners: Owners, namespace: str, name: str) -> list[str]:
    """The workloads that a Service selects."""
    services = Services(state)
    service = services.find(namespace, name)
    pods = bits_of(services.pods_of(service)) if service else ()
    found = (state.pods[index] for index in pods)
    return sorted({owners[pod.namespace, pod.name] for pod in found})
