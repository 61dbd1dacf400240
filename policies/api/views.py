"""Snapshots and the questions about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import questions, shapes
from policies.api.caching import etag_of, is_known, kept_json, tagged
from policies.api.codec import JsonParser
from policies.api.paging import page_of
from policies.api.questions import read_body, read_query
from policies.api.schema import answers, bodies, either, parameters
from policies.api.snapshot_questions import CompareQuery, SnapshotsQuery
from policies.api.streams import ListedFlowsQuery, accepted_form, flow_answers, flow_stream
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import Problem
from policies.models import Snapshot

__all__ = [
    "CompareView",
    "ExplainView",
    "FlowsView",
    "GraphView",
    "MatrixView",
    "PoliciesView",
    "SnapshotView",
    "SnapshotsView",
    "StoryView",
    "WorkloadsView",
]


class SnapshotsView(APIView):
    """All snapshots."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="list_snapshots",
        parameters=parameters(SnapshotsQuery),
        responses=answers(shapes.SnapshotPage),
    )
    def get(self, request: Request) -> Response:
        """List the snapshots, newest first."""
        query = read_query(request, SnapshotsQuery)
        found = services.list_snapshots()
        if query.loaded:
            found = found.filter(pictures=None)
        page = page_of(request, query, found, found.count())
        page["results"] = [services.snapshot_answer(each) for each in page["results"]]
        return Response(page)

    @extend_schema(
        operation_id="upload_snapshot",
        request=bodies(questions.UploadBody),
        responses=answers(shapes.SnapshotStored, 201),
    )
    def post(self, request: Request) -> Response:
        """Keep manifests as a snapshot; the same content twice is the same snapshot."""
        body, files = read_body(request, questions.UploadBody)
        snapshot, problems = services.store_upload(files["files"], body.title, body.profile)
        answer = _with_problems(snapshot, problems)
        place = reverse("api:snapshot", args=[snapshot.id])
        return Response(answer, status=201, headers={"Location": place})


def answer_about(
    request: Request, identifier: str, make: Callable[[Snapshot], dict[str, Any]]
) -> HttpResponse:
    """What `make` says of a snapshot, unless the client knows it already.

    The tag and the answer come of the same reading of the row: the flags kept with a snapshot may
    change at any moment. What has the same tag is the same answer, whoever asks.
    """
    snapshot = services.get_snapshot(identifier)
    etag = etag_of(request, snapshot.version)
    if is_known(request, etag):
        return tagged(Response(status=304), etag)
    return tagged(kept_json(etag, lambda: make(snapshot)), etag)


class Evaluated(Protocol):
    """A query that says how the policies are to be read."""

    profile: questions.Profile
    intended: questions.Intended


def answer_of(
    request: Request,
    identifier: str,
    query: Evaluated,
    make: Callable[[Evaluation], dict[str, Any]],
) -> HttpResponse:
    """What `make` says of the evaluation of a snapshot; see `answer_about`."""

    def made(snapshot: Snapshot) -> dict[str, Any]:
        return make(services.evaluate_snapshot(snapshot, query.profile, query.intended))

    return answer_about(request, identifier, made)


def _with_problems(snapshot: Snapshot, problems: Sequence[Problem]) -> dict[str, Any]:
    """One snapshot with all that is kept of it but its objects."""
    return {
        **services.snapshot_answer(snapshot),
        "problems": services.problems_json(problems),
        "profile_flags": services.profile_rows(snapshot),
    }


class SnapshotView(APIView):
    """One snapshot."""

    parser_classes = [JsonParser]

    @extend_schema(operation_id="get_snapshot", responses=answers(shapes.SnapshotStored))
    def get(self, request: Request, id: str) -> HttpResponse:
        """What is in a snapshot, whether policies are enforced there, what was wrong with it."""

        def make(snapshot: Snapshot) -> dict[str, Any]:
            return _with_problems(snapshot, snapshot.state.problems)

        return answer_about(request, id, make)

    @extend_schema(
        operation_id="change_snapshot",
        request={"application/json": bodies(questions.SnapshotBody)["application/json"]},
        responses=answers(shapes.SnapshotStored),
    )
    def patch(self, request: Request, id: str) -> Response:
        """Say how this cluster reads policies, over what its network plugin is known to do."""
        body, _ = read_body(request, questions.SnapshotBody)
        snapshot = services.change_profile(id, body.profile)
        return Response(_with_problems(snapshot, snapshot.state.problems))


