"""Address blocks that mean something else than they seem to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from policies.evaluator.addresses import PRIVATE_ADDRESSES, AddressSet
from policies.evaluator.intervals import normalise
from policies.evaluator.lint.backends import backends_fix
from policies.evaluator.lint.evidence import FIELDS, Evidence, by_labels
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import added, replaced, without
from policies.evaluator.policy import Direction, PeerClause, Rule, Tier
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import Pod
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Address blocks"
METADATA = ("169.254.169.254", "fd00:ec2::254")
_EVERYTHING = {"0.0.0.0/0": "::/0", "::/0": "0.0.0.0/0"}
# Blocks at least this long single out a part of a network on purpose.
_NARROW = {4: 16, 6: 48}


def _network(clause: PeerClause) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(clause.cidr, strict=False)


def _shown(policy: ResolvedPolicy, evidence: Evidence) -> tuple[str, ...]:
    return tuple(map(str, evidence.refs(policy.subjects)[:1]))


def _covers_pods(evidence: Evidence) -> Iterator[Hit]:
    """L-30. A-94: no address is ever assumed for a pod; that a block may mean pods is said."""
    universe, profile = evidence.universe, evidence.profile
    for policy, _, clause in evidence.blocks():
        pods = evidence.pods_in(clause)
        place = (evidence.place(policy, clause.path),)
        if pods:
            names = shortened(_workloads(pods, evidence))
            says = (
                "this network plugin lets it match them"
                if profile.ipblock_matches_pods
                else "this network plugin never matches pods by address"
            )
            yield Hit(
                f"ipBlock {clause.cidr} covers addresses of pods ({names}). Pod addresses change"
                f" with every restart, plugins do not agree on such blocks, and {says}.",
                place,
                _shown(policy, evidence),
            )
        elif evidence.pod_ranges & evidence.addresses(clause):
            both = evidence.pod_ranges & evidence.addresses(clause)
            yield Hit(
                f"ipBlock {clause.cidr} covers {both}, which nodes give to pods: whichever pod gets"
                " such an address is meant. Plugins do not agree on such blocks.",
                place,
                _shown(policy, evidence),
            )
        elif profile.ipblock_matches_pods and universe.may_be_in_block(
            (clause.cidr, clause.excepts)
        ):
            homeless = len(
                {each.workload for _, each in universe.each_class() if not each.signatures}
            )
            whose = "workload has" if homeless == 1 else "workloads have"
            yield Hit(
                f"ipBlock {clause.cidr} may also cover pod addresses. The pods of {homeless}"
                f" {whose} no address yet (they come from templates or are not scheduled), so"
                " whether it covers them is unknown.",
                place,
                _shown(policy, evidence),
            )


def _workloads(pods: list[int], evidence: Evidence) -> list[str]:
    refs = {evidence.state.pods[index].workload for index in pods}
    return [f"{each.namespace}/{each.name}" for each in sorted(refs)]


def _cluster_ip(evidence: Evidence) -> Iterator[Hit]:
    """L-31, A-71: the destination is rewritten before policy sees it."""
    services = [(address, each) for each in evidence.state.services for address in each.cluster_ips]
    for policy, rule, clause in evidence.blocks():
        if rule.direction is not Direction.EGRESS or evidence.pods_in(clause):
            continue
        network, meant = _network(clause), evidence.addresses(clause)
        if network.prefixlen < network.max_prefixlen - 20 or meant & evidence.node_addresses:
            continue
        hit = [each for address, each in services if address in meant]
        if hit:
            names = [f"{each.namespace}/{each.name}" for each in hit]
            yield Hit(
                f"ipBlock {clause.cidr} names the address of Service {shortened(names)}."
                " Connections are sent on to a pod before policies look at them, so the rule never"
                " matches: name the pods behind the Service.",
                (
                    evidence.place(policy, clause.path),
                    *(evidence.service_place(each) for each in hit[:10]),
                ),
                _shown(policy, evidence),
                fix=backends_fix(policy, rule, clause, hit),
            )


def _one_pod(evidence: Evidence) -> Iterator[Hit]:
    """L-32."""
    for policy, _, clause in evidence.blocks():
        if _network(clause).num_addresses != 1:
            continue
        index = evidence.pod_addresses.get(evidence.addresses(clause).ranges[0][0])
        if index is None:
            continue
        pod = evidence.state.pods[index]
        labels = {key: value for key, value in pod.labels.items() if "hash" not in key}
        peer: dict[str, Any] = {"podSelector": {"matchLabels": labels}}
        if pod.namespace != policy.source.namespace:
            names = {"kubernetes.io/metadata.name": pod.namespace}
            peer = {"namespaceSelector": {"matchLabels": names}, **peer}
        yield Hit(
            f"{clause.cidr} is the address of pod {pod.namespace}/{pod.name} until it restarts;"
            " then the rule names nobody, or another pod.",
            (evidence.place(policy, clause.path), evidence.workload_place(pod.workload)),
            (str(pod.workload),),
            fix=replaced(policy.source, clause.path, peer, "Name the pod by its labels")
            if labels and _are_its_own(labels, pod, clause, evidence)
            else None,
        )


def _are_its_own(labels: dict[str, str], pod: Pod, clause: PeerClause, evidence: Evidence) -> bool:
    """Whether labels name no other workload than the pod's, and the address no other pod."""
    named = evidence.pods.matching(by_labels(labels), pod.namespace)
    refs = evidence.refs_of_pods(named)
    return refs == [pod.workload] and len(evidence.pods_in(clause)) == 1


