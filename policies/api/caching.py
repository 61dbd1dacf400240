"""ETags: an answer about a snapshot changes only with the flags kept with it, so a browser need not
load it twice, and it need not be made twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags, quote_etag

from policies.api.codec import JsonRenderer
from policies.evaluator import EVALUATOR_VERSION
from policies.services.evaluations import LeastRecentlyUsed

__all__ = ["etag_of", "is_known", "kept_json", "tagged"]

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


# Some hundred answers: opening views are some 300 KB.
_KEPT_BYTES = 32 * 1024 * 1024
_answers: LeastRecentlyUsed[str, bytes] = LeastRecentlyUsed(_KEPT_BYTES, len)


def kept_json(etag: str, make: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The answer with this tag as JSON; `make` is only called when it is not in memory."""
    body = _answers.get_or_make(etag, lambda: msgspec.json.encode(make()))
    return HttpResponse(body, content_type=JsonRenderer.media_type)
