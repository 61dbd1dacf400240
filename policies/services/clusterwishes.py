"""What may be asked of a cluster to look at: every field checked, each refusal with its reason."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import urlsplit

from policies.evaluator.errors import BadQuestion
from policies.ingest.connection import Connection, Target
from policies.ingest.faults import BadTarget
from policies.ingest.kubeconfig import checked_kubeconfig, contexts_of
from policies.ingest.names import is_namespace
from policies.models import TITLE_LENGTH, Cluster

__all__ = ["MOST_NAMESPACES", "ClusterWishes", "checked", "target_fields"]

MOST_NAMESPACES = 20
"""Each is watched by itself: of more, connections and threads would be a thousand and over."""

_BELONGS = {
    "kubeconfig": Cluster.Source.KUBECONFIG,
    "context": Cluster.Source.KUBECONFIG,
    "server": Cluster.Source.TOKEN,
    "token": Cluster.Source.TOKEN,
    "ca": Cluster.Source.TOKEN,
}


class ClusterWishes(TypedDict, total=False):
    """What somebody asks of a cluster to look at; what is left out stays as it is."""

    name: str
    source: str
    kubeconfig: str
    context: str
    server: str
    token: str
    ca: str
    verify_tls: bool
    namespaces: list[str]
    watched: bool
    keep_days: int
    keep_pictures: int


def target_fields(cluster: Cluster) -> dict[str, Any]:
    """The way to a cluster, without its token."""
    names = ("source", "kubeconfig", "context", "server", "ca", "verify_tls")
    return {name: getattr(cluster, name) for name in names}


def checked(wishes: ClusterWishes, cluster: Cluster, *, for_keeping: bool = True) -> dict[str, Any]:
    """The fields of the row that the wishes set, ready to be kept. Raises BadQuestion.

    `cluster` is as it was before; one that is not kept yet has a source only, and needs what its
    source needs. A connection that is only tried needs no name.
    """
    source = cluster.source
    if source not in Cluster.Source.values:
        raise BadQuestion("source", f"source must be one of {', '.join(Cluster.Source.values)}.")
    for field, owner in _BELONGS.items():
        if wishes.get(field) and owner != source:
            raise BadQuestion(field, f"{field} is for the source {owner}; this is {source}.")
    fields: dict[str, Any] = {"source": source}
    fields |= {
        name: value
        for name, value in wishes.items()
        if name in ("verify_tls", "watched", "keep_days", "keep_pictures")
    }
    is_new = cluster._state.adding
    if "name" in wishes or (is_new and for_keeping):
        fields["name"] = _name(wishes.get("name", ""))
    if "namespaces" in wishes:
        fields["namespaces"] = _namespaces(wishes["namespaces"])
    if is_new or any(wishes.get(field) is not None for field in _BELONGS):
        fields |= _WAYS[source](wishes, cluster)
    return fields


def _name(text: str) -> str:
    name = _printable("name", text.strip())
    if not name:
        raise BadQuestion("name", "Give the cluster a name.")
    if len(name) > TITLE_LENGTH:
        raise BadQuestion("name", f"A name has at most {TITLE_LENGTH} characters.")
    return name


def _printable(field: str, text: str) -> str:
    if not text.isprintable():
        raise BadQuestion(field, "There is a character in it that cannot be printed.")
    return text


def _namespaces(names: list[str]) -> list[str]:
    for name in names:
        if not is_namespace(name):
            shown = name if name.isprintable() else ascii(name)
            raise BadQuestion("namespaces", f'"{shown}" is not the name of a namespace.')
    found = sorted(set(names))
    if len(found) > MOST_NAMESPACES:
        raise BadQuestion(
            "namespaces",
            f"Of {MOST_NAMESPACES} namespaces at most each is watched by itself, with a connection"
            f" for every kind of object; these are {len(found):,}. Name none to watch all of them.",
        )
    return found


def _from_kubeconfig(wishes: ClusterWishes, cluster: Cluster) -> dict[str, Any]:
    """The files and the context, by name: what kubectl's default is may change tomorrow, and
    another process may have another one, and the history of a cluster is of one cluster."""
    path = _printable("kubeconfig", wishes.get("kubeconfig", cluster.kubeconfig).strip())
    context = _printable("context", wishes.get("context", cluster.context).strip())
    try:
        files = checked_kubeconfig(path) or ""
        known, current = contexts_of(files)
    except BadTarget as error:
        raise BadQuestion(error.field, error.message) from None
    names = [str(each["name"]) for each in known]
    context = context or current
    if not context:
        raise BadQuestion(
            "context", f"Say which context: {files} names none as its own. It has: {_listed(names)}"
        )
    if context not in names:
        near = tuple(difflib.get_close_matches(context, names, n=1))
        raise BadQuestion(
            "context", f"There is no context {context} in {files}. It has: {_listed(names)}", near
        )
    absolute = [os.path.abspath(Path(each).expanduser()) for each in files.split(os.pathsep)]
    return {"kubeconfig": os.pathsep.join(absolute), "context": context}


_LISTED = 10


def _listed(names: list[str]) -> str:
    more = len(names) - _LISTED
    shown = ", ".join(names[:_LISTED]) or "none"
    return f"{shown} and {more} more." if more > 0 else f"{shown}."


def _from_service_account(wishes: ClusterWishes, cluster: Cluster) -> dict[str, Any]:
    try:
        _ = Connection(Target(source="in-cluster")).server
    except BadTarget as error:
        raise BadQuestion("source", error.message) from None
    return {}


def _from_token(wishes: ClusterWishes, cluster: Cluster) -> dict[str, Any]:
    fields: dict[str, Any] = {"server": _server(wishes.get("server", cluster.server))}
    if "ca" in wishes:
        fields["ca"] = _certificates(wishes["ca"])
    token = wishes.get("token", "")
    if not token and cluster._state.adding:
        raise BadQuestion("token", "Paste a token to sign in with.")
    # A line end in it would end the header that it is sent in, and be repeated by an error.
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise BadQuestion(
            "token",
            "A token is one word of plain characters, without spaces and line ends; this is not.",
        )
    return fields


def _server(text: str) -> str:
    server = _printable("server", text.strip()).rstrip("/")
    try:
        parts = urlsplit(server)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("https", "http") or not host:
        raise BadQuestion(
            "server", "Give the address of the API server, as https://192.0.2.1:6443."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise BadQuestion(
            "server", "Give the address alone, without a user, a query or a fragment."
        )
    return server


def _certificates(text: str) -> str:
    """The certificates in a text and nothing else of it: a private key that was pasted with them
    is not kept."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates

    if not text.strip():
        return ""
    try:
        found = load_pem_x509_certificates(text.encode())
    except ValueError:
        raise BadQuestion(
            "ca",
            "Give certificates as PEM text: it begins with -----BEGIN CERTIFICATE-----.",
        ) from None
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in found)


_WAYS: dict[str, Callable[[ClusterWishes, Cluster], dict[str, Any]]] = {
    Cluster.Source.KUBECONFIG: _from_kubeconfig,
    Cluster.Source.IN_CLUSTER: _from_service_account,
    Cluster.Source.TOKEN: _from_token,
}
