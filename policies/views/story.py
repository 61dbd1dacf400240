"""The guided story: the map page with a card that leads from step to step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.demo.story import STEPS
from policies.views.map import map_context

__all__ = ["start_story", "story"]

ASK_FIELDS = ("from", "to", "on")


@require_safe
def start_story(request: HttpRequest) -> HttpResponseRedirect:
    """The first step."""
    return redirect("story", STEPS[0].slug)


@require_safe
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """One step. Without a question in the address, the first question of the step is asked."""
    steps = services.demo_story()
    slugs = [step["slug"] for step in steps]
    if slug not in slugs:
        raise Http404(f"The story has no step {slug}.")
    index = slugs.index(slug)
    step = steps[index]
    if not any(request.GET.get(field) for field in ASK_FIELDS) and step["asks"]:
        return redirect(_ask_url(slug, step["asks"][0]))
    context = {
        **map_context(step["snapshot_id"]),
        "page": "story",
        "story": {
            "number": index + 1,
            "total": len(steps),
            "title": step["title"],
            "text": step["text"],
            "asks": [_ask(request, slug, ask) for ask in step["asks"]],
            "steps": [
                {**_link(each), "current": place == index} for place, each in enumerate(steps)
            ],
            "previous": _link(steps[index - 1])["url"] if index > 0 else None,
            "next": _link(steps[index + 1])["url"] if index + 1 < len(steps) else None,
        },
    }
    return render(request, "policies/map.html", context)


def _link(step: dict[str, Any]) -> dict[str, str]:
    return {"url": reverse("story", args=[step["slug"]]), "title": step["title"]}


def _ask(request: HttpRequest, slug: str, ask: dict[str, Any]) -> dict[str, Any]:
    asked = tuple(request.GET.get(field, "") for field in ASK_FIELDS)
    return {
        "source": ask["from"],
        "destination": ask["to"],
        "port": ask["port"],
        "url": _ask_url(slug, ask),
        "current": asked == (ask["from"], ask["to"], ask["port"]),
    }


def _ask_url(slug: str, ask: dict[str, Any]) -> str:
    query = dict(zip(ASK_FIELDS, (ask["from"], ask["to"], ask["port"]), strict=True))
    return f"{reverse('story', args=[slug])}?{urlencode(query, safe='/')}"
