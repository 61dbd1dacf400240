"""The pages of one policy and of one workload."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from policies import services
from policies.evaluator.words import outside_name
from policies.models import Snapshot
from policies.presenters import connections_text

__all__ = ["policy_page", "workload_page"]

WAYS = {
    "ingress": ("Coming in", "Allowed in", "Nothing may connect.", "source"),
    "egress": ("Going out", "Allowed out", "It may connect to nothing.", "destination"),
}
VERDICT_WORDS = {
    "allow": "open",
    "deny": "closed",
    "conditional": "depends",
    "unknown": "not known",
}
SHOWN = 12
"""Flows in view at once; the rest unfold."""


@require_safe
def policy_page(request: HttpRequest, snapshot_id: str, key: str) -> HttpResponse:
    """A policy: subject, rules in plain sentences, what they mean now, and the YAML."""
    snapshot, answer = _answer(request, snapshot_id, services.policy_answer, key)
    links = _Links(snapshot, request)
    idle = [rule for rule in answer["rules"] if rule["never_decides"]]
    context = {
        **_context(request, snapshot, answer),
        "page": "policy",
        "policy": answer,
        "selects": [links.peer(each) for each in answer["selects"]],
        "rules": [_rule(rule, links) for rule in answer["rules"]],
        "idle": len(idle),
        "yaml": list(_lines(answer, idle)),
        "map_url": links.map(f"policy:{key}"),
    }
    return render(request, "policies/policy.html", context)


@require_safe
def workload_page(request: HttpRequest, snapshot_id: str, name: str) -> HttpResponse:
    """A workload: the policies that select it, and what may come in and go out."""
    snapshot, answer = _answer(request, snapshot_id, services.workload_answer, name)
    links = _Links(snapshot, request)
    context = {
        **_context(request, snapshot, answer),
        "page": "workload",
        "workload": answer,
        "ways": [_way(name, way, answer, links) for name, way in answer["ways"].items()],
        "paths": [_path(each) for each in answer["paths"]],
        "findings_url": links.findings(answer["workload"]),
        "map_url": links.map(answer["workload"]),
    }
    return render(request, "policies/workload.html", context)


def _answer(
    request: HttpRequest, snapshot_id: str, ask: Any, name: str
) -> tuple[Snapshot, dict[str, Any]]:
    """What the services say. Raises Http404 for an unknown snapshot, policy or workload."""
    snapshot = services.get_snapshot(snapshot_id)
    intended = request.GET.get("intended") == "1"
    return snapshot, ask(services.evaluate_snapshot(snapshot, intended=intended), name)


def _context(request: HttpRequest, snapshot: Snapshot, answer: dict[str, Any]) -> dict[str, Any]:
    live = services.live_of(snapshot.pk)
    return {
        "snapshot_id": snapshot.pk,
        "snapshot_title": snapshot.title,
        "live": live,
        "page_data": {
            "api": f"/api/v1/snapshots/{snapshot.pk}",
            "intended": request.GET.get("intended") == "1",
            "enforcement": answer["enforcement"],
            "live": live,
        },
    }


class _Links:
    """Addresses of what a page names, with the switch that the page was asked with."""

    def __init__(self, snapshot: Snapshot, request: HttpRequest) -> None:
        self._id = snapshot.pk
        self._query = {"intended": "1"} if request.GET.get("intended") == "1" else {}

    def _with_query(self, url: str, **query: str) -> str:
        given = {**query, **self._query}
        return f"{url}?{urlencode(given)}" if given else url

    def map(self, selected: str) -> str:
        """The map with something selected."""
        return self._with_query(reverse("map", args=[self._id]), sel=selected)

    def why(self, source: str, destination: str) -> str:
        """The map with the question between two peers asked."""
        asked = {"sel": "answer", "from": _askable(source), "to": _askable(destination)}
        return self._with_query(reverse("map", args=[self._id]), **asked)

    def findings(self, text: str) -> str:
        """The findings that name a workload."""
        return self._with_query(reverse("findings", args=[self._id]), q=text.partition("[")[0])

    def policy(self, key: str) -> dict[str, str]:
        """A policy by its name, with the address of its page."""
        name = key.partition("/")[2]
        return {"text": name, "title": key, "url": self._page("policy", key)}

    def peer(self, text: str) -> dict[str, str]:
        """A workload with the address of its page; what is outside has none."""
        if "[" not in text:
            return {"text": outside_name(text), "title": "", "url": ""}
        plain, _, variant = text.partition("{")
        name, _, kind = plain.partition("[")
        shown = f"{name} ({variant.rstrip('}')})" if variant else name
        return {"text": shown, "title": kind.rstrip("]"), "url": self._page("workload", plain)}

    def _page(self, page: str, name: str) -> str:
        return self._with_query(reverse(page, args=[self._id, name]))


def _askable(text: str) -> str:
    """Of several ranges the first: a question is about one."""
    return text if "[" in text else text.partition(",")[0]


def _rule(rule: dict[str, Any], links: _Links) -> dict[str, Any]:
    first, last = rule["yaml_lines"]
    workloads = [links.peer(each) for each in rule["workloads"]]
    return {
        **rule,
        "workloads": workloads[:SHOWN],
        "more_workloads": workloads[SHOWN:],
        "perhaps": [links.peer(each) for each in rule["perhaps"]],
        "outside": [each.replace(",", ", ") for each in rule["outside"]],
        "first": first,
        "last": last,
    }


def _lines(answer: dict[str, Any], idle: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """The YAML line by line; `idle` marks those of rules that never decide anything."""
    dead = {
        line for rule in idle for line in range(rule["yaml_lines"][0], rule["yaml_lines"][1] + 1)
    }
    for number, text in enumerate(answer["yaml"].splitlines(), 1):
        yield {"number": number, "text": text, "idle": number in dead}


def _path(path: dict[str, Any]) -> dict[str, Any]:
    """A way in, as a person says it."""
    kind, _, name = path["object"].partition("/")
    address = f"{path['host'] or ''}{path['path'] or ''}"
    dialled = ", ".join(part for part in (address, path["opened"]) if part)
    return {
        **path,
        "name": f"{kind} {name}",
        "dialled": dialled or "any host and path",
        "word": VERDICT_WORDS[path["verdict"]],
    }


def _way(name: str, way: dict[str, Any], answer: dict[str, Any], links: _Links) -> dict[str, Any]:
    title, listed, nothing, end = WAYS[name]
    rows = [
        {
            "peer": links.peer(flow[end]),
            "connections": connections_text(flow["connections"]),
            "verdict": flow["verdict"],
            "reason": flow["reason"],
            "why": links.why(flow["source"], flow["destination"]),
        }
        for flow in way["flows"]
    ]
    return {
        **way,
        "name": name,
        "title": title,
        "listed": listed,
        "nothing": nothing,
        "unknown": bool(answer["not_known"][name]),
        "policies": [{**each, **links.policy(each["policy"])} for each in way["policies"]],
        "rows": rows[:SHOWN],
        "more": rows[SHOWN:],
        "unlisted": way["count"] - len(rows),
    }
