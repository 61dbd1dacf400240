"""Why a connection is open or closed: both sides, tier by tier, down to the rule and its line."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, NONE, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.graph import split_families
from policies.evaluator.ownnode import SAME_NODE, THAT_NODE
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.questions import Asked, Port, find_peer, parse_port
from policies.evaluator.reasons import Look, SideReason, side_reason
from policies.evaluator.sentences import answer_sentence

__all__ = ["Explanation", "explain"]

Verdict = Literal["allow", "deny", "conditional", "unknown"]


class Explanation(msgspec.Struct, frozen=True):
    """The answer to "can this reach that, and why": the verdict, a sentence, and both sides.

    Without a port the verdict says whether anything at all is open. `connections` is all that is
    open between the two, whatever port was asked: certainly, or in a conditional or unknown answer
    possibly.
    """

    source: str
    destination: str
    port: str
    verdict: Verdict
    reason: str
    sentence: str
    connections: ConnectionSet
    egress: SideReason
    ingress: SideReason

    def to_json(self) -> dict[str, Any]:
        """The explanation without the envelope."""
        return {
            "source": self.source,
            "destination": self.destination,
            "port": self.port or None,
            "verdict": self.verdict,
            "reason": self.reason or None,
            "sentence": self.sentence,
            "connections": self.connections.to_json(),
            "egress": self.egress.to_json(),
            "ingress": self.ingress.to_json(),
        }


class _Pair(msgspec.Struct, frozen=True):
    """Two peers of the universe with what is open between them, by certainty.

    `always` says why policies have no say between the two, whatever their sides are.
    """

    source: int
    destination: int
    opened: dict[Caveat | None, ConnectionSet]
    always: str = ""


def explain(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> Explanation:
    """Why `source` may or may not open `port` (all ports when None) to `destination`.

    Raises BadQuestion when a peer is unknown, the port malformed, or neither end is a pod.
    """
    asked_port = parse_port(port) if port else None
    sources = find_peer(evaluation, source, "from")
    destinations = find_peer(evaluation, destination, "to")
    pods = evaluation.universe.pods
    if not sources.bits & pods and not destinations.bits & pods:
        raise BadQuestion("to", "Policies govern pods: one end of the question must be a pod.")
    pairs = [
        _pair(evaluation, sources, s, destinations, d)
        for s in bits_of(sources.bits)
        for d in bits_of(destinations.bits)
    ]
    answers = [_verdict(evaluation, pair, asked_port) for pair in pairs]
    shown = next(
        (pair for pair, (verdict, _) in zip(pairs, answers, strict=True) if verdict == "deny"),
        next((pair for pair in pairs if not pair.always), pairs[0]),
    )
    verdict, reason = _overall(answers)
    families = sources.families & destinations.families or 3
    egress = side_reason(
        evaluation,
        Look(shown.source, shown.destination, Direction.EGRESS, asked_port, families),
    )
    ingress = side_reason(
        evaluation,
        Look(shown.destination, shown.source, Direction.INGRESS, asked_port, families),
    )
    return Explanation(
        source=sources.text,
        destination=destinations.text,
        port=str(asked_port) if asked_port else "",
        verdict=verdict,
        reason=reason,
        sentence=answer_sentence(
            evaluation,
            sources,
            destinations,
            asked_port,
            verdict,
            reason or shown.always,
            egress,
            ingress,
        ),
        connections=_common(pairs, certain=verdict in ("allow", "deny")),
        egress=egress,
        ingress=ingress,
    )


def _common(pairs: list[_Pair], *, certain: bool) -> ConnectionSet:
    """What is open between all pairs; with what is not certain where that is the answer."""
    common = ALL
    for pair in pairs:
        parts = (part for caveat, part in pair.opened.items() if caveat is None or not certain)
        common = common & ConnectionSet.union_of(parts)
    return common.ported


def _pair(evaluation: Evaluation, asked_s: Asked, s: int, asked_d: Asked, d: int) -> _Pair:
    universe = evaluation.universe
    if s == d and _same_pod(evaluation, asked_s, asked_d, s):
        return _Pair(s, d, {None: ALL}, "a pod always reaches itself")
    if s >= universe.first_node and d >= universe.first_node:
        return _Pair(s, d, {None: ALL})  # M-03: no policy governs either end
    exempt = _own_node(evaluation, asked_s, s, asked_d, d)
    if exempt is True:
        why = "policies never stop traffic between a pod and the node it runs on"
        return _Pair(s, d, {None: ALL}, why)
    families = universe.families(s) & universe.families(d) or 3
    families = families & asked_s.families & asked_d.families or families
    opened: dict[Caveat | None, ConnectionSet] = {}
    for rectangle in evaluation.rectangles_between(1 << s, 1 << d):
        for caveat, part in split_families(rectangle.connections, rectangle.caveat, families):
            opened[caveat] = opened.get(caveat, NONE) | part
    if exempt:
        opened[exempt] = ALL
    return _Pair(s, d, opened)


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
        if node and all(place == node for place in places):
            return True
        if not node or node in places or "" in places:
            found = SAME_NODE if host < evaluation.universe.first_node else THAT_NODE
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


def _verdict(evaluation: Evaluation, pair: _Pair, port: Port | None) -> tuple[Verdict, str]:
    sure = pair.opened.get(None, NONE)
    if sure and (port is None or sure.allows(port.protocol, port.number)):
        return "allow", pair.always
    for caveat, connections in pair.opened.items():
        if caveat and (port is None or connections.allows(port.protocol, port.number)):
            return caveat.verdict, caveat.reason
    if port is not None and port.protocol == "ICMP":
        # the API leaves ICMP open once a side is isolated and not opened without ports.
        return "unknown", "NetworkPolicy does not say what happens to ICMP; network plugins differ"
    return "deny", ""


def _overall(answers: list[tuple[Verdict, str]]) -> tuple[Verdict, str]:
    """One answer for several pairs: the common one, or that it depends on the pod or address."""
    if len(set(answers)) == 1:
        return answers[0]
    verdicts = {verdict for verdict, _ in answers}
    if len(verdicts) == 1:
        return answers[0]
    if "unknown" in verdicts:
        return next(answer for answer in answers if answer[0] == "unknown")
    return "conditional", "it is open for some of these pods or addresses and closed for others"
