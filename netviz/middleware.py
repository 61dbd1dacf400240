"""What every request must pass and every answer must carry."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from netviz.errors import forbidden

__all__ = ["SameOrigin", "SecurityHeaders"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class SecurityHeaders:
    """Adds the headers that Django and django-csp do not know."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


class SameOrigin:
    """Refuses a change that a page of another site asks for.

    There is no login in local mode, so any page that the user's browser shows could otherwise post
    to this server. Commands and curl send neither header and pass.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in SAFE_METHODS and not self._same_origin(request):
            return forbidden(request)
        return self.get_response(request)

    @staticmethod
    def _same_origin(request: HttpRequest) -> bool:
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            # "same-site" is another port of this machine: another program, not this server.
            return site in ("same-origin", "none")
        origin = request.headers.get("Origin")
        return origin is None or origin == f"{request.scheme}://{request.get_host()}"
