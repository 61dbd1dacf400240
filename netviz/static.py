"""The pages' scripts, styles and images, within the one thread that answers a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic.middleware import (  # type: ignore[import-untyped]
    AsyncServeStaticFileResponse,
    ServeStaticMiddleware,
)

__all__ = ["StaticFiles"]


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """ServeStatic, which is asynchronous only; here nothing else is."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        async def never(request: HttpRequest) -> HttpResponseBase:
            raise NotImplementedError

        super().__init__(never)
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
