"""Specs that many policies share: validated once, reported for each."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

CLOSED = {"podSelector": {}, "policyTypes": ["Ingress"]}
WRONG = {"podSelector": {}, "ingress": [{"ports": [{"port": 0}]}]}
UNKNOWN = {"podSelector": {}, "policyTypes": ["Ingress"], "nobody": "knows this"}


def policies(*specs: dict[str, Any], **metadata: Any) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"p{index}", "namespace": f"x{index}", **metadata},
            "spec": spec,
        }
        for index, spec in enumerate(specs)
    ]


def read(*objects: dict[str, Any]) -> ClusterState:
    return read_state([SourceText("a.json", json.dumps({"items": objects}).encode())])


def test_equal_specs_are_kept_once() -> None:
    one, other = read(*policies(CLOSED, dict(CLOSED))).policies
    assert one.spec is other.spec
    assert (one.namespace, other.namespace) == ("x0", "x1")


@pytest.mark.parametrize(
    ("spec", "message"),
    [(WRONG, "from 1 to 65535"), (UNKNOWN, "unknown field")],
    ids=["a fault", "a warning"],
)
def test_what_is_wrong_with_a_spec_is_said_of_every_policy(
    spec: dict[str, Any], message: str
) -> None:
    state = read(*policies(spec, spec, spec))
    assert [each.object for each in state.problems] == [
        f"NetworkPolicy/x{index}/p{index}" for index in range(3)
    ]
    assert all(message in each.message for each in state.problems)


def test_a_spec_that_is_right_makes_no_name_right() -> None:
    right, wrong = policies(CLOSED, CLOSED)
    wrong["metadata"]["name"] = "Not A Name"
    state = read(right, wrong)
    assert [each.name for each in state.policies] == ["p0"]
    [problem] = state.problems
    assert problem.path == "metadata.name"


def compact(*objects: str) -> ClusterState:
    text = '{"apiVersion":"v1","kind":"List","items":[' + ",".join(objects) + "]}"
    return read_state([SourceText("a.json", text.encode())])


def printed(*objects: dict[str, Any]) -> list[str]:
    return [json.dumps(each, separators=(",", ":")) for each in objects]


def test_policies_as_an_api_server_prints_them_are_read_as_any_others() -> None:
    labels = {"app": "é", "team": "b"}
    given = policies(CLOSED, CLOSED, CLOSED, labels=labels, annotations={"a": "b"})
    del given[2]["metadata"]["namespace"]
    found = compact(*printed(*given)).policies
    assert found == read(*given).policies
    assert [each.namespace for each in found] == ["default", "x0", "x1"]
    assert found[1].spec is found[2].spec


def test_a_line_end_behind_a_list_makes_no_policy_one_of_many_lines() -> None:
    given = policies(CLOSED, {"podSelector": {}, "policyTypes": ["Ingress"], "egress": []})
    text = f'{{"apiVersion":"v1","kind":"List","items":[{",".join(printed(*given))}]}}\n'
    found = read_state([SourceText("a.json", text.encode())]).policies
    assert found == compact(*printed(*given)).policies
    # Only where all of it stands on one line are they read in their parts.
    assert found[0].spec["policyTypes"] is found[1].spec["policyTypes"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"name":"p1"', '"name":"p0","name":"p1"', "stands twice"),
        ('"labels":{"a":"b"}', '"labels":{"a":"c","a":"b"}', "stands twice"),
        ('"kind":', '"kind":"Pod","kind":', "stands twice"),
        ('"p1"', '"P 1"', "must be a name"),
        ('"spec":', '"sepc":{},"spec":', "unknown field"),
    ],
)
def test_a_known_spec_hides_nothing_that_is_wrong_around_it(
    before: str, after: str, message: str
) -> None:
    right, other = printed(*policies(CLOSED, CLOSED, labels={"a": "b"}))
    assert before in other
    (problem,) = compact(right, other.replace(before, after)).problems
    assert message in problem.message


def test_a_policy_that_stands_twice_is_reported_where_its_spec_is_known() -> None:
    one, *_ = printed(*policies(CLOSED))
    (problem,) = compact(one, one).problems
    assert "the later one counts" in problem.message


def test_what_is_written_to_be_ignored_is_read_where_a_spec_is_known() -> None:
    right, other = policies(CLOSED, CLOSED)
    other["metadata"]["annotations"] = {"netviz.io/ignore": "NP-001 because"}
    state = compact(*printed(right, other))
    assert state.ignores == {"NetworkPolicy/x1/p1": "NP-001 because"}


# Right values stand first, so that most policies have few faults or none.
TEXTS = st.sampled_from(["a", "web", "x.io/b", "", "-", "é", "Ingress", "8080", "\x1f"])
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1.0, 80.5, True, [], {}, "a", [None], [{}], 10**20]
)
LABELS = st.dictionaries(TEXTS, TEXTS | ODD, max_size=2) | ODD
EXPRESSION = st.fixed_dictionaries(
    {"key": TEXTS, "operator": st.sampled_from(["In", "Exists", "in"])},
    optional={"values": st.lists(TEXTS, max_size=2) | ODD},
)
SELECTOR = st.fixed_dictionaries(
    {}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(EXPRESSION, max_size=2) | ODD}
)
BLOCK = st.fixed_dictionaries(
    {"cidr": st.sampled_from(["10.0.0.0/8", "::/0", "10.0.0.1/33", "10.0.0.0"])},
    optional={"except": st.lists(st.sampled_from(["10.1.0.0/16", "11.0.0.0/8"]), max_size=2)},
)
PEER = st.fixed_dictionaries(
    {}, optional={"podSelector": SELECTOR, "namespaceSelector": SELECTOR | ODD, "ipBlock": BLOCK}
)
PORT = st.fixed_dictionaries(
    {},
    optional={
        "protocol": st.sampled_from(["TCP", "UDP", "tcp"]),
        "port": st.sampled_from([80, "http", "80", 0, 65536]) | ODD,
        "endPort": st.sampled_from([90, 70, "a"]),
    },
)


def rules(peers: str) -> st.SearchStrategy[Any]:
    fields = {peers: st.lists(PEER, max_size=2) | ODD, "ports": st.lists(PORT, max_size=2) | ODD}
    return st.lists(st.fixed_dictionaries({}, optional={**fields, "x": ODD}) | ODD, max_size=2)


SPEC = st.fixed_dictionaries(
    {"podSelector": SELECTOR},
    optional={
        "policyTypes": st.lists(st.sampled_from(["Ingress", "Egress", "ingress"]), max_size=3),
        "ingress": rules("from") | ODD,
        "egress": rules("to") | ODD,
        "extra": ODD,
    },
)


@given(st.lists(SPEC, min_size=1, max_size=3), st.integers(0, 2), st.randoms())
def test_every_policy_is_read_in_its_parts_as_it_is_read_whole(
    specs: list[dict[str, Any]], twice: int, chance: Random
) -> None:
    objects = policies(*specs, *specs[:twice])
    for each in objects:
        fields = list(each["spec"].items())
        chance.shuffle(fields)
        each["spec"] = dict(fields)
    one, other = compact(*printed(*objects)), read(*objects)
    assert one.policies == other.policies
    assert one.problems == other.problems


POLICY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: x
# where it counts
spec:
  policyTypes:
  - Ingress

  - Egress
  {selector}
  ingress:
  - from:
    - namespaceSelector: {{}}
      podSelector:
        matchExpressions:
        - key: app.kubernetes.io/name
          operator: In
          values:
          - a
          - b
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    ports:
    -   port: 80
        protocol: TCP
    - {port}
  egress:
  {egress}
"""
SELECTORS = ("podSelector: {}", "podSelector:\n    matchLabels:\n      app: a", "podSelector:")
EGRESS = (
    "- {}",
    "- to: []\n  - ports:\n    - port: 1",
    "",
    "  # none",
    "- ports:\n    - port: x y",
)


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize("egress", EGRESS)
def test_the_lines_of_a_plain_policy_are_those_that_the_parser_finds(
    selector: str, egress: str
) -> None:
    texts = [
        POLICY.format(name=f"p{port}", selector=selector, egress=egress, port=f"port: {port}")
        for port in (81, 70_000, 82)
    ]
    plain = "".join(texts)
    found, expected = (
        read_state([SourceText("a.yaml", text.encode())])
        # With a space behind it, a separator is for the parser.
        for text in (plain, plain.replace("---\n", "--- \n"))
    )
    assert found == expected
    assert found.problems
    assert all(len(each.lines) > 9 for each in found.policies)
