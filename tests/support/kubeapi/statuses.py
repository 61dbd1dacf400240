"""The refusals of an API server, word for word."""

from __future__ import annotations

import json
from typing import Any

from tests.support.kubeapi.kinds import Kind

__all__ = [
    "NOSNIFF",
    "Refused",
    "bad_request",
    "expired",
    "forbidden",
    "no_path",
    "no_resource",
    "not_allowed",
    "not_found",
    "status_object",
    "status_of",
    "unauthorized",
]

Json = dict[str, Any]
NOSNIFF = {"X-Content-Type-Options": "nosniff"}


class Refused(Exception):
    """An answer other than the one asked for."""

    def __init__(
        self,
        code: int,
        body: bytes,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.body = body
        self.content_type = content_type
        self.headers = headers or {}


def status_object(
    code: int,
    reason: str,
    message: str,
    details: Json | None = None,
    metadata: Json | None = None,
) -> Json:
    """A Status, its fields in the order in which a server writes them."""
    written: Json = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": metadata or {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }
    return {key: value for key, value in written.items() if value is not None and value != ""}


def status_of(
    code: int,
    reason: str,
    message: str,
    details: Json | None = None,
    metadata: Json | None = None,
    headers: dict[str, str] | None = None,
) -> Refused:
    """A refusal that is a Status."""
    body = json.dumps(
        status_object(code, reason, message, details, metadata),
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Refused(code, body.encode() + b"\n", headers=headers)


def details_of(kind: Kind, name: str = "") -> Json:
    """What was asked about, as details of a Status name it."""
    found = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in found.items() if value}


def unauthorized() -> Refused:
    """Who asks is not known: a token is wrong or has expired."""
    return status_of(401, "Unauthorized", "Unauthorized")


def forbidden(
    user: str, verb: str, group: str, plural: str, namespace: str = "", name: str = ""
) -> Refused:
    """RBAC grants it nowhere."""
    resource = f"{plural}.{group}" if group else plural
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    which = f'{resource} "{name}"' if name else resource
    details = {"name": name, "group": group, "kind": plural}
    return status_of(
        403,
        "Forbidden",
        f'{which} is forbidden: User "{user}" cannot {verb} resource "{plural}"'
        f' in API group "{group}" {where}',
        {key: value for key, value in details.items() if value},
        headers=NOSNIFF,
    )


def forbidden_path(user: str, path: str) -> Refused:
    """A path that is not of a resource, for somebody who may not read it."""
    return status_of(
        403,
        "Forbidden",
        f'forbidden: User "{user}" cannot get path "{path}"',
        {},
        headers=NOSNIFF,
    )


def no_path() -> Refused:
    """No such group or version: not even a Status."""
    return Refused(
        404,
        b"404 page not found\n",
        "text/plain; charset=utf-8",
        NOSNIFF,
    )


def no_resource() -> Refused:
    """No such resource in a group and version that exist."""
    return status_of(404, "NotFound", "the server could not find the requested resource", {})


def not_found(kind: Kind, name: str) -> Refused:
    """No object of that name."""
    return status_of(404, "NotFound", f'{kind.resource} "{name}" not found', details_of(kind, name))


def not_allowed() -> Refused:
    """A method that this server does not have: it is never written to."""
    return status_of(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        {},
    )


def bad_request(message: str) -> Refused:
    """A request that cannot be read."""
    return status_of(400, "BadRequest", message)


_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start"
    " a new list without the continue parameter, or use the continue token in this response to"
    " retrieve the remainder of the results. Continuing with the provided token results in an"
    " inconsistent list - objects that were created, modified, or deleted between the time the"
    " first chunk was returned and now may show up in the list."
)


def expired(inconsistent: str) -> Refused:
    """The page after the last one is gone; `inconsistent` is a token to go on nevertheless."""
    return status_of(410, "Expired", _TOO_OLD, metadata={"continue": inconsistent})
