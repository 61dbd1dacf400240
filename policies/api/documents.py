"""The API about itself: its description, its health, and the answer at addresses that are none."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from policies.api import shapes
from policies.api.schema import answers

__all__ = ["DocsView", "HealthView", "NowhereView", "SchemaView"]


class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI schema, as JSON."""


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page to try it out on; every file of it is served from here."""

    url_name = "api:schema"
    template_name = "netviz_api/docs.html"


class HealthView(APIView):
    """The server itself."""

    @extend_schema(operation_id="get_health", responses=answers(shapes.HealthAnswer))
    def get(self, request: Request) -> Response:
        """That the server answers; it asks neither the database nor an evaluation."""
        return Response({"status": "ok"})


@extend_schema(exclude=True)
class NowhereView(APIView):
    """An address below `/api/` where there is nothing."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raise before the method is looked at: what is not there has no methods."""
        raise Http404

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Never reached."""
        raise Http404