def _host_bits(evidence: Evidence) -> Iterator[Hit]:
    """L-33, A-65."""
    for policy, _, clause in evidence.blocks():
        plain = policy.policy.tier is Tier.NETWORKPOLICY
        for text, field in [
            (clause.cidr, ".ipBlock.cidr" if plain else ""),
            *((each, f".ipBlock.except[{i}]") for i, each in enumerate(clause.excepts)),
        ]:
            network = ipaddress.ip_network(text, strict=False)
            address = text.partition("/")[0]
            if ipaddress.ip_address(address) != network.network_address:
                yield Hit(
                    f"{text} is read as {network}: {network.num_addresses:,} addresses, not one"
                    f" ({address}/{network.max_prefixlen}).",
                    (evidence.place(policy, f"{clause.path}{field}"),),
                    fix=replaced(
                        policy.source,
                        f"{clause.path}{field}",
                        str(network),
                        f"Write {network}",
                    ),
                )


def _one_family(evidence: Evidence) -> Iterator[Hit]:
    """L-34, A-63."""
    addresses = [text for pod in evidence.state.pods for text in pod.addresses]
    addresses += [text for node in evidence.state.nodes for text in node.addresses]
    families = {":" in text for text in addresses}
    if len(families) < 2:
        return
    for policy, rule, clause in evidence.blocks():
        other = _EVERYTHING.get(clause.cidr)
        if policy.policy.tier is not Tier.NETWORKPOLICY:
            continue
        if other is None or any(each.cidr == other for each in rule.peers or ()):
            continue
        family = "IPv6" if other == "::/0" else "IPv4"
        peers = f"{rule.path}.{FIELDS[rule.direction][1]}"
        yield Hit(
            f"The cluster has addresses of both families, and {clause.cidr} names only one:"
            f" {family} stays closed. Add {other} if all of it is meant.",
            (evidence.place(policy, clause.path),),
            _shown(policy, evidence),
            fix=added(
                policy.source,
                peers,
                [{"ipBlock": {"cidr": other}}],
                f"Add {other}",
            ),
        )


def _metadata(evidence: Evidence) -> Iterator[Hit]:
    """L-36."""
    for policy, rule in evidence.rules(Direction.EGRESS):
        if not _opens_http(rule) or rule.peers is None:
            continue
        for clause in rule.peers:
            if not clause.cidr or _network(clause).prefixlen >= _NARROW[_network(clause).version]:
                continue
            found = next((each for each in METADATA if each in evidence.addresses(clause)), "")
            if found:
                single = f"{found}/{128 if ':' in found else 32}"
                yield Hit(
                    f"ipBlock {clause.cidr} includes {found}, where cloud providers hand out the"
                    " credentials of the machine. Leave it out with `except`.",
                    (evidence.place(policy, clause.path),),
                    _shown(policy, evidence),
                    fix=added(
                        policy.source,
                        f"{clause.path}.ipBlock.except",
                        [single],
                        f"Leave out {single}",
                    ),
                )


def _opens_http(rule: Rule) -> bool:
    return rule.ports is None or any(
        not port.name and port.protocol == "TCP" and port.low <= 80 <= port.high
        for port in rule.ports
    )


def _pointless_except(evidence: Evidence) -> Iterator[Hit]:
    """L-38, A-62."""
    for policy, rule, clause in evidence.blocks():
        if not clause.excepts:
            continue
        others = list(_others(policy, rule, clause, evidence))
        for index, text in enumerate(clause.excepts):
            hole = AddressSet.of_cidrs((text,))
            ((low, high),) = hole.ranges
            near = [part for part in others if part[0] <= high and part[1] >= low]
            if not hole - AddressSet(normalise(near)):
                path = f"{clause.path}.ipBlock.except[{index}]"
                yield Hit(
                    f"{text} is left out of {clause.cidr} and let in again by another block of the"
                    " policy, so leaving it out changes nothing.",
                    (evidence.place(policy, path),),
                    _shown(policy, evidence),
                    fix=without(policy.source, path, "Remove the except"),
                )


