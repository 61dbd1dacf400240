"""Membership: pods that come and go among classes that stay, so that nothing is decided again."""

from __future__ import annotations

from typing import NamedTuple

from policies.evaluator.arrivals import after_events
from policies.evaluator.engine import Evaluation
from policies.evaluator.peers import PodClass, Universe
from policies.evaluator.state import ContainerPort, Pod, Workload

__all__ = ["Membership"]


# Two pods of a class meet each other, one only itself, and a part of a workload may be
# called by its only pod: only among so many, one more or less goes unnoticed.
_FEWEST = 2
_Name = tuple[str, str]


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

    `come` and `go` say whether `evaluation` still answers for the pods that are there now: what
    flows between workloads, and how one gets in. After the first False it does not, and
    `follow` gives one that does. How many pods there are, what they are called and what is told of
    each of them (its findings) is for the state to say, which `follow` brings up to date as well.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        # What became of each pod since the evaluation: None where it is gone.
        self._events: dict[_Name, Pod | None] = {}
        self._pods: list[Pod] = []
        self._count()

    def come(self, pod: Pod) -> bool:
        """Whether a pod that is new, or is not as it was, falls into a class of several pods."""
        name = (pod.namespace, pod.name)
        self._events[name] = pod
        known = self._places.get(name)
        place = self._place(pod, self._universe.class_of(pod))
        if known == place:
            return True
        stays = self._members.get(place, 0) >= _FEWEST and self._settled(pod)
        self._enter(name, place)
        return (known is None or self._leave(known)) and stays

    def go(self, pod: Pod) -> bool:
        """Whether the class of a pod that is gone still has several; so too for one not known."""
        name = (pod.namespace, pod.name)
        known = self._places.pop(name, None)
        if known is None:
            return True
        if name in self._at:
            self._events[name] = None
        else:
            # It came after the evaluation, which knows nothing of it.
            self._events.pop(name, None)
        return self._leave(known) and self._settled(pod)

    @property
    def pending(self) -> int:
        """How many pods are not as they are in `evaluation`: never more than there are and were."""
        return len(self._events)

    def follow(self, workloads: tuple[Workload, ...] | None = None) -> Evaluation:
        """Decide what the events so far touch: the evaluation of the pods that are there now.

        It takes the place of `evaluation`. `workloads`, if given, are those of the new state. New
        pods stand at the end of the state, in the places of those that are gone.
        """
        changes: dict[int, Pod] = {}
        for name, pod in self._events.items():
            place = self._at.get(name)
            if pod is None:
                if place is not None:
                    self._close(name, place, changes)
                continue
            if place is None:
                place = self._at[name] = len(self._pods)
                self._pods.append(pod)
            changes[place] = self._pods[place] = pod
        before = self.evaluation.universe
        self.evaluation = after_events(self.evaluation, changes, len(self._pods), workloads)
        self._universe = self.evaluation.universe
        self._events.clear()
        if _tells(before) != _tells(self._universe):
            self._count()
        return self.evaluation

    def _count(self) -> None:
        self._universe = self.evaluation.universe
        self._places: dict[_Name, _Place] = {}
        self._members: dict[_Place, int] = {}
        # Its pods, and where each is.
        self._pods = list(self.evaluation.state.pods)
        self._at: dict[_Name, int] = {}
        services = self.evaluation.state.services
        self._keys = sorted({key for each in services for key in each.selector})
        pods = self._pods
        for bare, bit in self._universe.places.items():
            for index in self._universe.classes[bit].pods:
                name = (pods[index].namespace, pods[index].name)
                self._at[name] = index
                self._enter(name, self._place(pods[index], bare))

    def _close(self, name: _Name, place: int, changes: dict[int, Pod]) -> None:
        """Take a pod out; the last one takes its place."""
        del self._at[name]
        last = self._pods.pop()
        changes.pop(len(self._pods), None)
        if place < len(self._pods):
            changes[place] = self._pods[place] = last
            self._at[last.namespace, last.name] = place

    def _enter(self, name: _Name, place: _Place) -> None:
        self._places[name] = place
        self._members[place] = self._members.get(place, 0) + 1

    def _leave(self, place: _Place) -> bool:
        left = self._members[place] - 1
        self._members[place] = left
        if not left:
            del self._members[place]
        return left >= _FEWEST

    def _place(self, pod: Pod, of: PodClass) -> _Place:
        selected = tuple((key, pod.labels[key]) for key in self._keys if key in pod.labels)
        node = pod.node if self._universe.hosts else ""
        return _Place(of, node, pod.replicas, pod.ports, selected)

    def _settled(self, pod: Pod) -> bool:
        arrived = self._universe.arrived + len(self._events)
        return all(self._universe.plan.is_settled(each, arrived) for each in pod.addresses)


def _tells(universe: Universe) -> tuple[object, ...]:
    """All that the place of a pod depends on, but for the pod."""
    return universe.projection, universe.plan.blocks, bool(universe.hosts)
