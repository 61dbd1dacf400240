"""The fake API server as tests hold it: what is in it, what it saw, and what goes wrong."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from tests.support.kubeapi.certificates import Authority
from tests.support.kubeapi.faults import Faults, How
from tests.support.kubeapi.handler import Handler
from tests.support.kubeapi.kinds import Kind
from tests.support.kubeapi.kubeconfig import kubeconfig
from tests.support.kubeapi.listener import Listener
from tests.support.kubeapi.requests import Seen
from tests.support.kubeapi.store import Store
from tests.support.kubeapi.watches import Signals

__all__ = ["ApiServer"]

Json = dict[str, Any]
READ = frozenset({"get", "list", "watch"})
MANAGER = "kubectl-client-side-apply"


class ApiServer:
    """A Kubernetes API server on 127.0.0.1, without a cluster behind it.

    It answers as a current one does, and is never written to over HTTP. Without a `token` it asks
    for none; with one, requests without it are from `system:anonymous`, who may do nothing.
    Everything may be called while it runs, from any thread.
    """

    def __init__(
        self,
        *,
        tls: bool = False,
        token: str | None = None,
        user: str = "system:serviceaccount:netviz:netviz",
        bookmark_seconds: float = 60.0,
        window: int = 50_000,
    ) -> None:
        self.token = token
        self.user = user
        self.requests: list[Seen] = []
        self.store = Store(window)
        self.signals = Signals(bookmark_seconds)
        self.faults = Faults()
        self.port = 0
        self._authority = Authority() if tls else None
        self._listener: Listener | None = None
        self._watched: Counter[str] = Counter()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address; the port stays the same from the first start on."""
        return f"{'https' if self._authority else 'http'}://127.0.0.1:{self.port}"

    @property
    def ca_pem(self) -> str:
        """The certificate of the authority that signed its own; empty without TLS."""
        return self._authority.pem if self._authority else ""

    def write_kubeconfig(
        self,
        path: Path,
        *,
        token: str | None = None,
        exec_command: Collection[str] = (),
        client_cert: bool = False,
    ) -> Path:
        """A kubeconfig for it: with its token or another one, a program and its arguments that
        print a credential, or a certificate of the user `netviz-cert`."""
        certificate = None
        if client_cert:
            assert self._authority is not None, "certificates of clients need TLS"
            certificate = self._authority.issue("netviz-cert")
        text = kubeconfig(self.url, self.ca_pem, token or self.token, exec_command, certificate)
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    # What is in it

    def put(self, manifest: Json, *, manager: str = MANAGER) -> Json:
        """Create an object or replace it, as kubectl apply does; what the server keeps of it."""
        return self.store.put(manifest, manager)

    def put_many(self, manifests: Iterable[Json], *, manager: str = MANAGER) -> None:
        """The same with many at once; watches see all of them together."""
        self.store.put_many(manifests, manager)

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object; the namespace of a cluster-wide one is empty."""
        self.store.remove(resource, namespace, name)

    def define(
        self, group: str, version: str, kind: str, plural: str, namespaced: bool = True
    ) -> None:
        """A CustomResourceDefinition appears, or one more version of it."""
        self.store.define(Kind(group, version, kind, plural, namespaced, custom=True))

    def undefine(self, group: str, plural: str) -> None:
        """A CustomResourceDefinition is deleted, with its objects."""
        self.store.undefine(group, plural)

    # What it saw

    def clear_requests(self) -> None:
        """Forget what was asked so far."""
        self.requests.clear()

    def watching(self, resource: str) -> int:
        """How many watches of a resource are open."""
        with self._changed:
            return self._watched[self.store.table(resource).kind.resource]

    def wait_for_watches(self, *resources: str, count: int = 1, seconds: float = 20) -> None:
        """Come back when each resource has so many watches. Raises TimeoutError."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: all(self.watching(each) == count for each in resources), seconds
            )
        if not done:
            raise TimeoutError(f"not {count} watches of {', '.join(resources)}")

    @contextlib.contextmanager
    def watched(self, kind: Kind) -> Iterator[None]:
        """Count a watch while it goes on."""
        self._count(kind, 1)
        try:
            yield
        finally:
            self._count(kind, -1)

    def _count(self, kind: Kind, more: int) -> None:
        with self._changed:
            self._watched[kind.resource] += more
            self._changed.notify_all()

    # What goes wrong

    def forbid(
        self, resource: str, verbs: Collection[str] = READ, namespace: str | None = None
    ) -> None:
        """RBAC refuses from now on: everywhere, or in one namespace; "" is over all of them."""
        self.faults.forbid(resource, verbs, namespace)

    def permit(self, resource: str) -> None:
        """RBAC refuses nothing more of a resource."""
        self.faults.permit(resource)

    def fail(
        self,
        next: int,
        status: int,
        *,
        retry_after: int | None = None,
        on: str | None = None,
    ) -> None:
        """The next requests, of one resource, of one path or of any, answer 429, 500, 503 or 504.
        A path is for a group whose own server is away: it is listed, and its resources are not."""
        self.faults.fail(next, status, retry_after, on)

    def expire_continue_tokens(self) -> None:
        """Every list that is in the middle of its pages has to begin anew."""
        self.store.forget_pages()

    def compact(self, *, at_once: bool = False) -> None:
        """Forget the history: watches from before now get 410 in their first event, as the cache of
        a server sends it, or `at_once` in place of an answer."""
        self.signals.gone_at_once = at_once
        self.store.compact()

    def bookmark(self) -> None:
        """Send a bookmark to every watch that takes them."""
        self._tell(lambda signals: setattr(signals, "bookmarks", signals.bookmarks + 1))

    def close_watches(self) -> None:
        """End every watch as when its time is over."""
        self._tell(lambda signals: setattr(signals, "endings", signals.endings + 1))

    def cut_watches_after(self, after: int, *, how: How = "close", on: str | None = None) -> None:
        """The next line of a watch breaks off after so many bytes, and its connection with it."""
        self.faults.cut(after, how, on)

    def slow(self, bytes_per_second: float | None) -> None:
        """Send what watches say no faster than this; None: as fast as it goes."""
        self.faults.bytes_per_second = bytes_per_second

    def hang(self, hangs: bool) -> None:
        """Accept requests and answer none of them, and let watches say nothing, until told not to
        hang any more."""
        self.faults.hang(hangs)

    def rotate_token(self, token: str) -> None:
        """Another token is the right one from now on; streams that are open stay open."""
        self.token = token

    def _tell(self, change: Callable[[Signals], None]) -> None:
        with self.store.lock:
            change(self.signals)
            self.store.wake()

    # Coming and going

    def start(self) -> None:
        """Listen, on the same port as before."""
        assert self._listener is None, "it runs"
        self.signals.stopped = False
        self.faults.stopping.clear()
        with tempfile.TemporaryDirectory() as folder:
            context = self._authority.server_context(Path(folder)) if self._authority else None
        self._listener = Listener(self.port, functools.partial(Handler, self), context)
        self.port = int(self._listener.server_address[1])

    def stop(self, *, keep: bool = True) -> None:
        """End every connection at once, as when its process is killed, and listen no more. Without
        `keep` the history is lost: what starts again has the same objects, and watches cannot go on
        where they were."""
        if self._listener is None:
            return
        self.faults.stopping.set()
        self._tell(lambda signals: setattr(signals, "stopped", True))
        self._listener.stop()
        errors = self._listener.errors
        self._listener = None
        if not keep:
            self.store.compact()
        if errors:
            raise BaseExceptionGroup("The fake API server failed", errors)
