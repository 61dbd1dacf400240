"""A cluster as it is now: all that is read of it, what changed, and how sure that is."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from policies.evaluator.state import ClusterState, Pod
from policies.ingest.connection import Connection
from policies.ingest.discovery import Discovery, discover
from policies.ingest.faults import NOT_ACCEPTED, ApiError, BadTarget, Unreachable
from policies.ingest.mirror import Mirror
from policies.ingest.reflect import Listed, News, Put, Reflector, Said
from policies.ingest.resources import Resource
from policies.ingest.slim import Key

__all__ = ["Batch", "Condition", "LiveCluster"]

# The server is asked for a sign of life so often, and has so long to give it.
PULSE_SECONDS = 8.0
PULSE_PATIENCE = 5.0
# Definitions of kinds come and go seldom.
DISCOVER_SECONDS = 45.0
# News that come close together are one change: until it is quiet for so long, or so long in all.
QUIET_SECONDS = 0.25
LONGEST_SECONDS = 1.5
# A watch that broke off is mostly there again before anybody has to hear of it.
GRACE_SECONDS = 4.0
# A resource that cannot be read for so long is left out of the first picture, and said to be.
PATIENCE_SECONDS = 30.0

_NAMED = 4
_ORDER = {
    state: place
    for place, state in enumerate(
        ("refused", "error", "forbidden", "waiting", "polled", "ok", "absent")
    )
}
Status = Literal["connecting", "live", "partial", "lost", "refused"]


class Condition(msgspec.Struct, frozen=True):
    """How it stands with a cluster, and why: one sentence for a person."""

    status: Status
    detail: str = ""


class Batch(msgspec.Struct, frozen=True):
    """What changed since the last one: keys of pods, and whether anything else did."""

    pods: frozenset[Key] = frozenset()
    others: bool = False

    def __bool__(self) -> bool:
        return bool(self.pods) or self.others


class _Reading:
    """How the reading of one resource stands, over all namespaces that are read of it."""

    def __init__(self) -> None:
        self.said: dict[Reflector, tuple[Said, float]] = {}
        self.listed: set[Reflector] = set()

    def worst(self) -> Said:
        order = ("refused", "error", "forbidden", "waiting", "polled", "ok", "absent")
        return min(
            (said for said, _ in self.said.values()), key=lambda each: order.index(each.state)
        )


class LiveCluster:
    """Reads a cluster in threads of its own; every method is for one and the same thread."""

    def __init__(
        self,
        connection: Connection,
        namespaces: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._namespaces = namespaces
        self._clock = clock
        self._mirror = Mirror()
        self._news: queue.SimpleQueue[News | _Pulse | _Found] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._reflectors: dict[Resource, list[Reflector]] = {}
        self._readings: dict[Resource, _Reading] = {}
        self._found: Discovery | None = None
        self._fault: tuple[Status, str] | None = None
        self._begun = clock()
        self._alive_at = self._begun
        self._pulse = threading.Thread(target=self._beat, name="asks the server", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._pulse.start()

    def stop(self) -> None:
        """End all threads."""
        self._stopped.set()
        reflectors = [each for found in self._reflectors.values() for each in found]
        for each in reflectors:
            each.stop()
        for each in reflectors:
            each.join(1.0)

    def take(self, seconds: float) -> Batch:
        """What has changed: waits so long for the first of it, and then until it is quiet."""
        pods: set[Key] = set()
        others = False
        until = self._clock() + seconds
        while True:
            try:
                news = self._news.get(timeout=max(0.0, until - self._clock()))
            except queue.Empty:
                break
            if not (pods or others):
                ends = self._clock() + LONGEST_SECONDS
            changed, keys = self._apply(news)
            others |= changed
            pods |= keys
            if pods or others:
                until = min(ends, self._clock() + QUIET_SECONDS)
        return Batch(frozenset(pods), others | self._mirror.unread(self._unread()))

    @property
    def ready(self) -> bool:
        """Whether everything that can be read was read once, so that there is a picture."""
        if self._found is None:
            return False
        return all(self._is_ready(each) for each in self._readings.values())

    def state(self) -> ClusterState:
        """The picture. What may not be read is unknown in it, by name."""
        return self._mirror.state()

    def pods(self, keys: frozenset[Key]) -> dict[Key, Pod]:
        """The running pods among these."""
        return self._mirror.pods(keys)

    def written(self, kind: str, namespace: str, name: str) -> tuple[str, str]:
        """Who wrote an object last and when, where that is known."""
        return self._mirror.written(kind, namespace, name)

    @property
    def confirmed(self) -> bool:
        """Whether the picture is as the server has it now, as far as it may be read."""
        if self._fault or not self.ready:
            return False
        if self._clock() - self._alive_at > PULSE_SECONDS + PULSE_PATIENCE:
            return False
        states = {said.state for each in self._readings.values() for said, _ in each.said.values()}
        return states <= {"ok", "polled", "forbidden", "absent"}

    def condition(self) -> Condition:
        """How it stands."""
        if self._fault:
            return Condition(*self._fault)
        told = [(resource, reading.worst()) for resource, reading in self._of_all()]
        for resource, said in told:
            if said.state == "refused" and self._lasts(resource, said.state):
                return Condition("refused", said.message)
        for resource, said in told:
            if said.state == "error" and self._lasts(resource, said.state):
                return Condition("lost", f"{resource.plural}: {said.message}")
        if not self.ready:
            return Condition("connecting", self._progress(told))
        missing = [resource.plural for resource, said in told if said.state == "forbidden"]
        if self._found is not None:
            missing += sorted(self._found.unknown)
        if not missing:
            return Condition("live")
        return Condition("partial", _missing(missing))

    def rows(self) -> list[dict[str, Any]]:
        """How each resource stands, those that the server does not have left out of."""
        rows = [
            {
                "resource": resource.name,
                "kind": resource.kind,
                "state": said.state,
                "list": _listed(said),
                "watch": said.watches,
                "count": said.count or self._mirror.count(resource),
                "message": said.message,
            }
            for resource, reading in self._of_all()
            for said in (reading.worst(),)
        ]
        return sorted(rows, key=lambda each: each["resource"])

    # What follows applies what the threads have told.

    def _apply(self, news: News | _Pulse | _Found) -> tuple[bool, set[Key]]:
        if isinstance(news, _Pulse):
            self._felt(news)
            return False, set()
        if isinstance(news, _Found):
            return self._adapt(news.discovery), set()
        resource = news.source.served.resource
        reading = self._readings.get(resource)
        if reading is None or news.source not in self._reflectors.get(resource, ()):
            return False, set()  # it was stopped meanwhile
        if isinstance(news, Said):
            return self._heard(resource, reading, news), set()
        if isinstance(news, Listed):
            reading.listed.add(news.source)
            keys = self._mirror.replace(news.source.served, news.items, self._within(news.source))
        elif isinstance(news, Put):
            differs = self._mirror.put(news.source.served, news.item)
            keys = {news.item.key} if differs else set()
        else:
            keys = {news.key} if self._mirror.drop(news.source.served, news.key) else set()
        if resource.kind == "Pod":
            return False, keys
        return bool(keys), set()

    def _within(self, source: Reflector) -> str:
        return source.namespace if source.served.resource.namespaced else ""

    def _heard(self, resource: Resource, reading: _Reading, said: Said) -> bool:
        known = reading.said.get(said.source)
        since = known[1] if known and known[0].state == said.state else self._clock()
        reading.said[said.source] = (said, since)
        if said.state in ("forbidden", "absent") and said.source in reading.listed:
            # What may be seen no more may change unseen.
            reading.listed.discard(said.source)
            return self._mirror.forget(resource, self._within(said.source))
        return False

    def _felt(self, pulse: _Pulse) -> None:
        if pulse.fault is None:
            if self._fault is not None:
                # Their connections may be dead without a word.
                for each in self._all_reflectors():
                    each.interrupt()
            self._alive_at = self._clock()
        self._fault = pulse.fault

    def _adapt(self, found: Discovery) -> bool:
        """Read what has come, and what is gone no more."""
        self._found = found
        wanted = {each.resource: each for each in found.served}
        changed = False
        for resource in [each for each in self._reflectors if each not in wanted]:
            for each in self._reflectors.pop(resource):
                each.stop()
            del self._readings[resource]
            changed |= self._mirror.forget(resource)
        for resource, served in wanted.items():
            if resource not in self._reflectors:
                self._readings[resource] = _Reading()
                each_own = resource.namespaced or resource.kind == "Namespace"
                within = self._namespaces if each_own and self._namespaces else ("",)
                self._reflectors[resource] = [
                    Reflector(self._connection, served, self._news.put, namespace)
                    for namespace in within
                ]
                for each in self._reflectors[resource]:
                    self._readings[resource].said[each] = (Said(each, "waiting"), self._clock())
                    each.start()
        return changed

    # What follows asks the server for signs of life, in a thread of its own.

    def _beat(self) -> None:
        discovered = None
        while not self._stopped.is_set():
            fault = self._ask_for_life()
            now = self._clock()
            due = discovered is None or now - discovered > DISCOVER_SECONDS
            if fault is None and due:
                try:
                    self._news.put(_Found(discover(self._connection)))
                    discovered = now
                except (Unreachable, BadTarget, ApiError) as error:
                    fault = _fault_of(error)
            self._news.put(_Pulse(fault))
            self._stopped.wait(PULSE_SECONDS if fault is None else PULSE_SECONDS / 4)

    def _ask_for_life(self) -> tuple[Status, str] | None:
        try:
            self._connection.get("/version", seconds=PULSE_PATIENCE)
        except (Unreachable, BadTarget) as error:
            return _fault_of(error)
        except ApiError as error:
            # That it will not say its version is a sign of life as well.
            if error.status in (401, 429) or error.status >= 500:
                if error.status == 401:
                    self._connection.reload()
                return _fault_of(error)
        return None

    # What follows looks at how the reading stands.

    def _is_ready(self, reading: _Reading) -> bool:
        return all(
            source in reading.listed
            or said.state in ("forbidden", "absent")
            or (said.state == "error" and self._clock() - self._begun > PATIENCE_SECONDS)
            for source, (said, _) in reading.said.items()
        )

    def _lasts(self, resource: Resource, state: str) -> bool:
        now = self._clock()
        return any(
            said.state == state and now - since > GRACE_SECONDS
            for said, since in self._readings[resource].said.values()
        )

    def _unread(self) -> dict[Resource, str]:
        """What is there and was never read, and why."""
        if self._found is None:
            return {}
        unknown = self._found.unknown
        found = {each: unknown[each.group] for each in self._found.absent if each.group in unknown}
        for resource, reading in self._readings.items():
            for source, (said, _) in reading.said.items():
                if source not in reading.listed and said.state in ("forbidden", "error"):
                    found[resource] = said.message
        return found

    def _of_all(self) -> Iterator[tuple[Resource, _Reading]]:
        return ((resource, reading) for resource, reading in self._readings.items())

    def _all_reflectors(self) -> Iterator[Reflector]:
        return (each for found in self._reflectors.values() for each in found)

    def _progress(self, told: list[tuple[Resource, Said]]) -> str:
        waiting = [
            f"{resource.plural} ({said.count:,} so far)" if said.count else resource.plural
            for resource, said in told
            if said.state == "waiting"
        ]
        return f"Reading {', '.join(waiting)}." if waiting else "Asking what the server has."


class _Pulse(msgspec.Struct, frozen=True):
    """A sign of life, or why there is none."""

    fault: tuple[Status, str] | None


class _Found(msgspec.Struct, frozen=True):
    """What the server has."""

    discovery: Discovery


def _fault_of(error: Exception) -> tuple[Status, str]:
    if isinstance(error, BadTarget):
        return "refused", error.message
    if isinstance(error, ApiError) and error.status == 401:
        return "refused", NOT_ACCEPTED
    if isinstance(error, ApiError):
        return "lost", f"The server answered {error.status} {error.reason}: {error.message}"
    return "lost", str(error)


def _missing(names: list[str]) -> str:
    shown = names if len(names) <= _NAMED + 1 else names[:_NAMED]
    text = ", ".join(shown)
    if len(names) > len(shown):
        text = f"{text} and {len(names) - len(shown)} more"
    return f"Not read: {text}. Ask for the verbs get, list and watch on them."


def _listed(said: Said) -> bool | None:
    if said.state in ("ok", "polled"):
        return True
    return False if said.state == "forbidden" else None
