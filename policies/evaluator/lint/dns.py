"""Whether pods can look up names: the commonest thing that a default deny breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.errors import Severity
from policies.evaluator.lint.evidence import Evidence, by_labels
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import added, new_policy
from policies.evaluator.policy import Action, Direction, PeerClause, Rule, Tier
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.side import Side
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "DNS"
_PORT = 53
# Where distributions run the name servers of a cluster, and how they call and label them.
_NAMESPACES = ("kube-system", "openshift-dns")
_NAMES = ("coredns", "kube-dns", "dns-default", "rke2-coredns-rke2-coredns")
_LABELS = (
    ("k8s-app", "kube-dns"),
    ("k8s-app", "coredns"),
    ("dns.operator.openshift.io/daemonset-dns", "default"),
)
_NODE_LOCAL = ("k8s-app", "node-local-dns")
_NODE_LOCAL_ADDRESS = "169.254.20.10"
_MOST_DRAFTS = 5


class _Servers:
    """The name servers of the cluster, as far as the snapshot shows them."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    @cached_property
    def classes(self) -> int:
        """The classes of the DNS pods."""
        state = self.evidence.state
        found = [
            index
            for index, pod in enumerate(state.pods)
            if pod.namespace in _NAMESPACES
            and (pod.workload.name in _NAMES or any(i in _LABELS for i in pod.labels.items()))
        ]
        return self.evidence.classes(mask_of(found))

    @cached_property
    def numbers(self) -> dict[str, frozenset[int]]:
        """By protocol, the pod ports that the DNS Service leads to; 53 where it is not known."""
        found: dict[str, set[int]] = {"UDP": set(), "TCP": set()}
        for place, (service, pods) in enumerate(self.evidence.backends):
            if not self.evidence.backend_classes[place] & self.classes:
                continue
            for index, port in enumerate(service.ports):
                if port.port == _PORT and port.protocol in found:
                    for pod in bits_of(pods):
                        numbers = self.evidence.target_numbers(service, index, pod)
                        found[port.protocol].update(number for _, number in numbers)
        return {key: frozenset(values or {_PORT}) for key, values in found.items()}

    def connections(self, protocol: str) -> ConnectionSet:
        """The connections that a lookup over a protocol may use."""
        return ConnectionSet.union_of(
            ConnectionSet.of(protocol, number, number) for number in self.numbers[protocol]
        )

    @cached_property
    def named(self) -> tuple[str, dict[str, str]] | None:
        """Namespace and labels by which a rule names the servers, and nobody else; None where no
        labels do. Those of kubeadm where the servers are not in the snapshot."""
        if not self.classes:
            return "kube-system", {"k8s-app": "kube-dns"}
        state, universe = self.evidence.state, self.evidence.universe
        pod = state.pods[universe.classes[first_bit(self.classes)].pods[0]]
        known = dict(i for i in pod.labels.items() if i in _LABELS)
        labels = known or {k: v for k, v in pod.labels.items() if "hash" not in k}
        matched = self.evidence.classes(
            self.evidence.pods.matching(by_labels(labels), pod.namespace)
        )
        named = bool(labels) and matched & ~universe.hosts and not matched & ~self.classes
        return (pod.namespace, labels) if named else None

    def let_in(self, members: int) -> bool:
        """Whether the servers themselves take lookups from all these pods."""
        wanted = self.connections("UDP")
        sides = [
            self.evidence.evaluation.side_of(bit, Direction.INGRESS)
            for bit in bits_of(self.classes & ~self.evidence.universe.hosts)
        ]
        return not self.classes or all(
            any(
                connections & wanted and caveat is None
                for side in sides
                for connections, caveat in side.with_peer(bit)
            )
            for bit in bits_of(members)
        )

    def opened(self, members: int, side: Side) -> ConnectionSet:
        """What some pods, with this egress side, may open to any name server."""
        found = NONE
        evaluation = self.evidence.evaluation
        for bit in bits_of(self.classes):
            entering = NONE
            theirs = evaluation.side_of(bit, Direction.INGRESS)
            for callers, connections, _ in theirs.outcomes:
                if callers & members:
                    entering |= connections
            for connections, _ in side.with_peer(bit):
                found |= connections & entering
        return found


def _governed(servers: _Servers) -> Iterator[tuple[int, Side]]:
    """Isolated pods that may look up names: not the name servers themselves."""
    for members, side in servers.evidence.governed(Direction.EGRESS):
        if members & ~servers.classes:
            yield members & ~servers.classes, side


