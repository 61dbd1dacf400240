"""What would open a closed pair, of a snapshot or of manifests that are not kept."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import questions, shapes
from policies.api.codec import JsonParser
from policies.api.questions import read_body, read_query
from policies.api.schema import answers, bodies, parameters
from policies.api.views import answer_of

__all__ = ["FixView", "StatelessFixView"]


class FixView(APIView):
    """One closed connection."""

    @extend_schema(
        operation_id="get_fix",
        parameters=parameters(questions.ExplainQuery),
        responses=answers(shapes.FixAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The smallest rules that would open a pair, as draft policies. Nothing is applied."""
        query = read_query(request, questions.ExplainQuery)

        return answer_of(
            request,
            id,
            query,
            lambda evaluation: services.fix_answer(evaluation, query.from_, query.to, query.port),
        )


class StatelessFixView(APIView):
    """One closed connection in manifests that are not kept."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="fix",
        request=bodies(questions.ExplainBody),
        responses=answers(shapes.FixAnswer),
    )
    def post(self, request: Request) -> Response:
        """The smallest rules that would open a pair in these manifests, as draft policies."""
        body, files = read_body(request, questions.ExplainBody)
        state = services.read(services.load_uploads(files["files"]))
        evaluation = services.evaluate_state(state, body.profile, body.intended)
        return Response(services.fix_answer(evaluation, body.from_, body.to, body.port))
