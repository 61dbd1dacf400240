"""Ways into a cluster, as text, CSV and Markdown; flows as text, and exposure beside them."""

from __future__ import annotations

from collections.abc import Sequence

from policies import presenters
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.graph import Run
from policies.presenters import (
    Answer,
    Presenter,
    connections_text,
    counts_text,
    csv_table,
    head,
    json_text,
    lines_text,
    markdown,
)
from policies.presenters_ways import way_words

__all__ = ["ENTRY_FORMATS", "EXPOSURE_HEADER", "FLOWS_FORMATS", "exposure_rows"]

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
        lines += [
            f"{path['caller']} => {path['backend']} : {path['port']}  [{path['verdict']}{doubt}]",
            f"    {_place(path)}{path['object']}: {way_words(path)}",
        ]
    lines += [
        f"{_place(issue)}{issue['object']}: {issue['text']} ({issue['code']})"
        for issue in answer["issues"]
    ]
    return lines_text(lines)


def _place(entry: Answer) -> str:
    line = f":{entry['line']}" if entry["line"] else ""
    return f"{entry['source']}{line}: " if entry["source"] else ""


ENTRY_FORMATS: dict[str, Presenter] = {
    "text": _text,
    "json": json_text,
    "csv": lambda answer: csv_table(answer, HEADER, _rows(answer)),
    "md": lambda answer: markdown("Ways in", answer, HEADER, _rows(answer)),
}

# -- flows -----------------------------------------------------------------------------------------


def _flows_text(answer: Answer) -> str:
    lines = [*head(answer)[:-1], counts_text(answer), ""]
    # Of thousands of rows most say what some before say, and have it of the same object.
    known: dict[tuple[int, str, str], tuple[ConnectionSet, str]] = {}
    run: Run
    for run in answer["flows"]:
        key = id(run.connections), run.verdict, run.reason
        if key not in known:
            doubt = f"  [{run.verdict}: {run.reason}]" if run.verdict != "allow" else ""
            said = f" : {connections_text(run.connections.to_json())}{doubt}"
            # With what it is of, so that no other one gets its number.
            known[key] = run.connections, said
        _, said = known[key]
        start = f"{run.source} => "
        between = f"{said}\n{start}"
        lines.append(f"{start}{between.join(run.destinations)}{said}")
    return lines_text(lines)


# -- exposure beside flows -------------------------------------------------------------------------

EXPOSURE_HEADER = ("direction", "workload", "peer", "connections", "verdict", "reason")
_POTENTIAL = "Exposure to pods and namespaces that do not exist yet:"
_ARROWS = {"egress": "=>", "ingress": "<="}


def potential_text(row: Answer) -> str:
    """Connections, with ports by name where only the pods to come tell the number."""
    connections = row["connections"]
    if not row["named_ports"] or connections == "all":
        return connections_text(connections)
    named: dict[str, list[str]] = {}
    for each in row["named_ports"]:
        name, _, protocol = each.partition("/")
        named.setdefault(protocol, []).append(name)
    groups = []
    for protocol in sorted({*connections, *named}):
        numbers = connections_text({protocol: connections.get(protocol, [])})
        known = [numbers.partition(" ")[2]] if connections.get(protocol) else []
        groups.append(f"{protocol} {','.join([*known, *named.get(protocol, [])])}".strip())
    return ",".join(groups)


def exposure_rows(answer: Answer) -> list[Sequence[str]]:
    """Exposure as the cells of a table under `EXPOSURE_HEADER`."""
    return [
        (
            row["direction"],
            row["workload"],
            row["peer"],
            potential_text(row),
            row["verdict"],
            row["reason"] or "",
        )
        for row in answer["exposure"]
    ]


def _exposure_lines(answer: Answer) -> list[str]:
    lines = ["", _POTENTIAL]
    for direction, arrow in _ARROWS.items():
        lines += ["", f"{direction.capitalize()} exposure:"]
        found = [row for row in answer["exposure"] if row["direction"] == direction]
        for row in found:
            doubt = f"  [{row['verdict']}: {row['reason']}]" if row["reason"] else ""
            lines.append(f"{row['workload']} {arrow} {row['peer']} : {potential_text(row)}{doubt}")
        if not found:
            lines.append("None.")
    lines += ["", "Workloads not protected by network policies:"]
    lines += [
        f"{each['workload']} is not protected on {each['direction'].capitalize()}"
        for each in answer["unprotected"]
    ] or ["None."]
    return lines


def _with_exposure(flows: Presenter, name: str) -> Presenter:
    """The text of flows, and of exposure in a section of its own where it was asked for."""

    def present(answer: Answer) -> str:
        text = flows(answer)
        if "exposure" not in answer:
            return text
        if name == "text":
            return text + lines_text(_exposure_lines(answer))
        table = markdown("Exposure", answer, EXPOSURE_HEADER, exposure_rows(answer))
        return f"{text}\n{table}"

    return present


FLOWS_FORMATS: dict[str, Presenter] = {
    name: _with_exposure(flows, name) if name in ("text", "md") else flows
    for name, flows in {"text": _flows_text, **presenters.FLOWS_FORMATS}.items()
}
"""The forms of flows, with exposure in a part of its own."""
