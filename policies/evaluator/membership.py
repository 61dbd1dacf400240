"""Membership: pods that come and go among classes that stay, so that nothing is decided again."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.peers import PodClass
from policies.evaluator.state import ContainerPort, Pod

__all__ = ["Membership"]


# Two pods of a class meet each other, one only itself, and a part of a workload may be
# called by its only pod: only among so many, one more or less goes unnoticed.
_FEWEST = 2


class _Place(NamedTuple):
    """The class of a pod; its node where pods on host networks may talk to it (A-104); how many it
    stands for; and what ways in look at: its ports, and the labels that Services select by."""

    of: PodClass
    node: str
    replicas: int
    ports: tuple[ContainerPort, ...]
    selected: tuple[tuple[str, str], ...]


class Membership:
    """How many pods each class of an evaluation has, while a cluster is watched.

    As long as every call says True the evaluation answers for the pods that are there now: what
    flows between workloads, and how one gets in. After the first False it does not: the state has
    to be evaluated anew, and its members counted anew. How many pods there are, what they are
    called and what is told of each of them (its findings) is for the state to say, not for this.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._universe = evaluation.universe
        self._places: dict[tuple[str, str], _Place] = {}
        self._members: dict[_Place, int] = {}
        self._keys = sorted({key for each in evaluation.state.services for key in each.selector})
        pods = evaluation.state.pods
        for each in self._universe.classes:
            bare = msgspec.structs.replace(each, pods=())
            for index in each.pods:
                self._enter(pods[index], self._place(pods[index], bare))

    def come(self, pod: Pod) -> bool:
        """Whether a pod that is new, or is not as it was, falls into a class of several pods."""
        known = self._places.get((pod.namespace, pod.name))
        place = self._place(pod, self._universe.class_of(pod))
        if known == place:
            return True
        if self._members.get(place, 0) < _FEWEST or not self._settled(pod):
            return False
        self._enter(pod, place)
        return known is None or self._leave(known)

    def go(self, pod: Pod) -> bool:
        """Whether the class of a pod that is gone still has several; so too for one not known."""
        known = self._places.pop((pod.namespace, pod.name), None)
        return known is None or (self._leave(known) and self._settled(pod))

    def _enter(self, pod: Pod, place: _Place) -> None:
        self._places[pod.namespace, pod.name] = place
        self._members[place] = self._members.get(place, 0) + 1

    def _leave(self, place: _Place) -> bool:
        self._members[place] -= 1
        return self._members[place] >= _FEWEST

    def _place(self, pod: Pod, of: PodClass) -> _Place:
        selected = tuple((key, pod.labels[key]) for key in self._keys if key in pod.labels)
        node = pod.node if self._universe.hosts else ""
        return _Place(of, node, pod.replicas, pod.ports, selected)

    def _settled(self, pod: Pod) -> bool:
        return all(self._universe.plan.is_settled(each) for each in pod.addresses)
