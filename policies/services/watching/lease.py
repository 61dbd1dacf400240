"""Who watches a cluster: one process of all that share the database."""

from __future__ import annotations

import os
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

from policies.models import Lease

__all__ = ["BEAT_SECONDS", "TAKE_OVER_SECONDS", "Leases", "here", "holds"]

BEAT_SECONDS = 3.0
# A holder whose beat has not risen for so long is taken for dead.
TAKE_OVER_SECONDS = 18.0


class Leases:
    """The leases of one process.

    Nothing is compared but beats, by a clock that no one sets: a wall clock that jumps makes
    neither two watchers nor none. A holder that was stopped for a while finds, by its beat, that it
    has lost the lease.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.holder = f"{here()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._clock = clock
        # The beat of somebody else's lease, and since when it is this one.
        self._seen: dict[uuid.UUID, tuple[str, int, float]] = {}

    def take(self, cluster: uuid.UUID) -> bool:
        """Whether this process is to watch the cluster: nobody else does."""
        lease, _ = Lease.objects.get_or_create(cluster_id=cluster)
        if lease.holder == self.holder:
            return True
        if lease.holder and not self._is_dead(lease):
            return False
        # Of two that try, one finds the row as it was.
        taken = Lease.objects.filter(pk=cluster, holder=lease.holder, beat=lease.beat).update(
            holder=self.holder, beat=lease.beat + 1
        )
        self._seen.pop(cluster, None)
        return bool(taken)

    def beat(self, cluster: uuid.UUID) -> bool:
        """Show that this process lives; whether the lease is still its own."""
        lease = Lease.objects.filter(pk=cluster, holder=self.holder).first()
        if lease is None:
            return False
        mine = Lease.objects.filter(pk=cluster, holder=self.holder)
        return bool(mine.update(beat=lease.beat + 1))

    def release(self, cluster: uuid.UUID) -> None:
        """Let others watch the cluster at once."""
        Lease.objects.filter(pk=cluster, holder=self.holder).update(holder="")

    def _is_dead(self, lease: Lease) -> bool:
        if _died_here(lease.holder):
            return True
        now = self._clock()
        holder, beat, since = self._seen.get(lease.pk, ("", -1, now))
        if (holder, beat) != (lease.holder, lease.beat):
            self._seen[lease.pk] = (lease.holder, lease.beat, now)
            return False
        return now - since >= TAKE_OVER_SECONDS


def holds(cluster: uuid.UUID, holder: str) -> bool:
    """Whether the lease is the holder's; it stays so until the end of the transaction."""
    return Lease.objects.select_for_update().filter(pk=cluster, holder=holder).exists()


def here() -> str:
    """Where a process number means the same process: containers may share the name of a machine,
    and not its processes."""
    with suppress(OSError):
        return f"{socket.gethostname()[:64]}.{os.stat('/proc/self/ns/pid').st_ino}"
    return socket.gethostname()[:64]


def _died_here(holder: str) -> bool:
    """Whether the holder was a process of this machine that is there no more: nobody need wait."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    if host != here() or not rest.isdigit():
        return False
    with suppress(PermissionError):  # somebody else's, so it lives
        try:
            os.kill(int(rest), 0)
        except ProcessLookupError:
            return True
    return False
