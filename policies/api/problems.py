"""Problem documents (RFC 9457): the one shape of every error over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from policies.evaluator.errors import BadQuestion, Problem, UnreadableInput
from policies.services import problem_json, problems_json

__all__ = [
    "PROBLEM_TYPE",
    "TooLarge",
    "exception_handler",
    "problem_body",
    "problem_document",
    "problem_response",
]

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = "1"


class TooLarge(exceptions.APIException):
    """The body is larger than the limit."""

    status_code = 413
    default_detail = "The request is larger than the limit."
    default_code = "too_large"


def problem_document(
    status: int, code: str, detail: str, problems: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """An error as data."""
    return {
        "type": f"urn:netviz:problem:{code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "problems": list(problems),
    }


def problem_body(
    status: int, code: str, detail: str, problems: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """An error as bytes."""
    return msgspec.json.encode(problem_document(status, code, detail, problems))


def problem_response(
    status: int, code: str, detail: str, problems: Sequence[Mapping[str, Any]] = ()
) -> HttpResponse:
    """An error as an answer of Django's own, outside the API's views."""
    body = problem_body(status, code, detail, problems)
    return HttpResponse(body, status=status, content_type=PROBLEM_TYPE)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem document of what a view raised; None for a fault of ours, which Django logs."""
    found = _described(error)
    if found is None:
        return None
    headers = _headers(error)
    return Response(found, status=found["status"], content_type=PROBLEM_TYPE, headers=headers)


def _described(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, UnreadableInput):
        detail = "Nothing in this input can be used."
        return problem_document(422, "unreadable_input", detail, problems_json(error.problems))
    if isinstance(error, BadQuestion):
        fault = Problem("", 0, 0, error.field, error.message)
        entry = {**problem_json(fault), "suggestions": list(error.suggestions)}
        return problem_document(400, "bad_question", error.message, [entry])
    if isinstance(error, Http404):
        detail = str(error) or "There is nothing at this address."
        return problem_document(404, "not_found", detail)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return problem_document(413, "too_large", "The request holds more than the limits allow.")
    if isinstance(error, OperationalError):
        return problem_document(503, "busy", "The database did not answer in time. Try again.")
    if isinstance(error, exceptions.APIException):
        return _described_by_framework(error)
    return None


def _described_by_framework(error: exceptions.APIException) -> dict[str, Any]:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    return problem_document(error.status_code, code, str(error.detail))


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, OperationalError):
        return {"Retry-After": RETRY_SECONDS}
    return {}
