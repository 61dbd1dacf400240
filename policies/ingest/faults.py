"""What may go wrong on the way to an API server, each in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = [
    "NOT_ACCEPTED",
    "ApiError",
    "BadTarget",
    "Silent",
    "Unreachable",
    "api_error",
    "unreachable",
]

NOT_ACCEPTED = (
    "The server does not accept the credentials: they are wrong, or no longer valid."
    " Sign in again, or give a new token."
)


class BadTarget(Exception):
    """The way to the server cannot be read: `field` of the form, and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Unreachable(Exception):
    """No server answered, or it stopped in the middle."""


class Silent(Unreachable):
    """Nothing came for a while. That alone is no fault of a watch: a server whose cluster is idle
    may say nothing for minutes."""


class ApiError(Exception):
    """The server answered that it will not.

    `retry_after` is in seconds, where the server says so. `details` are the causes that a Status
    names: a field and a message each.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        retry_after: float | None = None,
        details: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.details = details


class _Cause(msgspec.Struct):
    message: str = ""
    field: str = ""


class _Details(msgspec.Struct, rename="camel"):
    causes: list[_Cause] = []
    retry_after_seconds: float | None = None


class _Status(msgspec.Struct):
    code: int = 0
    reason: str = ""
    message: str = ""
    details: _Details | None = None


# Made under the import lock: see evaluator/state.py.
_DECODER = msgspec.json.Decoder(_Status)
_MESSAGE = 1_000


def api_error(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error in an answer: a Status, or whatever a proxy on the way says."""
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = _Status(message=body[:_MESSAGE].decode(errors="replace").strip())
    details = found.details or _Details()
    after = _seconds(headers.get("Retry-After"))
    return ApiError(
        status,
        found.reason,
        found.message[:_MESSAGE],
        details.retry_after_seconds if after is None else after,
        tuple((each.field, each.message) for each in details.causes),
    )


def _seconds(text: str | None) -> float | None:
    """Of a number of seconds; a date is not read, and what is too long for one is none."""
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def unreachable(error: Exception) -> Unreachable:
    """Why nothing came back, without the address and the query that the libraries repeat."""
    from urllib3 import exceptions as http

    cause: Any = error
    while isinstance(cause, http.MaxRetryError) and cause.reason is not None:
        cause = cause.reason
    text = f"{cause} {getattr(cause, 'reason', '')}"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = text.partition("certificate verify failed")[2].strip(" :").split(" (_ssl")[0]
        return Unreachable(
            f"The server's certificate cannot be trusted{f': {why}' if why else ''}. Give the"
            " certificate of the authority that signed it."
        )
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text:
        return Unreachable("The server does not speak TLS at this address.")
    if "SSL" in type(cause).__name__ or "SSLError" in text:
        return Unreachable("The server ended the connection while the encryption was agreed on.")
    if isinstance(cause, http.NameResolutionError):
        return Unreachable("The name of the server is not known.")
    if isinstance(cause, http.NewConnectionError | ConnectionRefusedError):
        return Unreachable("Nothing listens at the server's address.")
    if isinstance(cause, http.ConnectTimeoutError):
        return Unreachable("The server did not answer in time.")
    if isinstance(cause, http.ReadTimeoutError | TimeoutError):
        return Silent("The server has stopped answering.")
    return Unreachable("The connection broke off.")
