"""What the checks look at: an evaluation, and indexes of what its classes leave out.

Classes tell apart only what policies look at. A near miss is about labels and ports that no policy
looks at yet, so pods are indexed here once more, by everything they carry; still no pairs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from policies.evaluator.addresses import AddressSet, address_number
from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.kinds import kind_of
from policies.evaluator.labels import EVERYTHING, Requirement, Selector
from policies.evaluator.leftout import workload_key
from policies.evaluator.lint.finding import Place
from policies.evaluator.policy import Direction, PeerClause, Rule, Tier
from policies.evaluator.resolve import ResolvedPolicy, peers_of_clause
from policies.evaluator.side import Side
from policies.evaluator.state import ContainerPort, Service, WorkloadRef

__all__ = ["SYSTEM", "Evidence", "PodIndex", "Raw", "by_labels"]

Raw = Mapping[str, Any]
# Not for a cluster's users to police: their pods belong to the cluster itself.
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_PODS, _FINISHED = "lint: pods by label", "lint: finished pods by label"
FIELDS = {Direction.INGRESS: ("ingress", "from"), Direction.EGRESS: ("egress", "to")}


class PodIndex:
    """Sets of pods, as bits in the order of the state, by any label and namespace."""

    def __init__(self, pods: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        by_namespace: dict[str, list[int]] = {}
        by_label: dict[tuple[str, str], list[int]] = {}
        self.count = 0
        for index, (namespace, labels) in enumerate(pods):
            by_namespace.setdefault(namespace, []).append(index)
            for pair in labels.items():
                by_label.setdefault(pair, []).append(index)
            self.count = index + 1
        self.everyone = (1 << self.count) - 1
        self.by_namespace = {key: mask_of(found) for key, found in by_namespace.items()}
        self.by_label = {key: mask_of(found) for key, found in by_label.items()}
        self.values: dict[str, set[str]] = {}
        for key, value in by_label:
            self.values.setdefault(key, set()).add(value)

    def matching(self, selector: Selector, namespace: str = "") -> int:
        """The pods that a selector matches, of one namespace or of all."""
        found = self.by_namespace.get(namespace, 0) if namespace else self.everyone
        for requirement in selector.requirements:
            found &= self._with(requirement)
        return found

    def _with(self, requirement: Requirement) -> int:
        negative = requirement.operator in ("NotIn", "DoesNotExist")
        values: Iterable[str] = requirement.values
        if requirement.operator in ("Exists", "DoesNotExist"):
            values = self.values.get(requirement.key, ())
        listed = 0
        for value in values:
            listed |= self.by_label.get((requirement.key, value), 0)
        return self.everyone & ~listed if negative else listed


class Evidence:
    """An evaluation of what the policies intend, with what the checks ask of it again and again.

    `policies` limits what is judged; `base` is an earlier evaluation of the same pods, whose
    indexes of them serve again.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        policies: Iterable[ResolvedPolicy] | None = None,
        base: Evaluation | None = None,
    ) -> None:
        self.evaluation = evaluation
        self._indexed = base or evaluation
        self.state = evaluation.state
        self.universe = evaluation.universe
        self.profile = evaluation.profile
        # What is not evaluated is not judged, nor is what it governs.
        self.policies = tuple(
            each
            for each in (evaluation.policies if policies is None else policies)
            if kind_of(each.source.api_version, each.source.kind) is not None
        )
        self._addresses_by: dict[tuple[str, tuple[str, ...]], AddressSet] = {}
        self._declared_by: dict[int, frozenset[ContainerPort]] = {}
        self.plain = [each for each in self.policies if each.policy.tier is Tier.NETWORKPOLICY]
        self.wide = [each for each in self.policies if each.policy.tier is not Tier.NETWORKPOLICY]

    # -- where things are written ------------------------------------------------------------------

    def place(self, policy: ResolvedPolicy, path: str = "") -> Place:
        """A field of a policy; `path` is below `spec`."""
        source = policy.source
        full = f"spec.{path}" if path else ""
        line = source.line_of(full) if full else source.origin.line
        return Place(source.key, source.origin.source, line, full)

    def workload_place(self, ref: WorkloadRef) -> Place:
        """A workload, where it is written or where its first pod is."""
        origin = self._origins.get(ref)
        key = workload_key(ref)
        return Place(key, origin.source, origin.line) if origin else Place(key)

    def service_place(self, service: Service, path: str = "") -> Place:
        """A Service."""
        origin = service.origin
        key = f"Service/{service.namespace}/{service.name}"
        return Place(key, origin.source, origin.line, path)

    def namespace_place(self, name: str) -> Place:
        """A namespace, whether an object was given for it or not."""
        known = self.universe.namespaces.get(name)
        origin = known.origin if known else None
        key = f"Namespace/{name}"
        return Place(key, origin.source, origin.line) if origin else Place(key)

    def named_place(self, key: str) -> Place:
        """The object with a key; without a line where it is none of the policies."""
        for policy in self.policies:
            if policy.source.key == key:
                return self.place(policy)
        return Place(key)

    def free_name(self, namespace: str, name: str, taken: Collection[str] = ()) -> str:
        """A name that no NetworkPolicy of a namespace has: a draft must not replace another one.

        Nor is it one of those `taken` by the rest of the draft."""
        found, number = name, 2
        while f"NetworkPolicy/{namespace}/{found}" in self._keys or found in taken:
            found, number = f"{name}-{number}", number + 1
        return found

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.state.policies)

    @cached_property
    def _origins(self) -> dict[WorkloadRef, Any]:
        found = {pod.workload: pod.origin for pod in reversed(self.state.pods)}
        found.update({each.ref: each.origin for each in self.state.workloads if each.origin.source})
        return found

    # -- policies, rules, peers --------------------------------------------------------------------

    def rules(self, *directions: Direction) -> Iterator[tuple[ResolvedPolicy, Rule]]:
        """Every rule of every NetworkPolicy, of the directions given or of both."""
        for policy in self.plain:
            for rule in policy.policy.rules:
                if not directions or rule.direction in directions:
                    yield policy, rule

    def clauses(self) -> Iterator[tuple[ResolvedPolicy, Rule, PeerClause]]:
        """Every entry of every `from` and `to` of every policy."""
        for policy in self.policies:
            for rule in policy.policy.rules:
                for clause in rule.peers or ():
                    yield policy, rule, clause

    def selectors(self) -> Iterator[tuple[ResolvedPolicy, Rule, PeerClause]]:
        """Those that name pods."""
        for policy, rule, clause in self.clauses():
            if not clause.cidr and clause.nodes is None and not clause.domains:
                yield policy, rule, clause

    def blocks(self) -> Iterator[tuple[ResolvedPolicy, Rule, PeerClause]]:
        """Those that name addresses."""
        for policy, rule, clause in self.clauses():
            if clause.cidr:
                yield policy, rule, clause

    def raw_rules(self, direction: Direction) -> Iterator[tuple[ResolvedPolicy, int, Raw | None]]:
        """Rules of NetworkPolicies as they are written, null where nothing is."""
        for policy in self.plain:
            for index, rule in enumerate(policy.source.spec.get(direction.value) or ()):
                yield policy, index, rule

    def peers(self, policy: ResolvedPolicy, clause: PeerClause) -> int:
        """Classes that a selector clause names or may name."""
        sure, maybe = peers_of_clause(clause, policy.policy.subject.namespace, self.universe)
        return sure | maybe

    def hidden(self, direction: Direction) -> int:
        """The classes of which a direction is not known: a policy governs it that is not
        evaluated."""
        return self._hidden[direction]

    @cached_property
    def _hidden(self) -> dict[Direction, int]:
        found = dict.fromkeys(Direction, 0)
        for policy in self.evaluation.policies:
            for direction in policy.policy.opaque:
                found[direction] |= policy.governed
        return found

    def governed(self, direction: Direction) -> Iterator[tuple[int, Side]]:
        """Groups of pods that a policy isolates in a direction, with their side."""
        return self.governed_among(self.universe.pods, direction)

    def governed_among(self, peers: int, direction: Direction) -> Iterator[tuple[int, Side]]:
        """The same of some peers only."""
        known = self.universe.pods & peers & ~self.hidden(direction)
        for group in self.evaluation.decided[direction].groups_of(known):
            members = group.members & known
            if members and group.side.isolated:
                yield members, group.side

    def isolating(self, bit: int, direction: Direction) -> list[ResolvedPolicy]:
        """The policies that isolate a class in a direction."""
        policies = self.evaluation.policies_of(bit, direction)
        return [each for each in policies if direction in each.policy.isolates]

    # -- pods --------------------------------------------------------------------------------------

    @cached_property
    def pods(self) -> PodIndex:
        """Every pod, by every label."""
        return self._index(_PODS, ((pod.namespace, pod.labels) for pod in self.state.pods))

    @cached_property
    def finished(self) -> PodIndex:
        """Finished pods, by every label."""
        finished = ((each.namespace, dict(each.labels)) for each in self.state.finished)
        return self._index(_FINISHED, finished)

    def _index(self, name: str, pods: Iterable[tuple[str, Mapping[str, str]]]) -> PodIndex:
        """Kept with the evaluation that has these pods: it is asked of again and again."""
        found = self._indexed.derived.get(name)
        if not isinstance(found, PodIndex):
            found = self._indexed.derived[name] = PodIndex(pods)
        return found

    @cached_property
    def class_of(self) -> list[int]:
        """The class of each pod."""
        found = [0] * len(self.state.pods)
        for bit, each in self.universe.each_class():
            for index in each.pods:
                found[index] = bit
        return found

    def classes(self, pods: int) -> int:
        """The classes of a set of pods."""
        return mask_of({self.class_of[index] for index in bits_of(pods)}) if pods else 0

    def refs(self, classes: int) -> list[WorkloadRef]:
        """The workloads of a set of classes, sorted."""
        kinds = self.universe.classes
        return sorted({kinds[bit].workload for bit in bits_of(classes & self.universe.pods)})

    def refs_of_pods(self, pods: int) -> list[WorkloadRef]:
        """The workloads of a set of pods, sorted."""
        return sorted({self.state.pods[index].workload for index in bits_of(pods)})

    @cached_property
    def _declared(self) -> list[frozenset[ContainerPort]]:
        pods = self.state.pods
        return [
            frozenset(port for index in each.pods for port in pods[index].ports)
            for each in self.universe.classes
        ]

    def declared(self, classes: int) -> frozenset[ContainerPort]:
        """Every port that a container of these classes declares."""
        known = self._declared_by.get(classes)
        if known is None:
            found: set[ContainerPort] = set()
            for bit in bits_of(classes & self.universe.pods):
                found |= self._declared[bit]
            known = self._declared_by[classes] = frozenset(found)
        return known

    @cached_property
    def pod_addresses(self) -> dict[int, int]:
        """Address as a number -> index of the pod that has it; host-network pods have none."""
        return {
            address_number(address): index
            for index, pod in enumerate(self.state.pods)
            if not pod.host_network
            for address in pod.addresses
        }

    @cached_property
    def pod_ranges(self) -> AddressSet:
        """The ranges that nodes give to pods."""
        return AddressSet.of_cidrs(cidr for node in self.state.nodes for cidr in node.pod_cidrs)

    @cached_property
    def node_addresses(self) -> AddressSet:
        """The addresses of nodes."""
        return AddressSet.of_cidrs(each for node in self.state.nodes for each in node.addresses)

    def addresses(self, clause: PeerClause) -> AddressSet:
        """The addresses of a block without its excepts."""
        key = (clause.cidr, clause.excepts)
        found = self._addresses_by.get(key)
        if found is None:
            found = AddressSet.of_cidrs((clause.cidr,), clause.excepts)
            self._addresses_by[key] = found
        return found

    def pods_in(self, clause: PeerClause) -> list[int]:
        """Pods with an address in a block, whatever the profile says of blocks and pods."""
        plan = self.universe.plan
        mask = 1 << plan.blocks[(clause.cidr, clause.excepts)]
        classes = 0
        for (signatures, host_network), members in self.universe.by_signature.items():
            if not host_network and any(found & mask for _, found in signatures):
                classes |= members
        return [index for bit in bits_of(classes) for index in self.universe.classes[bit].pods]

    # -- services ----------------------------------------------------------------------------------

    @cached_property
    def backends(self) -> list[tuple[Service, int]]:
        """Every Service that selects, with its pods."""
        return [
            (each, self.pods.matching(by_labels(each.selector), each.namespace))
            for each in self.state.services
            if each.selector
        ]

    @cached_property
    def backend_classes(self) -> list[int]:
        """The classes of the pods of each of `backends`."""
        return [self.classes(pods) for _, pods in self.backends]

    @cached_property
    def listening(self) -> dict[tuple[str, int], list[tuple[int, int]]]:
        """By protocol and port of a Service: its place among `backends`, and that of the port."""
        found: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for place, (service, _) in enumerate(self.backends):
            for index, port in enumerate(service.ports):
                found.setdefault((port.protocol, port.port), []).append((place, index))
        return found

    @cached_property
    def _targets(self) -> dict[int, set[tuple[str, int]]]:
        found: dict[int, set[tuple[str, int]]] = {}
        for service, pods in self.backends:
            for index in range(len(service.ports)):
                for pod in bits_of(pods):
                    numbers = self.target_numbers(service, index, pod)
                    found.setdefault(self.class_of[pod], set()).update(numbers)
        return found

    def targets(self, classes: int) -> set[tuple[str, int]]:
        """The ports of these pods that Services lead to, as (protocol, number)."""
        found: set[tuple[str, int]] = set()
        for bit in bits_of(classes):
            found |= self._targets.get(bit, set())
        return found

    def target_numbers(self, service: Service, port: int, pod: int) -> frozenset[tuple[str, int]]:
        """What the `port`th port of a Service means on one of its pods, as (protocol, number)."""
        entry = service.ports[port]
        if isinstance(entry.target, int):
            return frozenset({(entry.protocol, entry.target)})
        if not entry.target:
            return frozenset({(entry.protocol, entry.port)})
        return frozenset(
            (each.protocol, each.port)
            for each in self.state.pods[pod].ports
            if each.name == entry.target and each.protocol == entry.protocol
        )


def by_labels(labels: Mapping[str, str]) -> Selector:
    """The selector of a Service."""
    if not labels:
        return EVERYTHING
    return Selector(tuple(sorted(Requirement(k, "In", (v,)) for k, v in labels.items())))
