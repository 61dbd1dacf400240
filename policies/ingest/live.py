"""A cluster as it is now: all that is read of it, what changed, and how sure that is."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from policies.evaluator.state import ClusterState, Pod
from policies.ingest import pulse
from policies.ingest.connection import Connection
from policies.ingest.discovery import Discovery
from policies.ingest.mirror import Mirror
from policies.ingest.pulse import Found, Pulse, Sign
from policies.ingest.reflect import Listed, News, Put, Reflector, Said
from policies.ingest.resources import Resource, Served
from policies.ingest.slim import Key
from policies.ingest.standing import Standing

__all__ = ["Batch", "Condition", "LiveCluster"]

# News that come close together are one change: until it is quiet for so long, or so long in all.
QUIET_SECONDS = 0.25
LONGEST_SECONDS = 1.5
# A watch that broke off is mostly there again before anybody has to hear of it.
GRACE_SECONDS = 4.0
# A server that has just started forbids what it allows a moment later: what was read stays in the
# picture for so long, and is not confirmed.
DOUBT_SECONDS = 12.0
# Threads that end have so long in all.
STOP_SECONDS = 1.0
# A resource that cannot be read for so long is left out of the first picture, and said to be.
PATIENCE_SECONDS = 30.0

_NAMED = 4
_UNREAD = frozenset({"forbidden", "absent"})
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
        self._news: queue.SimpleQueue[News | Sign | Found] = queue.SimpleQueue()
        self._readings: dict[Resource, Standing] = {}
        self._found: Discovery | None = None
        self._fault: tuple[Status, str] | None = None
        self._begun = clock()
        self._alive_at = self._failing_since = self._begun
        self._pulse = Pulse(connection, self._news.put)

    def start(self) -> None:
        """Begin to read."""
        self._pulse.start()

    def stop(self) -> None:
        """End all threads; those that wait for an answer end when it comes."""
        self._pulse.stop()
        reflectors = list(self._all_reflectors())
        for each in reflectors:
            each.stop()
        until = time.monotonic() + STOP_SECONDS
        for each in reflectors:
            each.join(max(0.0, until - time.monotonic()))
        self._pulse.join(max(0.0, until - time.monotonic()))

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
            if self._clock() >= until:
                break  # news that never end are told as well
        others |= self._give_up()
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
        """Whether the picture is as the server has it, as far as it may be read."""
        return self.age is not None

    @property
    def age(self) -> float | None:
        """How many seconds ago the server last said that the picture is as it is; None while that
        is not sure. What may not be watched was so when it was listed last."""
        if self._fault or not self.ready or not self._news.empty():
            return None
        now = self._clock()
        if now - self._alive_at > pulse.PULSE_SECONDS + pulse.PULSE_PATIENCE:
            return None
        age = 0.0
        for reading in self._readings.values():
            for source, (said, _) in reading.said.items():
                known = reading.listed.get(source)
                if said.state == "polled" and known is not None:
                    age = max(age, now - known)
                elif said.state != "ok" and (said.state not in _UNREAD or known is not None):
                    return None
        return age

    def condition(self) -> Condition:
        """How it stands."""
        lasting = self._clock() - self._failing_since > GRACE_SECONDS
        if self._fault and (lasting or not self.ready):
            return Condition(*self._fault)
        told = [(resource, reading.worst()) for resource, reading in self._readings.items()]
        for resource, said in told:
            if said.state == "refused" and self._lasts(resource, said.state):
                return Condition("refused", said.message)
        for resource, said in told:
            if said.state == "error" and self._lasts(resource, said.state):
                return Condition(*self._fault or ("lost", f"{resource.plural}: {said.message}"))
        if not self.ready:
            return Condition("connecting", self._progress(told))
        missing = [
            each.plural
            for each, said in told
            if said.state == "forbidden" and not self._doubts(each)
        ]
        missing += sorted({each.group for each in self._unanswered()})
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
            for resource, reading in self._readings.items()
            for said in (reading.worst(),)
        ]
        return sorted(rows, key=lambda each: each["resource"])

    # What follows applies what the threads have told.

    def _apply(self, news: News | Sign | Found) -> tuple[bool, set[Key]]:
        if isinstance(news, Sign):
            self._felt(news)
            return False, set()
        if isinstance(news, Found):
            return self._adapt(news.discovery), set()
        resource = news.source.served.resource
        reading = self._readings.get(resource)
        if reading is None or news.source not in reading.reflectors:
            return False, set()  # it was stopped meanwhile
        if isinstance(news, Said):
            self._heard(reading, news)
            return False, set()
        if isinstance(news, Listed):
            reading.listed[news.source] = self._clock()
            keys = self._mirror.replace(news.source.served, news.items, self._within(news.source))
        elif isinstance(news, Put):
            differs = self._mirror.put(news.source.served, news.item)
            keys = {news.item.key} if differs else set()
        else:
            keys = {news.key} if self._mirror.drop(news.source.served, news.key) else set()
        if resource.kind == "Pod" and not resource.decides:
            return False, keys
        return bool(keys), set()

    def _within(self, source: Reflector) -> str:
        return source.namespace if source.served.resource.namespaced else ""

    def _heard(self, reading: Standing, said: Said) -> None:
        before = reading.gone
        reading.hear(said, self._clock())
        if reading.gone and not before:
            # Its definition may be gone, or served in another version now.
            self._pulse.look_again()

    def _felt(self, sign: Sign) -> None:
        now = self._clock()
        if sign.fault is None:
            if self._fault is not None:
                # Their connections may be dead without a word, or they wait to try again.
                for each in self._all_reflectors():
                    each.interrupt()
                for reading in self._readings.values():
                    reading.doubted = dict.fromkeys(reading.doubted, now)
            self._alive_at = now
        elif self._fault is None:
            self._failing_since = now
        self._fault = sign.fault

    def _give_up(self) -> bool:
        """What may be seen no more may change unseen: it is not shown any longer, once it is sure
        that the server means it."""
        changed = False
        now = self._clock()
        for resource, reading in self._readings.items():
            for source, since in list(reading.doubted.items()):
                if self._fault is None and now - since >= DOUBT_SECONDS:
                    del reading.doubted[source], reading.listed[source]
                    changed |= self._mirror.forget(resource, self._within(source))
            if self._guessed and reading.gone and reading.listed:
                reading.listed.clear()
                changed |= self._mirror.forget(resource)
        return changed

    @property
    def _guessed(self) -> bool:
        return self._found is not None and self._found.guessed

    def _adapt(self, found: Discovery) -> bool:
        """Read what has come, and what is gone no more."""
        self._found = found
        wanted = {each.resource.name: each for each in found.served}
        changed = False
        for resource, reading in list(self._readings.items()):
            served = wanted.get(resource.name)
            if served == reading.served or (served is None and resource.group in found.unknown):
                continue
            if served is None and not reading.gone:
                # A server that starts does not tell of all it has: asking for it does.
                for each in reading.reflectors:
                    each.interrupt()
                continue
            for each in reading.reflectors:
                each.stop()
            del self._readings[resource]
            if served is None or served.resource != resource:
                changed |= self._mirror.forget(resource)
        known = {each.name for each in self._readings}
        for served in wanted.values():
            if served.resource.name not in known:
                self._read(served)
        return changed

    def _read(self, served: Served) -> None:
        resource = served.resource
        each_own = resource.namespaced or resource.kind == "Namespace"
        within = self._namespaces if each_own and self._namespaces else ("",)
        reflectors = [
            Reflector(self._connection, served, self._news.put, namespace) for namespace in within
        ]
        self._readings[resource] = Standing(served, reflectors, self._clock())
        for each in reflectors:
            each.start()

    # What follows looks at how the reading stands.

    def _is_ready(self, reading: Standing) -> bool:
        return all(
            source in reading.listed
            or said.state in ("forbidden", "absent")
            or (said.state == "error" and self._clock() - self._begun > PATIENCE_SECONDS)
            for source, (said, _) in reading.said.items()
        )

    def _doubts(self, resource: Resource) -> bool:
        return bool(self._readings[resource].doubted)

    def _lasts(self, resource: Resource, state: str) -> bool:
        now = self._clock()
        return any(
            said.state == state and now - since > GRACE_SECONDS
            for said, since in self._readings[resource].said.values()
        )

    def _unread(self) -> dict[Resource, str]:
        """What is there and was never read, and why."""
        unknown = self._found.unknown if self._found is not None else {}
        found = {each: unknown[each.group] for each in self._unanswered()}
        for resource, reading in self._readings.items():
            for source, (said, _) in reading.said.items():
                if source not in reading.listed and said.state in ("forbidden", "error", "refused"):
                    found[resource] = said.message
        return found

    def _unanswered(self) -> list[Resource]:
        """What nobody tells whether it is there, and that is not read."""
        if self._found is None:
            return []
        read = {each.name for each in self._readings}
        unknown = self._found.unknown
        return [e for e in self._found.absent if e.group in unknown and e.name not in read]

    def _all_reflectors(self) -> Iterator[Reflector]:
        return (each for reading in self._readings.values() for each in reading.reflectors)

    def _progress(self, told: list[tuple[Resource, Said]]) -> str:
        waiting = [
            f"{resource.plural} ({said.count:,} so far)" if said.count else resource.plural
            for resource, said in told
            if said.state == "waiting"
        ]
        return f"Reading {', '.join(waiting)}." if waiting else "Asking what the server has."


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