def _blocked(evidence: Evidence) -> Iterator[Hit]:
    """L-12."""
    servers = _Servers(evidence)
    useful = useless = 0
    for members, side in _governed(servers):
        if _can_look_up(members, side, servers, evidence):
            continue
        if any(peers & evidence.universe.everyone for peers, _, _ in side.outcomes):
            useful |= members
        else:
            useless |= members
    text = "cannot look up names: no rule opens UDP 53 to the cluster's DNS"
    yield from _by_namespace(useful, servers, f"{text}.")
    # What may open no connection at all may not need names either.
    text = f"{text}, nor anything else."
    yield from _by_namespace(useless, servers, text, "warning")


def _can_look_up(members: int, side: Side, servers: _Servers, evidence: Evidence) -> bool:
    if servers.classes:
        return bool(servers.opened(members, side) & servers.connections("UDP"))
    # The name servers are not in the snapshot: a rule that may mean them is taken to do so.
    bit = first_bit(members)
    for policy in evidence.evaluation.policies_of(bit, Direction.EGRESS):
        for rule in policy.policy.rules:
            if rule.direction is not Direction.EGRESS or rule.action is not Action.ALLOW:
                continue
            if _may_mean_dns(rule):
                return True
    return False


def _may_mean_dns(rule: Rule) -> bool:
    if rule.ports is not None:
        return any(
            each.name in ("dns", "dns-udp")
            or (not each.name and each.protocol == "UDP" and each.low <= _PORT <= each.high)
            for each in rule.ports
        )
    return rule.peers is None or any(
        each.cidr or each.namespaces is not None for each in rule.peers
    )


def _by_namespace(
    members: int,
    servers: _Servers,
    what: str,
    severity: Severity | None = None,
) -> Iterator[Hit]:
    """One hit for the pods of each namespace, first the policy that isolates them."""
    evidence = servers.evidence
    by_namespace: dict[str, int] = {}
    for bit in bits_of(members):
        namespace = evidence.universe.classes[bit].namespace
        by_namespace[namespace] = by_namespace.get(namespace, 0) | 1 << bit
    for namespace, bits in sorted(by_namespace.items()):
        refs = evidence.refs(bits)
        policies: dict[str, ResolvedPolicy] = {}
        for bit in bits_of(bits):
            for policy in evidence.isolating(bit, Direction.EGRESS):
                policies.setdefault(policy.source.key, policy)
        yield Hit(
            f"{shortened([f'{each.namespace}/{each.name}' for each in refs], 5)} {what}",
            (
                *(evidence.place(each) for _, each in sorted(policies.items())),
                *(evidence.workload_place(each) for each in refs),
            ),
            (str(refs[0]),),
            fix=_allow_dns(namespace, bits, policies.values(), servers),
            severity=severity,
        )


def _allow_dns(
    namespace: str, bits: int, policies: Iterable[ResolvedPolicy], servers: _Servers
) -> Fix | None:
    """Policies that open DNS to pods that are isolated already, as any other would be closed by
    them (A-02). None where something else stands in the way, or labels do not name the servers."""
    labels = servers.named
    if labels is None or not servers.let_in(bits) or not _is_theirs(bits, servers.evidence):
        return None
    place, picked = labels
    ports = [
        {"protocol": protocol, "port": number}
        for protocol in ("UDP", "TCP")
        for number in sorted(servers.numbers[protocol])
    ]
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}},
        "podSelector": {"matchLabels": picked},
    }
    selectors: list[Any] = []
    for policy in policies:
        selector = policy.source.spec.get("podSelector") or {}
        if policy.policy.tier is Tier.NETWORKPOLICY and selector not in selectors:
            selectors.append(selector)
    if {} in selectors:
        selectors = [{}]
    if not 0 < len(selectors) <= _MOST_DRAFTS:
        return None
    drafts: list[Fix] = []
    taken: set[str] = set()
    for selector in selectors:
        spec = {
            "podSelector": selector,
            "policyTypes": ["Egress"],
            "egress": [{"to": [peer], "ports": ports}],
        }
        name = servers.evidence.free_name(namespace, "allow-dns", taken)
        taken.add(name)
        drafts.append(new_policy(namespace, name, spec, f"Let {namespace} look up names"))
    return Fix(drafts[0].title, "---\n".join(each.yaml for each in drafts))


