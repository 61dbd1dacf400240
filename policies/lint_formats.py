"""Findings as text, JSON, SARIF 2.1.0 and JUnit XML: what `manage.py lint` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import msgspec

from policies.evaluator import EVALUATOR_VERSION
from policies.evaluator.lint import CATALOGUE, FAMILIES
from policies.presenters import Answer, Presenter, enforcement_line, left_out_text

__all__ = ["LINT_FORMATS"]

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MARKS = {"error": "E", "warning": "W", "info": "I"}


def _json(answer: Answer) -> str:
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


# -- text ------------------------------------------------------------------------------------------


def _text(answer: Answer) -> str:
    lines = [enforcement_line(answer)]
    lines += [f"LEFT OUT: {left_out_text(each)} {each['effect']}" for each in answer["left_out"]]
    lines += [
        f"Not evaluated: {each['count']} {each['kind']} ({each['apiVersion']}): {each['reason']}"
        for each in answer["not_evaluated"]
    ]
    counted = [each for each in answer["findings"] if each["suppressed"] is None]
    ignored = [each for each in answer["findings"] if each["suppressed"] is not None]
    lines.append(_counts(answer["summary"]))
    lines += [*filter(None, [_not_judged(answer["summary"])]), ""]
    for each in counted:
        lines += [*_finding_lines(each), ""]
    if ignored:
        lines.append("Suppressed:")
        lines += [
            f"    {each['id']} {each['title']}: {_named(each)} ({each['suppressed']})"
            for each in ignored
        ]
    if not answer["findings"]:
        lines.append(f"{_nothing(answer['summary'])} {answer['summary']['checks']} checks ran.")
    return "\n".join(lines).rstrip("\n") + "\n"


def _nothing(summary: Mapping[str, int]) -> str:
    """Nothing was found; but not because all is well where nobody can tell."""
    return "Nothing else found." if summary["not_judged"] else "Nothing found."


def _not_judged(summary: Mapping[str, int]) -> str:
    """Of how many workloads nothing is said, and why; empty where there are none."""
    count = summary["not_judged"]
    who = "1 workload was" if count == 1 else f"{count:,} workloads were"
    whom = "it" if count == 1 else "them"
    why = f"policies that are not evaluated govern {whom}"
    return f"{who} not judged: {why}." if count else ""


def _counts(summary: Mapping[str, int]) -> str:
    words = {"error": "error", "warning": "warning", "info": "note"}
    parts = [
        f"{summary[name]} {word}{'' if summary[name] == 1 else 's'}" for name, word in words.items()
    ]
    return f"{', '.join(parts)}, {summary['suppressed']} suppressed"


def _finding_lines(finding: Answer) -> list[str]:
    lines = [f"{_MARKS[finding['severity']]} {finding['id']} {finding['title']}"]
    lines.append(f"    {finding['here']}")
    lines += [f"    at {_at(each)}" for each in finding["objects"]]
    if finding["fix"]:
        lines.append(f"    fix: {finding['fix']['title']}")
    return lines


def _at(place: Answer) -> str:
    line = f":{place['line']}" if place["line"] else ""
    source = f"{place['source']}{line} " if place["source"] else ""
    return f"{source}{place['object']} {place['path']}".rstrip()


def _named(finding: Answer) -> str:
    return finding["objects"][0]["object"] if finding["objects"] else "the cluster"


# -- SARIF -----------------------------------------------------------------------------------------


def _sarif(answer: Answer) -> str:
    """One run with a rule for every check; suppressed findings are results with a suppression."""
    index = {check_id: number for number, check_id in enumerate(CATALOGUE)}
    driver = {
        "name": "netviz",
        "semanticVersion": _semantic(EVALUATOR_VERSION),
        "rules": [_rule(check_id) for check_id in CATALOGUE],
    }
    failed = bool(answer["left_out"])
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "invocations": [
            {
                "executionSuccessful": not failed,
                "toolExecutionNotifications": [_notification(each) for each in answer["left_out"]],
            }
        ],
        "results": [_result(each, index[each["id"]]) for each in answer["findings"]],
    }
    return _json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _semantic(version: str) -> str:
    parts = [*version.split("."), "0", "0"][:3]
    return ".".join(part if part.isdecimal() else "0" for part in parts)


def _rule(check_id: str) -> dict[str, Any]:
    check = CATALOGUE[check_id]
    return {
        "id": check_id,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.why},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _notification(entry: Answer) -> dict[str, Any]:
    return {"level": "error", "message": {"text": f"{left_out_text(entry)} {entry['effect']}"}}


def _result(finding: Answer, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding["id"],
        "ruleIndex": rule,
        "level": _LEVELS[finding["severity"]],
        "message": {"text": finding["here"]},
        "partialFingerprints": {"netviz/v1": finding["key"]},
    }
    first, rest = finding["objects"][:1], finding["objects"][1:]
    if first:
        result["locations"] = [_location(each) for each in first]
    if rest:
        result["relatedLocations"] = [
            {"id": number, **_location(each)} for number, each in enumerate(rest, 1)
        ]
    if finding["suppressed"] is not None:
        suppression = {"kind": "inSource", "status": "accepted"}
        result["suppressions"] = [{**suppression, "justification": finding["suppressed"]}]
    return result


def _location(place: Answer) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": place["object"], "kind": "resource"}]
    }
    if place["source"]:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(place["source"])}}
        if place["line"]:
            physical["region"] = {"startLine": place["line"]}
        location["physicalLocation"] = physical
    return location


# -- JUnit -----------------------------------------------------------------------------------------


def _junit(answer: Answer) -> str:
    """One suite per family. An error or a warning is a failure, a note is only printed, a
    suppressed finding is skipped, and a check that found nothing is a test that passed."""
    root = ElementTree.Element("testsuites", name="netviz lint")
    totals = {"tests": 0, "failures": 0, "skipped": 0}
    for family in FAMILIES:
        ids = {check.id for check in family.checks}
        found = [each for each in answer["findings"] if each["id"] in ids]
        suite = ElementTree.SubElement(root, "testsuite", name=family.title)
        counts = {"tests": 0, "failures": 0, "skipped": 0}
        for check in family.checks:
            of_check = [each for each in found if each["id"] == check.id]
            for case in _cases(suite, check.id, check.title, of_check):
                counts["tests"] += 1
                counts["failures"] += case == "failure"
                counts["skipped"] += case == "skipped"
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
        suite.set("errors", "0")
    for name, count in totals.items():
        root.set(name, str(count))
    root.set("errors", "0")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _cases(
    suite: ElementTree.Element, check_id: str, title: str, found: Iterable[Answer]
) -> list[str]:
    made = []
    family = suite.get("name") or ""
    for each in found:
        name = f"{check_id} {title}: {_named(each)}"
        case = ElementTree.SubElement(suite, "testcase", classname=family, name=_xml(name))
        if each["objects"] and each["objects"][0]["source"]:
            case.set("file", _xml(each["objects"][0]["source"]))
            if each["objects"][0]["line"]:
                case.set("line", str(each["objects"][0]["line"]))
        text = "\n".join([each["here"], *(f"at {_at(place)}" for place in each["objects"])])
        if each["suppressed"] is not None:
            ElementTree.SubElement(case, "skipped", message=_xml(each["suppressed"]))
            made.append("skipped")
        elif each["severity"] == "info":
            ElementTree.SubElement(case, "system-out").text = _xml(text)
            made.append("passed")
        else:
            kind = {"type": each["severity"], "message": _xml(each["here"])}
            ElementTree.SubElement(case, "failure", kind).text = _xml(text)
            made.append("failure")
    if not made:
        ElementTree.SubElement(suite, "testcase", classname=family, name=f"{check_id} {title}")
        made.append("passed")
    return made


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold at all."""
    return "".join(each if each.isprintable() or each == "\n" else "�" for each in text)


LINT_FORMATS: dict[str, Presenter] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
}
