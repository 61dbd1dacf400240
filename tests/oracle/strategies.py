"""Random clusters and policies, from domains small enough that everything collides."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from hypothesis import strategies as st

from policies.evaluator.state import (
    ClusterState,
    ContainerPort,
    Namespace,
    Node,
    Pod,
    PolicyObject,
    Workload,
    WorkloadRef,
)
from tests.oracle.clusterwide_strategies import clusterwide_policies
from tests.oracle.pieces import (
    BLOCKS,
    NAMESPACES,
    PORT_NAMES,
    PORT_NUMBERS,
    PROTOCOLS,
    label_sets,
    selectors,
)

__all__ = [
    "NAMESPACES",
    "any_policies",
    "cluster_states",
    "container_ports",
    "drafts",
    "label_sets",
    "network_policies",
    "policy_lists",
    "policy_specs",
    "selectors",
]

NODES = (
    Node("n1", {"app": "a", "env": "a"}, ("192.168.0.1", "fd01::1")),
    Node("n2", {"app": "b"}, ("192.168.0.2",)),
)


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    cidr = draw(st.sampled_from(BLOCKS))
    network = ipaddress.ip_network(cidr, strict=False)
    inside = [
        other
        for other in BLOCKS
        for hole in [ipaddress.ip_network(other, strict=False)]
        if hole.version == network.version
        and hole.prefixlen > network.prefixlen
        and hole.network_address in network
    ]
    block: dict[str, Any] = {"cidr": cidr}
    if len(inside) > 0 and draw(st.booleans()):
        block["except"] = draw(st.lists(st.sampled_from(inside), max_size=3))
    return block


@st.composite
def peers(draw: st.DrawFn) -> dict[str, Any]:
    """One entry of from or to: a block, or one or both selectors."""
    shape = draw(st.sampled_from(["pods", "namespaces", "both", "block"]))
    if shape == "block":
        return {"ipBlock": draw(blocks())}
    peer: dict[str, Any] = {}
    if shape in ("pods", "both"):
        peer["podSelector"] = draw(selectors())
    if shape in ("namespaces", "both"):
        peer["namespaceSelector"] = draw(selectors())
    return peer


@st.composite
def port_entries(draw: st.DrawFn) -> dict[str, Any]:
    """One entry of ports: nothing, a protocol, a number, a range or a name."""
    entry: dict[str, Any] = {}
    protocol = draw(st.sampled_from([None, *PROTOCOLS]))
    if protocol is not None:
        entry["protocol"] = protocol
    shape = draw(st.sampled_from(["any", "number", "range", "name", "name"]))
    if shape == "name":
        entry["port"] = draw(st.sampled_from(PORT_NAMES))
    elif shape in ("number", "range"):
        entry["port"] = draw(st.sampled_from(PORT_NUMBERS))
        if shape == "range":
            ends = [number for number in PORT_NUMBERS if number >= entry["port"]]
            entry["endPort"] = draw(st.sampled_from(ends))
    return entry


def _absent_or(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """No value for a field, a null, or a drawn one: as a list of none or one."""
    return st.one_of(st.just([]), st.just([None]), st.builds(lambda value: [value], values))


@st.composite
def rules(draw: st.DrawFn, peers_field: str) -> dict[str, Any] | None:
    """One rule: either list absent, null, empty or filled; now and then a null rule (A-33)."""
    if draw(st.integers(0, 19)) == 0:
        return None
    rule: dict[str, Any] = {}
    shape = draw(st.integers(0, 5))
    if shape == 0:
        rule[peers_field] = None
    elif shape == 1:
        rule[peers_field] = []
    elif shape > 2:
        rule[peers_field] = draw(st.lists(peers(), min_size=1, max_size=3))
    shape = draw(st.integers(0, 5))
    if shape == 0:
        rule["ports"] = None
    elif shape == 1:
        rule["ports"] = []
    elif shape > 2:
        rule["ports"] = draw(st.lists(port_entries(), min_size=1, max_size=3))
    return rule


@st.composite
def policy_specs(draw: st.DrawFn) -> dict[str, Any]:
    """A valid spec, with each of its fields absent, null, empty or filled."""
    spec: dict[str, Any] = {}
    fields = (
        ("podSelector", selectors()),
        ("ingress", st.lists(rules("from"), max_size=2)),
        ("egress", st.lists(rules("to"), max_size=2)),
    )
    for field, values in fields:
        # Filled twice as often: a policy without rules teaches little.
        if draw(st.booleans()):
            spec[field] = draw(values)
        else:
            for value in draw(_absent_or(values)):
                spec[field] = value
    types = draw(
        st.sampled_from(
            [
                "absent",
                "absent",
                None,
                [],
                ["Ingress"],
                ["Egress"],
                ["Ingress", "Egress"],
                ["Egress", "Ingress"],
                ["Ingress", "Ingress"],
            ]
        )
    )
    if types != "absent":
        spec["policyTypes"] = types
    return spec


@st.composite
def network_policies(draw: st.DrawFn, name: str = "draft") -> PolicyObject:
    """One policy in one of the namespaces."""
    return PolicyObject(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        namespace=draw(st.sampled_from(NAMESPACES[:2])),
        name=name,
        spec=draw(policy_specs()),
    )


@st.composite
def any_policies(draw: st.DrawFn, name: str = "draft", tiers: bool = True) -> PolicyObject:
    """A policy of any kind; NetworkPolicy as often as the others together."""
    if tiers and draw(st.booleans()):
        return draw(clusterwide_policies(name))
    return draw(network_policies(name))


@st.composite
def drafts(draw: st.DrawFn, base: ClusterState) -> tuple[ClusterState, tuple[str, ...]]:
    """What a person may try: a policy added or replaced, a namespace relabelled, one deleted."""
    known = [(policy.kind, policy.namespace, policy.name) for policy in base.policies]
    policies: list[PolicyObject] = []
    if draw(st.booleans()):
        fresh = draw(any_policies())
        same = [(namespace, name) for kind, namespace, name in known if kind == fresh.kind]
        if len(same) > 0 and draw(st.booleans()):
            namespace, name = draw(st.sampled_from(same))
            fresh = msgspec.structs.replace(fresh, namespace=namespace, name=name)
        policies.append(fresh)
    namespaces = []
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(NAMESPACES))
        labels = {**draw(label_sets()), "kubernetes.io/metadata.name": name}
        namespaces.append(Namespace(name, labels))
    replaced = {policy.key for policy in policies}
    removable = [policy.key for policy in base.policies if policy.key not in replaced]
    delete: tuple[str, ...] = ()
    if len(removable) > 0 and draw(st.booleans()):
        delete = (draw(st.sampled_from(removable)),)
    return ClusterState(namespaces=tuple(namespaces), policies=tuple(policies)), delete


@st.composite
def policy_lists(
    draw: st.DrawFn, max_size: int = 4, tiers: bool = True
) -> tuple[PolicyObject, ...]:
    """Policies in the stable order of a state, each name once."""
    count = draw(st.integers(0, max_size))
    found = [draw(any_policies(f"policy-{index}", tiers)) for index in range(count)]
    named = {(policy.kind, policy.namespace, policy.name): policy for policy in found}
    return tuple(policy for _, policy in sorted(named.items()))


@st.composite
def container_ports(draw: st.DrawFn) -> ContainerPort:
    return ContainerPort(
        name=draw(st.sampled_from([*PORT_NAMES, ""])),
        protocol=draw(st.sampled_from(["TCP", "TCP", "UDP", "SCTP"])),
        port=draw(st.sampled_from(PORT_NUMBERS)),
    )


def _addresses(shape: str, index: int) -> tuple[str, ...]:
    """None, IPv4, IPv6 or both, never the same for two pods."""
    v4, v6 = f"10.0.0.{index}", f"fd00::{index:x}"
    return {"none": (), "v4": (v4,), "v6": (v6,), "both": (v4, v6)}[shape]


@st.composite
def pods(draw: st.DrawFn, index: int, owned: bool = True) -> Pod:
    """Pod number `index`: its own, or one of a workload's (with labels that may differ, F-01)."""
    namespace = draw(st.sampled_from(NAMESPACES))
    name = f"p{index}"
    node = draw(st.sampled_from(["", "n1", "n2"]))
    host_network = draw(st.integers(0, 4)) == 0
    if host_network:
        # That of its node; none where the node is not known, as in a template.
        addresses = next((each.addresses for each in NODES if each.name == node), ())
    else:
        addresses = _addresses(draw(st.sampled_from(["none", "v4", "v4", "v6", "both"])), index)
    owners = [("", ""), ("", ""), ("shop", "Deployment"), ("db", "Job")] if owned else [("", "")]
    owner = draw(st.sampled_from(owners))
    return Pod(
        namespace=namespace,
        name=name,
        labels=draw(label_sets()),
        workload=WorkloadRef(namespace, owner[0] or name, owner[1] or "Pod"),
        ports=tuple(sorted(draw(st.lists(container_ports(), max_size=3)))),
        addresses=addresses,
        node=node,
        host_network=host_network,
    )


@st.composite
def cluster_states(
    draw: st.DrawFn,
    max_pods: int = 5,
    max_policies: int = 4,
    owned: bool = True,
    tiers: bool = True,
) -> ClusterState:
    """A cluster in the order that reading gives; not `owned`: every pod is its own workload; not
    `tiers`: NetworkPolicies alone."""
    found = [draw(pods(index, owned)) for index in range(draw(st.integers(1, max_pods)))]
    namespaces = tuple(
        Namespace(name, {**draw(label_sets()), "kubernetes.io/metadata.name": name})
        for name in NAMESPACES
    )
    refs = sorted({pod.workload for pod in found})
    return ClusterState(
        namespaces=namespaces,
        pods=tuple(sorted(found, key=lambda pod: (pod.namespace, pod.workload, pod.name))),
        workloads=tuple(Workload(ref) for ref in refs),
        nodes=NODES,
        policies=draw(policy_lists(max_policies, tiers)),
    )
