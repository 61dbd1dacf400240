"""Ways in that differ between two states, as lines of text and rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["way_change_lines", "way_change_rows", "way_words"]

Entry = dict[str, Any]
MARKS = {"added": "+", "removed": "-", "changed": "~"}
NOBODY = "nobody"


def way_words(way: Entry) -> str:
    """What is dialled, and over which Service it leads: `LoadBalancer TCP 80 over x/web:80`."""
    address = f"{way['host'] or ''}{way['path'] or ''}"
    shown = " ".join(filter(None, (way["kind"], way["opened"], address)))
    return f"{shown} over {way['service']}" if way["service"] else shown


def way_change_lines(answer: Entry) -> list[str]:
    """The ways in that differ, below a title of their own; nothing where none does."""
    lines = []
    for way in answer["ways"]:
        line = f":{way['line']}" if way["line"] else ""
        place = f"{way['source']}{line}: " if way["source"] else ""
        before, after = _callers(way, "before"), _callers(way, "after")
        who = {"added": after, "removed": before, "changed": f"{before} -> {after}"}
        lines += [
            f"{MARKS[way['change']]} {way['backend']} : {way['port']} from {who[way['change']]}",
            f"    {place}{way['object']}: {way_words(way)}",
        ]
    return ["", "Ways in from outside:", *lines] if lines else []


def way_change_rows(answer: Entry) -> list[Sequence[str]]:
    """A row for each, in the columns of a table of changes: who came in before, who does after."""
    return [
        (
            f"way in {way['change']}",
            way["object"],
            f"{way['backend']} : {way['port']}",
            _callers(way, "before"),
            _callers(way, "after"),
            way_words(way),
        )
        for way in answer["ways"]
    ]


def _callers(way: Entry, when: str) -> str:
    """Who comes in, with what makes it uncertain; of a controller, whether it lets the Internet in,
    where that is the change."""
    told = {each["internet"] for name in ("before", "after") for each in way[name]}
    texts = []
    for each in way[when]:
        doubt = "" if each["verdict"] == "allow" else f" [{each['verdict']}: {each['reason']}]"
        public = " (with the Internet behind it)" if len(told) > 1 and each["internet"] else ""
        texts.append(f"{each['caller']}{public}{doubt}")
    return ", ".join(dict.fromkeys(texts)) or NOBODY
