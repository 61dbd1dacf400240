"""Texts to documents: lines, Lists, YAML's features, and everything a text can do wrong."""

from __future__ import annotations

import json

import pytest

from policies.evaluator.documents import Budget, Document, Limits, parse_path, render_path
from policies.evaluator.errors import Problem
from policies.evaluator.manifest import SourceText, read_documents
from policies.evaluator.yamlreader import YamlReader

MIB = 1024 * 1024


def read(text: str | bytes, limits: Limits = Limits()) -> tuple[list[Document], list[Problem]]:
    data = text.encode() if isinstance(text, str) else text
    return read_documents(SourceText("a.yaml", data), limits)


def values(text: str | bytes) -> list[object]:
    documents, problems = read(text)
    assert not problems
    assert not [fault for document in documents for fault in document.faults]
    return [document.value for document in documents]


def only_problem(text: str | bytes, limits: Limits = Limits()) -> Problem:
    documents, problems = read(text, limits)
    assert not documents
    [problem] = problems
    return problem


POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\n"


def test_documents_are_separated_and_numbered() -> None:
    documents, problems = read("a: 1\n---\n---\n# nothing\n---\nb: 2\n...\n---\nc: 3\n")
    assert not problems
    assert [(each.value, each.index, each.line) for each in documents] == [
        ({"a": 1}, 1, 1),
        ({"b": 2}, 4, 6),
        ({"c": 3}, 5, 9),
    ]


def test_every_field_knows_its_line() -> None:
    text = "a: 1\nspec:\n  ingress:\n  - from:\n    - x: 1\n      z: 2\n  - {ports: [\n    80]}\n"
    [document], _ = read(text)
    lines = {
        path: document.line_of(path)
        for path in (
            "a",
            "spec",
            "spec.ingress",
            "spec.ingress[0].from[0].z",
            "spec.ingress[1].ports[0]",
            "spec.absent.deeper",
        )
    }
    assert lines == {
        "a": 1,
        "spec": 2,
        "spec.ingress": 3,
        "spec.ingress[0].from[0].z": 6,
        "spec.ingress[1].ports[0]": 8,
        "spec.absent.deeper": 2,
    }


def test_paths_survive_rendering() -> None:
    keys = ("metadata", "labels", "app.kubernetes.io/name", 3, "x")
    assert render_path(keys) == "metadata.labels[app.kubernetes.io/name][3].x"
    assert parse_path(render_path(keys)) == list(keys)


def test_scalars_are_kubernetes_scalars_as_values_and_as_keys() -> None:
    text = "y: n\n80: 22:22\n'on': '8'\n? a\n: |\n  1\n  2\nd: 2024-01-01\n"
    assert values(text) == [
        {"true": False, "80": "22:22", "on": "8", "a": "1\n2\n", "d": "2024-01-01"}
    ]


def test_anchors_aliases_and_merge_keys() -> None:
    text = (
        "base: &b {x: 1, w: 2}\nother: &o {x: 9, z: 3}\n"
        "m: {<<: *b, x: 5}\np:\n  <<: [*b, *o]\n  v: *b\n's': &t text\nu: *t\n*t : key\n"
    )
    [value] = values(text)
    assert value == {
        "base": {"x": 1, "w": 2},
        "other": {"x": 9, "z": 3},
        "m": {"x": 5, "w": 2},
        "p": {"x": 1, "w": 2, "z": 3, "v": {"x": 1, "w": 2}},
        "s": "text",
        "u": "text",
        "text": "key",
    }


def test_items_of_a_list_are_documents_with_lines_of_their_own() -> None:
    text = (
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n"
        "- kind: Pod\n  apiVersion: v1\n  spec:\n    x: 1\nkind: List\nmetadata: {}\n"
    )
    documents, problems = read(text)
    assert not problems
    assert [(each.line, each.index) for each in documents] == [(3, 1), (5, 1)]
    assert documents[1].line_of("spec.x") == 8


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_items_of_a_typed_list_take_kind_and_version_from_it(form: str) -> None:
    text = "apiVersion: v1\nitems:\n- metadata: {name: a}\nkind: PodList\n"
    if form == "json":
        text = json.dumps(
            {"apiVersion": "v1", "items": [{"metadata": {"name": "a"}}], "kind": "PodList"}
        )
    assert values(text) == [{"metadata": {"name": "a"}, "kind": "Pod", "apiVersion": "v1"}]


def test_json_is_read_with_the_lines_of_its_fields() -> None:
    text = json.dumps(
        {"kind": "List", "items": [{"kind": "A", "apiVersion": "v1", "s": [{"t": [1, {}]}]}] * 2},
        indent=1,
    )
    documents, problems = read(text)
    assert not problems
    second = documents[1]
    lines = text.splitlines()
    assert second.line == len(lines) - lines[::-1].index("  {")
    assert lines[second.line_of("s[0].t[1]") - 1].strip() == "{}"
    assert second.line_of("s[0].t[1]") == second.line + 7
    assert second.line_of("s[0].nothing") == second.line_of("s[0]") == second.line + 4


