"""What is wrong or risky in the policies of a snapshot, or in manifests that are not kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import finding_questions as questions
from policies.api import shapes
from policies.api.codec import JsonParser
from policies.api.paging import page_of
from policies.api.questions import read_body, read_query
from policies.api.schema import answers, bodies, parameters
from policies.api.views import answer_of
from policies.evaluator.engine import Evaluation

__all__ = ["FindingsView", "LintView"]


class FindingsView(APIView):
    """The findings of a snapshot."""

    @extend_schema(
        operation_id="list_findings",
        parameters=parameters(questions.FindingsPageQuery),
        responses=answers(shapes.FindingPage),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """What is wrong or risky, worst first, each with where and why it bites here."""
        query = read_query(request, questions.FindingsPageQuery)
        query.filters.check()

        def make(evaluation: Evaluation) -> dict[str, Any]:
            query.filters.check_in(evaluation)
            found = [each for each in services.findings_of(evaluation) if query.filters.shows(each)]
            page = page_of(request, query.paging, found, len(found))
            page["results"] = [each.to_json() for each in page["results"]]
            return {**services.findings_head(evaluation), **page}

        return answer_of(request, id, query, make)


class LintView(APIView):
    """Manifests that are not kept."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="lint",
        request=bodies(questions.LintBody),
        responses=answers(shapes.LintAnswer),
    )
    def post(self, request: Request) -> Response:
        """What is wrong or risky in these manifests."""
        body, files = read_body(request, questions.LintBody)
        state = services.read(services.load_uploads(files["files"]))
        evaluation = services.evaluate_state(state, body.profile, body.intended)
        return Response(services.findings_answer(evaluation, body.filters))
