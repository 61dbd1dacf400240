"""Tokens at rest: encrypted with a key that only the environment holds, for one server each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from policies.ingest.faults import BadTarget

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

__all__ = ["TOKEN_KEY", "seal", "unseal"]

TOKEN_KEY = "NETVIZ_TOKEN_KEY"
# With any Python, whatever is installed beside it.
_MAKE_ONE = (
    'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
)


def seal(token: str, server: str) -> bytes:
    """The token, readable with the key alone, and only as the token of this server: who may write
    to the database shall not have it sent elsewhere. Raises BadTarget where there is no key."""
    return _keys().encrypt(msgspec.json.encode((server, token)))


def unseal(sealed: bytes, server: str) -> str:
    """The token that was sealed for this server. Raises BadTarget, with what to do about it."""
    from cryptography.fernet import InvalidToken

    try:
        of, token = msgspec.json.decode(_keys().decrypt(sealed), type=tuple[str, str])
    except InvalidToken:
        raise BadTarget(
            "token",
            f"The token of this cluster cannot be read: {TOKEN_KEY} is not the key that it was kept"
            " with. Set that key again, after the new one and a comma if there is one, or paste"
            " the token again.",
        ) from None
    if of != server:
        raise BadTarget(
            "token", "The token was given for another server. Paste the token for this one."
        )
    return token


def _keys() -> MultiFernet:
    """The first key writes, each of them reads. A passphrase is no key: it could be guessed from a
    copy of the database."""
    from cryptography.fernet import Fernet, MultiFernet

    given = [each.strip() for each in os.environ.get(TOKEN_KEY, "").split(",") if each.strip()]
    if not given:
        raise BadTarget(
            "token",
            f"A token is kept encrypted, and there is no key for it: set {TOKEN_KEY} in the"
            f" environment of netviz. Make one with: {_MAKE_ONE} A kubeconfig needs none.",
        )
    try:
        return MultiFernet([Fernet(each) for each in given])
    except ValueError:
        raise BadTarget(
            "token",
            f"{TOKEN_KEY} is not a key: one is 32 random bytes in base64. Make one with:"
            f" {_MAKE_ONE}",
        ) from None
