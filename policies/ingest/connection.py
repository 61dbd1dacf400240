"""The way to one API server: signed in as the official client does it, and only ever reading.

Of the client only its configuration and transport are used. Bytes are returned as they come: its
models refuse a whole list for one field that is not as they expect.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from policies.ingest.faults import BadTarget, api_error, unreachable
from policies.ingest.kubeconfig import bad_kubeconfig, checked_kubeconfig, exec_command

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration

__all__ = ["Connection", "Stream", "Target", "drop_files"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
# In whose name a manifest is tried.
MANAGER = "netviz"
_CHUNK = 1 << 16
# How long the program that signs in may take: it may wait for a person who is not there.
SIGN_IN_SECONDS = 30.0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Which API server, and as whom.

    `source` says which of the fields count: `kubeconfig` and `context` (both may be empty: what
    kubectl would use), nothing, or `server`, `token` and `ca` (PEM). The token is in clear here,
    and nowhere else.
    """

    source: Literal["kubeconfig", "in-cluster", "token"]
    kubeconfig: str = ""
    context: str = ""
    server: str = ""
    token: str = ""
    ca: str = ""
    verify_tls: bool = True

    def __repr__(self) -> str:
        """Without the token: a traceback or a log may hold this."""
        return f"Target({self.source!r}, {self.kubeconfig or self.server!r}, {self.context!r})"


