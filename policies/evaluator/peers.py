"""Peers and classes: who can talk, grouped so that no policy in use tells members apart.

Every peer has one bit of a universe: first the pod classes, ordered by namespace, then the nodes,
then the cells of external addresses. All set work of the evaluator is on these bits, never on pods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from policies.evaluator.addresses import PRIVATE_ADDRESSES, AddressSet
from policies.evaluator.bits import bits_of, listed, mask_of, masks_of
from policies.evaluator.cells import AddressPlan, Block, networks_of
from policies.evaluator.connections import ALL, IPV4, IPV6, ConnectionSet
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.podclasses import (
    PodClass,
    Signatures,
    class_of,
    grouped,
    signature_of,
)
from policies.evaluator.policy import PortClause
from policies.evaluator.profile import Profile
from policies.evaluator.projection import Projection
from policies.evaluator.state import (
    ClusterState,
    Namespace,
    Node,
    Pod,
)

__all__ = ["PodClass", "Universe"]


class Universe:
    """The classes, nodes and cells of a state under a projection, and the sets made of them.

    Selector sets are computed once each through an inverted label index and remembered here.
    Between the classes and the nodes is `room` for classes to come: `whoever` has its bits too,
    `everyone` has not. A class that is gone keeps its place, without pods, until another takes it.
    """

    def __init__(
        self, state: ClusterState, projection: Projection, profile: Profile, room: int = 0
    ) -> None:
        self.make_state: Callable[[], ClusterState] = lambda: state
        self.projection = projection
        self.profile = profile
        networks = networks_of(state.pods)
        self.plan = AddressPlan.build(
            projection.blocks, state.pods, state.nodes, state.services, networks
        )
        self.classes = grouped(state.pods, state.nodes, projection, self.plan, networks)
        self.nodes: Sequence[Node] = state.nodes
        self.namespaces: dict[str, Namespace] = {each.name: each for each in state.namespaces}
        count = len(self.classes)
        self.first_node = count + room
        self.first_cell = self.first_node + len(self.nodes)
        self.size = self.first_cell + len(self.plan.cells)
        self.pods = (1 << count) - 1
        self.whoever = (1 << self.size) - 1
        self.room = (1 << self.first_node) - 1 ^ self.pods
        self.everyone = self.whoever ^ self.room
        self.external = self.everyone & ~((1 << self.first_cell) - 1)
        index = _Index(self.classes)
        hosts = mask_of(index.hosts)
        self.hosts = hosts
        self.homeless = mask_of(index.homeless)
        self.subjects = self.pods if profile.hostnet_subject else self.pods & ~hosts
        self.selectable = self.pods if profile.hostnet_peer_by_selector else self.pods & ~hosts
        self._by_namespace = masks_of(index.by_namespace)
        # As lists, and as sets once they are asked for: a label of every pod's own would be as many
        # sets as there are pods.
        self._label_sets: dict[tuple[str, str], int] = {}
        self._by_label = index.by_label
        self._by_key = masks_of(index.by_key)
        self._unknown = masks_of(index.unknown)
        # By where pods answer, and whether they are on a host network.
        self.by_signature = masks_of(index.by_signature)
        self._cells_in = masks_of(
            listed(
                (block, self.first_cell + i)
                for i, cell in enumerate(self.plan.cells)
                for block in bits_of(cell.signature)
            )
        )
        self._ports: dict[tuple[str, str], dict[int, int]] = {}
        for (name, protocol, number), bits in index.by_port.items():
            self._ports.setdefault((name, protocol), {})[number] = mask_of(bits)
        self.arrived = 0
        self._families: dict[int, int] = {}
        self._pod_sets: dict[Selector, tuple[int, int]] = {}
        self._namespace_sets: dict[Selector, int] = {}
        self._namespace_names: dict[Selector, list[str]] = {}
        # Remembered for `resolve`: what lists of ports open by number, and which of them are names.
        self.opened: dict[tuple[PortClause, ...], tuple[ConnectionSet, tuple[PortClause, ...]]] = {}
        self._block_sets: dict[Block, tuple[tuple[int, ConnectionSet], ...]] = {}

    def class_of(self, pod: Pod) -> PodClass:
        """The class that a pod is in or would be in, without its members."""
        of_nodes = {}
        if pod.host_network:
            of_nodes = {node.name: node.addresses for node in self.nodes}
        return class_of(pod, signature_of(pod, of_nodes, self.plan), self.projection)

    @cached_property
    def state(self) -> ClusterState:
        """The state whose peers these are."""
        return self.make_state()

    @cached_property
    def places(self) -> dict[PodClass, int]:
        """The bit of each class, by the class without its pods."""
        return {msgspec.structs.replace(each, pods=()): bit for bit, each in self.each_class()}

    def each_class(self) -> Iterator[tuple[int, PodClass]]:
        """The classes that have pods, each with its bit."""
        return ((bit, each) for bit, each in enumerate(self.classes) if each.pods)

    @cached_property
    def exposing(self) -> tuple[int, ...]:
        """The pods of the state with a port that their node opens (F-34)."""
        pods = enumerate(self.state.pods)
        return tuple(i for i, pod in pods if any(port.host_port for port in pod.ports))

    def in_namespace(self, name: str) -> int:
        """Classes of one namespace."""
        return self._by_namespace.get(name, 0)

    def in_namespaces(self, selector: Selector) -> int:
        """Classes of the namespaces whose labels match."""
        found = self._namespace_sets.get(selector)
        if found is None:
            found = 0
            for namespace in self.matching_namespaces(selector):
                found |= self.in_namespace(namespace)
            self._namespace_sets[selector] = found
        return found

    def matching_namespaces(self, selector: Selector) -> list[str]:
        """Names of the namespaces whose labels match, in order."""
        found = self._namespace_names.get(selector)
        if found is None:
            found = self._namespace_names[selector] = [
                each.name for each in self._candidates(selector) if selector.matches(each.labels)
            ]
        return found

    def _candidates(self, selector: Selector) -> Iterable[Namespace]:
        """Some namespaces, in order, among which are all that match."""
        every = self.namespaces.values()
        for each in selector.requirements:
            if each.operator == "In":
                found = [
                    i for value in each.values for i in self._labelled.get((each.key, value), ())
                ]
                return map(tuple(every).__getitem__, sorted(found))
        return every

    @cached_property
    def _labelled(self) -> dict[tuple[str, str], list[int]]:
        """The places of the namespaces with a label."""
        every = enumerate(self.namespaces.values())
        return listed((label, i) for i, each in every for label in each.labels.items())

    def with_labels(self, selector: Selector) -> tuple[int, int]:
        """Classes that match, and classes that may match: a label of theirs is unknown (F-06)."""
        found = self._pod_sets.get(selector)
        if found is None:
            sure = possible = self.pods
            for requirement in selector.requirements:
                unknown = self._unknown.get(requirement.key, 0)
                matching = self._matching(requirement)
                sure &= matching & ~unknown
                possible &= matching | unknown
            found = self._pod_sets[selector] = (sure, possible & ~sure)
        return found

    def _matching(self, requirement: Requirement) -> int:
        key = requirement.key
        if requirement.operator in ("Exists", "DoesNotExist"):
            present = self._by_key.get(key, 0)
            return present if requirement.operator == "Exists" else self.pods & ~present
        listed = 0
        for value in requirement.values:
            listed |= self._with_label((key, value))
        return listed if requirement.operator == "In" else self.pods & ~listed

    def _with_label(self, label: tuple[str, str]) -> int:
        found = self._label_sets.get(label)
        if found is None:
            found = self._label_sets[label] = mask_of(self._by_label.get(label, ()))
        return found

    def in_block(self, block: Block) -> tuple[tuple[int, ConnectionSet], ...]:
        """Peers with an address in the block, and over which family; every part is disjoint.

        A dual-stack pod is in an IPv4 block for its IPv4 connections only (A-70).
        """
        found = self._block_sets.get(block)
        if found is None:
            bit = 1 << self.plan.blocks[block]
            family = IPV6 if ":" in block[0] else IPV4
            whole = self._cells_in.get(self.plan.blocks[block], 0)
            partly = 0
            for (signatures, host_network), members in self.by_signature.items():
                matches = self.profile.ipblock_matches_pods
                if host_network and not self.profile.hostnet_subject:
                    matches = self.profile.ipblock_matches_nodes
                if matches and any(mask & bit for _, mask in signatures):
                    if len({version for version, _ in signatures}) == 1:
                        whole |= members
                    else:
                        partly |= members
            if self.profile.ipblock_matches_nodes:
                for i, node in enumerate(self.nodes):
                    if any(self.plan.signature(address) & bit for address in node.addresses):
                        if self.families(self.first_node + i) == 3:
                            partly |= 1 << (self.first_node + i)
                        else:
                            whole |= 1 << (self.first_node + i)
            found = tuple(part for part in ((whole, ALL), (partly, family)) if part[0])
            self._block_sets[block] = found
        return found

    def on_nodes(self, selector: Selector) -> tuple[int, int]:
        """Nodes whose labels match with the host-network pods there, as they share its addresses
        (B-47, B-48); and host-network pods whose node, or its labels, are not known."""
        known = {node.name for node in self.nodes}
        matching = {node.name for node in self.nodes if selector.matches(node.labels)}
        sure = mask_of(
            self.first_node + i for i, node in enumerate(self.nodes) if node.name in matching
        )
        maybe = 0
        for bit in bits_of(self.hosts):
            node = self.classes[bit].node
            if node in matching:
                sure |= 1 << bit
            elif node not in known and (matching or node or not known):
                maybe |= 1 << bit
        return sure, maybe

    def node_of(self, bit: int) -> str:
        """The name of a node, or of the node that host-network pods run on; empty if not known."""
        if bit < self.first_node:
            return self.classes[bit].node
        return self.nodes[bit - self.first_node].name if bit < self.first_cell else ""

    def may_be_in_block(self, block: Block) -> bool:
        """Whether pods without an address (A-94) may turn out to be in the block.

        No address is ever assumed for them; but clusters give pods private ones, so only a block
        without any of those surely leaves them out.
        """
        if not self.homeless:
            return False
        return bool(AddressSet.of_cidrs((block[0],), block[1]) & PRIVATE_ADDRESSES)

    def port_numbers(self, name: str, protocol: str) -> dict[int, int]:
        """For a port name of a protocol: number -> classes that declare it (A-80, A-85)."""
        return self._ports.get((name, protocol), {})

    def families(self, bit: int) -> int:
        """Address families of a peer: 1 IPv4, 2 IPv6, 3 both or not known."""
        found = self._families.get(bit)
        if found is None:
            found = self._families[bit] = self._families_of(bit)
        return found

    def _families_of(self, bit: int) -> int:
        if bit < self.first_node:
            versions = {version for version, _ in self.classes[bit].signatures}
        elif bit < self.first_cell:
            versions = {
                6 if ":" in text else 4 for text in self.nodes[bit - self.first_node].addresses
            }
        else:
            ranges = self.cell_addresses(bit).ranges
            versions = {4 if low < 1 << 32 else 6 for low, _ in ranges}
        return sum({4: 1, 6: 2}[version] for version in versions) or 3

    def cell_addresses(self, bit: int) -> AddressSet:
        """The addresses of an external peer."""
        return self.plan.cells[bit - self.first_cell].addresses

    def is_rest(self, bit: int) -> bool:
        """Whether an external peer is the Internet at large: addresses no block singles out."""
        return self.plan.cells[bit - self.first_cell].is_rest

    def name_of(self, bit: int) -> str:
        """What a peer that is neither pod nor address is called; empty for all others."""
        return ""

    def named(self, text: str) -> int:
        """The peer with that name, where it is neither pod nor address."""
        return 0


class _Index:
    """The places of classes by all that is asked for: of large clusters, in one go."""

    def __init__(self, classes: Sequence[PodClass]) -> None:
        self.hosts: list[int] = []
        self.homeless: list[int] = []
        self.by_namespace: dict[str, list[int]] = {}
        self.by_label: dict[tuple[str, str], list[int]] = {}
        self.by_key: dict[str, list[int]] = {}
        self.unknown: dict[str, list[int]] = {}
        self.by_signature: dict[tuple[Signatures, bool], list[int]] = {}
        self.by_port: dict[tuple[str, str, int], list[int]] = {}
        for i, each in enumerate(classes):
            host_network, signatures = each.host_network, each.signatures
            if host_network:
                self.hosts.append(i)
            if not signatures:
                self.homeless.append(i)
            self.by_namespace.setdefault(each.workload.namespace, []).append(i)
            self.by_signature.setdefault((signatures, host_network), []).append(i)
            for label in each.labels:
                self.by_label.setdefault(label, []).append(i)
                self.by_key.setdefault(label[0], []).append(i)
            for key in each.unknown:
                self.unknown.setdefault(key, []).append(i)
            for port in each.ports:
                self.by_port.setdefault((port.name, port.protocol, port.port), []).append(i)
