"""The engine against the slow reference evaluator, on random clusters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.state import ClusterState
from tests.oracle.questions import PROTOCOLS, interesting_addresses, interesting_ports
from tests.oracle.reference import Direction, Endpoint, Flags, Reference
from tests.oracle.strategies import cluster_states
from tests.properties.settings import thorough
from tests.support.flow_tables import FlowIndex, families_of, peer_text, profile_of

DIRECTIONS: tuple[Direction, ...] = ("egress", "ingress")
FLAGS = st.sampled_from(
    [
        Flags(),
        Flags(),
        Flags(ipblock_matches_pods=False, endport=False),
        Flags(own_node_ingress_exempt=False, own_node_egress_exempt=False),
        Flags(ipblock_matches_nodes=False, own_node_egress_exempt=False),
        Flags(
            ipblock_matches_pods=False,
            hostnet_subject=True,
            hostnet_peer_by_selector=True,
            own_node_ingress_exempt=False,
            own_node_egress_exempt=False,
        ),
        Flags(np_direction_split=False),
        Flags(anp_enforced=False),
        Flags(cnp_enforced=False),
    ]
)


def endpoint_pairs(state: ClusterState) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Every two pods, and every pod with every interesting address that is no node's."""
    nodes = {address for node in state.nodes for address in node.addresses}
    outside = [address for address in interesting_addresses(state) if address not in nodes]
    for pod in state.pods:
        for other in state.pods:
            if other is not pod:
                yield pod, other
        for address in outside:
            yield pod, address
            yield address, pod


def disagreements(state: ClusterState, flags: Flags) -> Iterator[str]:
    """Connections for which the flow table and the reference differ."""
    reference = Reference(state, flags)
    table = FlowIndex(flows(evaluate(state, profile_of(flags)), level="pod"))
    ports = interesting_ports(state)
    for source, destination in endpoint_pairs(state):
        families = families_of(source, destination)
        certain = {each: table.open_between(source, destination, each) for each in families}
        possible = {each: table.possible_between(source, destination, each) for each in families}
        for protocol, port in product(PROTOCOLS, ports):
            may_be = False
            question = f"{peer_text(source)} -> {peer_text(destination)} {protocol} {port}"
            for family in families:
                wanted = reference.results(source, destination, protocol, port, family)
                may_be |= True in wanted
                if certain[family].allows(protocol, port) != (wanted == {True}):
                    yield f"{question} over IPv{family}: the reference says {set(wanted)}"
                if True in wanted and not possible[family].allows(protocol, port):
                    yield f"{question} over IPv{family}: possible by the reference"
            # What is uncertain is not told apart by family.
            if any(each.allows(protocol, port) for each in possible.values()) != may_be:
                yield f"{question}: {'' if may_be else 'not '}possible by the reference"


@thorough
@given(cluster_states(), FLAGS)
def test_flows_between_all_pods_and_addresses(state: ClusterState, flags: Flags) -> None:
    found = list(disagreements(state, flags))
    assert not found, "\n".join(found[:10])


@thorough
@given(cluster_states(), st.data())
def test_explanations_say_the_same_as_the_reference(
    state: ClusterState, data: st.DataObject
) -> None:
    """H.2 (f): the verdict, and the policies and rules named for each side."""
    evaluation = evaluate(state)
    ends: list[Endpoint] = [*state.pods, *interesting_addresses(state)]
    for _ in range(4):
        source = data.draw(st.sampled_from(ends))
        destination = data.draw(st.sampled_from(ends))
        if isinstance(source, str) and isinstance(destination, str):
            continue
        protocol = data.draw(st.sampled_from(PROTOCOLS))
        port = data.draw(st.sampled_from(interesting_ports(state)))
        if families_of(source, destination) != [None]:
            check_explanation(evaluation, source, destination, protocol, port)


def check_explanation(
    evaluation: Evaluation,
    source: Endpoint,
    destination: Endpoint,
    protocol: str,
    port: int,
) -> None:
    answer = explain(evaluation, peer_text(source), peer_text(destination), f"{port}/{protocol}")
    reference = Reference(evaluation.state)
    families = families_of(source, destination)
    question = f"{peer_text(source)} -> {peer_text(destination)} {protocol} {port}"
    expected = wanted_verdicts(evaluation.state, source, destination, protocol, port)
    assert answer.verdict in expected, question
    shown = answer.to_json()
    for direction in DIRECTIONS:
        side = shown[direction]
        sides = [
            reference.side(direction, source, destination, protocol, port, family)
            for family in families
        ]
        if sides[0].exempt:
            continue
        assert side["isolated"] == bool(sides[0].isolated_by), question
        isolating = {each["policy"] for each in side["isolated_by"]}
        assert isolating == set(sides[0].isolated_by), question
        named = {
            (step["policy"], step["rule"], ACTIONS[step["effect"]])
            for step in side["steps"]
            if step["effect"] in ACTIONS
        }
        assert named == {rule for each in sides for rule in each.rules}, question


ACTIONS = {
    "allows": "allow",
    "may allow": "allow",
    "denies": "deny",
    "may deny": "deny",
    "passes": "pass",
    "may pass": "pass",
}


def wanted_verdicts(
    state: ClusterState, source: Endpoint, destination: Endpoint, protocol: str, port: int
) -> set[str]:
    """The verdict; several are right where one family is open and the other not certain."""
    reference = Reference(state)
    kinds: set[str] = set()
    results: set[bool] = set()
    answers = []
    for family in families_of(source, destination):
        asked = (source, destination, protocol, port, family)
        answers.append(reference.results(*asked))
        results |= answers[-1]
        for direction in DIRECTIONS:
            kinds |= reference.side(direction, *asked).doubts
    if results == {True}:
        return {"allow"}
    if results == {False}:
        return {"deny"}
    if len(answers) > 1 and {True} in answers:
        kinds.add("conditional")
    return kinds
