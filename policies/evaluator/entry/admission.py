"""Whether the caller of an entry point gets in to a pod: what the policies say of the last hop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.sources import Caller, Sources
from policies.evaluator.pairs import pair_of, verdict_of
from policies.evaluator.policy import Direction
from policies.evaluator.questions import Asked, Port
from policies.evaluator.spread import split_families
from policies.evaluator.strangers import ANY_NODE, ANY_POD, Stranger

__all__ = ["Admission", "Answer", "Verdict"]

Verdict = Literal["allow", "conditional", "unknown", "deny"]
_RANK: dict[Verdict, int] = {"allow": 0, "conditional": 1, "unknown": 2, "deny": 3}
_AS_A_NODE = (
    "and externalTrafficPolicy Cluster may put a node's address in the client's place (SNAT)"
)
_NO_FAMILY = "they have no address family in common with the pods"
_OWN_NODE = f"closed, but not to the pod's own node, {_AS_A_NODE}"


class Answer(NamedTuple):
    """What a caller may do; `callers` are the external addresses it holds for, 0 for others."""

    verdict: Verdict
    reason: str
    callers: int = 0


class Admission:
    """Answers of one evaluation, each worked out once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.evaluation: Evaluation = sources.evaluation
        self._known: dict[tuple[Caller, int, Port, bool], tuple[Answer, ...]] = {}
        self._nodes: dict[tuple[int, Port], Answer] = {}

    def of(self, caller: Caller, bit: int, port: Port, *, kept: bool) -> tuple[Answer, ...]:
        """What `caller` may do on a port of a class of pods; `kept`: its own address arrives."""
        key = (caller, bit, port, kept)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._of(caller, bit, port, kept=kept))
        return known

    def _of(self, caller: Caller, bit: int, port: Port, *, kept: bool) -> Iterator[Answer]:
        if not self.evaluation.enforces:
            yield Answer("allow", "", caller.bits)
        elif caller.is_pseudo:
            yield self._stranger(ANY_POD, bit, port)
        elif not caller.outside:
            yield self._pods(caller, bit, port)
        elif caller.proxy:
            yield self._proxy(caller, bit, port)
        else:
            for each in self._outside(caller.bits, bit, port):
                yield each if kept else self._with_nodes(each, bit, port)

    def _stranger(self, stranger: Stranger, bit: int, port: Port) -> Answer:
        """F-40: only rules about anyone match for certain."""
        beyond = self.sources.beyond
        place = beyond.bit_of(stranger)
        pair = pair_of(beyond, Asked(stranger.text, 1 << place), place, Asked("", 1 << bit), bit)
        return Answer(*verdict_of(pair, port))

    def _pods(self, caller: Caller, bit: int, port: Port) -> Answer:
        asked = Asked(caller.text, caller.bits)
        found = {
            verdict_of(pair_of(self.evaluation, asked, each, Asked("", 1 << bit), bit), port)
            for each in bits_of(caller.bits)
        }
        if len({verdict for verdict, _ in found}) > 1:
            return Answer("conditional", f"only some pods of {caller.text} get in")
        return Answer(*min(found))

    def _proxy(self, caller: Caller, bit: int, port: Port) -> Answer:
        """F-45: it is open or closed where it is so for every address that it may dial from."""
        answers = list(self._outside(caller.bits, bit, port))
        if len(answers) == 1:
            return Answer(answers[0].verdict, answers[0].reason, caller.bits)
        if not answers:
            return Answer("deny", _NO_FAMILY, caller.bits)
        reason = "which addresses they dial from is not known, and not all of them get in"
        return Answer("unknown", reason, caller.bits)

    def _outside(self, callers: int, bit: int, port: Port) -> Iterator[Answer]:
        """The peers that are not pods, by what they get; no policy governs their own side."""
        universe = self.evaluation.universe
        found: dict[tuple[Verdict, str], int] = {}
        for alike, families in self._by_family(callers, bit):
            left = alike
            for peers, connections, caveat in self.evaluation.side_of(
                bit, Direction.INGRESS
            ).outcomes:
                for why, part in split_families(connections, caveat, families):
                    if part.allows(port.protocol, port.number):
                        key: tuple[Verdict, str] = (
                            (why.verdict, why.reason) if why else ("allow", "")
                        )
                        found[key] = found.get(key, 0) | left & peers
                        left &= ~peers
            if left:
                found[("deny", "")] = found.get(("deny", ""), 0) | left
        order = sorted(found.items(), key=lambda item: (_RANK[item[0][0]], item[0][1]))
        for (verdict, reason), mask in order:
            if mask & universe.everyone:
                yield Answer(verdict, reason, mask)

    def _by_family(self, callers: int, bit: int) -> Iterator[tuple[int, int]]:
        """The callers that share an address family with a pod, by what they share (A-70)."""
        universe = self.evaluation.universe
        own = universe.families(bit)
        alike: dict[int, list[int]] = {}
        for each in bits_of(callers):
            shared = universe.families(each) & own
            if shared:
                alike.setdefault(shared, []).append(each)
        for families, bits in alike.items():
            yield mask_of(bits), families

    def _with_nodes(self, client: Answer, bit: int, port: Port) -> Answer:
        """A-115: the policies may see the client's address or that of the node it came in on."""
        node = self._node_answer(bit, port)
        if "unknown" in (client.verdict, node.verdict):
            reason = client.reason if client.verdict == "unknown" else node.reason
            return Answer("unknown", reason, client.callers)
        if "conditional" in (client.verdict, node.verdict) or client.verdict != node.verdict:
            return Answer("conditional", _why(client, node), client.callers)
        exempt = self.evaluation.profile.own_node_ingress_exempt
        if client.verdict == "deny" and exempt:
            return Answer("conditional", _OWN_NODE, client.callers)
        return client

    def _node_answer(self, bit: int, port: Port) -> Answer:
        """What a connection gets that arrives under a node's address."""
        known = self._nodes.get((bit, port))
        if known is None:
            known = self._nodes[bit, port] = self._ask_nodes(bit, port)
        return known

    def _ask_nodes(self, bit: int, port: Port) -> Answer:
        universe = self.evaluation.universe
        nodes = ((1 << universe.first_cell) - 1) & ~((1 << universe.first_node) - 1)
        if not nodes:
            return self._stranger(ANY_NODE, bit, port)
        answers = list(self._outside(nodes, bit, port))
        if not answers:
            return Answer("deny", _NO_FAMILY)
        if len(answers) == 1:
            return answers[0]
        return Answer("conditional", "it is open to some nodes and closed to others")


def _why(client: Answer, node: Answer) -> str:
    if client.verdict == "conditional":
        return client.reason
    here = "open" if client.verdict == "allow" else "closed"
    if node.verdict == "conditional":
        return f"{here} to the client's own address, {_AS_A_NODE}: {node.reason}"
    there = "open" if node.verdict == "allow" else "closed"
    return f"{here} to clients and {there} to nodes, {_AS_A_NODE}"
