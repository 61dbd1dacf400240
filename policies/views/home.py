"""The start page: three ways to begin, and what was loaded before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.demo.story import STEPS

__all__ = ["home"]

# Stands for the id in an address that the page completes.
PLACEHOLDER = "SNAPSHOT"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page; everything that changes is read through the API."""
    context = {
        "page": "home",
        "story_url": reverse("story", args=[STEPS[0].slug]),
        "watched": services.list_clusters(),
        "page_data": {"api": "/api/v1", "map": reverse("map", args=[PLACEHOLDER])},
    }
    return render(request, "policies/home.html", context)