def test_json_documents_may_follow_each_other_with_or_without_separators() -> None:
    assert values('{"a": 1}\n{"b": 2.0}{"c": 3}') == [{"a": 1}, {"b": 2}, {"c": 3}]
    documents, _ = read('{"a": 1}\n---\n{"b": 2}\n---\nc: 3\n')
    assert [(each.value, each.line, each.index) for each in documents] == [
        ({"a": 1}, 1, 1),
        ({"b": 2}, 3, 2),
        ({"c": 3}, 5, 3),
    ]


def test_yaml_in_braces_is_not_json() -> None:
    assert values("{a: 1, b: [x]}\n") == [{"a": 1, "b": ["x"]}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    assert values("a: ü\n".encode(encoding)) == [{"a": "ü"}]


@pytest.mark.parametrize("text", ["", "\n \n", "# a\n---\n---\n# b\n...\n"])
def test_an_empty_file_is_said_to_be_empty(text: str) -> None:
    problem = only_problem(text)
    assert (problem.message, problem.severity) == ("is empty: it holds no object", "warning")


def test_text_in_another_encoding_is_refused_with_its_line() -> None:
    problem = only_problem("a: 1\nb: é\n".encode("latin-1"))
    assert (problem.line, problem.message) == (2, "is not UTF-8 text: byte 0xe9")


def test_a_bad_document_does_not_lose_the_others() -> None:
    text = "a: 1\n---\nb: [x\n---\nc: 3\n---\n'open\n---\nd: }\n---\ne: 5\n"
    documents, problems = read(text)
    assert [(each.value, each.line, each.index) for each in documents] == [
        ({"a": 1}, 1, 1),
        ({"c": 3}, 5, 3),
        ({"e": 5}, 11, 6),
    ]
    assert [(each.line, each.document) for each in problems] == [(4, 2), (8, 4), (9, 5)]
    assert problems[0].message == "is not valid YAML: did not find expected ',' or ']'"


def test_tabs_are_named() -> None:
    problem = only_problem("a:\n\tb: 1\n")
    assert problem.line == 2
    assert problem.message.endswith("(indent with spaces, not tabs)")


@pytest.mark.parametrize(
    "text",
    [
        "name: {{ .Values.name }}\n",
        "{{- if .Values.on }}\na: 1\n{{- end }}\n",
        "a:\n{{ toYaml .Values.x | indent 2 }}\n",
    ],
)
def test_unrendered_helm_templates_are_recognised(text: str) -> None:
    assert (
        "looks like an unrendered Helm template: run `helm template`" in only_problem(text).message
    )


def test_keys_that_stand_twice_are_faults_with_both_lines() -> None:
    [document], problems = read("a: 1\nb: 2\nspec:\n  x: 1\n  y: 1\n  x: 2\n")
    assert not problems
    [fault] = document.faults
    assert (fault.line, fault.message) == (6, 'the key "x" stands twice, on lines 4 and 6')


def test_keys_that_stand_twice_on_one_line_are_faults_of_that_line() -> None:
    [document], _ = read("a: 1\nb: {x: 1, x: 2}\n")
    assert [str(each.message) for each in document.faults] == [
        'the key "x" stands twice, on line 2'
    ]


@pytest.mark.parametrize("text", ['{"KEY": 1, "KEY": 2}', 'a: {"KEY": 1, "KEY": 2}'])
def test_a_key_that_stands_twice_is_shown_short_and_harmless(text: str) -> None:
    [document], _ = read(text.replace("KEY", "\\u001b" + "x" * 900))
    [fault] = document.faults
    assert fault.message.startswith('the key "\\x1bxxx')
    assert len(fault.message) < 200


def test_keys_that_stand_twice_in_json_are_faults() -> None:
    [document], _ = read('{"a": 1,\n"b": {"c": 1,\n"c": 2}}')
    [fault] = document.faults
    assert (fault.line, fault.message) == (3, 'the key "c" stands twice')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: .inf\n", ".inf is not a number that JSON can hold"),
        ("a: !!int x\n", '"x" is not a !!int'),
        ("~: 1\n", "a key is missing (null)"),
        ("<<: 5\na: 1\n", "<< needs a mapping or a list of mappings"),
        ('{"a": "\\ud800"}', "holds half a character (a lone surrogate)"),
    ],
)
def test_what_kubernetes_could_not_store_is_a_fault(text: str, message: str) -> None:
    [document], _ = read(text)
    assert [fault.message for fault in document.faults] == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [*a]\n", "the alias *a stands inside what it repeats"),
        ("a: &a {b: {c: *a}}\n", "the alias *a stands inside what it repeats"),
        ("a: *b\n", "the alias *b has no anchor &b before it"),
        ("? [a]\n: 1\n", "a key must be plain text; found a mapping or list"),
    ],
)
def test_aliases_and_keys_that_make_no_sense_are_refused(text: str, message: str) -> None:
    assert only_problem(text).message == message
    documents, _ = read(f"{text}---\nb: 1\n")
    assert [each.value for each in documents] == [{"b": 1}]


