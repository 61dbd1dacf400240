"""What policies can tell of a state: of two with the same fingerprint one need not be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.origin import Origin
from policies.evaluator.peers import PodClass
from policies.evaluator.state import ClusterState, Pod, WorkloadRef

__all__ = ["fingerprint"]

# A pod alone cannot meet another of its workload; with more than two nothing is new.
_MANY = 2


def fingerprint(evaluation: Evaluation) -> str:
    """Hexadecimal digest of what decides flows and ways in, without what comes and goes.

    Pods count by their class, so that one that replaces another changes nothing; how many a
    workload has counts as none, one and more, by what its object asks for where there is one: a
    rollout changes nothing. An address counts where a policy's block holds it, so that a pod that
    has none yet changes nothing elsewhere. Pods that have finished take no part (A-93).
    """
    from hashlib import sha256

    state = evaluation.state
    content = [
        [_placeless(each) for each in (*state.namespaces, *state.nodes, *state.services)],
        [(type(each).__name__, _placeless(each)) for each in state.entry],
        [_placeless(each) for each in state.policies],
        [(each.ref, each.labels, _few(each.replicas)) for each in state.workloads],
        list(state.not_evaluated),
        [each for each in state.problems if not each.object.startswith("Pod/")],
        {key: why for key, why in state.ignores.items() if not key.startswith("Pod/")},
        _classes(evaluation),
    ]
    return sha256(msgspec.msgpack.Encoder(order="deterministic").encode(content)).hexdigest()


def _placeless(item: Any) -> Any:
    return msgspec.structs.replace(item, origin=Origin())


def _few(replicas: int | None) -> int | None:
    return None if replicas is None else min(replicas, _MANY)


def _classes(evaluation: Evaluation) -> list[tuple[Any, ...]]:
    state, counts = evaluation.state, _counts(evaluation.state)
    keys = sorted({key for each in state.services for key in each.selector})
    found: dict[bytes, tuple[Any, ...]] = {}
    encoder = msgspec.msgpack.Encoder(order="deterministic")
    for each in evaluation.universe.classes:
        bare = _bare(each)
        for ports, selected in _entrances(each, state, keys):
            entry = (bare, ports, selected, counts[each.workload])
            found[encoder.encode(entry)] = entry
    return [found[key] for key in sorted(found)]


def _bare(each: PodClass) -> PodClass:
    """The class without its members, and with those addresses only that a block holds."""
    held = tuple(pair for pair in each.signatures if pair[1])
    return msgspec.structs.replace(each, pods=(), signatures=held)


def _counts(state: ClusterState) -> Mapping[WorkloadRef, int]:
    """How many pods each workload has or asks for, as none, one and more."""
    counts: dict[WorkloadRef, int] = {}
    for pod in state.pods:
        counts[pod.workload] = counts.get(pod.workload, 0) + pod.replicas
    asked = {each.ref: each.replicas for each in state.workloads if each.replicas is not None}
    return {ref: min(count, _MANY) for ref, count in (counts | asked).items()}


def _entrances(
    each: PodClass, state: ClusterState, keys: list[str]
) -> Iterator[tuple[Any, tuple[tuple[str, str], ...]]]:
    """What ways in look at: ports, and the labels that Services select by. Pods of one workload
    mostly share both as objects."""
    seen: set[tuple[int, int]] = set()
    for index in each.pods:
        pod: Pod = state.pods[index]
        key = (id(pod.ports), id(pod.labels))
        if key not in seen:
            seen.add(key)
            yield pod.ports, tuple((key, pod.labels[key]) for key in keys if key in pod.labels)
