"""What a draft changes, against the difference of two reference answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.diff import Change, FlowDiff, compare
from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.oracle.questions import PROTOCOLS, interesting_addresses, interesting_ports
from tests.oracle.reference import Endpoint, Reference
from tests.oracle.strategies import cluster_states, drafts
from tests.properties.settings import thorough
from tests.support.flow_tables import families_of, holds, peer_text


@thorough
@given(cluster_states(), st.data())
def test_work_taken_over_from_the_base_never_changes_the_answer(
    state: ClusterState, data: st.DataObject
) -> None:
    draft, delete = data.draw(drafts(state))
    after = overlay(state, draft, delete)
    taken_over, fresh = evaluate(after, base=evaluate(state)), evaluate(after)
    for level in ("pod", "workload"):
        assert flows(taken_over, level=level) == flows(fresh, level=level)


@thorough
@given(cluster_states(owned=False), st.data())
def test_changes_are_the_difference_of_the_two_answers(
    state: ClusterState, data: st.DataObject
) -> None:
    draft, delete = data.draw(drafts(state))
    after = overlay(state, draft, delete)
    before = evaluate(state)
    diffs = [compare(before, evaluate(after, base=base)) for base in (before, None)]
    found = list(disagreements(state, after, diffs))
    assert not found, "\n".join(found[:10])


@thorough
@given(cluster_states())
def test_a_state_does_not_differ_from_itself(state: ClusterState) -> None:
    assert compare(evaluate(state), evaluate(state)).changes == ()


def disagreements(
    before: ClusterState, after: ClusterState, diffs: Sequence[FlowDiff]
) -> Iterator[str]:
    """Pairs whose listed change, or lack of one, is not what the reference says."""
    # A change shows what is open, certain or not.
    old, new = Reference(before), Reference(after)
    ports = sorted({*interesting_ports(before), *interesting_ports(after)})
    indexes = [ChangeIndex(diff.changes) for diff in diffs]
    for source, destination in endpoint_pairs(before, after):
        changes = [index.find(source, destination) for index in indexes]
        for protocol, port in product(PROTOCOLS, ports):
            was, now = (
                any(
                    reference.possible(source, destination, protocol, port, family)
                    for family in families_of(source, destination)
                )
                for reference in (old, new)
            )
            for change in changes:
                listed = (
                    (change.before.allows(protocol, port), change.after.allows(protocol, port))
                    if change
                    else (was, was)
                )
                if listed != (was, now):
                    yield (
                        f"{peer_text(source)} -> {peer_text(destination)} {protocol} {port}:"
                        f" the reference says {was} then {now}, the change {listed}"
                    )


class ChangeIndex:
    """Changes by their ends, with addresses resolved to the range that holds them."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = {(change.source, change.destination): change for change in changes}
        self._outside = {text for pair in self._changes for text in pair if "[" not in text}

    def find(self, source: Endpoint, destination: Endpoint) -> Change | None:
        """The one change of a pair."""
        found = [
            self._changes[pair]
            for pair in product(self._texts(source), self._texts(destination))
            if pair in self._changes
        ]
        assert len(found) <= 1, [(change.source, change.destination) for change in found]
        return found[0] if found else None

    def _texts(self, endpoint: Endpoint) -> list[str]:
        if isinstance(endpoint, str):
            return [text for text in self._outside if holds(text, endpoint)]
        return [peer_text(endpoint)]


def endpoint_pairs(
    before: ClusterState, after: ClusterState
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Every two pods, and every pod with every interesting address of either state."""
    nodes = {address for node in before.nodes for address in node.addresses}
    outside = {*interesting_addresses(before), *interesting_addresses(after)} - nodes
    for pod in before.pods:
        for other in before.pods:
            if other is not pod:
                yield pod, other
        for address in sorted(outside):
            yield pod, address
            yield address, pod
