"""Drafts and what they would change, and the questions that keep nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import questions, shapes
from policies.api.codec import JsonParser
from policies.api.questions import read_body, read_query
from policies.api.schema import answers, bodies, either, parameters
from policies.evaluator.engine import Evaluation
from policies.evaluator.manifest import SourceText

__all__ = [
    "DraftView",
    "DraftWhatIfView",
    "DraftsView",
    "EvaluateView",
    "SnapshotWhatIfView",
    "StatelessExplainView",
    "StatelessWhatIfView",
]

Files = Iterable[tuple[str, bytes]]


def what_if(
    base: Evaluation,
    draft: Sequence[SourceText],
    delete: Sequence[str],
    query: questions.WhatIfQuery,
) -> dict[str, Any]:
    """The answer in the view asked for."""
    state = services.read_draft(draft)
    if query.view == "map":
        return services.whatif_map_answer(base, state, delete, query.map_query)
    return services.whatif_answer(base, state, delete, as_json=False)


class SnapshotWhatIfView(APIView):
    """A draft, on top of a snapshot."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="what_if",
        parameters=parameters(questions.WhatIfQuery),
        request=bodies(questions.WhatIfBody),
        responses=either(shapes.DiffAnswer, shapes.DiffMapAnswer),
    )
    def post(self, request: Request, id: str) -> Response:
        """What a draft would add, remove and change. Nothing is kept."""
        query = read_query(request, questions.WhatIfQuery)
        body, files = read_body(request, questions.WhatIfBody, has_query=True)
        snapshot = services.get_snapshot(id)
        base = services.evaluate_snapshot(snapshot, query.profile, query.intended)
        draft = services.load_uploads(files["files"])
        return Response(what_if(base, draft, body.delete, query))


class DraftsView(APIView):
    """The drafts of a snapshot."""

    parser_classes = [JsonParser]

    @extend_schema(
        operation_id="keep_draft",
        request={"application/json": bodies(questions.DraftBody)["application/json"]},
        responses=answers(shapes.DraftAnswer, 201),
    )
    def post(self, request: Request, id: str) -> Response:
        """Keep a draft, mistakes included, under an address to share."""
        body, _ = read_body(request, questions.DraftBody)
        texts = [(file.name, file.content) for file in body.files]
        draft = services.keep_draft(services.get_snapshot(id), body.title, texts, body.delete)
        place = reverse("api:draft", args=[draft.id])
        return Response(services.draft_answer(draft), status=201, headers={"Location": place})


class DraftView(APIView):
    """One draft."""

    parser_classes = [JsonParser]

    @extend_schema(operation_id="get_draft", responses=answers(shapes.DraftAnswer))
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """A draft as it was written."""
        return Response(services.draft_answer(services.get_draft(id)))

    @extend_schema(
        operation_id="replace_draft",
        request={"application/json": bodies(questions.DraftBody)["application/json"]},
        responses=answers(shapes.DraftAnswer),
    )
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Keep another text under the same address."""
        body, _ = read_body(request, questions.DraftBody)
        texts = [(file.name, file.content) for file in body.files]
        draft = services.get_draft(id)
        services.keep_draft(draft.snapshot, body.title, texts, body.delete, draft)
        return Response(services.draft_answer(draft))


class DraftWhatIfView(APIView):
    """A kept draft, on top of its snapshot."""

    @extend_schema(
        operation_id="what_if_of_draft",
        parameters=parameters(questions.WhatIfQuery),
        responses=either(shapes.DiffAnswer, shapes.DiffMapAnswer),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """What a kept draft would add, remove and change."""
        query = read_query(request, questions.WhatIfQuery)
        draft = services.get_draft(id)
        base = services.evaluate_snapshot(draft.snapshot, query.profile, query.intended)
        sources = services.draft_sources(draft)
        return Response(what_if(base, sources, draft.delete_objects, query))


class EvaluateView(APIView):
    """Manifests that are not kept."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="evaluate",
        request=bodies(questions.EvaluateBody),
        responses=answers(shapes.FlowsAnswer),
    )
    def post(self, request: Request) -> Response:
        """What may talk to what in these manifests."""
        body, files = read_body(request, questions.EvaluateBody)
        evaluation = _evaluate(files["files"], body)
        return Response(services.flows_answer(evaluation, **body.filters))


class StatelessExplainView(APIView):
    """One connection in manifests that are not kept."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="explain",
        request=bodies(questions.ExplainBody),
        responses=answers(shapes.ExplainAnswer),
    )
    def post(self, request: Request) -> Response:
        """Whether one peer may reach another in these manifests, and why or why not."""
        body, files = read_body(request, questions.ExplainBody)
        evaluation = _evaluate(files["files"], body)
        return Response(services.explain_answer(evaluation, body.from_, body.to, body.port))


class StatelessWhatIfView(APIView):
    """A draft on top of manifests that are not kept."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="what_if_of_files",
        request=bodies(questions.StatelessWhatIfBody),
        responses=either(shapes.DiffAnswer, shapes.DiffMapAnswer),
    )
    def post(self, request: Request) -> Response:
        """What a draft would add, remove and change in these manifests."""
        body, files = read_body(request, questions.StatelessWhatIfBody)
        base = _evaluate(files["files"], body)
        draft = services.load_uploads(files["draft"])
        return Response(what_if(base, draft, body.delete, body))


def _evaluate(files: Files, query: questions.EvaluateQuery) -> Evaluation:
    state = services.read(services.load_uploads(files))
    return services.evaluate_state(state, query.profile, query.intended)
