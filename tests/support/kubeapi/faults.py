"""What a fake API server is told to do wrong, and to whom it says no."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tests.support.kubeapi.statuses import Refused, status_of

__all__ = ["Cut", "Faults", "How"]

# How a stream is cut off: closed, reset, or ended as if it were whole, as proxies do.
How = Literal["close", "reset", "end"]


@dataclass(frozen=True)
class _Rule:
    resource: str
    verbs: frozenset[str]
    namespace: str | None


@dataclass
class _Failure:
    left: int
    status: int
    retry_after: int | None
    on: str | None


@dataclass(frozen=True)
class Cut:
    """The next line of a watch breaks off after so many bytes."""

    after: int
    how: How
    on: str | None


def named(resource: str | None, plural: str, group: str) -> bool:
    """Whether `pods` or `networkpolicies.networking.k8s.io` is what an address names; the group may
    be left out."""
    return resource in (plural, f"{plural}.{group}")


class Faults:
    """Every fault in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._failures: list[_Failure] = []
        self._cuts: list[Cut] = []
        self._answers = threading.Event()
        self._answers.set()
        self.stopping = threading.Event()
        self.bytes_per_second: float | None = None

    def forbid(self, resource: str, verbs: Iterable[str], namespace: str | None) -> None:
        with self._lock:
            self._rules.append(_Rule(resource, frozenset(verbs), namespace))

    def permit(self, resource: str) -> None:
        with self._lock:
            self._rules = [each for each in self._rules if each.resource != resource]

    def forbids(self, verb: str, group: str, plural: str, namespace: str) -> bool:
        """Whether RBAC refuses a request; `namespace` is empty for one over the whole cluster."""
        with self._lock:
            return any(
                named(each.resource, plural, group)
                and verb in each.verbs
                and each.namespace in (None, namespace)
                for each in self._rules
            )

    def fail(self, times: int, status: int, retry_after: int | None, on: str | None) -> None:
        with self._lock:
            self._failures.append(_Failure(times, status, retry_after, on))

    def failure(self, path: str, group: str, plural: str) -> Refused | None:
        """The failure that is this request's turn."""
        with self._lock:
            for each in self._failures:
                if each.left and (each.on in (None, path) or named(each.on, plural, group)):
                    each.left -= 1
                    return _failed(each.status, each.retry_after)
        return None

    def cut(self, after: int, how: How, on: str | None) -> None:
        with self._lock:
            self._cuts.append(Cut(after, how, on))

    def cut_of(self, group: str, plural: str) -> Cut | None:
        """How the line that a watch writes now is cut off, if it is."""
        with self._lock:
            for each in self._cuts:
                if each.on is None or named(each.on, plural, group):
                    self._cuts.remove(each)
                    return each
        return None

    @property
    def disturbs_streams(self) -> bool:
        """Whether lines of watches need a closer look before they are sent."""
        return bool(self._cuts) or self.bytes_per_second is not None or not self._answers.is_set()

    def hang(self, hangs: bool) -> None:
        if hangs:
            self._answers.clear()
        else:
            self._answers.set()

    def wait_while_hung(self) -> None:
        """Come back when the server answers again. Raises ConnectionAbortedError when it stops."""
        while not self._answers.wait(0.05):
            if self.stopping.is_set():
                raise ConnectionAbortedError("the server stops")


def _failed(status: int, retry_after: int | None) -> Refused:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status == 429:
        # From the server's own queues, before a request is looked at: not even a Status.
        text = b"Too many requests, please try again later.\n"
        return Refused(status, text, "text/plain; charset=utf-8", headers)
    details = None if retry_after is None else {"retryAfterSeconds": retry_after}
    reason, message = {
        500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
        503: ("ServiceUnavailable", "apiserver is shutting down"),
        504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
    }[status]
    return status_of(status, reason, message, details, headers=headers)