class FlowsView(APIView):
    """All flows of a snapshot."""

    @extend_schema(
        operation_id="get_flows",
        parameters=parameters(ListedFlowsQuery),
        responses=flow_answers(),
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """What may talk to what: as one document, or row by row and without end."""
        query = read_query(request, ListedFlowsQuery)
        form = query.format or accepted_form(request)
        snapshot = services.get_snapshot(id)
        etag = etag_of(request, snapshot.version, form)
        if is_known(request, etag):
            response: HttpResponseBase = Response(status=304)
        else:
            evaluation = services.evaluate_snapshot(snapshot, query.profile, query.intended)
            if form == "json":
                response = Response(services.flows_answer(evaluation, **query.filters))
            else:
                response = flow_stream(form, services.flows_stream(evaluation, **query.filters))
        patch_vary_headers(response, ["Accept"])
        return tagged(response, etag)


class GraphView(APIView):
    """The map of a snapshot."""

    @extend_schema(
        operation_id="get_graph",
        parameters=parameters(questions.GraphQuery),
        responses=answers(shapes.MapAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """A graph to draw, summarised to a budget of elements."""
        query = read_query(request, questions.GraphQuery)

        return answer_of(
            request, id, query, lambda evaluation: services.map_answer(evaluation, query.map_query)
        )


class MatrixView(APIView):
    """The matrix of a snapshot."""

    @extend_schema(
        operation_id="get_matrix",
        parameters=parameters(questions.ViewQuery),
        responses=answers(shapes.MatrixAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Sources as rows, destinations as columns, a verdict for every pair."""
        query = read_query(request, questions.ViewQuery)

        return answer_of(
            request,
            id,
            query,
            lambda evaluation: services.matrix_answer(evaluation, query.map_query),
        )


class ExplainView(APIView):
    """One connection."""

    @extend_schema(
        operation_id="get_explanation",
        parameters=parameters(questions.ExplainQuery),
        responses=answers(shapes.ExplainAnswer),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Whether one peer may reach another, and why or why not."""
        query = read_query(request, questions.ExplainQuery)

        return answer_of(
            request,
            id,
            query,
            lambda evaluation: services.explain_answer(
                evaluation, query.from_, query.to, query.port
            ),
        )


def page_about(
    request: Request,
    id: str,
    query: questions.EvaluatedPageQuery,
    items_of: Callable[[Evaluation], Sequence[dict[str, Any]]],
) -> HttpResponse:
    """One page of what an evaluated snapshot lists, with the envelope of every answer."""

    def make(evaluation: Evaluation) -> dict[str, Any]:
        items = items_of(evaluation)
        return {**services.envelope(evaluation), **page_of(request, query, items, len(items))}

    return answer_of(request, id, query, make)


class WorkloadsView(APIView):
    """The workloads of a snapshot."""

    @extend_schema(
        operation_id="list_workloads",
        parameters=parameters(questions.EvaluatedPageQuery),
        responses=answers(shapes.WorkloadPage),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Each workload with the policies that select it."""
        query = read_query(request, questions.EvaluatedPageQuery)

        return page_about(request, id, query, services.workload_items)


class PoliciesView(APIView):
    """The policies of a snapshot."""

    @extend_schema(
        operation_id="list_policies",
        parameters=parameters(questions.EvaluatedPageQuery),
        responses=answers(shapes.PolicyPage),
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Each policy with the workloads it selects, and what to know of it."""
        query = read_query(request, questions.EvaluatedPageQuery)

        return page_about(request, id, query, services.policy_items)


class CompareView(APIView):
    """Two snapshots."""

    @extend_schema(
        operation_id="compare_snapshots",
        parameters=parameters(CompareQuery),
        responses=either(shapes.DiffAnswer, shapes.DiffMapAnswer),
    )
    def get(self, request: Request) -> Response:
        """What is different between two snapshots, and by which rule."""
        query = read_query(request, CompareQuery)
        snapshots = [services.get_snapshot(each) for each in (query.from_, query.to)]
        etag = etag_of(request, *(each.version for each in snapshots))
        if is_known(request, etag):
            return tagged(Response(status=304), etag)
        before, after = (
            services.evaluate_snapshot(each, query.profile, query.intended) for each in snapshots
        )
        if query.view == "map":
            answer = services.compare_map_answer(before, after, query.map_query)
        else:
            answer = services.compare_answer(before, after, as_json=False)
        return tagged(Response(answer), etag)


class StoryView(APIView):
    """The demo."""

    @extend_schema(operation_id="get_story", responses=answers(shapes.StoryAnswer))
    def get(self, request: Request) -> Response:
        """The steps of the guided demo, each with its snapshot."""
        return Response({"steps": services.demo_story()})
