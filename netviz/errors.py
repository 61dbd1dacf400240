"""Django's own error answers: problem documents below `/api/`, pages elsewhere."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.urls import Resolver404
from django.views import defaults

from policies.api.problems import problem_response

__all__ = ["bad_request", "forbidden", "not_found", "server_error"]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


FOREIGN_NAME = (
    "netviz answers only to the names 127.0.0.1, localhost and [::1], and this request called it by"
    " another one. Use one of these in the address, with the same port."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: what Django refused before any view saw it (a foreign host name, too many fields)."""
    reason = FOREIGN_NAME if isinstance(exception, DisallowedHost) else ""
    if _is_api(request):
        return problem_response(400, "bad_request", reason or "The request could not be read.")
    # Without the request: its host name is what the page would stumble over again.
    page = loader.render_to_string("400.html", {"reason": reason})
    return HttpResponse(page, status=400)


def forbidden(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403: another site asks, or a form without the token that its page was given."""
    if _is_api(request):
        return problem_response(
            403, "cross_origin", "A page of another site may not send this request."
        )
    return defaults.permission_denied(request, PermissionDenied(reason))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    if _is_api(request):
        return problem_response(404, "not_found", "There is nothing at this address.")
    # A page that is known, but not what it should show, or no page at all.
    is_page = not isinstance(exception, Resolver404)
    return render(request, "404.html", {"is_page": is_page}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says nothing of the cause; the log does."""
    if _is_api(request):
        return problem_response(500, "server_error", "netviz failed to answer. The log says why.")
    return defaults.server_error(request)
