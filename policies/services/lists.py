"""The policies and the workloads of a state, each with what it means for the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.kinds import kind_of
from policies.evaluator.notes import Note, notes_of
from policies.evaluator.openness import Openness
from policies.evaluator.policy import Direction
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import Origin, Pod, PolicyObject, WorkloadRef
from policies.evaluator.yamlwriter import policy_yaml

__all__ = [
    "Listed",
    "manifest_of",
    "policy_item",
    "policy_items",
    "workload_item",
    "workload_items",
]

T = TypeVar("T")


class Listed(Sequence[dict[str, Any]]):
    """Items that are made when they are looked at: of thousands a page shows some."""

    def __init__(self, things: Sequence[T], make: Callable[[Sequence[T]], list[dict[str, Any]]]):
        self._things = things
        self._make = make

    def __len__(self) -> int:
        return len(self._things)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(index, slice):
            return self._make(self._things[index])
        [item] = self._make([self._things[index]])
        return item


def policy_items(evaluation: Evaluation) -> Listed:
    """Every policy: where it is written, whom it selects, and what a reader should know of it."""

    def make(policies: Sequence[ResolvedPolicy]) -> list[dict[str, Any]]:
        notes: dict[str, list[Note]] = {}
        for note in notes_of(evaluation, policies):
            notes.setdefault(note.policy, []).append(note)
        return [
            policy_item(evaluation, policy, notes.get(policy.source.key, [])) for policy in policies
        ]

    return Listed(evaluation.policies, make)


def policy_item(
    evaluation: Evaluation, policy: ResolvedPolicy, notes: list[Note]
) -> dict[str, Any]:
    source = policy.source
    classes, pods = evaluation.universe.classes, evaluation.universe.pods
    selected = {str(classes[bit].workload) for bit in bits_of(policy.governed & pods)}
    return {
        "policy": source.key,
        "kind": source.kind,
        "namespace": source.namespace,
        "name": source.name,
        "source": source.origin.source,
        "line": source.origin.line or None,
        "types": [each.flag for each in Direction if policy.governs(each)],
        "tier": policy.policy.tier.title,
        "priority": source.spec.get("priority"),
        "evaluated": kind_of(source.api_version, source.kind) is not None,
        "selects": sorted(selected),
        "yaml": manifest_of(source),
        "notes": [note.to_json() for note in notes],
    }


def manifest_of(source: PolicyObject) -> str:
    """The policy as YAML, written anew: comments of the file are not kept, and fields stand in
    the order in which people write them."""
    version, kind = source.api_version, source.kind
    return policy_yaml(
        version,
        kind,
        source.namespace,
        source.name,
        source.spec,
        source.beside,
        source.labels,
        source.annotations,
    )


def workload_items(evaluation: Evaluation) -> Listed:
    """Every workload: its pods, and which policies select it in which direction."""
    bits: dict[WorkloadRef, list[int]] = {}
    for bit, each in evaluation.universe.each_class():
        bits.setdefault(each.workload, []).append(bit)
    origins = {each.ref: each.origin for each in evaluation.state.workloads}
    openness = Openness(evaluation)

    def make(refs: Sequence[WorkloadRef]) -> list[dict[str, Any]]:
        return [workload_item(openness, ref, bits[ref], origins.get(ref)) for ref in refs]

    return Listed(sorted(bits), make)


def workload_item(
    openness: Openness, ref: WorkloadRef, bits: list[int], origin: Origin | None
) -> dict[str, Any]:
    evaluation = openness.evaluation
    pods = [
        evaluation.state.pods[index]
        for bit in bits
        for index in evaluation.universe.classes[bit].pods
    ]
    place = origin or pods[0].origin
    return {
        "workload": str(ref),
        "namespace": ref.namespace,
        "name": ref.name,
        "kind": ref.kind,
        "pods": sum(pod.replicas for pod in pods),
        "labels": _shared_labels(pods),
        "isolation": {
            direction.value: any(evaluation.side_of(bit, direction).isolated for bit in bits)
            for direction in Direction
        },
        "policies": {
            direction.value: _selecting(evaluation, bits, direction) for direction in Direction
        },
        "not_known": {
            direction.value: sorted({key for bit in bits for key in openness.veils(bit, direction)})
            for direction in Direction
        },
        "source": place.source,
        "line": place.line or None,
    }


def _shared_labels(pods: list[Pod]) -> dict[str, str]:
    """The labels that all pods of a workload carry alike: what a selector can rely on."""
    shared = set.intersection(*(set(pod.labels.items()) for pod in pods))
    return dict(sorted(shared))


def _selecting(evaluation: Evaluation, bits: list[int], direction: Direction) -> list[str]:
    return sorted(
        {policy.source.key for bit in bits for policy in evaluation.policies_of(bit, direction)}
    )
