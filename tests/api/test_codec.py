"""Answers as JSON: rows that write themselves are those of plain data, byte by byte."""

from __future__ import annotations

import msgspec
import pytest

from policies.api.codec import JsonRenderer
from policies.evaluator.engine import evaluate
from policies.evaluator.state import PolicyObject
from policies.services import compare_answer, whatif_answer
from tests.support.states import pod, policy, state

PODS = tuple(pod(f"x/{name}") for name in "abc")
A, B = (f"podSelector: {{matchLabels: {{app: {name}}}}}" for name in "ab")
CUT_OFF = policy("x/cut-off", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
# Both are needed for one to call the other.
A_OUT = policy("x/out", f"{A}\npolicyTypes: [Egress]\negress: [{{to: [{{{B}}}]}}]")
B_IN = policy("x/in", f"{B}\ningress: [{{from: [{{{A}}}]}}]")


@pytest.mark.parametrize("draft", [(), (A_OUT,), (CUT_OFF,)], ids=["nothing", "some", "all"])
def test_the_changes_of_a_draft_are_written_as_they_are(draft: tuple[PolicyObject, ...]) -> None:
    base, drafted = evaluate(state(*PODS)), state(*draft)
    plain = msgspec.json.encode(whatif_answer(base, drafted))
    assert JsonRenderer().render(whatif_answer(base, drafted, as_json=False)) == plain


def test_so_is_the_only_one_of_a_comparison() -> None:
    before, after = (evaluate(state(*PODS, CUT_OFF, A_OUT, *more)) for more in ((), (B_IN,)))
    answer = compare_answer(before, after)
    assert [change["kind"] for change in answer["changes"]] == ["added"]
    written = JsonRenderer().render(compare_answer(before, after, as_json=False))
    assert written == msgspec.json.encode(answer)
