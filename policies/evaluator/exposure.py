"""Exposure: what could reach a workload, or be reached, among pods and namespaces to come (F-23).

Every pair of selectors that a rule names stands for pods that may come with those labels, unless
pods that are there match it already; one more stands for any pod of the cluster. Each is asked
what the policies of a workload let through. That is potential, and no flow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from policies.evaluator import intervals
from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.connections import NONE, PORT_MAX, PROTOCOLS, ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.policy import Caveat, Direction, PeerClause, Policy
from policies.evaluator.side import Side
from policies.evaluator.state import ContainerPort
from policies.evaluator.strangers import NAME_LABEL, Beyond, Stranger

__all__ = ["ENTIRE_CLUSTER", "Exposed", "Exposure", "exposure"]

ENTIRE_CLUSTER = Stranger("entire-cluster")
"""Any pod of the cluster, of which nothing is known."""

Named = tuple[tuple[str, str], ...]
"""Port names that are open, each with its protocol (empty: any)."""


class Exposed(msgspec.Struct, frozen=True):
    """What pods to come could open to a workload (ingress), or it to them (egress).

    `named` are ports by name, whose number only the pods to come will tell. Without any
    connections the peer is closed, though the rest of the cluster is not.
    """

    direction: Direction
    workload: str
    peer: Stranger
    connections: ConnectionSet
    named: Named = ()
    caveat: Caveat | None = None

    def to_json(self) -> dict[str, Any]:
        """One row of an answer."""
        return {
            "direction": self.direction.value,
            "workload": self.workload,
            "peer": self.peer.text,
            "connections": self.connections.to_json(),
            "named_ports": [
                f"{name}/{protocol}" if protocol else name for name, protocol in self.named
            ],
            "verdict": self.caveat.verdict
            if self.caveat
            else ("allow" if self.connections or self.named else "deny"),
            "reason": self.caveat.reason if self.caveat else None,
        }


class Exposure(msgspec.Struct, frozen=True):
    """Rows in order, and the workloads that no policy selects, each with the direction."""

    rows: tuple[Exposed, ...]
    unprotected: tuple[tuple[str, Direction], ...]

    def of(self, workloads: Collection[str]) -> Exposure:
        """What concerns some of the workloads only."""
        return Exposure(
            tuple(row for row in self.rows if row.workload in workloads),
            tuple(each for each in self.unprotected if each[0] in workloads),
        )

    def to_json(self) -> dict[str, Any]:
        """`exposure` and `unprotected` of an answer."""
        return {
            "exposure": [row.to_json() for row in self.rows],
            "unprotected": [
                {"workload": workload, "direction": direction.value}
                for workload, direction in self.unprotected
            ],
        }


def exposure(evaluation: Evaluation) -> Exposure:
    """Every potential connection of every workload with pods to come.

    A peer that is treated like any pod of the cluster has no row of its own. Where nothing
    enforces policies every workload is exposed to everything.
    """
    policies = [each.policy for each in evaluation.policies]
    peers = [ENTIRE_CLUSTER, *_peers_to_come(policies, evaluation)]
    names = _port_names(policies)
    number = _free_port(policies)
    strangers = [*peers]
    for name, protocol in names:
        declared = tuple(
            ContainerPort(name, each, number)
            for each in (PROTOCOLS if not protocol else (protocol,))
        )
        strangers += [msgspec.structs.replace(each, ports=declared) for each in peers]
    beyond = Beyond(evaluation, strangers)
    asker = _Asker(beyond, peers, names, number)
    rows: list[Exposed] = []
    unprotected: list[tuple[str, Direction]] = []
    for node in evaluation.workload_nodes:
        bit = first_bit(node.bits)
        for direction in Direction:
            rows += asker.rows(node.text, bit, direction)
            if not beyond.policies_of(bit, direction):
                unprotected.append((node.text, direction))
    order = sorted(
        rows, key=lambda row: (row.workload, row.direction, row.peer.text, str(row.caveat))
    )
    return Exposure(tuple(order), tuple(sorted(unprotected)))


class _Asker:
    """What each side opens to the peers to come; sides that are the same are asked once."""

    def __init__(
        self,
        beyond: Beyond,
        peers: Sequence[Stranger],
        names: Sequence[tuple[str, str]],
        number: int,
    ) -> None:
        self.beyond = beyond
        self.peers = peers
        self.names = names
        self.number = number
        self._known: dict[tuple[int, Direction], list[Exposed]] = {}

    def rows(self, workload: str, bit: int, direction: Direction) -> Iterator[Exposed]:
        """The rows of one workload in one direction."""
        side = self.beyond.side_of(bit, direction)
        known = self._known.get((id(side), direction))
        if known is None:
            known = self._known[id(side), direction] = list(self._ask(side, direction))
        for row in known:
            yield msgspec.structs.replace(row, workload=workload)

    def _ask(self, side: Side, direction: Direction) -> Iterator[Exposed]:
        first, count = self.beyond.first_stranger, len(self.peers)
        window = ((1 << count) - 1) << first
        sure = _parts(side, window, certain=True)
        unsure = _parts(side, window, certain=False)
        named = self._named(side, direction)
        entire = 1 << first
        common = next((key for key, mask in sure.items() if mask & entire), (None, NONE))
        for (_, connections), mask in sure.items():
            for bit in bits_of(mask):
                peer = self.peers[bit - first]
                names = named.get(bit, ())
                usual = bit != first and connections == common[1]
                if usual and names == named.get(first, ()):
                    continue
                if bit == first and not connections and not names:
                    continue
                yield Exposed(direction, "", peer, connections.ported, names)
        for (caveat, connections), mask in unsure.items():
            for bit in bits_of(mask):
                if bit != first and entire & mask:
                    continue
                yield Exposed(
                    direction, "", self.peers[bit - first], connections.ported, (), caveat
                )

    def _named(self, side: Side, direction: Direction) -> dict[int, Named]:
        """Ports by name that are open to a peer that declares them, whatever their number."""
        if direction is Direction.INGRESS:
            return {}
        first, count = self.beyond.first_stranger, len(self.peers)
        found: dict[int, list[tuple[str, str]]] = {}
        for place, (name, protocol) in enumerate(self.names, start=1):
            for i in range(count):
                plain, declaring = first + i, first + place * count + i
                each = protocol or "TCP"
                if self._opens(side, declaring, each) and not self._opens(side, plain, each):
                    found.setdefault(plain, []).append((name, protocol))
        return {bit: tuple(sorted(each)) for bit, each in found.items()}

    def _opens(self, side: Side, bit: int, protocol: str) -> bool:
        return any(
            caveat is None and connections.allows(protocol, self.number)
            for connections, caveat in side.with_peer(bit)
        )


Part = tuple[Caveat | None, ConnectionSet]


def _parts(side: Side, window: int, *, certain: bool) -> dict[Part, int]:
    """Peers by what they may open: all of the window where that is certain."""
    parts: dict[Part, int] = {(None, NONE): window} if certain else {}
    for peers, connections, caveat in side.outcomes:
        if (caveat is None) is not certain:
            continue
        if not certain:
            if peers & window:
                key = (caveat, connections)
                parts[key] = parts.get(key, 0) | peers & window
            continue
        refined: dict[Part, int] = {}
        for (_, held), mask in parts.items():
            for part, opened in ((mask & peers, held | connections), (mask & ~peers, held)):
                if part:
                    refined[None, opened] = refined.get((None, opened), 0) | part
        parts = refined
    return parts


# -- the peers to come -----------------------------------------------------------------------------


def _peers_to_come(policies: Iterable[Policy], evaluation: Evaluation) -> list[Stranger]:
    """One for each pair of selectors that no pod of today matches, in order of their text."""
    found: dict[str, Stranger] = {}
    for policy in policies:
        for rule in policy.rules:
            for clause in rule.peers or ():
                peer = _peer_of(clause, policy.subject.namespace)
                if peer is not None and not _is_there(peer, evaluation):
                    found.setdefault(peer.text, peer)
    return [found[text] for text in sorted(found)]


def _peer_of(clause: PeerClause, namespace: str) -> Stranger | None:
    if clause.cidr or clause.domains or clause.nodes is not None:
        return None
    spaces, name = clause.namespaces, "" if clause.namespaces is not None else namespace
    if spaces is not None:
        name = _single_name(spaces)
        if not spaces and not clause.pods:
            return None
    known = Stranger(
        "",
        namespace=name,
        namespaces=spaces if spaces and not name else None,
        pods=clause.pods if clause.pods else None,
    )
    return msgspec.structs.replace(known, text=_text(known))


def _single_name(selector: Selector) -> str:
    """The namespace that a selector names by the automatic label, if that is all it does."""
    if len(selector.requirements) == 1:
        only = selector.requirements[0]
        if only.key == NAME_LABEL and only.operator == "In" and len(only.values) == 1:
            return only.values[0]
    return ""


def _is_there(peer: Stranger, evaluation: Evaluation) -> bool:
    """Whether a pod of today has just its labels, in a namespace that it may be in.

    A selector by expressions leaves room for other pods, whatever pods it matches already.
    """
    if peer.pods is None or any(not _is_label(each) for each in peer.pods.requirements):
        return False
    universe = evaluation.universe
    if peer.namespace:
        window = universe.in_namespace(peer.namespace)
    else:
        window = universe.in_namespaces(peer.namespaces or Selector())
    sure, maybe = universe.with_labels(peer.pods)
    return bool((sure | maybe) & window)


def _text(peer: Stranger) -> str:
    """`ns/[pod with {app=web}]`, `[all namespaces]/[pod with {…}]`, `[namespace with {…}]/…`."""
    if peer.namespace:
        where = peer.namespace
    elif peer.namespaces is not None:
        where = f"[namespace with {{{_labels(peer.namespaces)}}}]"
    else:
        where = "[all namespaces]"
    pods = f"[pod with {{{_labels(peer.pods)}}}]" if peer.pods else "[all pods]"
    return f"{where}/{pods}"


def _labels(selector: Selector) -> str:
    return ",".join(_requirement(each) for each in selector.requirements)


def _is_label(each: Requirement) -> bool:
    return each.operator == "In" and len(each.values) == 1


def _requirement(each: Requirement) -> str:
    if _is_label(each):
        return f"{each.key}={each.values[0]}"
    return f"{{Key:{each.key},Operator:{each.operator},Values:[{' '.join(each.values)}],}}"


def _port_names(policies: Iterable[Policy]) -> list[tuple[str, str]]:
    """The port names of egress rules: what they mean depends on the pods to come."""
    return sorted(
        {
            (port.name, port.protocol)
            for policy in policies
            for rule in policy.rules
            if rule.direction is Direction.EGRESS
            for port in rule.ports or ()
            if port.name
        }
    )


def _free_port(policies: Iterable[Policy]) -> int:
    """A number that no rule singles out, to stand for one that nobody knows."""
    used = intervals.normalise(
        (port.low, port.high)
        for policy in policies
        for rule in policy.rules
        for port in rule.ports or ()
        if not port.name and (port.low, port.high) != (1, PORT_MAX)
    )
    if not used or used[-1][1] < PORT_MAX:
        return PORT_MAX
    return max(used[-1][0] - 1, 1)
