"""What is open between two peers of a question, and the verdict for the port asked."""

from __future__ import annotations

from typing import Literal

import msgspec

from policies.evaluator.certainty import one_doubt
from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.ownnode import SAME_NODE, THAT_NODE, hidden_doubt
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.questions import Asked, Port
from policies.evaluator.spread import split_families

__all__ = ["ICMP_DOUBT", "Pair", "Verdict", "pair_of", "verdict_of"]

Verdict = Literal["allow", "deny", "conditional", "unknown"]

ICMP_DOUBT = Caveat(
    "unknown", "NetworkPolicy does not say what happens to ICMP; network plugins differ"
)
"""A-95: the API leaves ICMP open once a side is isolated and not opened without ports."""


class Pair(msgspec.Struct, frozen=True):
    """Two peers of the universe with what is open between them, by certainty.

    `always` says why policies have no say between the two, whatever their sides are. `families` are
    those that both use in this question: 1 IPv4, 2 IPv6, 3 both.
    """

    source: int
    destination: int
    opened: dict[Caveat | None, ConnectionSet]
    always: str = ""
    families: int = 3


def pair_of(evaluation: Evaluation, asked_s: Asked, s: int, asked_d: Asked, d: int) -> Pair:
    """What the peer `s` of one end may open to the peer `d` of the other."""
    universe = evaluation.universe
    if s == d and _same_pod(evaluation, asked_s, asked_d, s):
        return Pair(s, d, {None: ALL}, "a pod always reaches itself")
    sides = (
        evaluation.side_of(s, Direction.EGRESS),
        evaluation.side_of(d, Direction.INGRESS),
    )
    if min(s, d) >= universe.first_node and all(side.is_open for side in sides):
        return Pair(s, d, {None: ALL})  # M-03: no policy governs either end
    exempt = _own_node(evaluation, asked_s, s, asked_d, d)
    if exempt is True:
        why = "policies never stop traffic between a pod and the node it runs on"
        return Pair(s, d, {None: ALL}, why)
    families = universe.families(s) & universe.families(d) or 3
    families = families & asked_s.families & asked_d.families or families
    opened: dict[Caveat | None, ConnectionSet] = {}
    for connections, doubt in evaluation.between(s, d):
        for caveat, part in split_families(connections, doubt, families):
            opened[caveat] = opened.get(caveat, NONE) | part
    if exempt:
        opened[exempt] = ALL
    return Pair(s, d, one_doubt(opened), families=families)


def verdict_of(pair: Pair, port: Port | None) -> tuple[Verdict, str]:
    """The verdict for a port, or for anything at all, with the reason of one that is no plain
    deny or allow."""
    sure = pair.opened.get(None, NONE)
    if sure and (port is None or sure.allows(port.protocol, port.number)):
        return "allow", pair.always
    for caveat, connections in pair.opened.items():
        if caveat and (port is None or connections.allows(port.protocol, port.number)):
            return caveat.verdict, caveat.reason
    if port is not None and port.protocol == "ICMP":
        return ICMP_DOUBT.verdict, ICMP_DOUBT.reason
    return "deny", ""


def _same_pod(evaluation: Evaluation, source: Asked, destination: Asked, bit: int) -> bool:
    if source.pod >= 0 and destination.pod >= 0:
        return source.pod == destination.pod
    pods = evaluation.universe.classes[bit].pods if bit < evaluation.universe.first_node else ()
    return len(pods) == 1 and evaluation.state.pods[pods[0]].replicas <= 1


def _own_node(
    evaluation: Evaluation, asked_s: Asked, s: int, asked_d: Asked, d: int
) -> Caveat | bool:
    """A-104: whether one end is the node of the other's pods, or on its host network.

    A caveat where that holds for some of the pods, or may hold as a node is not known.
    """
    profile = evaluation.profile
    found: Caveat | bool = False
    for host, pod, asked, exempted in (
        (s, d, asked_d, profile.own_node_ingress_exempt),
        (d, s, asked_s, profile.own_node_egress_exempt),
    ):
        node = _node_of(evaluation, host)
        if node is None or not exempted or pod >= evaluation.universe.first_node:
            continue
        each = evaluation.universe.classes[pod]
        indexes = (asked.pod,) if asked.pod >= 0 else each.pods
        places = [evaluation.state.pods[index].node for index in indexes]
        hidden = hidden_doubt(evaluation, s, d)
        if node and all(place == node for place in places):
            return hidden or True
        if not node or node in places or "" in places:
            ours = SAME_NODE if host < evaluation.universe.first_node else THAT_NODE
            found = hidden or ours
    return found


def _node_of(evaluation: Evaluation, bit: int) -> str | None:
    """The node whose network a peer is in, empty where it is not known; None for other peers."""
    universe = evaluation.universe
    if bit < universe.first_node:
        each = universe.classes[bit]
        policed = evaluation.profile.hostnet_subject
        return each.node if each.host_network and not policed else None
    if bit < universe.first_cell:
        return universe.nodes[bit - universe.first_node].name
    return None
