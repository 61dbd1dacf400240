"""Fix it: the what-if page with a draft that opens a closed pair."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.views.whatif import whatif_context

__all__ = ["fix"]


@require_safe
def fix(request: HttpRequest, snapshot_id: str) -> HttpResponse:
    """The draft for `from`, `to` and `on`; the way out leads back to the question on the map."""
    snapshot = services.get_snapshot(snapshot_id)
    asked = {name: request.GET.get(name, "") for name in ("from", "to", "on")}
    intended = request.GET.get("intended") == "1"
    evaluation = services.evaluate_snapshot(snapshot, intended=intended)
    try:
        draft = services.fix_draft(evaluation, asked["from"], asked["to"], asked["on"] or None)
    except BadQuestion as error:
        raise Http404(str(error)) from error
    name = "fix " + " ".join(each for each in asked.values() if each)
    context = whatif_context(
        snapshot, {"prepared": {"name": name, "files": draft["files"], "delete": []}}
    )
    query = urlencode({"sel": "answer", **asked, **({"intended": "1"} if intended else {})})
    back = f"{reverse('map', args=[snapshot.pk])}?{query}"
    return render(
        request,
        "policies/whatif.html",
        {**context, "leave_url": back, "draft_title": draft["title"]},
    )
