"""Laws of Fix it: on any cluster the draft opens the pair, and what it opens besides is listed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.diff import compare
from policies.evaluator.documents import SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.fix import fix
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.oracle.strategies import cluster_states
from tests.properties.settings import thorough

PORTS = st.sampled_from(["80/TCP", "53/UDP", None])


@thorough
@given(cluster_states(), st.data())
def test_a_fix_opens_the_pair_and_lists_all_else_that_changes(
    state: ClusterState, data: st.DataObject
) -> None:
    base = evaluate(state)
    peers = [str(node.workload) for node in base.workload_nodes] + ["8.8.8.8", "10.0.0.0/24"]
    source = data.draw(st.sampled_from(peers), "source")
    destination = data.draw(st.sampled_from(peers[:-2] or peers), "destination")
    if source == destination or not base.workload_nodes:
        return
    port = data.draw(PORTS, "port")
    before = explain(base, source, destination, port)
    found = fix(base, source, destination, port)
    if found.outcome in ("cannot", "open already"):
        assert not found.documents
        assert found.outcome == "cannot" or before.verdict == "allow"
        return
    draft = read_state(SourceText(each.name, each.content.encode()) for each in found.documents)
    assert not draft.problems
    after = evaluate(overlay(state, draft), base=base)
    assert explain(after, source, destination, port).verdict == "allow"
    listed = {(each.source, each.destination) for each in (*found.extra, *found.closes)}
    for change in compare(base, after).changes:
        if (change.source, change.destination) in listed:
            continue
        assert not change.before - change.after
        assert port is None or (change.after - change.before).size <= 1
    if found.outcome == "fixed":
        assert not listed
