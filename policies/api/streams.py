"""Answers of any length, sent row by row."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from drf_spectacular.utils import OpenApiResponse
from msgspec import Meta
from rest_framework.request import Request

from policies.api import shapes
from policies.api.questions import FlowsQuery
from policies.api.schema import answers
from policies.presenters import doubts
from policies.presenters_stream import FLOWS_STREAMS, chunks

__all__ = ["ListedFlowsQuery", "accepted_form", "flow_answers", "flow_stream"]

_TYPES = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
DOUBTS = "Netviz-Doubts"


class ListedFlowsQuery(FlowsQuery, kw_only=True):
    """The same of a snapshot, in one of several forms."""

    format: (
        Annotated[
            Literal["json", "ndjson", "csv"],
            Meta(
                description="`json` lists up to 250,000 flows; `ndjson` and `csv` send any number,"
                " row by row. Without it the Accept header decides."
            ),
        ]
        | None
    ) = None


def accepted_form(request: Request) -> str:
    """The form of flows that a client would rather have: JSON, unless it asks for another."""
    http: HttpRequest = request._request
    preferred = http.get_preferred_type(list(_TYPES.values()))
    return next((form for form, each in _TYPES.items() if each == preferred), "json")


def flow_stream(form: str, answer: dict[str, Any]) -> StreamingHttpResponse:
    """Flows in a form that goes on for as long as there are any.

    A table has no head: what a reader must hear of it stands in a header of the response.
    """
    parts = (part.encode() for part in chunks(FLOWS_STREAMS[form](answer)))
    response = StreamingHttpResponse(parts, content_type=f"{_TYPES[form]}; charset=utf-8")
    if form == "csv":
        left = len(answer["left_out"])
        said = [*doubts(answer), *([f"{left} objects are left out for an error"] if left else [])]
        if said:
            response[DOUBTS] = "; ".join(said).encode("ascii", "replace").decode()
    return response


def flow_answers() -> dict[Any, Any]:
    """The good answer, in each of its forms."""
    found: dict[Any, Any] = {(200, _TYPES["json"]): answers(shapes.FlowsAnswer)[200]}
    said = {
        "ndjson": "The same answer without its flows as the first line, then a flow on each line.",
        "csv": f"A row for each flow. The header {DOUBTS} says what the table cannot.",
    }
    for form, text in said.items():
        schema = {"type": "string"}
        found[200, _TYPES[form]] = OpenApiResponse(response=schema, description=text)
    return found
