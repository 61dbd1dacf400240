"""Ways into a cluster as text, CSV and Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from policies.presenters import Answer, Presenter, csv_table, head, json_text, lines_text, markdown

__all__ = ["ENTRY_FORMATS"]

HEADER = (
    "entry point",
    "host",
    "path",
    "dialled",
    "service",
    "caller",
    "destination",
    "port",
    "verdict",
    "reason",
)
_NOTHING = "Nothing comes in from outside: no entry point leads to a pod."


def _rows(answer: Answer) -> list[Sequence[str]]:
    return [
        (
            path["object"],
            path["host"] or "",
            path["path"] or "",
            path["opened"] or "",
            path["service"] or "",
            path["caller"],
            path["backend"],
            path["port"],
            path["verdict"],
            path["reason"] or "",
        )
        for path in answer["paths"]
    ]


def _text(answer: Answer) -> str:
    """One line for each path, from the caller to the port of the pod."""
    lines = head(answer)
    if not answer["paths"]:
        lines.append(_NOTHING)
    for path in answer["paths"]:
        doubt = f": {path['reason']}" if path["reason"] else ""
        way = " ".join(filter(None, (path["kind"], path["opened"], _address(path))))
        over = f" over {path['service']}" if path["service"] else ""
        lines += [
            f"{path['caller']} => {path['backend']} : {path['port']}  [{path['verdict']}{doubt}]",
            f"    {_place(path)}{path['object']}: {way}{over}",
        ]
    lines += [
        f"{_place(issue)}{issue['object']}: {issue['text']} ({issue['code']})"
        for issue in answer["issues"]
    ]
    return lines_text(lines)


def _address(path: Answer) -> str:
    return f"{path['host'] or ''}{path['path'] or ''}"


def _place(entry: Answer) -> str:
    line = f":{entry['line']}" if entry["line"] else ""
    return f"{entry['source']}{line}: " if entry["source"] else ""


ENTRY_FORMATS: dict[str, Presenter] = {
    "text": _text,
    "json": json_text,
    "csv": lambda answer: csv_table(answer, HEADER, _rows(answer)),
    "md": lambda answer: markdown("Ways in", answer, HEADER, _rows(answer)),
}