def _others(
    policy: ResolvedPolicy, rule: Rule, clause: PeerClause, evidence: Evidence
) -> Iterator[tuple[int, int]]:
    """The ranges that the other blocks of a policy name for at least the same ports."""
    for other in policy.policy.rules:
        if other.direction is not rule.direction or other.action is not rule.action:
            continue
        if other.ports is not None and other.ports != rule.ports:
            continue
        for each in other.peers or ():
            if each.cidr and each is not clause:
                yield from evidence.addresses(each).ranges


def _everything(evidence: Evidence) -> Iterator[Hit]:
    """L-39, A-60."""
    if not evidence.profile.ipblock_matches_pods:
        return
    for policy, rule, clause in evidence.blocks():
        if clause.cidr not in _EVERYTHING or policy.policy.tier is not Tier.NETWORKPOLICY:
            continue
        pods = evidence.pods_in(clause)
        private = PRIVATE_ADDRESSES & AddressSet.of_cidrs((clause.cidr,))
        known = evidence.pod_addresses or evidence.pod_ranges
        inside = evidence.pod_ranges & evidence.addresses(clause)
        if pods or inside or (not known and private & evidence.addresses(clause)):
            whom = "to" if rule.direction is Direction.EGRESS else "from"
            yield Hit(
                f"ipBlock {clause.cidr} is every address of its family, so it also opens every pod"
                f" of the cluster ({whom} them), not only the Internet. Leave out the ranges of"
                " pods and Services with `except`.",
                (evidence.place(policy, clause.path),),
                _shown(policy, evidence),
                fix=_without_private(policy, clause, evidence),
            )


def _without_private(policy: ResolvedPolicy, clause: PeerClause, evidence: Evidence) -> Fix | None:
    """None where pods have public addresses: the block would hold them still."""
    holes = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"]
    if ":" in clause.cidr:
        holes = ["fc00::/7"]
    pods = AddressSet.of_cidrs(each for pod in evidence.state.pods for each in pod.addresses)
    if (pods | evidence.pod_ranges) & evidence.addresses(clause) - PRIVATE_ADDRESSES:
        return None
    return added(
        policy.source,
        f"{clause.path}.ipBlock.except",
        [each for each in holes if each not in clause.excepts],
        "Leave out private ranges",
    )


def _own_node(evidence: Evidence) -> Iterator[Hit]:
    """L-58, A-104."""
    nodes = evidence.node_addresses
    for policy, _, clause in evidence.blocks():
        block = AddressSet.of_cidrs((clause.cidr,))
        holes = [text for text in clause.excepts if not AddressSet.of_cidrs((text,)) - nodes]
        what = ""
        if nodes and block and not block - nodes:
            what = f"{clause.cidr} is the address of a node"
        elif nodes and holes:
            what = f"The except {joined(holes)} is the address of a node"
        if what:
            yield Hit(
                f"{what}. A pod always talks with the node it runs on, whatever policies say: the"
                " rule only decides about pods on other nodes.",
                (evidence.place(policy, clause.path),),
                _shown(policy, evidence),
            )


CHECKS = (
    Check(
        "L-30",
        "warning",
        "An ipBlock that covers pods",
        "Pod addresses do not last, and network plugins do not agree whether a block matches pods.",
        _covers_pods,
    ),
    Check(
        "L-31",
        "error",
        "An ipBlock with the address of a Service",
        "The destination is rewritten to a pod before policies see it, so the rule is dead.",
        _cluster_ip,
    ),
    Check(
        "L-32",
        "warning",
        "An ipBlock with the address of one pod",
        "It breaks at the next restart of the pod.",
        _one_pod,
    ),
    Check(
        "L-33",
        "info",
        "A block with host bits",
        "Likely a slip: the block is read as its whole network, wider than it looks.",
        _host_bits,
    ),
    Check(
        "L-34",
        "warning",
        "Every address of one family only",
        "In a cluster with both families one of them stays blocked, or wide open in an except.",
        _one_family,
    ),
    Check(
        "L-36",
        "warning",
        "Egress to the cloud's metadata address",
        "A pod that is taken over can fetch the machine's credentials there.",
        _metadata,
    ),
    Check(
        "L-38",
        "info",
        "An except without effect",
        "Another peer opens the same addresses again.",
        _pointless_except,
    ),
    Check(
        "L-39",
        "warning",
        "Every address, meant as the Internet",
        "An ipBlock of everything also opens every pod of the cluster.",
        _everything,
    ),
    Check(
        "L-58",
        "info",
        "A rule about the pod's own node",
        "Traffic between a pod and its own node is never stopped; only other nodes are affected.",
        _own_node,
    ),
)
