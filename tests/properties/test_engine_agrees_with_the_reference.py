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
    sure = Reference(state, flags)
    generous = Reference(state, flags, generous=True, together=True)
    table = FlowIndex(flows(evaluate(state, profile_of(flags)), level="pod"))
    ports = interesting_ports(state)
    for source, destination in endpoint_pairs(state):
        for family in families_of(source, destination):
            opened = (
                (table.open_between(source, destination, family), sure, "certain"),
                (table.possible_between(source, destination, family), generous, "possible"),
            )
            for protocol, port in product(PROTOCOLS, ports):
                for connections, reference, word in opened:
                    wanted = reference.allowed(source, destination, protocol, port, family)
                    if connections.allows(protocol, port) != wanted:
                        yield (
                            f"{peer_text(source)} -> {peer_text(destination)} {protocol} {port}"
                            f" over IPv{family}: {'' if wanted else 'not '}{word} by the reference"
                        )


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
        allowing = {
            (step["policy"], step["rule"]) for step in side["steps"] if step["effect"] == "allows"
        }
        assert allowing == {rule for each in sides for rule in each.opened_by}, question


def wanted_verdicts(
    state: ClusterState, source: Endpoint, destination: Endpoint, protocol: str, port: int
) -> set[str]:
    """The verdict; two are right where one family is open and the other unknown."""
    families = families_of(source, destination)
    sure, addressed, together = (
        {reference.allowed(source, destination, protocol, port, family) for family in families}
        for reference in (
            Reference(state),
            Reference(state, generous=True),
            Reference(state, together=True),
        )
    )
    if sure == {True}:
        return {"allow"}
    uncertain = set()
    if True in sure or together != sure:
        uncertain.add("conditional")
    if addressed != sure:
        uncertain.add("unknown")
    return uncertain or {"deny"}
