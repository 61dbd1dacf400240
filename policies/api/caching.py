"""ETags: an answer about a snapshot changes only with the flags kept with it, so a browser need not
load it twice."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag

from policies.evaluator import EVALUATOR_VERSION

__all__ = ["etag_of", "is_known", "tagged"]

Tagged = TypeVar("Tagged", bound=HttpResponseBase)


@lru_cache(maxsize=1)
def _code_version() -> str:
    """The evaluator's version and a digest of the code that writes answers.

    A new release with the same evaluator may still word an answer anew.
    """
    digest = hashlib.sha256(EVALUATOR_VERSION.encode())
    app = Path(__file__).resolve().parent.parent
    for path in sorted(app.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def etag_of(request: HttpRequest, *subjects: str) -> str:
    """The tag of an answer to this request about these subjects (their versions)."""
    query = sorted((name, value) for name, values in request.GET.lists() for value in values)
    key = repr((_code_version(), subjects, request.path, query))
    return quote_etag(hashlib.sha256(key.encode()).hexdigest()[:32])


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the client has the answer with this tag already."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in (tag.removeprefix("W/") for tag in known)


def tagged(response: Tagged, etag: str) -> Tagged:
    """The response with its tag; a browser keeps it and asks each time whether it still holds."""
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response
