"""Exposure as the corpus lists it: by direct owner, with peers as specifications (corpus A6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.exposure import ENTIRE_CLUSTER, Exposed, exposure
from policies.evaluator.labels import Selector
from policies.evaluator.profile import Profile
from policies.evaluator.questions import parse_port
from policies.evaluator.state import ClusterState
from policies.evaluator.strangers import NAME_LABEL, Stranger

__all__ = ["exposure_result"]

Owners = Mapping[tuple[str, str], str]
Row = dict[str, Any]


def exposure_result(
    state: ClusterState, owners: Owners, profile: Profile, case: Mapping[str, Any]
) -> Row:
    """`exposure` and `unprotected` of a case, under its options."""
    evaluation = evaluate(state, profile)
    found = exposure(evaluation)
    names = _names(evaluation, owners)
    options = case.get("options") or {}
    specs = {_key(each["peerSpec"]): each["peerSpec"] for each in case["expected"]["exposure"]}
    rows = [
        {
            "direction": row.direction.value,
            "workload": owner,
            "peerSpec": specs.get(_key(_spec(row.peer)), _spec(row.peer)),
            "conn": _connections(row),
        }
        for row in found.rows
        if row.caveat is None and _is_asked(row, options, found.rows)
        for owner in names[row.workload]
    ]
    focus = options.get("focus_workloads") or []
    unprotected = [
        [owner, direction.value]
        for workload, direction in found.unprotected
        for owner in names[workload]
    ]
    result: Row = {"exposure": [row for row in rows if _is_in_focus(row["workload"], focus)]}
    if not options.get("focus_conn"):
        result["unprotected"] = [each for each in unprotected if _is_in_focus(each[0], focus)]
    return result


def _names(evaluation: Evaluation, owners: Owners) -> dict[str, list[str]]:
    """A node of the graph -> the direct owners of its pods."""
    classes, pods = evaluation.universe.classes, evaluation.state.pods
    return {
        node.text: sorted(
            {
                owners[pods[index].namespace, pods[index].name]
                for bit in bits_of(node.bits)
                for index in classes[bit].pods
            }
        )
        for node in evaluation.workload_nodes
    }


def _is_asked(row: Exposed, options: Mapping[str, Any], rows: Sequence[Exposed]) -> bool:
    """Whether the options leave a row; one port that any pod may use has no row for some pods."""
    direction, text = options.get("focus_direction"), options.get("focus_conn")
    if direction and row.direction.value != direction:
        return False
    if not text:
        return True
    port = parse_port(text.replace("-", "/"))
    usual = any(
        each.peer == ENTIRE_CLUSTER
        and (each.workload, each.direction) == (row.workload, row.direction)
        and each.connections.allows(port.protocol, port.number)
        for each in rows
    )
    opened = row.connections.allows(port.protocol, port.number)
    return opened and (row.peer == ENTIRE_CLUSTER or not usual)


def _is_in_focus(workload: str, focus: Iterable[str]) -> bool:
    plain = workload.partition("[")[0]
    names = list(focus)
    return not names or any(name in (plain, plain.partition("/")[2]) for name in names)


def _connections(row: Exposed) -> Any:
    found: ConnectionSet = row.connections
    if found == ALL.ported or not row.named:
        return found.to_json()
    shown = found.to_json()
    named: dict[str, list[str]] = {}
    for name, protocol in row.named:
        named.setdefault(protocol, []).append(name)
    return {**(shown if isinstance(shown, dict) else {}), "named": named}


def _spec(peer: Stranger) -> Row:
    if peer == ENTIRE_CLUSTER:
        return {"entireCluster": True}
    where: Row = {"all": True}
    if peer.namespace:
        where = {"name": peer.namespace}
    elif peer.namespaces is not None:
        where = {"selector": _selector(peer.namespaces)}
    pods: Row = {"all": True} if peer.pods is None else {"selector": _selector(peer.pods)}
    return {"namespace": where, "pods": pods}


def _selector(selector: Selector) -> Row:
    return {
        "matchExpressions": [
            {"key": each.key, "operator": each.operator, "values": list(each.values)}
            for each in selector.requirements
        ]
    }


def _key(spec: Mapping[str, Any]) -> str:
    """One form of a specification: labels and expressions that say the same are the same."""
    plain: Row = {}
    for end in ("namespace", "pods"):
        part = spec.get(end) or {}
        if "selector" in part:
            selector = Selector.from_spec(
                {
                    "matchLabels": part["selector"].get("matchLabels") or {},
                    "matchExpressions": part["selector"].get("matchExpressions") or [],
                }
            )
            text = str(selector)
            name = text.removeprefix(f"{NAME_LABEL}=")
            plain[end] = {"name": name} if end == "namespace" and name != text else text
        else:
            plain[end] = part
    if spec.get("ip") or spec.get("entireCluster"):
        plain = dict(spec)
    return json.dumps(plain, sort_keys=True)
