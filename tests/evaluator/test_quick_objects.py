"""Policies and namespaces that are read in one go say what the general way says of them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.collect import Collected
from policies.evaluator.documents import SourceText
from policies.evaluator.origin import Origin
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

# As an API server prints them: `kubectl get --raw`, of a cluster of 1.33.
MANAGED = (
    '"managedFields":[{"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":'
    '"v1","time":"2026-11-20T08:15:30Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{'
    '"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:podSelector":{},"f:policyTypes":{}}}}]'
)
STORED = (
    '"uid":"11f5c2a4-0a9e-4f2b-8a1c-2f6f0a6b7f11","resourceVersion":"12045","generation":1,'
    '"creationTimestamp":"2026-11-20T08:15:30Z"'
)
APPLIED = '"kubectl.kubernetes.io/last-applied-configuration":"{\\"kind\\":\\"Any\\"}\\n"'
NAMESPACE = (
    '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","labels":{"team":"a",'
    '"kubernetes.io/metadata.name":"shop"}}}'
)
POLICY = (
    '{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"web",'
    '"namespace":"shop","labels":{"team":"a"}},"spec":{"podSelector":{"matchLabels":{"app":"web"}},'
    '"ingress":[{"ports":[{"protocol":"TCP","port":80}],"from":[{"podSelector":{"matchLabels":{'
    '"app":"front"}},"namespaceSelector":{}},{"ipBlock":{"cidr":"10.0.0.0/8","except":['
    '"10.1.0.0/16"]}}]}],"policyTypes":["Ingress"]}}'
)
STORED_NAMESPACE = (
    f'{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"shop",{STORED},"labels":{{'
    f'"team":"a"}},"annotations":{{{APPLIED}}},{MANAGED}}},'
    '"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}'
)
STORED_POLICY = POLICY.replace(
    '"labels":', f'{STORED},"annotations":{{{APPLIED}}},{MANAGED},"labels":'
)


def read(*items: str) -> ClusterState:
    text = '{"apiVersion":"v1","kind":"List","items":[' + ",".join(items) + "]}"
    return read_state([SourceText("a.json", text.encode())], default_namespace="own")


def by_the_general_way(*items: str) -> ClusterState:
    """White space is what no API server prints between fields."""
    return read(*(f"{each[:-1]} }}" for each in items))


def is_taken(item: str) -> bool:
    collected = Collected("own")
    return bool(collected.quick(msgspec.Raw(item.encode()), Origin(), implied=False, lines=dict))


@pytest.mark.parametrize(
    "item",
    [
        NAMESPACE,
        STORED_NAMESPACE,
        NAMESPACE.replace('"team":"a",', ""),
        NAMESPACE.replace('"labels":', '"annotations":{"a/b":"ü \\n"},"labels":'),
        NAMESPACE.replace('"labels":', '"labels":null,"annotations":'),
        NAMESPACE.replace('"labels":', '"deletionTimestamp":"2026-11-20T08:15:30Z","labels":'),
        '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}',
        POLICY,
        STORED_POLICY,
        POLICY.replace(',"namespace":"shop"', ""),
        POLICY.replace('"10.0.0.0/8"', '"10.0.0.1/08"'),
        POLICY.replace('"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]', '"cidr":"10.0.0.0/8"'),
        POLICY.replace('"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]', '"cidr":"fd00::/8"'),
        POLICY.replace('"namespaceSelector":{}', '"namespaceSelector":null'),
        POLICY.replace('"ingress":', '"egress":[],"ingress":'),
        POLICY.replace('"ports":[{"protocol":"TCP","port":80}]', '"ports":null'),
    ],
)
def test_what_an_api_server_prints_is_taken_and_is_what_the_general_way_reads(item: str) -> None:
    assert is_taken(item)
    found = read(item)
    assert found == by_the_general_way(item)
    assert not found.problems
    assert [each.name for each in found.policies] or not found.namespaces[0].synthesised


TWICE = [
    (NAMESPACE, '"kind":', '"kind":"Pod","kind":'),
    (NAMESPACE, '"metadata":', '"metadata":{},"metadata":'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","name":"shop"'),
    (NAMESPACE, '"name":"shop"', '"name":"sh","name":"shop"'),
    (NAMESPACE, '"team":"a"', '"team":"a","team":"a"'),
    (STORED_NAMESPACE, '"phase":', '"phase":"Active","phase":'),
    (STORED_NAMESPACE, '"finalizers":', '"finalizers":[],"finalizers":'),
    (STORED_NAMESPACE, '"f:app":{}', '"f:app":{},"f:app":{}'),
    (STORED_NAMESPACE, '"status":', '"status":{},"status":'),
    (POLICY, '"spec":', '"spec":{},"spec":'),
    (POLICY, '"podSelector":', '"podSelector":{},"podSelector":'),
    (POLICY, '"ingress":', '"ingress":[],"ingress":'),
    (POLICY, '"ports":', '"ports":[],"ports":'),
    (POLICY, '"namespaceSelector":', '"namespaceSelector":{},"namespaceSelector":'),
    (POLICY, '"cidr":', '"cidr":"10.0.0.0/8","cidr":'),
    (POLICY, '"port":80', '"port":80,"port":80'),
    (STORED_POLICY, '"f:app":{}', '"f:app":{},"f:app":{}'),
]
WRONG = [
    (NAMESPACE, '"a"', '"a b"'),
    (NAMESPACE, '"a"', "1"),
    (NAMESPACE, '"a"', f'"{"a" * 64}"'),
    (NAMESPACE, '"team"', '"te am"'),
    (NAMESPACE, '"labels":{', '"labels":["a"],"unread":{'),
    (NAMESPACE, '"name":"shop"', '"name":"Shop"'),
    (NAMESPACE, '"name":"shop"', '"name":"a.b"'),
    (NAMESPACE, '"name":"shop"', f'"name":"{"a" * 64}"'),
    (NAMESPACE, '"name":"shop"', '"name":""'),
    (NAMESPACE, '"name":"shop"', '"name":null'),
    (NAMESPACE, '"name":"shop"', '"name":5'),
    (NAMESPACE, '"name":"shop",', ""),
    (NAMESPACE, '"name":"shop"', '"generateName":5,"name":"shop"'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","namespace":"A"'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","ownerReferences":[{}]'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","uid":"\\ud800"'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","generation":1e999'),
    (STORED_NAMESPACE, '"generation":1', f'"generation":{"9" * 400}'),
    (STORED_NAMESPACE, '"kubernetes"', "9" * 400),
    (STORED_POLICY, '"generation":1', f'"generation":{"9" * 400}'),
    (POLICY, '"port":80', f'"port":{"9" * 400}'),
    (NAMESPACE, '"metadata":{', '"metadata":null,"status":{'),
    (NAMESPACE, '"kind":"Namespace"', '"kind":"namespace"'),
    (NAMESPACE, '"apiVersion":"v1"', '"apiVersion":"apps/v1"'),
    (POLICY, '"name":"web"', '"name":"We b"'),
    (POLICY, '"name":"web",', ""),
    (POLICY, '"namespace":"shop"', '"namespace":"Shop"'),
    (POLICY, '"namespace":"shop"', '"namespace":5'),
    (POLICY, '"spec":', '"sepc":{},"spec":'),
    (POLICY, '"spec":{', '"spec":null,"sepc":{'),
    (POLICY, '"ingress":', '"ingres":'),
    (POLICY, '"from":', '"to":'),
    (POLICY, '"port":80', '"port":0'),
    (POLICY, '"port":80', '"port":true'),
    (POLICY, '"10.0.0.0/8"', '"10.0.0.0/33"'),
    (POLICY, '"10.0.0.0/8"', '"010.0.0.0/8"'),
    (POLICY, '"10.0.0.0/8"', '"10.0.0.0"'),
    (POLICY, '"10.0.0.0/8"', "null"),
    (POLICY, '"10.1.0.0/16"', '"11.1.0.0/16"'),
    (POLICY, '{"ipBlock":{', '{"podSelector":{},"ipBlock":{'),
    (POLICY, '{"ipBlock":{', '{},{"ipBlock":{'),
    (POLICY, '{"ipBlock":{', 'null,{"ipBlock":{'),
    (POLICY, '{"ipBlock":{', '{"podSelector":null},{"ipBlock":{'),
    (POLICY, '"ingress":[', '"ingress":[null,'),
    (POLICY, "networking.k8s.io/v1", "extensions/v1beta1"),
]
IN_DISGUISE = [
    (NAMESPACE, '"metadata"', '"m\\u0065tadata"'),
    (NAMESPACE, '"name"', '"\\u006eame"'),
    (NAMESPACE, '"shop"', '"sh\\u006fp"'),
    (NAMESPACE, '"labels":{', '"annotations":{"netviz.io\\/ignore":"NP-001"},"labels":{'),
    (NAMESPACE, '"labels":{', '"annotations":{"netviz.io/ignore":"NP-001"},"labels":{'),
    (STORED_NAMESPACE, '"annotations":{', '"annotations":{"netviz.io/ignore":"NP-001",'),
    (STORED_NAMESPACE, '"generation":1', '"generation":1.50'),
    (POLICY, '"spec"', '"sp\\u0065c"'),
    (POLICY, '"web"', '"w\\u0065b"'),
    (POLICY, '"port":80', '"port":8e1'),
    (POLICY, '"port":80', '"port":80.0'),
    (POLICY, '"labels":', '"annotations":{"netviz.io/ignore":"NP-001"},"labels":'),
    (POLICY, '"metadata":', '"status":{},"metadata":'),
    (POLICY, '"kind":', '"metadata":{},"kind":'),
]
HARMLESS = [
    (NAMESPACE, '"labels":{', '"annotations":{"netviz.io/ignore":5},"labels":{'),
    (NAMESPACE, '"labels":{', '"annotations":5,"labels":{'),
    (NAMESPACE, '"labels":{', '"annotations":"netviz.io/ignore","labels":{'),
    (NAMESPACE, '"labels":{', '"annotations":["netviz.io/ignore"],"labels":{'),
    (NAMESPACE, '"labels":{', '"labels":{},"unread":{'),
    (NAMESPACE, '"name":"shop"', '"generateName":"shop-","name":"shop"'),
    (NAMESPACE, '"name":"shop"', '"generateName":"shop-"'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","namespace":"other"'),
    (NAMESPACE, '"name":"shop"', '"name":"shop","ownerReferences":[{"name":"a","kind":"B"}]'),
    (NAMESPACE, '"metadata":', '"extra":{},"metadata":'),
    (NAMESPACE, '"apiVersion":"v1","kind":"Namespace"', '"kind":"Namespace","apiVersion":"v1"'),
    (NAMESPACE, '"apiVersion":"v1"', '"apiVersion":"v2"'),
    (NAMESPACE, '"metadata":', '"spec":5,"metadata":'),
    (POLICY, '"labels":{', '"annotations":5,"labels":{'),
    (POLICY, '"labels":{', '"annotations":"netviz.io/ignore","labels":{'),
    (POLICY, '"labels":{', '"annotations":{"netviz.io/ignore":5,"a":"b"},"labels":{'),
    (POLICY, '"labels":{"team":"a"}', '"labels":{"team":1}'),
    (POLICY, '"name":"web"', '"generateName":"web-"'),
    (POLICY, '"metadata":', '"status":{},"metadata":'),
]


@pytest.mark.parametrize(("item", "before", "after"), [*TWICE, *WRONG, *IN_DISGUISE, *HARMLESS])
def test_what_is_odd_is_read_as_the_general_way_reads_it(
    item: str, before: str, after: str
) -> None:
    assert before in item
    odd = item.replace(before, after, 1)
    # Next to one that is right, of which more may be known by then.
    other = item.replace('"web"', '"other"').replace('"name":"shop"', '"name":"other"')
    for items in ((odd,), (other, odd), (odd, other)):
        assert read(*items) == by_the_general_way(*items)


@pytest.mark.parametrize(("item", "before", "after"), [*TWICE, *WRONG, *IN_DISGUISE])
def test_what_is_not_plainly_right_is_left_to_the_general_way(
    item: str, before: str, after: str
) -> None:
    assert not is_taken(item.replace(before, after, 1))


@pytest.mark.parametrize(("item", "before", "after"), TWICE)
def test_a_key_that_stands_twice_is_always_reported(item: str, before: str, after: str) -> None:
    assert any(
        "stands twice" in each.message for each in read(item.replace(before, after, 1)).problems
    )


@pytest.mark.parametrize("item", [NAMESPACE, STORED_NAMESPACE, POLICY])
def test_one_that_replaces_another_is_reported(item: str) -> None:
    other = item.replace('"a"', '"b"')
    found = read(item, other)
    assert found == by_the_general_way(item, other)
    [problem] = found.problems
    assert "the later one counts" in problem.message
    assert (
        "b"
        in {**found.namespaces[0].labels, **(found.policies or found.namespaces)[0].labels}.values()
    )


def test_a_namespace_has_the_label_of_its_name_whatever_is_written() -> None:
    item = NAMESPACE.replace('metadata.name":"shop"', 'metadata.name":"other"')
    assert is_taken(item)
    [found] = read(item).namespaces
    assert found.labels == {"kubernetes.io/metadata.name": "shop", "team": "a"}
    assert list(found.labels) == sorted(found.labels)


# Right values stand first, so that most objects have few faults or none.
NAMES = st.sampled_from(["a", "b", "c-1", "a.b", "", "A", "é"])
ODD: st.SearchStrategy[Any] = st.sampled_from([None, 1, 1.5, True, [], {}, "a", [None], [{}]])
TEXTS = st.dictionaries(
    st.sampled_from(["a", "x.io/b", "netviz.io/ignore", "/"]), NAMES, max_size=2
)
METADATA = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "generateName": NAMES | ODD,
        "namespace": NAMES | ODD,
        "labels": TEXTS | ODD,
        "annotations": TEXTS | ODD,
        "ownerReferences": ODD,
        "creationTimestamp": ODD,
        "managedFields": ODD,
    },
)
KINDS = st.sampled_from(
    [
        ("v1", "Namespace"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("v1", "Node"),
        ("v2", "Namespace"),
    ]
)
SPECS = st.sampled_from(
    [{"podSelector": {}}, {"podSelector": {}, "ingress": [{}]}, {"podSelector": {"a": 1}}]
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    version, kind = draw(KINDS)
    made: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": draw(METADATA)}
    if kind == "NetworkPolicy" or draw(st.booleans()):
        made["spec"] = draw(SPECS | ODD)
    return {**made, **draw(st.fixed_dictionaries({}, optional={"status": ODD, "extra": ODD}))}


def printed(value: Any, chance: Random, odds: float) -> str:
    """JSON without white space; now and then a key stands twice, or a letter is escaped."""
    if isinstance(value, dict):
        fields = [(key, each) for key, each in value.items()]
        if fields and chance.random() < odds:
            fields.insert(chance.randrange(len(fields)), chance.choice(fields))
        texts = (f"{printed(k, chance, odds)}:{printed(v, chance, odds)}" for k, v in fields)
        return "{" + ",".join(texts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(printed(each, chance, odds) for each in value) + "]"
    if isinstance(value, str) and value and chance.random() < odds:
        return f'"\\u{ord(value[0]):04x}{value[1:]}"'
    return json.dumps(value, ensure_ascii=False)


@given(
    st.lists(objects(), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
    st.sampled_from([0, 0.05]),
)
def test_every_object_is_read_in_one_go_as_by_the_general_way(
    found: list[dict[str, Any]], chance: Random, odds: float
) -> None:
    items = [printed(each, chance, odds) for each in found]
    assert read(*items) == by_the_general_way(*items)
