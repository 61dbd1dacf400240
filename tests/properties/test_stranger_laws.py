"""Strangers: what holds for one holds for every pod like it, and they change nothing else."""

from __future__ import annotations

import msgspec
from hypothesis import given

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.exposure import ENTIRE_CLUSTER, exposure
from policies.evaluator.labels import Selector
from policies.evaluator.policy import Action, Direction
from policies.evaluator.state import ClusterState, Namespace, Pod, WorkloadRef
from policies.evaluator.strangers import ANY_NODE, ANY_POD, NAME_LABEL, Beyond, Stranger
from tests.oracle.strategies import cluster_states
from tests.properties.settings import thorough


def surely(evaluation: Evaluation, subject: int, peer: int, direction: Direction) -> ConnectionSet:
    """What a side certainly opens with a peer."""
    side = evaluation.side_of(subject, direction)
    return ConnectionSet.union_of(
        connections for connections, caveat in side.with_peer(peer) if caveat is None
    )


def only_opens(evaluation: Evaluation, subject: int, direction: Direction) -> bool:
    """Whether no rule of a side denies or passes on. By F-40 such a rule, where it names pods by
    labels, does not meet a stranger either, though it may meet pods that are known."""
    return all(
        rule.rule.action is Action.ALLOW
        for policy in evaluation.policies_of(subject, direction)
        for rule in policy.rules
    )


@thorough
@given(cluster_states())
def test_where_rules_only_open_what_a_stranger_may_do_every_pod_may_do(
    state: ClusterState,
) -> None:
    evaluation = evaluate(state, intended=True)
    beyond = Beyond(evaluation, (ANY_POD,))
    stranger = beyond.bit_of(ANY_POD)
    pods = list(bits_of(evaluation.universe.selectable))
    for direction in Direction:
        for subject in range(evaluation.universe.first_node):
            if not only_opens(evaluation, subject, direction):
                continue
            opened = surely(beyond, subject, stranger, direction)
            assert all(opened <= surely(evaluation, subject, pod, direction) for pod in pods)


@thorough
@given(cluster_states())
def test_strangers_change_nothing_between_known_peers(state: ClusterState) -> None:
    evaluation = evaluate(state, intended=True)
    beyond = Beyond(evaluation, (ANY_POD, ANY_NODE))
    universe = evaluation.universe
    for direction in Direction:
        for subject in range(universe.first_node):
            for peer in range(universe.size):
                before = set(evaluation.side_of(subject, direction).with_peer(peer))
                after = set(beyond.side_of(subject, direction).with_peer(peer))
                assert before == after


def labels_of(selector: Selector | None) -> dict[str, str] | None:
    """The labels that a selector asks for, if it asks for nothing else."""
    found = {}
    for each in selector.requirements if selector else ():
        if each.operator != "In" or len(each.values) > 1:
            return None
        found[each.key] = each.values[0]
    return found


def with_newcomer(state: ClusterState, peer: Stranger) -> ClusterState | None:
    """The state once a pod has come that a stranger stands for; None where it cannot be made."""
    own, around = labels_of(peer.pods), labels_of(peer.namespaces)
    if own is None or around is None or NAME_LABEL in around:
        return None
    where = peer.namespace or "newcomers"
    namespaces = {each.name: each for each in state.namespaces}
    if where not in namespaces:
        namespaces[where] = Namespace(where, {**around, NAME_LABEL: where})
    pod = Pod(where, "newcomer", own, WorkloadRef(where, "newcomer", "Pod"))
    pods = sorted((*state.pods, pod), key=lambda each: (each.namespace, each.workload, each.name))
    return msgspec.structs.replace(
        state,
        namespaces=tuple(namespaces[name] for name in sorted(namespaces)),
        pods=tuple(pods),
    )


def is_met(peer: Stranger, after: Evaluation, newcomer: int) -> bool:
    """Whether the selectors that a stranger is made of name a newcomer."""
    spaces = after.universe.in_namespaces(peer.namespaces or Selector())
    if peer.namespace:
        spaces = after.universe.in_namespace(peer.namespace)
    sure, maybe = after.universe.with_labels(peer.pods or Selector())
    return bool((sure | maybe) & spaces & 1 << newcomer)


# What a row says holds for pods that no other row names: a rule that denies names those without a
# label by `NotIn`, too, and has a row of its own.
@thorough
@given(cluster_states())
def test_a_pod_that_comes_gets_what_exposure_said(state: ClusterState) -> None:
    evaluation = evaluate(state, intended=True)
    if any("newcomer" in (each.name, each.namespace) for each in state.pods):
        return
    evaluations: dict[Stranger, Evaluation | None] = {}
    rows = exposure(evaluation).rows
    for row in rows:
        if row.caveat is not None:
            continue
        if row.peer not in evaluations:
            later = with_newcomer(state, row.peer)
            evaluations[row.peer] = evaluate(later, intended=True) if later else None
        after = evaluations[row.peer]
        if after is None:
            continue
        newcomer = next(
            bit
            for bit, each in enumerate(after.universe.classes)
            if each.workload.name == "newcomer"
        )
        if any(
            is_met(each.peer, after, newcomer)
            for each in rows
            if (each.workload, each.direction) == (row.workload, row.direction)
            and each.peer not in (row.peer, ENTIRE_CLUSTER)
        ):
            continue
        [node] = [each for each in evaluation.workload_nodes if each.text == row.workload]
        first = next(iter(bits_of(node.bits)))
        index = evaluation.universe.classes[first].pods[0]
        known = evaluation.state.pods[index]
        subject = next(
            bit
            for bit, each in enumerate(after.universe.classes)
            if any(after.state.pods[i] is known for i in each.pods)
        )
        opened = surely(after, subject, newcomer, row.direction)
        assert row.connections <= opened, (row.to_json(), str(opened))
