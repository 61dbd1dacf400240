"""All addresses: the pages at the root, the API below `/api/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("policies.api.urls")),
    path("", include("policies.urls")),
]

handler400 = "netviz.errors.bad_request"
handler404 = "netviz.errors.not_found"
handler500 = "netviz.errors.server_error"
