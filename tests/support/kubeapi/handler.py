"""One request after the other of a connection: who asks, may they, what is the answer."""

from __future__ import annotations

import gzip
import json
import ssl
import uuid
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.kubeapi import kinds, statuses
from tests.support.kubeapi.apply import applied
from tests.support.kubeapi.lists import list_page, whole
from tests.support.kubeapi.requests import Address, Seen, address_of
from tests.support.kubeapi.statuses import Refused
from tests.support.kubeapi.streams import Broken, StreamWriter
from tests.support.kubeapi.watches import TRUE, Watch

if TYPE_CHECKING:
    from tests.support.kubeapi.server import ApiServer

__all__ = ["VERSION", "Handler"]

_PUBLIC = ("/version", "/readyz", "/healthz", "/livez")
_ANONYMOUS = "system:anonymous"
# From this size on answers are compressed for clients that can read it.
_COMPRESSED = 128 * 1024
VERSION = "v1.37.2"
_VERSION = {
    "major": "1",
    "minor": "37",
    "emulationMajor": "1",
    "emulationMinor": "37",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "36",
    "gitVersion": VERSION,
    "gitCommit": "8cc511e399b929453cd98ae65b419c3cc227ec79",
    "gitTreeState": "clean",
    "buildDate": "2026-11-11T19:01:39Z",
    "goVersion": "go1.26.8",
    "compiler": "gc",
    "platform": "linux/amd64",
}


class Handler(BaseHTTPRequestHandler):
    """Answers for one ApiServer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, api: ApiServer, *arguments: Any) -> None:
        self._api = api
        super().__init__(*arguments)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read `requests`."""

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path).rstrip("/")
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorization = self.headers.get("Authorization")
        self._api.requests.append(Seen(self.command, path, query, authorization))
        self._api.faults.wait_while_hung()
        try:
            self._serve(path, query, body)
        except Refused as refused:
            self._send(refused.code, refused.body, refused.content_type, refused.headers)
        except Broken:
            self.close_connection = True

    def _serve(self, path: str, query: dict[str, str], body: bytes) -> None:
        user = self._user()
        address = address_of(path)
        failure = self._api.faults.failure(path, address.group, address.plural)
        if failure is not None:
            raise failure
        if not address.plural:
            self._serve_path(path, user)
            return
        verb = address.verb(self.command, query.get("watch") in TRUE)
        self._authorize(user, verb, address)
        self._serve_resource(address, user, verb, query, body)

    def _authorize(self, user: str, verb: str, address: Address) -> None:
        group, plural, namespace = address.group, address.plural, address.namespace
        if user == _ANONYMOUS or self._api.faults.forbids(verb, group, plural, namespace):
            raise statuses.forbidden(user, verb, group, plural, namespace, address.name)

    def _user(self) -> str:
        """Who asks. Raises Refused (401)."""
        if isinstance(self.connection, ssl.SSLSocket) and (shown := self.connection.getpeercert()):
            subject: Any = shown["subject"]
            return str(dict(pair for part in subject for pair in part)["commonName"])
        api = self._api
        authorization = self.headers.get("Authorization")
        scheme, _, token = (authorization or "").partition(" ")
        # Servers take the word in any case, and the client writes it in two.
        if api.token is None or (scheme.lower() == "bearer" and token == api.token):
            return api.user
        if authorization is None:
            return _ANONYMOUS
        raise statuses.unauthorized()

    def _serve_path(self, path: str, user: str) -> None:
        if self.command not in ("GET", "HEAD"):
            raise statuses.not_allowed()
        if path == "/version":
            text = json.dumps(_VERSION, indent=2).encode()
            self._send(200, text)
            return
        if path in _PUBLIC:
            self._send(200, b"ok", "text/plain; charset=utf-8", statuses.NOSNIFF)
            return
        if user == _ANONYMOUS:
            raise statuses.forbidden_path(user, path)
        self._send_json(200, self._discovered(path.strip("/").split("/")))

    def _discovered(self, parts: list[str]) -> dict[str, Any]:
        served = self._api.store.kinds
        if parts == ["api"]:
            return kinds.api_versions(f"127.0.0.1:{self._api.port}")
        if parts == ["apis"]:
            return kinds.api_groups(served)
        if parts == ["api", "v1"]:
            return kinds.api_resources("v1", served)
        if len(parts) == 2 and any(each.group == parts[1] for each in served):
            return kinds.api_group(parts[1], served)
        api_version = "/".join(parts[1:])
        if len(parts) == 3 and any(each.api_version == api_version for each in served):
            return kinds.api_resources(api_version, served)
        if parts[0] == "api" or any(
            not each.custom and [each.group] == parts[1:2] for each in served
        ):
            raise statuses.no_resource()
        raise statuses.no_path()

    def _serve_resource(
        self, address: Address, user: str, verb: str, query: dict[str, str], body: bytes
    ) -> None:
        store = self._api.store
        kind, table = store.find(address.group, address.version, address.plural)
        if verb == "watch":
            watch = Watch(store, self._api.signals, kind, table, address.namespace, query)
            self._stream(watch)
        elif verb == "list":
            self._send(200, list_page(store, kind, table, address.namespace, query))
        elif verb == "get":
            if kind.namespaced and not address.namespace:
                raise statuses.no_path() if kind.custom else statuses.no_resource()
            kept = table.objects.get(address.key)
            if kept is None:
                raise statuses.not_found(kind, address.name)
            self._send(200, whole(kind, kept) + b"\n")
        elif verb == "patch" and query.get("dryRun"):
            content_type = self.headers.get("Content-Type", "")
            code, made = applied(store, kind, table, address, query, content_type, body)
            if code == 201:
                self._authorize(user, "create", address)
            self._send_json(code, made)
        else:
            raise statuses.not_allowed()

    def _stream(self, watch: Watch) -> None:
        kind = watch.kind
        writer = StreamWriter(
            self._api.faults, self.connection, self.wfile, kind.group, kind.plural
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with self._api.watched(kind):
            for line in watch.lines(writer.listened_to):
                writer.write(line)
        writer.end()

    def _send_json(self, code: int, made: dict[str, Any]) -> None:
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        self._send(code, text.encode() + b"\n")

    def _send(
        self,
        code: int,
        body: bytes,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(code)
        if len(body) > _COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Vary", "Accept-Encoding")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_response(self, code: int, message: str | None = None) -> None:
        """The headers that every answer has."""
        self.send_response_only(code, message)
        self.send_header("Date", self.date_time_string())
        self.send_header("Audit-Id", str(uuid.uuid4()))
        self.send_header("Cache-Control", "no-cache, private")
