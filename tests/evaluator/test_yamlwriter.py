"""What is written as YAML is read back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.documents import Document, Limits
from policies.evaluator.yamltext import read_yaml
from policies.evaluator.yamlwriter import policy_yaml, write_yaml


def read_back(text: str) -> Any:
    [document] = read_yaml("a.yaml", text, Limits())
    assert isinstance(document, Document)
    return document.value


@pytest.mark.parametrize(
    "text", ["y", "N", "on", "1e3", "0o17", "08", "null", "~", "", "a: b", "#"]
)
def test_a_text_that_looks_like_something_else_stays_a_text(text: str) -> None:
    assert read_back(write_yaml({"value": text})) == {"value": text}


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
    | st.text(st.characters(exclude_categories=["C"]), max_size=200)
)
def test_every_printable_text_is_read_back(text: str) -> None:
    assert read_back(write_yaml({"value": text})) == {"value": text}


def test_the_fields_of_a_policy_are_in_the_order_of_a_hand() -> None:
    rule = {"ports": [{"port": 80, "protocol": "TCP"}], "from": [{"podSelector": {}}]}
    spec = {"ingress": [rule], "policyTypes": ["Ingress"], "podSelector": {}}
    text = policy_yaml("networking.k8s.io/v1", "NetworkPolicy", "x", "p", spec)
    keys = [line.strip(" -").partition(":")[0] for line in text.splitlines()[6:]]
    assert keys == [
        "podSelector", "policyTypes", "Ingress", "ingress", "from", "podSelector", "ports",
        "protocol", "port",
    ]  # fmt: skip


def test_a_policy_is_written_with_its_fields_in_order() -> None:
    shared: dict[str, Any] = {"matchLabels": {"ns": "y"}}
    spec = {"podSelector": shared, "ingress": [{"from": [{"podSelector": shared}]}]}
    text = policy_yaml("networking.k8s.io/v1", "NetworkPolicy", "", "p", spec)
    assert text.splitlines()[:4] == [
        "apiVersion: networking.k8s.io/v1",
        "kind: NetworkPolicy",
        "metadata:",
        "  name: p",
    ]
    assert "&id" not in text
    assert read_back(text)["spec"] == spec
