"""What is read by shape is what the parser reads: values, types, lines, faults and limits."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.read import read_state
from policies.evaluator.yamltext import read_yaml
from tests.properties.settings import thorough
from tests.support.alike import MANY, pod_text, separated
from tests.support.parsed_yaml import parsed, seen


def check(text: str, limits: Limits = Limits()) -> None:
    expected = seen(parsed("a.yaml", text, limits))
    assert seen(read_yaml("a.yaml", text, limits)) == expected


TOKENS = r"""x|1|0o17|1e3|1_000|-0.0|.inf|~|null|y|off|true|2024-01-01|22:22|::1|:8080|-|--|-1|- x
|? x|?x|<<|=|"a"|'a'|"a|a"|'it''s'|"a\tb"|""|''|{}|[]|{a: b}|[a, b]|[|{ }|a b|a  b|a: b|a:b|a:|a #b
|a#b|#b|&a x|*a|&a|!!str 1|!x y|>-|>|%x|@x|`x|,x|]|}|{{ x }}|é|---|...|18446744073709551616
|9223372036854775808|k:{"a"}|%s|%%|$(x)|\|(x|"%s"| x |x """.replace("\n", "")
SCALARS = st.sampled_from(
    [*TOKENS.split("|"), "|", "|-", "a\tb", "\tb", "\x85", "\u2028", "\ufeff", "\x0c"]
)
NAMES = r"""a|b|c|items|kind|apiVersion|metadata|a.b/c-d|f:a|f:a:b|.|1|1.0|0o17|y|null|~|<<|"a"|'b'
|"a b"|"%s"|"a\tb"|é|a:|?|-a|{a}|[a]|&x|*x|k:{"a":"b"}|%a|!a||a b|""".replace("\n", "")
KEYS = st.sampled_from(NAMES.split("|"))
LONG_KEYS = st.sampled_from(["x" * 250, "x" * 252, "x" * 1_023, "x" * 1_024, "x" * 1_100])
INDENTS = st.sampled_from(["", "", "  ", "  ", "    ", "      ", " ", "   ", "\t"])
DASHES = st.sampled_from(["", "", "", "- ", "- ", "- - ", "-  ", "-", "-\t"])
LINES = st.one_of(
    st.builds("{}{}{}: {}".format, INDENTS, DASHES, KEYS, SCALARS),
    st.builds("{}{}{}:".format, INDENTS, DASHES, KEYS),
    st.builds("{}{}{}: x".format, INDENTS, DASHES, LONG_KEYS),
    st.builds("{}{}{}".format, INDENTS, DASHES, SCALARS),
    st.builds("{}# {}".format, INDENTS, SCALARS),
    st.sampled_from(
        ["---", "---", "--- ", "--- # x", "--- a", "--- |", "---\t", "---x", "...", "%YAML 1.1", ""]
    ),
    st.sampled_from(["items:", "items: ", "items: []", "  a: |", "   b", "kind: List", "a: >-"]),
)
ENDS = st.sampled_from(["\n"] * 12 + ["\r\n", "\r", " \n"])
TEXTS = st.lists(st.builds(str.__add__, LINES, ENDS), max_size=14).map("".join)


@thorough
@given(TEXTS)
@example("---\na: -\n---\r---\r{a}:\n---\na:\n")
def test_any_lines(text: str) -> None:
    check(text)


@thorough
@given(st.lists(st.tuples(INDENTS, DASHES, st.sampled_from("abc"), st.booleans()), max_size=12))
def test_any_nesting(lines: list[tuple[str, str, str, bool]]) -> None:
    check("".join(f"{i}{d}{k}:{' 1' if value else ''}\n" for i, d, k, value in lines))


PLAIN_ITEM = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels:\n    a: 'true'\n"
ITEMS = st.one_of(
    st.just(PLAIN_ITEM),
    st.builds("kind: A\napiVersion: {}\n".format, SCALARS),
    st.builds("kind: A\napiVersion: v1\na: {}\nb: 1\n".format, SCALARS),
    st.builds("kind: A\napiVersion: v1\na:\n- {}\n- b\n".format, SCALARS),
    st.builds("a: b\n{}: c\n".format, KEYS),
    st.builds("kind: A\napiVersion: v1\na: |\n  {}\n  - x\n".format, SCALARS),
    st.sampled_from(['kind: A\napiVersion: "\n- b"\n', "kind: A\napiVersion: v1\n#- b: c\n"]),
    TEXTS,
)


def entry(text: str, indent: str) -> str:
    first, *rest = text.splitlines(keepends=True) or ["x\n"]
    return f"{indent}- {first}" + "".join(f"{indent}  {line}" for line in rest)


@thorough
@given(
    st.sampled_from(
        ["apiVersion: v1\n", "kind: PodList\napiVersion: v1\n", "---\n", "a: *b\n", ""]
    ),
    st.lists(ITEMS, max_size=5),
    st.sampled_from(["", "  ", " "]),
    st.sampled_from(["", "kind: List\n", "kind: PodList\nmetadata:\n- x\n", "a:\n", "items: 1\n"]),
    st.lists(ITEMS, max_size=2),
)
def test_any_list(
    head: str, items: list[str], indent: str, tail: str, following: list[str]
) -> None:
    entries = "".join(entry(item, indent) for item in items)
    check("---\n".join([f"{head}items:\n{entries}{tail}", *following]))


@thorough
@given(st.lists(ITEMS, max_size=5), st.integers(0, 60), st.integers(5, 7), st.integers(0, 9))
def test_any_limits(items: list[str], nodes: int, documents: int, depth: int) -> None:
    limits = Limits(nodes=nodes, documents=documents, depth=depth, alias_nodes=1)
    check("---\n".join(items), limits)
    check("items:\n" + "".join(entry(item, "") for item in items), limits)


CHANGES = st.tuples(
    st.integers(0, 45), st.sampled_from(["value", "value", "line", "more", "none"]), SCALARS, LINES
)


def changed(text: str, changes: list[tuple[int, str, str, str]]) -> str:
    """An object of which some lines are others."""
    lines = text.split("\n")
    for place, way, scalar, line in changes:
        place %= len(lines)
        head, gap, _ = lines[place].partition(": ")
        others = {"value": [head + gap + scalar], "line": [line], "none": []}
        lines[place : place + 1] = others.get(way, [lines[place], line])
    return "\n".join(lines)


@thorough
@given(st.lists(st.lists(CHANGES, min_size=1, max_size=2), min_size=1, max_size=12), ENDS)
def test_any_pod_behind_many(pods: list[list[tuple[int, str, str, str]]], end: str) -> None:
    odd = [changed(pod_text(MANY + number), changes) + end for number, changes in enumerate(pods)]
    check_states([*map(pod_text, range(MANY)), *odd])


def check_states(texts: list[str]) -> None:
    found, expected = (
        # With a space behind it, a separator is for the parser.
        read_state([SourceText("a.yaml", separated(texts, mark).encode())])
        for mark in ("---", "--- ")
    )
    assert found == expected


def policy_text(number: int) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p{number}
  namespace: x
  labels:
    app: a
  annotations:
    a: b
spec:
  podSelector:
    matchLabels:
      app: a
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector: {{}}
      namespaceSelector:
        matchExpressions:
        - key: env
          operator: In
          values:
          - a
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    ports:
    - protocol: TCP
      port: 80
    - port: web
"""


@thorough
@given(st.lists(st.lists(CHANGES, max_size=2), min_size=1, max_size=8), ENDS)
@example([[(10, "line", "", "---")]], "\n")
def test_any_policy_among_others(policies: list[list[tuple[int, str, str, str]]], end: str) -> None:
    check_states(
        [changed(policy_text(number), changes) + end for number, changes in enumerate(policies)]
    )
