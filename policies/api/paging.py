"""Lists in pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from policies.api.questions import PageQuery

__all__ = ["page_of"]


def page_of(request: Request, query: PageQuery, items: Any, count: int) -> dict[str, Any]:
    """One page: how many there are, where the neighbours are, and the items themselves.

    Raises Http404 for a page after the last; the first page always exists.
    """
    start = (query.page - 1) * query.page_size
    if start >= count and query.page > 1:
        raise Http404(f"There is no page {query.page}.")
    here = request.get_full_path()
    following = query.page + 1 if start + query.page_size < count else None
    return {
        "count": count,
        "next": replace_query_param(here, "page", following) if following else None,
        "previous": _previous(here, query.page),
        "results": list(items[start : start + query.page_size]),
    }


def _previous(here: str, page: int) -> str | None:
    if page == 1:
        return None
    if page == 2:
        return remove_query_param(here, "page")
    return replace_query_param(here, "page", page - 1)
