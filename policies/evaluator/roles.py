"""Peers by the part they play in every cluster: the API server, DNS, metrics (F-22, F-49)."""

from __future__ import annotations

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import mask_of
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.peers import Universe
from policies.evaluator.state import ClusterState

__all__ = ["API_SERVER", "ROLES", "api_server_addresses", "role_bits"]

API_SERVER = "{kube-apiserver}"


def _labelled(key: str, *values: str) -> Selector:
    return Selector((Requirement(key, "In", tuple(sorted(values))),))


# The labels of the add-ons' own manifests, each with the namespaces they run in; none is any.
_PODS: dict[str, tuple[tuple[Selector, ...], tuple[str, ...]]] = {
    "{kube-dns}": (
        (
            _labelled("k8s-app", "kube-dns"),
            _labelled("dns.operator.openshift.io/daemonset-dns", "default"),
        ),
        ("kube-system", "openshift-dns"),
    ),
    "{prometheus}": (
        (_labelled("app.kubernetes.io/name", "prometheus"), _labelled("app", "prometheus")),
        (),
    ),
    "{metrics-server}": ((_labelled("k8s-app", "metrics-server"),), ("kube-system",)),
}

ROLES = (API_SERVER, *_PODS)
"""The names under which these peers can be asked for."""


def role_bits(universe: Universe, state: ClusterState, name: str) -> int:
    """The peers that play a part; 0 where none is known in this cluster."""
    if name == API_SERVER:
        return _api_server(universe, state)
    selectors, namespaces = _PODS.get(name, ((), ()))
    pods = universe.state.pods
    return mask_of(
        bit
        for bit, each in universe.each_class()
        if (not namespaces or each.namespace in namespaces)
        and any(selector.matches(pods[each.pods[0]].labels) for selector in selectors)
    )


def api_server_addresses(state: ClusterState) -> set[str]:
    """F-22: the endpoints of default/kubernetes, which are addresses of nodes or external ones."""
    return {
        address
        for group in state.entry.endpoints
        if (group.namespace, group.service) == ("default", "kubernetes")
        for part in group.parts
        for address in part.addresses
    }


def _api_server(universe: Universe, state: ClusterState) -> int:
    # A universe that a draft shares has the state before.
    texts = api_server_addresses(state)
    on_nodes = {address for node in universe.nodes for address in node.addresses}
    found = mask_of(
        universe.first_node + i
        for i, node in enumerate(universe.nodes)
        if texts.intersection(node.addresses)
    )
    asked = AddressSet.of_cidrs(sorted(texts - on_nodes))
    return found | mask_of(
        universe.first_cell + i
        for i, cell in enumerate(universe.plan.cells)
        if cell.addresses & asked
    )
