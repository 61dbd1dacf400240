"""Who watches a cluster: one holder, and another soon after it is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from policies.models import Cluster, Lease
from policies.services.watching.lease import TAKE_OVER_SECONDS, Leases, here, holds

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def cluster() -> uuid.UUID:
    return Cluster.objects.create(name="test", source="kubeconfig").pk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def first(clock: Clock) -> Leases:
    """Of a process on another machine: nobody here can see whether it lives."""
    found = Leases(clock)
    found.holder = "elsewhere:1:first"
    return found


def test_one_takes_it_and_another_does_not(cluster: uuid.UUID, first: Leases, clock: Clock) -> None:
    second = Leases(clock)
    assert first.take(cluster)
    assert first.take(cluster), "it is its own"
    assert not second.take(cluster)
    assert holds(cluster, first.holder)
    assert not holds(cluster, second.holder)


def test_a_holder_that_beats_keeps_it_however_long(
    cluster: uuid.UUID, first: Leases, clock: Clock
) -> None:
    second = Leases(clock)
    first.take(cluster)
    for _ in range(100):
        assert not second.take(cluster)
        clock.now += TAKE_OVER_SECONDS - 1
        assert first.beat(cluster)
    assert not second.take(cluster)


def test_a_holder_that_is_still_for_too_long_is_followed_and_knows_it_has_lost(
    cluster: uuid.UUID, first: Leases, clock: Clock
) -> None:
    second = Leases(clock)
    first.take(cluster)
    assert not second.take(cluster)
    clock.now += TAKE_OVER_SECONDS
    assert second.take(cluster)
    assert not first.beat(cluster)
    assert not holds(cluster, first.holder)


def test_taking_over_is_within_half_a_minute() -> None:
    assert TAKE_OVER_SECONDS + 5 < 30


def test_no_wall_clock_matters(
    cluster: uuid.UUID, first: Leases, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Leases(clock)
    first.take(cluster)
    for jump in (-1e6, 1e9):
        monkeypatch.setattr("time.time", lambda jump=jump: jump)
        assert not second.take(cluster)
        assert first.beat(cluster)


def test_what_is_given_back_is_free_at_once(
    cluster: uuid.UUID, first: Leases, clock: Clock
) -> None:
    second = Leases(clock)
    first.take(cluster)
    first.release(cluster)
    assert second.take(cluster)
    first.release(cluster)
    assert holds(cluster, second.holder), "what is not its own is not given back"


def test_a_process_of_this_machine_that_has_died_is_not_waited_for(
    cluster: uuid.UUID, clock: Clock
) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    Lease.objects.create(cluster_id=cluster, holder=f"{here()}:{gone.stdout.strip()}:x", beat=7)
    assert Leases(clock).take(cluster)


def test_a_process_of_this_machine_that_lives_is(cluster: uuid.UUID, clock: Clock) -> None:
    Lease.objects.create(cluster_id=cluster, holder=f"{here()}:{os.getpid()}:x", beat=7)
    assert not Leases(clock).take(cluster)


def test_of_two_that_saw_the_same_one_takes_over(
    cluster: uuid.UUID, first: Leases, clock: Clock
) -> None:
    second, third = Leases(clock), Leases(clock)
    first.take(cluster)
    assert not second.take(cluster)
    assert not third.take(cluster)
    clock.now += TAKE_OVER_SECONDS
    assert [second.take(cluster), third.take(cluster)] == [True, False]
