"""Membership: pods that come and go among classes that stay, so that nothing is decided again."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.peers import PodClass
from policies.evaluator.state import Pod

__all__ = ["Membership"]


class _Place(NamedTuple):
    """The class of a pod; and its node where pods on host networks may talk to it (A-104)."""

    of: PodClass
    node: str


class Membership:
    """How many pods each class of an evaluation has, while a cluster is watched.

    As long as every call says True the evaluation answers for the pods that are there now. After
    the first False it does not: the state has to be evaluated anew, and its members counted anew.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self._universe = evaluation.universe
        self._places: dict[tuple[str, str], _Place] = {}
        self._members: dict[_Place, int] = {}
        pods = evaluation.state.pods
        for each in self._universe.classes:
            bare = msgspec.structs.replace(each, pods=())
            for index in each.pods:
                self._enter(pods[index], _Place(bare, self._node(pods[index])))

    def come(self, pod: Pod) -> bool:
        """Whether a pod that is new, or is not as it was, falls into a class that is there."""
        known = self._places.get((pod.namespace, pod.name))
        place = _Place(self._universe.class_of(pod), self._node(pod))
        if known == place:
            return True
        if place not in self._members or not self._settled(pod):
            return False
        self._enter(pod, place)
        return known is None or self._leave(known)

    def go(self, pod: Pod) -> bool:
        """Whether the class of a pod that is gone still has others; so too for one not known."""
        known = self._places.pop((pod.namespace, pod.name), None)
        return known is None or (self._leave(known) and self._settled(pod))

    def _enter(self, pod: Pod, place: _Place) -> None:
        self._places[pod.namespace, pod.name] = place
        self._members[place] = self._members.get(place, 0) + 1

    def _leave(self, place: _Place) -> bool:
        self._members[place] -= 1
        return self._members[place] > 0

    def _node(self, pod: Pod) -> str:
        return pod.node if self._universe.hosts else ""

    def _settled(self, pod: Pod) -> bool:
        return all(self._universe.plan.is_settled(each) for each in pod.addresses)
