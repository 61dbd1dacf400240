"""A workload in plain sentences: what governs it, and what may come in and go out."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import Flow, flows, rows_json
from policies.evaluator.kinds import kind_of
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Direction
from policies.evaluator.state import Pod, WorkloadRef
from policies.evaluator.veils import spoken_key
from policies.evaluator.words import joined

__all__ = ["LISTED", "Way", "find_workload", "ways"]

LISTED = 200
"""Flows listed in each direction; a workload that is open to everybody has one for each peer."""


class Way(msgspec.Struct, frozen=True):
    """One direction of a workload. `count` counts the flows, of which `flows` are the first."""

    direction: Direction
    sentence: str
    isolated: bool
    policies: tuple[dict[str, Any], ...]
    count: int
    flows: tuple[Flow, ...]

    def to_json(self) -> dict[str, Any]:
        """The `ingress` or `egress` of a workload's page."""
        return {
            "sentence": self.sentence,
            "isolated": self.isolated,
            "policies": list(self.policies),
            "count": self.count,
            "flows": list(rows_json(self.flows)),
        }


def find_workload(evaluation: Evaluation, text: str) -> tuple[WorkloadRef, int]:
    """The workload `namespace/name[Kind]` or `namespace/name`, and its classes.

    Raises BadQuestion when there is none, or several of that name.
    """
    bits: dict[WorkloadRef, int] = {}
    for bit, each in evaluation.universe.each_class():
        bits[each.workload] = bits.get(each.workload, 0) | 1 << bit
    found = [ref for ref in bits if text in (str(ref), f"{ref.namespace}/{ref.name}")]
    if len(found) == 1:
        return found[0], bits[found[0]]
    if found:
        names = tuple(str(ref) for ref in sorted(found))
        raise BadQuestion("workload", f'"{text}" may be {" or ".join(names)}.', names)
    raise BadQuestion("workload", f'There is no workload "{text}" here.')


def ways(evaluation: Evaluation, ref: WorkloadRef, bits: int) -> dict[Direction, Way]:
    """Both directions of a workload."""
    rows = flows(evaluation, focus=str(ref))
    mine = {node.text for node in evaluation.workload_nodes if node.workload == ref}
    openness = Openness(evaluation)
    found = {}
    for direction in Direction:
        ingress = direction is Direction.INGRESS
        these = [row for row in rows if (row.destination if ingress else row.source) in mine]
        found[direction] = _way(openness, direction, bits, these)
    return found


def _way(openness: Openness, direction: Direction, bits: int, rows: list[Flow]) -> Way:
    evaluation = openness.evaluation
    policies = {
        policy.source.key: policy
        for bit in bits_of(bits)
        for policy in evaluation.policies_of(bit, direction)
    }
    sides = [evaluation.side_of(bit, direction) for bit in bits_of(bits)]
    return Way(
        direction=direction,
        sentence=_sentence(openness, direction, bits, rows),
        isolated=any(side.isolated for side in sides),
        policies=tuple(
            {
                "policy": key,
                "evaluated": kind_of(policy.source.api_version, policy.source.kind) is not None,
                "closes": direction in policy.policy.isolates,
            }
            for key, policy in sorted(policies.items())
        ),
        count=len(rows),
        flows=tuple(rows[:LISTED]),
    )


def _sentence(openness: Openness, direction: Direction, bits: int, rows: list[Flow]) -> str:
    ingress = direction is Direction.INGRESS
    evaluation = openness.evaluation
    hidden = sorted({key for bit in bits_of(bits) for key in openness.veils(bit, direction)})
    if hidden:
        names = joined([spoken_key(key) for key in hidden])
        return f"Not known: {names} may open and close connections here, and is not evaluated."
    if all(evaluation.side_of(bit, direction).is_open for bit in bits_of(bits)):
        if not evaluation.enforces:
            return "Open: nothing enforces policies in this cluster."
        closed = "no policy closes it"
        return f"Open to everybody: {closed}." if ingress else f"Open to everything: {closed}."
    sure = [row for row in rows if row.verdict == "allow"]
    peers = {row.source if ingress else row.destination for row in sure}
    inside = len({peer for peer in peers if "[" in peer})
    outside = len(peers) - inside
    parts = [f"{inside} workload{'' if inside == 1 else 's'}"] if inside else []
    if outside:
        parts.append(f"{outside} range{'' if outside == 1 else 's'} outside")
    who = joined(parts) or "nothing"
    unsure = len(rows) - len(sure)
    tail = f" {unsure} more may, depending on what is not known." if unsure else ""
    if ingress:
        return f"Only what a policy opens: {who} may connect.{tail}"
    return f"Only what a policy opens: it may connect to {who}.{tail}"


def ports_of(pods: list[Pod]) -> list[dict[str, Any]]:
    """The ports that the pods declare, each with its name where it has one."""
    found = sorted({port for pod in pods for port in pod.ports})
    return [{"name": each.name, "protocol": each.protocol, "port": each.port} for each in found]
