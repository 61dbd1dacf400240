"""The API's description of itself, and the answer at every address that is none."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

__all__ = ["DocsView", "NowhereView", "SchemaView"]


class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI schema, as JSON."""


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page to try it out on; every file of it is served from here."""

    url_name = "api:schema"
    template_name = "netviz_api/docs.html"


@extend_schema(exclude=True)
class NowhereView(APIView):
    """An address below `/api/` where there is nothing."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raise before the method is looked at: what is not there has no methods."""
        raise Http404

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Never reached."""
        raise Http404
