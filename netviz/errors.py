"""Django's own error answers: problem documents below `/api/`, pages elsewhere."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from policies.api.problems import problem_response

__all__ = ["bad_request", "forbidden", "not_found", "server_error"]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: what Django refused before any view saw it (a foreign host name, too many fields)."""
    if _is_api(request):
        return problem_response(400, "bad_request", "The request could not be read.")
    return defaults.bad_request(request, exception)


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
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: says nothing of the cause; the log does."""
    if _is_api(request):
        return problem_response(500, "server_error", "netviz failed to answer. The log says why.")
    return defaults.server_error(request)