def _is_theirs(bits: int, evidence: Evidence) -> bool:
    """Whether it is for NetworkPolicies to open egress: no other tier may close it before."""
    return not any(
        rule.action is Action.DENY and rule.direction is Direction.EGRESS
        for bit in bits_of(bits)
        for policy in evidence.evaluation.policies_of(bit, Direction.EGRESS)
        if policy.policy.tier is Tier.ADMIN
        for rule in policy.policy.rules
    )


def _node_local(evidence: Evidence) -> Iterator[Hit]:
    """L-13, F-50."""
    agents = [
        pod for pod in evidence.state.pods if _NODE_LOCAL in pod.labels.items() and pod.host_network
    ]
    if not agents or evidence.profile.own_node_egress_exempt:
        return
    for policy, rule in evidence.rules(Direction.EGRESS):
        if not rule.peers or not rule.ports or not _may_mean_dns(rule):
            continue
        if all(not each.cidr for each in rule.peers) and not _reaches_cache(policy.policy.rules):
            yield Hit(
                f"Pods ask the cache on their own node ({_NODE_LOCAL_ADDRESS}), and this rule only"
                " names pods by selector: the network plugin here does not exempt the own node, so"
                f" lookups are denied. Add ipBlock {_NODE_LOCAL_ADDRESS}/32.",
                (evidence.place(policy, rule.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=added(
                    policy.source,
                    f"{rule.path}.to",
                    [{"ipBlock": {"cidr": f"{_NODE_LOCAL_ADDRESS}/32"}}],
                    "Let them ask the cache on their node",
                ),
            )


def _reaches_cache(rules: tuple[Rule, ...]) -> bool:
    return any(
        _may_mean_dns(rule) and any(_holds_cache(each) for each in rule.peers or ())
        for rule in rules
        if rule.direction is Direction.EGRESS
    )


def _holds_cache(clause: PeerClause) -> bool:
    if not clause.cidr or ":" in clause.cidr:
        return False
    return _NODE_LOCAL_ADDRESS in AddressSet.of_cidrs((clause.cidr,), clause.excepts)


def _wrong_port(evidence: Evidence) -> Iterator[Hit]:
    """L-14, F-49."""
    servers = _Servers(evidence)
    elsewhere = sorted(servers.numbers["UDP"] - {_PORT}) if servers.classes else []
    if not elsewhere:
        return
    for policy, rule in evidence.rules(Direction.EGRESS):
        if rule.peers is None or not rule.ports:
            continue
        named = 0
        for clause in rule.peers:
            if not clause.cidr:
                named |= evidence.peers(policy, clause)
        opened = [port for port in rule.ports if not port.name]
        if not named & servers.classes or not any(each.low == _PORT for each in opened):
            continue
        covered = any(
            each.low <= number <= each.high and each.protocol == "UDP"
            for each in opened
            for number in elsewhere
        )
        if not covered:
            ports = [{"protocol": protocol, "port": elsewhere[0]} for protocol in ("UDP", "TCP")]
            yield Hit(
                f"The rule opens port {_PORT}, and the DNS pods here listen on"
                f" {joined([str(each) for each in elsewhere])}: policies see the pod's port, not"
                " that of the Service.",
                (evidence.place(policy, rule.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=added(
                    policy.source, f"{rule.path}.ports", ports, f"Open port {elsewhere[0]} as well"
                ),
            )


def _udp_only(evidence: Evidence) -> Iterator[Hit]:
    """L-15."""
    servers = _Servers(evidence)
    if not servers.classes:
        return
    found = 0
    for members, side in _governed(servers):
        opened = servers.opened(members, side)
        if opened & servers.connections("UDP") and not opened & servers.connections("TCP"):
            found |= members
    text = "may look up names over UDP and not over TCP, which long answers need."
    yield from _by_namespace(found, servers, text)


CHECKS = (
    Check(
        "L-12",
        "error",
        "Names cannot be looked up",
        "Every lookup times out, and the application looks broken at random.",
        _blocked,
    ),
    Check(
        "L-13",
        "warning",
        "The DNS cache on the node is left out",
        "Pods do not talk to the DNS pods, but to a cache at an address of their own node.",
        _node_local,
    ),
    Check(
        "L-14",
        "warning",
        "Port 53 where DNS listens elsewhere",
        "Policies see the port of the pod, and on some distributions that is not 53.",
        _wrong_port,
    ),
    Check(
        "L-15",
        "info",
        "DNS over UDP only",
        "Long answers are asked for again over TCP, and hang.",
        _udp_only,
    ),
)
