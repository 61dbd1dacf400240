"""Why a connection is open or closed: both sides, tier by tier, down to the rule and its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.pairs import Pair, Verdict, pair_of
from policies.evaluator.parts import Part, looks, parts_of
from policies.evaluator.policy import Caveat
from policies.evaluator.questions import Port, find_peer, parse_port
from policies.evaluator.reasons import SideReason, exempt_side, side_reason
from policies.evaluator.sentences import answer_sentence, parts_sentence, possibly_sentence
from policies.evaluator.strangers import ANY_POD, Beyond

__all__ = ["Explanation", "explain"]


class Possibly(msgspec.Struct, frozen=True):
    """What may be open besides what is, and why that is not certain."""

    connections: ConnectionSet
    verdict: Verdict
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The object of an answer."""
        return {
            "connections": self.connections.to_json(),
            "verdict": self.verdict,
            "reason": self.reason,
        }


class Explanation(msgspec.Struct, frozen=True):
    """The answer to "can this reach that, and why": the verdict, a sentence, and both sides.

    Without a port the verdict says whether anything at all is open. `connections` is all that is
    open between the two, whatever port was asked: certainly, or in a conditional or unknown answer
    possibly. A question about several pods or addresses that different rules decide has `parts`,
    each explained by itself, and the sides of the first. `possibly` is what else may be open where
    no port was asked for and something certainly is.
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
    parts: tuple[Explanation, ...] = ()
    possibly: Possibly | None = None

    def to_json(self) -> dict[str, Any]:
        """The explanation without the envelope."""
        return {**self._own_json(), "parts": [part._own_json() for part in self.parts]}

    def _own_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "destination": self.destination,
            "port": self.port or None,
            "verdict": self.verdict,
            "reason": self.reason or None,
            "sentence": self.sentence,
            "connections": self.connections.to_json(),
            "possibly": self.possibly.to_json() if self.possibly else None,
            "egress": self.egress.to_json(),
            "ingress": self.ingress.to_json(),
        }


def explain(
    evaluation: Evaluation, source: str, destination: str, port: str | None = None
) -> Explanation:
    """Why `source` may or may not open `port` (all ports when None) to `destination`.

    Raises BadQuestion when a peer is unknown, the port malformed, or neither end is a pod.
    """
    asked_port = parse_port(port) if port else None
    if destination.strip() == ANY_POD.text:
        raise BadQuestion("to", f"{ANY_POD.text} brings connections in; nothing is sent to it.")
    if source.strip() == ANY_POD.text:
        evaluation = Beyond(evaluation, (ANY_POD,))
    sources = find_peer(evaluation, source, "from")
    destinations = find_peer(evaluation, destination, "to")
    pods = evaluation.universe.pods
    if not sources.bits & pods and not destinations.bits & pods:
        raise BadQuestion("to", "Policies govern pods: one end of the question must be a pod.")
    pairs = [
        pair_of(evaluation, sources, s, destinations, d)
        for s in bits_of(sources.bits)
        for d in bits_of(destinations.bits)
    ]
    parts = parts_of(evaluation, sources, destinations, pairs, asked_port)
    explained = tuple(_explained(evaluation, part, asked_port) for part in parts)
    if len(explained) == 1:
        return explained[0]
    verdict, reason = _overall(parts)
    return Explanation(
        source=sources.text,
        destination=destinations.text,
        port=str(asked_port) if asked_port else "",
        verdict=verdict,
        reason=reason,
        sentence=parts_sentence(sources, destinations, asked_port, verdict, reason),
        connections=_common(pairs, certain=verdict in ("allow", "deny")),
        egress=explained[0].egress,
        ingress=explained[0].ingress,
        parts=explained,
    )


def _explained(evaluation: Evaluation, part: Part, port: Port | None) -> Explanation:
    """One answer, with the sides of the first of its pairs."""
    shown = part.pairs[0]
    leaving, entering = looks(shown, port)
    if shown.always:
        egress, ingress = (
            exempt_side(evaluation, look, shown.always) for look in (leaving, entering)
        )
    else:
        egress = side_reason(evaluation, leaving, part.destination.text)
        ingress = side_reason(evaluation, entering, part.source.text)
    connections = _common(part.pairs, certain=part.verdict in ("allow", "deny"))
    wholly = port is None and part.verdict == "allow"
    possibly = _possibly(part.pairs, connections) if wholly else None
    sentence = answer_sentence(
        evaluation,
        part.source,
        part.destination,
        port,
        part.verdict,
        part.reason,
        egress,
        ingress,
    )
    if possibly is not None:
        sentence = f"{sentence} {possibly_sentence(possibly.connections, possibly.reason)}"
    return Explanation(
        source=part.source.text,
        destination=part.destination.text,
        port=str(port) if port else "",
        verdict=part.verdict,
        reason=part.reason,
        sentence=sentence,
        connections=connections,
        possibly=possibly,
        egress=egress,
        ingress=ingress,
    )


def _possibly(pairs: Sequence[Pair], certain: ConnectionSet) -> Possibly | None:
    """What is open for some of the pairs only, or not for certain; the worst reason stands."""
    found: list[tuple[Caveat, ConnectionSet]] = []
    for pair in pairs:
        for caveat, part in pair.opened.items():
            rest = part.ported - certain
            if caveat is not None and rest:
                found.append((caveat, rest))
    if not found:
        return None
    worst = max(caveat for caveat, _ in found)
    connections = ConnectionSet.union_of(rest for _, rest in found)
    return Possibly(connections, worst.verdict, worst.reason)


def _common(pairs: Sequence[Pair], *, certain: bool) -> ConnectionSet:
    """What is open between all pairs; with what is not certain where that is the answer."""
    common = ALL
    for pair in pairs:
        parts = (part for caveat, part in pair.opened.items() if caveat is None or not certain)
        common = common & ConnectionSet.union_of(parts)
    return common.ported


def _overall(parts: Sequence[Part]) -> tuple[Verdict, str]:
    """One answer for several parts: the common one, or that it depends on the pod or address."""
    first = next((part for part in parts if part.verdict == "unknown"), parts[0])
    if first.verdict == "unknown" or all(part.verdict == first.verdict for part in parts):
        return first.verdict, first.reason
    return "conditional", "it is open for some of these pods or addresses and closed for others"