def test_a_billion_laughs_are_stopped_by_their_expanded_size() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    problem = only_problem("\n".join(lines))
    assert problem.message == "its aliases repeat more than 100,000 values: write them out"
    # Each line repeats nine times what the one before does: the sixth goes past the limit.
    assert problem.line == 6


def test_what_aliases_repeat_is_never_built_again() -> None:
    def built(aliases: int) -> int:
        budget = Budget(Limits())
        text = f"a: &a [x, x, x]\nb: [{', '.join(['*a'] * aliases)}]\n"
        assert list(YamlReader("a.yaml", text, 0, 0, budget).documents())
        return budget.limits.nodes - budget.nodes

    assert built(10_000) == built(1)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "\n".join(" " * depth + "a:" for depth in range(1_000)),
        "- " * 5_000 + "a",
        '{"a":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=["flow", "block", "list", "json"],
)
def test_deep_nesting_is_stopped(text: str) -> None:
    assert only_problem(text).message == "is nested more than 100 levels deep"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n"b" 2}', "is not valid JSON: expecting ':' delimiter (column 5)"),
        ('{"a": "b', "is not valid JSON: unterminated string (column 7)"),
        ("{", "is not valid JSON: expecting a property name in double quotes (column 2)"),
        ('{"items": [{"a": 1}', "is not valid JSON: expecting ',' (column 20)"),
    ],
)
def test_broken_json_is_reported_as_json(text: str, message: str) -> None:
    _, [problem] = read(text)
    assert problem.message.replace("':' delimiter", "':'") == message.replace(
        "':' delimiter", "':'"
    )
    assert problem.line == text.count("\n") + 1


def test_a_list_that_is_cut_off_keeps_what_came_before() -> None:
    text = '{"items": [{"kind": "A", "apiVersion": "v1"},\n{"kind": "B", "apiV'
    documents, [problem] = read(text)
    assert [each.value["kind"] for each in documents] == ["A"]
    assert problem.line == 2


def test_fifty_megabytes_of_yaml_are_refused_before_any_of_it_is_parsed() -> None:
    # A parser would have stopped at the first line.
    problem = only_problem(b"key: ]\n" + b"key: value\n" * (50 * MIB // 11))
    assert problem.message.startswith("is 50 MiB of YAML; YAML is read up to 32 MiB and JSON up to")


def test_fifty_megabytes_that_are_not_json_end_in_one_problem() -> None:
    problem = only_problem(b'{"a": "' + b"x" * (50 * MIB))
    assert problem.message == "is not valid JSON: unterminated string (column 7)"


def test_a_file_above_every_limit_is_refused_by_its_size() -> None:
    problem = only_problem(b" " * (MIB + 1), Limits(json_bytes=MIB))
    assert problem.message == "is larger than 1 MiB, the most that is read of a file: split it"


def test_a_hundred_thousand_documents_are_refused_before_any_of_them_is_parsed() -> None:
    # A parser would have stopped in the first document.
    problem = only_problem("---\na: ]\n" * 100_000)
    assert problem.message == "holds 100,000 documents; at most 50,000 are read: split it"


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ('{"a":1}' * 11, Limits(documents=10), "holds more than 10 documents: split it"),
        ("a: [" + "1," * 50 + "]", Limits(nodes=20), "holds more than 20 values: split it"),
        ('{"a": [' + "1," * 50 + "1]}", Limits(json_nodes=20), "holds more than 20 values"),
    ],
)
def test_the_number_of_documents_and_values_is_limited(
    text: str, limits: Limits, message: str
) -> None:
    _, problems = read(text, limits)
    assert message in problems[-1].message


@pytest.mark.parametrize("item", ["1", "{}", "[]", '""'])
def test_a_list_of_junk_is_refused_before_anything_is_made_of_it(item: str) -> None:
    # It is no JSON to its end, which nobody looks for.
    text = '{"items":[' + f"{item}," * 100_000
    problem = only_problem(text, Limits(json_nodes=1_000))
    assert problem.message.startswith("holds more than ")
    assert problem.message.endswith(" values: split it")


def test_a_list_of_large_items_may_hold_more_values_than_a_document() -> None:
    items = [{"apiVersion": "v1", "kind": "A", "x": ["long enough"] * 5} for _ in range(100)]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    documents, problems = read(text, Limits(json_nodes=100))
    assert (len(documents), problems) == (100, [])


def test_nan_is_not_json() -> None:
    _, problems = read('{"a": {"b": NaN}}\n{"c": 1}')
    assert len(problems) == 1
    assert problems[0].message.startswith("is not valid JSON")


def test_numbers_too_large_for_json_stay_harmless() -> None:
    [value] = values('{"a": ' + "9" * 100 + ', "b": 1e400}'.replace("1e400", "1e30"))
    assert value == {"a": 1e100, "b": 1e30}


NAMESPACES = "".join(
    f"---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n" for name in "ab"
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    text = f"# a comment\n{NAMESPACES}---\na: [\n{NAMESPACES}"
    found, problems = read(text.replace("\n", end))
    assert [each.value["metadata"]["name"] for each in found] == ["a", "b", "a", "b"]
    assert [each.line for each in found] == [3, 8, 15, 20]
    assert [each.line for each in problems] == [14]
