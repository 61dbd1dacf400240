"""Answers as text, CSV, Markdown and DOT: what the commands print."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from policies.presenters_ways import way_change_lines, way_change_rows

__all__ = [
    "COMPLETE",
    "DIFF_FORMATS",
    "EXPLAIN_FORMATS",
    "FIX_FORMATS",
    "FLOWS_FORMATS",
    "FLOW_HEADER",
    "HEADLESS",
    "Answer",
    "Presenter",
    "connections_text",
    "counts_text",
    "csv_lines",
    "csv_table",
    "doubts",
    "enforcement_line",
    "flow_row",
    "head",
    "json_text",
    "left_out_text",
    "lines_text",
    "markdown",
    "may_differ",
]

Answer = dict[str, Any]
Presenter = Callable[[Answer], str]
# Forms in which a program looks for rows alone, and nobody reads what stands around them.
HEADLESS = ("csv", "dot", "yaml")
# Forms that carry the problems of the input themselves.
COMPLETE = ("json", "ndjson")
MARKS = {"added": "+", "removed": "-", "changed": "~"}
_ONE = {
    "namespaces": "namespace",
    "workloads": "workload",
    "pods": "pod",
    "policies": "policy",
}
_NOTHING = "Nothing changes: the same connections are open before and after."
_NOTHING_SEEN = (
    "Nothing changes by the policies that are evaluated; those named above as not evaluated may"
    " still change something."
)
_ONLY_WAYS = (
    "No connection opens or closes by the policies that are evaluated; what leads in from outside"
    " changes."
)
_NOTHING_READ = (
    "Nothing changes by what could be read; what is left out above may still change something."
)


def connections_text(connections: str | dict[str, list[list[int]]]) -> str:
    """The text form of connections: `All Connections`, `TCP 80,8080-8090,UDP 53`."""
    if connections == "all" or isinstance(connections, str):
        return "All Connections"
    groups = []
    for protocol, ranges in sorted(connections.items()):
        spans = (f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)
        groups.append(f"{protocol} {','.join(spans)}")
    return ",".join(groups) or "No Connections"


def enforcement_line(answer: Answer) -> str:
    """The first line of every text: whether anything enforces the policies."""
    enforcement = answer["enforcement"]
    cni, evidence = enforcement["cni"], enforcement["evidence"]
    if enforcement["enforced"] == "yes":
        told = any(each["flag"] == "np_enforced" for each in enforcement["profile"])
        return f"Enforced{'' if told else f' by {cni}'} ({evidence})"
    if enforcement["enforced"] == "unknown":
        return f"Enforcement unknown: {evidence}"
    shown = (
        "below is what the policies intend, not what flows"
        if enforcement["intended"]
        else "everything flows, below is what really does"
    )
    return f"NOT ENFORCED: {cni} ({evidence}); {shown}"


def _profile(answer: Answer) -> list[str]:
    """How the plugin reads what the specification leaves open, and what was set over that."""
    enforcement = answer["enforcement"]
    lines = []
    said = (
        ("plugin", f"As {enforcement['cni']} does"),
        ("snapshot", "As set for this cluster"),
        ("request", "As asked"),
    )
    for by, start in said:
        flags = [each for each in enforcement["profile"] if each["by"] == by]
        if flags:
            texts = (f"{each['flag']}={str(each['value']).lower()}" for each in flags)
            lines.append(f"{start}: {', '.join(texts)}")
    return lines


def _not_evaluated(answer: Answer) -> list[str]:
    return [
        f"Not evaluated: {each['count']} {each['kind']} ({each['apiVersion']}): {each['reason']}"
        for each in answer["not_evaluated"]
    ]


def _left_out(answer: Answer) -> list[str]:
    return [f"LEFT OUT: {left_out_text(each)} {each['effect']}" for each in answer["left_out"]]


def left_out_text(entry: Answer) -> str:
    """An object that is left out: which one, where it stands and what is wrong with it."""
    place = _place(entry).removesuffix(": ")
    named = f"{entry['object']} at {place}" if entry["object"] and place else place
    return ": ".join(part for part in (named, entry["path"], f"{entry['message']}.") if part)


def doubts(answer: Answer) -> list[str]:
    """What a reader of a form without a head must hear elsewhere; nothing when all is well."""
    enforced = answer["enforcement"]["enforced"] == "yes"
    return [*([] if enforced else [enforcement_line(answer)]), *_not_evaluated(answer)]


def _caveats(answer: Answer) -> list[str]:
    return [
        enforcement_line(answer),
        *_profile(answer),
        *_left_out(answer),
        *_not_evaluated(answer),
    ]


def _head(answer: Answer) -> list[str]:
    return [*_caveats(answer), ""]


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _json(answer: Answer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


def csv_lines(
    answer: Answer, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """A table without a head, line by line: whether it is enforced stands in each row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    enforced = answer["enforcement"]["enforced"]
    for row in chain([[*header, "enforced"]], ([*map(_harmless, row), enforced] for row in rows)):
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _csv(answer: Answer, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(csv_lines(answer, header, rows))


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that starts like this for a formula, and names are not ours."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _markdown(title: str, answer: Answer, header: Sequence[str], rows: list[Sequence[str]]) -> str:
    lines = [f"# {title}", "", *_head(answer)]
    if not rows:
        return _lines([*lines, "None."])
    lines += [_row(header), _row(["---"] * len(header))]
    return _lines([*lines, *(_row(row) for row in rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


# -- flows -----------------------------------------------------------------------------------------

FLOW_HEADER = ("source", "destination", "connections", "verdict", "reason")


def flow_row(flow: Answer) -> Sequence[str]:
    """A flow as the cells of a table under `FLOW_HEADER`."""
    return (
        flow["source"],
        flow["destination"],
        connections_text(flow["connections"]),
        flow["verdict"],
        flow["reason"] or "",
    )


def _flow_rows(answer: Answer) -> list[Sequence[str]]:
    return [flow_row(flow) for flow in answer["flows"]]


def _counts(answer: Answer) -> str:
    """What was read or what changes, in numbers: "1 namespace, 2 pods"."""
    summary = answer["summary"].items()
    return ", ".join(f"{n} {_ONE.get(name, name) if n == 1 else name}" for name, n in summary)


def _flows_dot(answer: Answer) -> str:
    label = "\\n".join(_quoted(line)[1:-1] for line in _caveats(answer))
    lines = ["digraph netviz {", f'  label="{label}";', "  rankdir=LR;"]
    names = sorted({flow[end] for flow in answer["flows"] for end in ("source", "destination")})
    lines += [f"  {_quoted(name)} [shape=box];" for name in names]
    for source, destination, connections, verdict, _ in _flow_rows(answer):
        style = "" if verdict == "allow" else " style=dashed"
        label = f"label={_quoted(connections)}{style}"
        lines.append(f"  {_quoted(source)} -> {_quoted(destination)} [{label}];")
    return _lines([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


FLOWS_FORMATS: dict[str, Presenter] = {
    "json": _json,
    "md": lambda answer: _markdown("Allowed flows", answer, FLOW_HEADER, _flow_rows(answer)),
    "dot": _flows_dot,
}

# -- diff ------------------------------------------------------------------------------------------

DIFF_HEADER = ("change", "source", "destination", "before", "after", "reasons")


def _diff_rows(answer: Answer) -> list[Sequence[str]]:
    return [
        (
            change["kind"],
            change["source"],
            change["destination"],
            connections_text(change["before"]),
            connections_text(change["after"]),
            " ".join(reason["text"] for reason in change["reasons"]),
        )
        for change in answer["changes"]
    ] + way_change_rows(answer)


def _diff_text(answer: Answer) -> str:
    lines = [*_head(answer)[:-1], _counts(answer)]
    lines += [f"Note: {_place(note)}{note['text']}" for note in answer["notes"]]
    lines.append("")
    if not answer["changes"]:
        lines.append(_nothing_changes(answer))
    for change in answer["changes"]:
        lines += _change_lines(change)
    return _lines([*lines, *way_change_lines(answer)])


def _nothing_changes(answer: Answer) -> str:
    if answer["ways"]:
        return _ONLY_WAYS
    if answer["left_out"]:
        return _NOTHING_READ
    return _NOTHING_SEEN if answer["not_evaluated"] else _NOTHING


def _change_lines(change: Answer) -> list[str]:
    before, after = connections_text(change["before"]), connections_text(change["after"])
    what = {
        "added": after,
        "removed": before,
        "changed": f"{before} -> {after}",
    }[change["kind"]]
    verdicts = change["verdict_before"], change["verdict_after"]
    doubt = verdicts[1]
    shown = f"  [{doubt}]" if doubt not in ("allow", "deny") else ""
    if change["kind"] == "changed" and verdicts[0] != doubt:
        shown = f"  [{verdicts[0]} -> {doubt}]"
    head = f"{MARKS[change['kind']]} {change['source']} => {change['destination']} : {what}{shown}"
    return [head, *(f"    {_place(each)}{each['text']}" for each in change["reasons"])]


def may_differ(answer: Answer) -> bool:
    """Whether something changes, or may: objects that are left out are not known to change nothing.

    They are left out for an error, or because their kind is not evaluated.
    """
    return bool(
        answer["changes"] or answer["ways"] or answer["left_out"] or answer["not_evaluated"]
    )


def _place(entry: Answer) -> str:
    if not entry["source"]:
        return ""
    line = f":{entry['line']}" if entry["line"] else ""
    return f"{entry['source']}{line}: "


DIFF_FORMATS: dict[str, Presenter] = {
    "text": _diff_text,
    "json": _json,
    "csv": lambda answer: _csv(answer, DIFF_HEADER, _diff_rows(answer)),
    "md": lambda answer: _markdown("Changed flows", answer, DIFF_HEADER, _diff_rows(answer)),
}

# -- explain ---------------------------------------------------------------------------------------


def _explain_text(answer: Answer) -> str:
    lines = [*_head(answer), answer["sentence"]]
    if not answer["parts"]:
        lines += ["", *_side_lines(answer)]
    for part in answer["parts"]:
        lines += ["", part["sentence"], *(f"  {line}" for line in _side_lines(part))]
    verdict, connections = answer["verdict"], connections_text(answer["connections"])
    if answer["parts"]:
        opened = f"Open between all of them: {connections}"
        return _lines([*lines, "", opened, *_ways(answer)])
    doubt = f"  [{verdict}: {answer['reason']}]" if verdict not in ("allow", "deny") else ""
    lines += ["", f"Open between them: {connections}{doubt}"]
    if (possibly := answer["possibly"]) is not None:
        more = connections_text(possibly["connections"])
        lines.append(f"Perhaps also: {more}  [{possibly['verdict']}: {possibly['reason']}]")
    return _lines([*lines, *_ways(answer)])


def _ways(answer: Answer) -> list[str]:
    """The Services that lead to the destination, and the ways in that the source may take."""
    lines = [
        f"  {_place(use)}{use['service']} {use['port']} leads to {use['target']},"
        f" which is {'open' if use['opened'] else 'closed'}"
        for use in answer["services"]
    ]
    lines += [
        f"  {_place(path)}{path['object']} leads to {path['port']}: {path['verdict']}"
        for path in answer["paths"]
    ]
    return ["", *lines] if lines else []


def _side_lines(explained: Answer) -> list[str]:
    lines = []
    for side in (explained["egress"], explained["ingress"]):
        name = f"{side['side'].capitalize()} of {side['subject']}"
        lines += [f"{name}: {side['verdict']}", f"  {side['chain']}"]
        lines += [f"    {_place(step)}{step['text']}" for step in side["steps"]]
    return lines


EXPLAIN_FORMATS: dict[str, Presenter] = {"text": _explain_text, "json": _json}


# -- fix -------------------------------------------------------------------------------------------


_DOUBTS = {"conditional": "  [conditional]", "unknown": "  [unknown]"}


def _fix_text(answer: Answer) -> str:
    lines = [*_head(answer), answer["sentence"]]
    lines += [f"  {why}" for why in answer["obstacles"]]
    for word, rows in (("Also opened", answer["extra"]), ("Closed", answer["closes"])):
        lines += [
            f"  {word}: {row['source']} => {row['destination']} :"
            f" {connections_text(row['connections'])}"
            f"{_DOUBTS.get(row['verdict'], '')}"
            for row in rows
        ]
    return _lines(lines) + ("\n" + _fix_yaml(answer) if answer["documents"] else "")


def _fix_yaml(answer: Answer) -> str:
    return "---\n".join(each["content"] for each in answer["documents"])


FIX_FORMATS: dict[str, Presenter] = {"text": _fix_text, "yaml": _fix_yaml, "json": _json}

# What presenters in other modules share.
counts_text, csv_table, head, json_text = _counts, _csv, _head, _json
lines_text, markdown = _lines, _markdown
