"""Ways into the cluster of a snapshot, and its exposure to pods to come."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from policies import services
from policies.api import questions, shapes
from policies.api.questions import read_query
from policies.api.schema import answers, parameters
from policies.api.views import answer_of

__all__ = ["EntryPointsView", "ExposureView"]


class EntryPointsView(APIView):
    """The ways in."""

    @extend_schema(
        operation_id="get_entrypoints",
        parameters=parameters(questions.EntryPointsQuery),
        responses=answers(shapes.EntryPointsAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Who may come in from outside, by which path, to which pods."""
        query = read_query(request, questions.EntryPointsQuery)

        return answer_of(
            request,
            id,
            query,
            lambda evaluation: services.entrypoints_answer(evaluation, query.focus),
        )


class ExposureView(APIView):
    """The exposure to pods to come."""

    @extend_schema(
        operation_id="get_exposure",
        parameters=parameters(questions.EntryPointsQuery),
        responses=answers(shapes.ExposureAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """What pods and namespaces to come could reach, or be reached by."""
        query = read_query(request, questions.EntryPointsQuery)

        return answer_of(
            request, id, query, lambda evaluation: services.exposure_answer(evaluation, query.focus)
        )
