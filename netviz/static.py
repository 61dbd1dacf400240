"""The pages' scripts, styles and images, within the one thread that answers a request."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic.middleware import (  # type: ignore[import-untyped]  # it has no types
    AsyncServeStaticFileResponse,
    ServeStaticMiddleware,
)

__all__ = ["StaticFiles"]


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]  # nor has its class
    """ServeStatic, which is asynchronous only; here nothing else is."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        # It insists on something asynchronous behind it, and so here on what it never calls.
        super().__init__(sync_to_async(get_response))
        self._is_coroutine = None
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file at the address, else the answer of a view."""
        path = request.path_info
        found = self.find_file(path) if self.autorefresh else self.files.get(path)
        if found is None:
            return self._next(request)
        file = found.get_response(request.method or "GET", request.META)
        response: HttpResponseBase = AsyncServeStaticFileResponse(
            file.file or (), status=int(file.status)
        )
        del response["content-type"]
        for name, value in file.headers:
            if value is not None:
                response[name] = value
        return response
