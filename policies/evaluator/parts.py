"""The parts of a question that have different answers, or the same answer for different causes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import msgspec

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.pairs import Pair, Verdict, verdict_of
from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.questions import Asked, Port
from policies.evaluator.reasons import chain_of, links_of
from policies.evaluator.walk import Look
from policies.evaluator.words import internet_name, shortened

__all__ = ["Part", "looks", "parts_of"]

MOST_TRACED = 500
"""Pairs of peers whose deciding rules are told apart; of more only the verdicts are."""


class Part(msgspec.Struct, frozen=True):
    """Pairs of peers with one answer. Its ends name what they cover of the ends asked for.

    `looks` of its first pair stand for all.
    """

    source: Asked
    destination: Asked
    pairs: tuple[Pair, ...]
    verdict: Verdict
    reason: str


def parts_of(
    evaluation: Evaluation,
    source: Asked,
    destination: Asked,
    pairs: Sequence[Pair],
    port: Port | None,
) -> list[Part]:
    """The pairs grouped by verdict and by the rules that decide, closed ones first."""
    traced = len(pairs) <= MOST_TRACED
    groups: dict[Hashable, list[Pair]] = {}
    for pair in pairs:
        verdict, reason = _verdict(evaluation, pair, port)
        cause: Hashable = ()
        if traced and not pair.always:
            causes = [chain_of(evaluation, look) for look in looks(pair, port)]
            cause = (*causes, frozenset(pair.opened.items()) if port is None else None)
        groups.setdefault((verdict, reason, cause), []).append(pair)
    parts = [_part(evaluation, source, destination, group, port) for group in groups.values()]
    return sorted(parts, key=lambda part: part.verdict != "deny")


def _verdict(evaluation: Evaluation, pair: Pair, port: Port | None) -> tuple[Verdict, str]:
    """The verdict, with ICMP closed where a rule of a tier with rules that deny closes it: without
    ports it is about every protocol (B-60), whatever the API leaves open elsewhere (A-95)."""
    verdict, reason = verdict_of(pair, port)
    if verdict == "unknown" and port is not None and port.protocol == "ICMP" and not pair.always:
        sides = looks(pair, port)
        closed = ConnectionSet.union_of(
            link.connections
            for look in sides
            for link in links_of(evaluation, look)
            if link.tier in (Tier.ADMIN, Tier.BASELINE)
            and link.action is Action.DENY
            and link.caveat is None
        )
        if sides[0].wanted <= closed:
            return "deny", ""
    return verdict, reason


def looks(pair: Pair, port: Port | None) -> tuple[Look, Look]:
    """Both sides of a pair to look at: egress, then ingress."""
    return (
        Look(pair.source, pair.destination, Direction.EGRESS, port, pair.families),
        Look(pair.destination, pair.source, Direction.INGRESS, port, pair.families),
    )


def _part(
    evaluation: Evaluation,
    source: Asked,
    destination: Asked,
    pairs: Sequence[Pair],
    port: Port | None,
) -> Part:
    verdict, reason = _verdict(evaluation, pairs[0], port)
    return Part(
        _narrowed(evaluation, source, {pair.source for pair in pairs}),
        _narrowed(evaluation, destination, {pair.destination for pair in pairs}),
        tuple(pairs),
        verdict,
        reason,
    )


def _narrowed(evaluation: Evaluation, asked: Asked, peers: set[int]) -> Asked:
    """The end that covers only some of the peers asked for, under a name that says which."""
    bits = sum(1 << bit for bit in peers)
    if bits == asked.bits:
        return asked
    text = shortened(
        [*_inside(evaluation, bits), *_nodes(evaluation, bits), *_outside(evaluation, asked, bits)]
    )
    return msgspec.structs.replace(asked, bits=bits, text=text)


def _inside(evaluation: Evaluation, bits: int) -> list[str]:
    """Workloads and variants that the peers make up, else pods by name."""
    texts: list[str] = []
    universe = evaluation.universe
    left = bits & universe.pods
    for node in evaluation.workload_nodes:
        if node.bits and node.bits & left == node.bits:
            texts.append(node.text)
            left &= ~node.bits
    for bit in bits_of(left):
        each = universe.classes[bit]
        names = (universe.state.pods[index].name for index in each.pods)
        texts += [f"{each.namespace}/{name}[Pod]" for name in names]
    return texts


def _nodes(evaluation: Evaluation, bits: int) -> list[str]:
    first = evaluation.universe.first_node
    return [
        f"{{node {node.name}}}"
        for place, node in enumerate(evaluation.universe.nodes)
        if bits >> (first + place) & 1
    ]


def _outside(evaluation: Evaluation, asked: Asked, bits: int) -> list[str]:
    universe = evaluation.universe
    found = AddressSet()
    texts = []
    for bit in bits_of(bits & universe.external):
        rest = "" if asked.addresses else internet_name(universe, bit, "the rest of the Internet")
        if rest:
            texts.append(rest)
        else:
            found |= universe.cell_addresses(bit)
    if asked.addresses:
        found &= asked.addresses
    return [*(str(found).split(",") if found else []), *texts]
