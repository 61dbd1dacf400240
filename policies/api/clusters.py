"""Clusters to look at: connect, change, forget."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import cluster_questions as questions
from policies.api import shapes
from policies.api.codec import JsonParser
from policies.api.paging import page_of
from policies.api.questions import PageQuery, WhatIfBody, read_body, read_query
from policies.api.schema import answers, bodies, json_body, parameters

__all__ = [
    "ClusterCheckView",
    "ClusterView",
    "ClustersView",
    "DryRunView",
    "KubeconfigView",
    "TrialView",
]


class ClustersView(APIView):
    """All clusters."""

    @extend_schema(
        operation_id="list_clusters",
        parameters=parameters(PageQuery),
        responses=answers(shapes.ClusterPage),
    )
    def get(self, request: Request) -> Response:
        """List the clusters, by name."""
        query = read_query(request, PageQuery)
        found = services.list_clusters()
        page = page_of(request, query, found, found.count())
        page["results"] = services.cluster_answers(page["results"])
        return Response(page)

    @extend_schema(
        operation_id="add_cluster",
        request=json_body(questions.ClusterBody),
        responses=answers(shapes.ClusterAnswer, 201),
    )
    def post(self, request: Request) -> Response:
        """Look at a cluster from now on. Nothing is asked of it yet: see `check`."""
        body, _ = read_body(request, questions.ClusterBody)
        cluster = services.add_cluster(body.wishes)
        place = reverse("api:cluster", args=[cluster.pk])
        answer = services.cluster_answer(cluster)
        return Response(answer, status=201, headers={"Location": place})


class ClusterView(APIView):
    """One cluster."""

    @extend_schema(operation_id="get_cluster", responses=answers(shapes.ClusterAnswer))
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """How it is reached, how that goes, and what is seen."""
        return Response(services.cluster_answer(services.get_cluster(id)))

    @extend_schema(
        operation_id="change_cluster",
        request=json_body(questions.ClusterChangeBody),
        responses=answers(shapes.ClusterAnswer),
    )
    def patch(self, request: Request, id: uuid.UUID) -> Response:
        """Change what is named, and leave the rest."""
        body, _ = read_body(request, questions.ClusterChangeBody)
        return Response(services.cluster_answer(services.change_cluster(id, body.wishes)))

    @extend_schema(operation_id="remove_cluster", responses={204: None})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """Forget the way to it and its history."""
        services.remove_cluster(id)
        return Response(status=204)


class TrialView(APIView):
    """A way to a cluster that is not kept."""

    @extend_schema(
        operation_id="try_cluster",
        request=json_body(questions.ClusterTrialBody),
        responses=answers(shapes.CheckAnswer),
    )
    def post(self, request: Request) -> Response:
        """What can be read this way, resource by resource. Nothing is kept."""
        body, _ = read_body(request, questions.ClusterTrialBody)
        return Response(services.trial_answer(body.wishes))


class ClusterCheckView(APIView):
    """The connection to a cluster."""

    @extend_schema(
        operation_id="check_cluster", request=None, responses=answers(shapes.CheckAnswer)
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """What can be read of it now, resource by resource."""
        return Response(services.check_answer(services.get_cluster(id)))


class DryRunView(APIView):
    """A draft, before a cluster's API server."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        operation_id="dry_run",
        request=bodies(WhatIfBody),
        responses=answers(shapes.DryRunAnswer),
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """What the server says to each object of a draft: validation and admission run, and nothing
        is kept (`dryRun=All`)."""
        body, files = read_body(request, WhatIfBody)
        cluster = services.get_cluster(id)
        draft = services.load_uploads(files["files"])
        return Response(services.dry_run_answer(cluster, draft, body.delete))


class KubeconfigView(APIView):
    """A kubeconfig of the machine that netviz runs on."""

    @extend_schema(
        operation_id="get_kubeconfig",
        parameters=parameters(questions.KubeconfigQuery),
        responses=answers(shapes.KubeconfigAnswer),
    )
    def get(self, request: Request) -> Response:
        """Its contexts. Nothing that it names is run."""
        query = read_query(request, questions.KubeconfigQuery)
        answer: dict[str, Any] = services.kubeconfig_answer(query.path)
        return Response(answer)
