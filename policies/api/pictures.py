"""The history of a cluster, and which objects differ between two of its pictures."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies import services
from policies.api import questions, shapes
from policies.api.caching import etag_of, is_known, tagged
from policies.api.paging import page_of
from policies.api.questions import read_query
from policies.api.schema import answers, parameters
from policies.api.snapshot_questions import PairQuery

__all__ = ["CompareObjectsView", "PictureView", "PicturesView"]


class PicturesView(APIView):
    """The history of a cluster."""

    @extend_schema(
        operation_id="list_pictures",
        parameters=parameters(questions.PageQuery),
        responses=answers(shapes.PicturePage),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """The pictures of a cluster, newest first: when, and which objects changed."""
        query = read_query(request, questions.PageQuery)
        found = services.history(services.get_cluster(id).pk)
        page = page_of(request, query, found, found.count())
        page["results"] = [services.picture_answer(each) for each in page["results"]]
        return Response(page)


class PictureView(APIView):
    """One picture of a cluster."""

    @extend_schema(
        operation_id="delete_picture",
        responses={204: OpenApiResponse(description="It is gone.")},
    )
    def delete(self, request: Request, id: uuid.UUID, picture: int) -> Response:
        """Take a picture out of the history, and its snapshot if nothing else refers to it."""
        services.delete_picture(services.get_cluster(id).pk, picture)
        return Response(status=204)


class CompareObjectsView(APIView):
    """The objects of two snapshots."""

    @extend_schema(
        operation_id="compare_objects",
        parameters=parameters(PairQuery),
        responses=answers(shapes.ObjectChangesAnswer),
    )
    def get(self, request: Request) -> Response:
        """Which objects differ between two snapshots, whatever that means for flows."""
        query = read_query(request, PairQuery)
        before, after = (services.get_snapshot(each) for each in (query.from_, query.to))
        etag = etag_of(request, before.version, after.version)
        if is_known(request, etag):
            return tagged(Response(status=304), etag)
        return tagged(Response(services.object_changes_answer(before, after)), etag)
