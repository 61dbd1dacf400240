"""A state that is made when somebody asks for it: with 100,000 pods that takes milliseconds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from policies.evaluator.state import ClusterState, Pod, Workload

__all__ = ["LaterState"]


class LaterState(msgspec.Struct, frozen=True):
    """The state `given` with other pods at some places, so many pods, and these workloads."""

    given: ClusterState
    changes: Mapping[int, Pod]
    count: int
    workloads: tuple[Workload, ...]

    @classmethod
    def of(cls, state: ClusterState) -> LaterState:
        """A state as it is."""
        return cls(state, {}, len(state.pods), state.workloads)

    def pod(self, place: int) -> Pod:
        """The pod at a place."""
        changed = self.changes.get(place)
        return changed if changed is not None else self.given.pods[place]

    def after(
        self, changes: Mapping[int, Pod], count: int, workloads: tuple[Workload, ...] | None
    ) -> LaterState:
        """The same with more changes; every place from here to the new end is among them."""
        workloads = self.workloads if workloads is None else workloads
        return LaterState(self.given, {**self.changes, **changes}, count, workloads)

    def make(self) -> ClusterState:
        """The state."""
        pods = list(self.given.pods[: self.count])
        for place in sorted(place for place in self.changes if place < self.count):
            pods[place : place + 1] = [self.changes[place]]
        return msgspec.structs.replace(self.given, pods=tuple(pods), workloads=self.workloads)
