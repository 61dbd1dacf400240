"""Traffic between a pod and the node it runs on, which policies never stop (A-104, H-10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.policy import Caveat, Direction
from policies.evaluator.profile import Profile
from policies.evaluator.state import WorkloadRef
from policies.evaluator.veils import veil_caveats

if TYPE_CHECKING:
    from policies.evaluator.engine import Evaluation

__all__ = ["SAME_NODE", "THAT_NODE", "Exemption", "exempt_workloads", "exemptions", "hidden_doubt"]

SAME_NODE = Caveat("conditional", "only between pods on the same node: policies never stop that")
THAT_NODE = Caveat("conditional", "only for pods on that node: policies never stop that")


class Exemption(msgspec.Struct, frozen=True):
    """A host-network class and an isolated one with pods on its node.

    `pods` are the pods of the isolated class on that node, as indexes into the state. Pods of
    templates and pods that wait for a node may end up on any, the same one included: where either
    node is not known the exemption is not `certain`. `doubt`: policies that are not evaluated may
    stop it all the same (D-32, H-42).
    """

    source: int
    destination: int
    pods: tuple[int, ...]
    certain: bool
    doubt: Caveat | None = None


def exemptions(evaluation: Evaluation) -> Iterator[Exemption]:
    """Every pair of classes that the exemption opens, whatever the policies say."""
    universe = evaluation.universe
    profile = evaluation.profile
    hosts = {} if profile.hostnet_subject else _hosts_by_node(evaluation)
    if not hosts:
        return
    for bit in bits_of(universe.pods & ~universe.hosts):
        placed: dict[str, list[int]] = {}
        for index in universe.classes[bit].pods:
            placed.setdefault(universe.state.pods[index].node, []).append(index)
        for direction in Direction:
            if not _exempts(profile, direction) or evaluation.side_of(bit, direction).is_open:
                continue
            for node, pods in placed.items():
                for host, certain in _hosts_with(hosts, node):
                    ends = (host, bit) if direction is Direction.INGRESS else (bit, host)
                    doubt = hidden_doubt(evaluation, *ends)
                    yield Exemption(*ends, tuple(pods), certain, doubt)


def hidden_doubt(evaluation: Evaluation, source: int, destination: int) -> Caveat | None:
    """Why it is not known whether a class talks with its own node: a plugin's own policies, and a
    mesh, may stop that, on the pods or on the node (D-02)."""
    found: list[Caveat] = []
    for bit, direction in ((destination, Direction.INGRESS), (source, Direction.EGRESS)):
        _, wide, _, narrow = veil_caveats(evaluation.policies_of(bit, direction), direction)
        found += (caveat for caveat in (wide, narrow) if caveat)
    return found[0] if found else None


def _exempts(profile: Profile, direction: Direction) -> bool:
    if direction is Direction.INGRESS:
        return profile.own_node_ingress_exempt
    return profile.own_node_egress_exempt


def exempt_workloads(
    evaluation: Evaluation,
) -> dict[tuple[WorkloadRef, WorkloadRef], Caveat | None]:
    """Pairs of workloads that the exemption opens: always, or (SAME_NODE) where they meet."""
    classes = evaluation.universe.classes
    found = list(exemptions(evaluation))
    if not found:
        return {}
    sizes: dict[WorkloadRef, int] = {}
    for each in classes:
        sizes[each.workload] = sizes.get(each.workload, 0) + len(each.pods)
    meetings: dict[tuple[WorkloadRef, WorkloadRef], int] = {}
    doubts: dict[tuple[WorkloadRef, WorkloadRef], Caveat] = {}
    for exemption in found:
        source, destination = classes[exemption.source], classes[exemption.destination]
        host = source if source.host_network else destination
        pair = (source.workload, destination.workload)
        met = len(exemption.pods) * len(host.pods) if exemption.certain else 0
        meetings[pair] = meetings.get(pair, 0) + met
        if exemption.doubt is not None:
            doubts[pair] = exemption.doubt
    return {
        pair: doubts.get(pair) or (None if count == sizes[pair[0]] * sizes[pair[1]] else SAME_NODE)
        for pair, count in meetings.items()
    }


def _hosts_by_node(evaluation: Evaluation) -> dict[str, list[int]]:
    """Host-network classes by node; those whose node is not known under the empty name."""
    hosts: dict[str, list[int]] = {}
    for bit in bits_of(evaluation.universe.hosts):
        hosts.setdefault(evaluation.universe.classes[bit].node, []).append(bit)
    return hosts


def _hosts_with(hosts: dict[str, list[int]], node: str) -> Iterator[tuple[int, bool]]:
    """Host-network classes that share a node with pods on `node`, and whether they surely do."""
    if not node:
        yield from ((host, False) for there in hosts.values() for host in there)
        return
    yield from ((host, True) for host in hosts.get(node, ()))
    yield from ((host, False) for host in hosts.get("", ()))
