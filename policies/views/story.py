"""The guided story: the map page with a card that leads from step to step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.demo.story import STEPS
from policies.views.map import map_context
from policies.views.whatif import whatif_context

__all__ = ["start_story", "story", "story_whatif"]

ASK_FIELDS = ("from", "to", "on")


@require_safe
def start_story(request: HttpRequest) -> HttpResponseRedirect:
    """The first step."""
    return redirect("story", STEPS[0].slug)


@require_safe
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """One step. Without a question in the address, the first question of the step is asked."""
    steps, index = _steps(slug)
    step = steps[index]
    if not any(request.GET.get(field) for field in ASK_FIELDS) and step["asks"]:
        return redirect(_ask_url(slug, step["asks"][0]))
    context = {
        **map_context(step["snapshot_id"], (each["snapshot_id"] for each in steps)),
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
            "whatif": reverse("story-whatif", args=[slug]) if STEPS[index].is_whatif else None,
        },
    }
    return render(request, "policies/map.html", context)


@require_safe
def story_whatif(request: HttpRequest, slug: str) -> HttpResponse:
    """The change that leads to a step, as a draft on the snapshot of the step before."""
    steps, index = _steps(slug)
    if not STEPS[index].is_whatif:
        raise Http404(f"No draft shows the step {slug}.")
    snapshot = get_object_or_404(services.list_snapshots(), pk=steps[index - 1]["snapshot_id"])
    context = whatif_context(snapshot, {"prepared": {"name": slug, **steps[index]["draft"]}})
    back = {"leave_url": reverse("story", args=[slug]), "draft_title": steps[index]["title"]}
    return render(request, "policies/whatif.html", {**context, **back})


def _steps(slug: str) -> tuple[list[dict[str, Any]], int]:
    """All steps, and which of them this is. Raises Http404 where it is none."""
    steps = services.demo_story()
    slugs = [step["slug"] for step in steps]
    if slug not in slugs:
        raise Http404(f"The story has no step {slug}.")
    return steps, slugs.index(slug)


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