class Stream:
    """The lines of an answer that goes on, until the server or `close` ends it."""

    def __init__(self, response: Any) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        """Each line, whole; a last line that was cut off is not given. Raises Unreachable when the
        connection breaks."""
        rest = b""
        try:
            for chunk in self._response.stream(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line)
        except Exception as error:
            raise unreachable(error) from None

    def interrupt(self) -> None:
        """End it, from any thread: who waits for a line waits no longer."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it has ended already
            self._response.shutdown()

    def close(self) -> None:
        """End it, from the thread that reads it. Its connection is not used again: who knows what
        of an answer is left in it."""
        self.interrupt()
        self._response.close()


class Connection:
    """A connection to an API server; several threads may use it at once.

    Everything here raises Unreachable where no server answers, ApiError for what the server refuses
    and BadTarget where the credentials cannot be read at all.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client: ApiClient | None = None
        self._signing: _SignIn | None = None
        self._guard = threading.Lock()
        # A token that has run out is asked for anew with the request that finds it so: by one of
        # many threads.
        self._refreshing = threading.Lock()

    @property
    def server(self) -> str:
        """The address of the API server. Raises BadTarget."""
        return str(self._signed_in().configuration.host)

    @property
    def verifies(self) -> bool:
        """Whether the server's certificate is checked. Raises BadTarget."""
        return bool(self._signed_in().configuration.verify_ssl)

    def get(self, path: str, query: Mapping[str, str] = {}, seconds: float = READ_SECONDS) -> bytes:
        """The body of an answer."""
        response = self._request("GET", path, query, (CONNECT_SECONDS, seconds))
        try:
            return bytes(response.data)
        except Exception as error:
            raise unreachable(error) from None
        finally:
            response.release_conn()

    def stream(self, path: str, query: Mapping[str, str], seconds: float) -> Stream:
        """An answer line by line; it breaks off where nothing comes for so many seconds."""
        return Stream(self._request("GET", path, query, (CONNECT_SECONDS, seconds)))

    def try_apply(self, path: str, manifest: bytes) -> bytes:
        """What the server would make of a manifest (JSON or YAML) that is applied: it goes through
        validation and admission, and nothing is kept."""
        query = {
            "dryRun": "All",
            "fieldManager": MANAGER,
            "fieldValidation": "Strict",
            # Whether fields are somebody else's is no question about the draft.
            "force": "true",
        }
        kind = "application/apply-patch+yaml"
        response = self._request(
            "PATCH", path, query, (CONNECT_SECONDS, READ_SECONDS), body=manifest, content_type=kind
        )
        try:
            return bytes(response.data)
        except Exception as error:
            raise unreachable(error) from None
        finally:
            response.release_conn()

    def reload(self) -> None:
        """Sign in anew at the next request: the token may have been replaced."""
        self._client = None

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        timeout: tuple[float, float],
        body: bytes | None = None,
        content_type: str = "",
    ) -> Any:
        client = self._signed_in()
        headers = {"Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            with self._refreshing:
                method, url, signed, _, _ = client.param_serialize(
                    method,
                    path,
                    query_params=list(query.items()),
                    header_params=headers,
                    auth_settings=["BearerToken"],
                )
            answer = client.call_api(method, url, signed, body=body, _request_timeout=timeout)
        except Exception as error:
            raise unreachable(error) from None
        response = answer.response
        if response.status >= 300:
            try:
                raise api_error(response.status, response.headers, bytes(response.data))
            finally:
                response.release_conn()
        return response

    def _signed_in(self) -> ApiClient:
        client = self._client
        if client is not None:
            return client
        # Of many threads one signs in, and all hear how that went.
        with self._guard:
            if self._client is not None:
                # While this one waited for its turn.
                return self._client
            signing = self._signing
            if signing is None:
                signing = self._signing = _SignIn(self._target)
        try:
            client = self._client = signing.client(SIGN_IN_SECONDS)
        finally:
            with self._guard:
                if signing.ended and self._signing is signing:
                    self._signing = None
        return client


class _SignIn:
    """Signs in, in a thread: nothing ends a program that the client has begun."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client: ApiClient | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="signs in", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def client(self, seconds: float) -> ApiClient:
        """Whoever is signed in. Raises BadTarget."""
        self._thread.join(seconds)
        if self._fault is not None:
            raise self._fault
        if self._client is None:
            raise BadTarget(
                "kubeconfig",
                "The program that the kubeconfig names for signing in does not end. Run kubectl"
                " with the same context to see what it waits for.",
            )
        return self._client

    def _run(self) -> None:
        try:
            self._client = _client_of(self._target)
        except Exception as error:
            self._fault = error


def _client_of(target: Target) -> ApiClient:
    # Half a second and 40 MB: for those only who look at a cluster.
    import urllib3
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.utils.keepalive import tcp_keepalive_socket_options

    # The class keeps a default of its own, which another cluster may have changed.
    configuration: Configuration = type.__call__(Configuration)
    # A redirect would take the token to another server; the caller decides what is tried again.
    configuration.retries = False
    # A watch whose other end is gone without a word is found out within a minute.
    configuration.socket_options = tcp_keepalive_socket_options(idle=15, interval=10, count=3)
    configuration.connection_pool_maxsize = 128
    if target.source == "kubeconfig":
        _from_kubeconfig(target, configuration)
    elif target.source == "in-cluster":
        _from_service_account(configuration)
    else:
        _from_token(target, configuration)
    if not target.verify_tls:
        configuration.verify_ssl = False
    if not configuration.verify_ssl:
        # Whoever looks at the cluster is told, which a warning for each request does not do.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    client = ApiClient(configuration)
    client.user_agent = "netviz"
    return client


def drop_files() -> None:
    """Delete the files that the client has written keys and certificates of kubeconfigs to: it does
    so itself only where a process ends by itself. No connection is opened after that."""
    client = sys.modules.get("kubernetes.config.kube_config")
    if client is not None:
        client._cleanup_temp_files()


def _from_kubeconfig(target: Target, configuration: Configuration) -> None:
    from kubernetes.config import load_kube_config

    path = checked_kubeconfig(target.kubeconfig)
    try:
        load_kube_config(
            config_file=path,
            context=target.context or None,
            client_configuration=configuration,
            # It is the user's: netviz reads it.
            persist_config=False,
        )
    except Exception as error:  # the client does not look before it leaps
        raise bad_kubeconfig(error) from None
    command = exec_command(path, target.context)
    if command and not configuration.api_key and not configuration.cert_file:
        raise BadTarget(
            "kubeconfig",
            f"{command}, which the kubeconfig names for signing in, gave no credentials. Run"
            " kubectl with the same context to see why.",
        )


def _from_service_account(configuration: Configuration) -> None:
    from kubernetes.config import ConfigException, load_incluster_config

    if "KUBERNETES_SERVICE_HOST" not in os.environ:
        raise BadTarget(
            "source",
            "netviz does not run inside a cluster, so there is no service account to sign in with.",
        )
    try:
        load_incluster_config(client_configuration=configuration)
    except (ConfigException, OSError) as error:
        raise BadTarget("source", f"The service account cannot be used: {error}") from None


def _from_token(target: Target, configuration: Configuration) -> None:
    configuration.host = target.server.rstrip("/")
    configuration.api_key["BearerToken"] = f"Bearer {target.token}"
    configuration.ca_cert_data = target.ca or None
