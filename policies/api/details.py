"""One policy and one workload of a snapshot."""

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

__all__ = ["PolicyView", "WorkloadView"]


class PolicyView(APIView):
    """One policy."""

    @extend_schema(
        operation_id="get_policy",
        parameters=parameters(questions.EvaluateQuery),
        responses=answers(shapes.PolicyDetail),
    )
    def get(self, request: Request, id: str, key: str) -> HttpResponse:
        """A policy by its key (`NetworkPolicy/shop/api`): whom it selects, what each rule does and
        means now, and which rules never decide anything."""
        query = read_query(request, questions.EvaluateQuery)

        return answer_of(
            request, id, query, lambda evaluation: services.policy_answer(evaluation, key)
        )


class WorkloadView(APIView):
    """One workload."""

    @extend_schema(
        operation_id="get_workload",
        parameters=parameters(questions.EvaluateQuery),
        responses=answers(shapes.WorkloadDetail),
    )
    def get(self, request: Request, id: str, name: str) -> HttpResponse:
        """A workload by its name (`shop/api` or `shop/api[Deployment]`): what governs it, and what
        may come in and go out."""
        query = read_query(request, questions.EvaluateQuery)

        return answer_of(
            request, id, query, lambda evaluation: services.workload_answer(evaluation, name)
        )
