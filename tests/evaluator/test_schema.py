"""Objects as structs: what fits, what is forgiven, and how a misfit is told."""

from __future__ import annotations

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.entry.schema import ServiceObject
from policies.evaluator.fields import Report
from policies.evaluator.manifest import read_documents
from policies.evaluator.schema import NodeObject, PodObject, convert


def report_of(text: str) -> Report:
    [document], _ = read_documents(SourceText("a.yaml", text.encode()))
    return Report(document)


def pod(text: str) -> tuple[PodObject | None, Report]:
    report = report_of(text)
    return convert(report.document.value, PodObject, report), report


def test_null_is_absent_and_unknown_fields_are_ignored() -> None:
    body, report = pod("metadata: null\nspec: {hostNetwork: null, volumes: [{a: b}]}\nx: 1\n")
    assert not report.problems
    assert body is not None
    assert body.metadata is None
    assert body.spec is not None
    assert body.spec.host_network is None


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        (
            "spec:\n  hostNetwork: 'yes'\n",
            "spec.hostNetwork",
            2,
            'must be true or false; found "yes"',
        ),
        (
            "spec:\n  containers:\n    a: b\n",
            "spec.containers",
            2,
            "must be a list; found a mapping",
        ),
        ("spec:\n  containers:\n  - x\n", "spec.containers[0]", 3, 'must be a mapping; found "x"'),
        (
            "metadata:\n  name: 5\n",
            "metadata.name",
            2,
            "must be a string; found 5 (put it in quotes)",
        ),
        (
            "metadata:\n  ownerReferences:\n  - kind: Job\n",
            "metadata.ownerReferences[0].name",
            3,
            "is missing",
        ),
    ],
)
def test_a_wrong_type_is_told_with_path_and_line(
    text: str, path: str, line: int, message: str
) -> None:
    body, report = pod(text)
    assert body is None
    [problem] = report.problems
    assert (problem.path, problem.line, problem.message) == (path, line, message)


@pytest.mark.law("N-07")
def test_labels_that_are_no_strings_are_named_by_their_key() -> None:
    body, report = pod("metadata:\n  labels:\n    a: b\n    on: yes\n    v: 1\n    n: null\n")
    assert body is None
    assert [(each.path, each.line, each.message) for each in report.problems] == [
        (
            "metadata.labels.true",
            4,
            "a label value must be a string; found true (a plain y, yes or on is a boolean in YAML:"
            " put it in quotes)",
        ),
        ("metadata.labels.v", 5, "a label value must be a string; found 1 (put it in quotes)"),
        ("metadata.labels.false", 6, "a label value must be a string; found nothing (null)"),
    ]


def test_container_ports_that_do_not_fit_cost_the_ports_and_not_the_pod() -> None:
    body, report = pod(
        "spec:\n  containers:\n  - ports: {}\n  - ports: [{name: x}]\n  - ports:\n"
        "    - containerPort: '80'\n  - ports: [{containerPort: 80}]\n"
    )
    assert body is not None
    assert body.spec is not None
    assert [each.ports is not None for each in body.spec.containers or ()] == [
        False,
        False,
        False,
        True,
    ]
    assert [(each.path, each.severity, each.message) for each in report.problems] == [
        ("spec.containers[0].ports", "warning", "must be a list; found a mapping"),
        ("spec.containers[1].ports[0].containerPort", "warning", "is missing"),
        (
            "spec.containers[2].ports[0].containerPort",
            "warning",
            'must be a whole number; found "80"',
        ),
    ]


def test_a_pod_of_nothing_but_bad_ports_is_given_up() -> None:
    containers = "".join("  - ports: x\n" for _ in range(50))
    body, report = pod(f"spec:\n  containers:\n{containers}")
    assert body is None
    assert report.problems[-1].message == "has more than 20 faults in its container ports"


def test_target_ports_are_numbers_or_names() -> None:
    report = report_of("spec: {ports: [{port: 80, targetPort: web}, {port: 81, targetPort: 8081}]}")
    body = convert(report.document.value, ServiceObject, report)
    assert body is not None
    assert body.spec is not None
    assert [each.target_port for each in body.spec.ports or ()] == ["web", 8081]
    report = report_of("spec: {ports: [{port: 80, targetPort: [1]}]}")
    assert convert(report.document.value, ServiceObject, report) is None
    assert report.problems[0].message == "must be a number or a port name; found a list"


def test_fields_with_acronyms_are_read() -> None:
    report = report_of("spec: {podCIDR: 10.0.0.0/24, podCIDRs: [10.0.0.0/24]}\n")
    body = convert(report.document.value, NodeObject, report)
    assert body is not None
    assert body.spec is not None
    assert (body.spec.pod_cidr, body.spec.pod_cidrs) == ("10.0.0.0/24", ["10.0.0.0/24"])
