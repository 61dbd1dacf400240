"""Classes of pods, and the sets of peers that selectors, blocks and port names stand for."""

from __future__ import annotations

import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, IPV4
from policies.evaluator.kinds.networkpolicy import KIND
from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.peers import Universe
from policies.evaluator.profile import Profile
from policies.evaluator.projection import Projection
from policies.evaluator.state import ClusterState
from tests.support.states import namespace, node, pod, policy, state

WEB = Selector.from_spec({"matchLabels": {"app": "web"}})
NOT_WEB = Selector.from_spec(
    {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}
)
ANY_APP = Selector.from_spec({"matchExpressions": [{"key": "app", "operator": "Exists"}]})
NO_APP = Selector.from_spec({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})
TEN = ("10.0.0.0/8", ())


def universe(cluster: ClusterState, profile: Profile = Profile()) -> Universe:
    projection = Projection.of(KIND.translate(each) for each in cluster.policies)
    return Universe(cluster, projection, profile)


def names(found: Universe, bits: int) -> list[str]:
    """Pods and nodes of a set, in order of their bits."""
    result = []
    for bit in bits_of(bits):
        if bit < found.first_node:
            pods = found.state.pods
            result += [pods[index].name for index in found.classes[bit].pods]
        elif bit < found.first_cell:
            result.append(found.nodes[bit - found.first_node].name)
        else:
            result.append(str(found.cell_addresses(bit)))
    return result


def with_projection(
    *keys: str,
    blocks: frozenset[tuple[str, tuple[str, ...]]] = frozenset(),
    ports: frozenset[str] = frozenset(),
) -> Projection:
    return Projection(frozenset(keys), ports, blocks)


def test_a_projection_holds_what_policies_look_at_and_nothing_else() -> None:
    source = policy(
        "x/p",
        """
        podSelector: {matchLabels: {app: web}}
        ingress:
        - from:
          - podSelector: {matchLabels: {role: front}}
          - namespaceSelector: {matchLabels: {env: dev}}
          ports: [{port: http}, {port: 80}]
        - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
        """,
    )
    found = Projection.of([KIND.translate(source)])
    assert found == Projection(
        frozenset({"app", "role"}),
        frozenset({"http"}),
        frozenset({("10.0.0.0/8", ("10.1.0.0/16",))}),
    )
    assert found.serves(with_projection("app", blocks=found.blocks))
    assert not found.serves(with_projection("app", "team", blocks=found.blocks))
    assert not found.serves(with_projection("app"))


@pytest.mark.law("F-01")
def test_pods_of_a_workload_that_no_policy_tells_apart_are_one_class() -> None:
    pods = [pod(f"x/web-{i}", {"app": "web", "seen": str(i)}, of="Deployment/web") for i in "12"]
    cluster = state(*pods)
    assert len(Universe(cluster, with_projection("app"), Profile()).classes) == 1
    assert len(Universe(cluster, with_projection("app", "seen"), Profile()).classes) == 2


def test_pods_of_different_workloads_are_never_one_class() -> None:
    assert len(universe(state(pod("x/a", {}), pod("x/b", {}))).classes) == 2


def test_only_ports_whose_name_is_in_use_divide_a_workload() -> None:
    cluster = state(
        pod("x/web-1", ports={"http": 80}, of="Deployment/web"),
        pod("x/web-2", ports={"http": 81}, of="Deployment/web"),
    )
    http = with_projection(ports=frozenset({"http"}))
    assert len(Universe(cluster, with_projection(), Profile()).classes) == 1
    found = Universe(cluster, http, Profile())
    assert {
        port: names(found, bits) for port, bits in found.port_numbers("http", "TCP").items()
    } == {
        80: ["web-1"],
        81: ["web-2"],
    }
    assert found.port_numbers("http", "UDP") == {}


@pytest.mark.parametrize(
    ("selector", "sure", "maybe"),
    [
        (EVERYTHING, ["bare", "db", "later", "web"], []),
        (WEB, ["web"], ["later"]),
        (NOT_WEB, ["bare", "db"], ["later"]),
        (ANY_APP, ["db", "web"], ["later"]),
        (NO_APP, ["bare"], ["later"]),
    ],
)
@pytest.mark.law("F-06")
def test_a_selector_knows_whom_it_matches_and_whom_it_may_match(
    selector: Selector, sure: list[str], maybe: list[str]
) -> None:
    cluster = state(
        pod("x/bare", {}), pod("x/db"), pod("x/later", {}, unknown=["app"]), pod("x/web")
    )
    found = Universe(cluster, with_projection("app"), Profile())
    matching, possible = found.with_labels(selector)
    assert (names(found, matching), names(found, possible)) == (sure, maybe)


@pytest.mark.law("A-41", "A-49")
def test_namespaces_are_matched_by_their_own_labels() -> None:
    found = universe(
        state(namespace("x", {"env": "dev"}), namespace("y"), pod("x/a"), pod("y/b"), pod("z/c"))
    )
    in_dev = Selector.from_spec({"matchLabels": {"env": "dev"}})
    assert names(found, found.in_namespaces(in_dev)) == ["a"]
    assert found.matching_namespaces(in_dev) == ["x"]
    assert names(found, found.in_namespaces(EVERYTHING)) == ["a", "b", "c"]
    assert found.in_namespace("nowhere") == 0


@pytest.mark.law("A-60", "A-72", "A-94")
def test_a_block_holds_pods_nodes_and_cells_with_an_address_in_it() -> None:
    cluster = state(
        pod("x/inside", ips=["10.0.0.1"]),
        pod("x/outside", ips=["11.0.0.1"]),
        pod("x/pending"),
        node("n1", "10.0.0.9"),
        node("n2", "11.0.0.9"),
    )
    found = Universe(cluster, with_projection(blocks=frozenset({TEN})), Profile())
    ((bits, family),) = found.in_block(TEN)
    assert names(found, bits) == ["inside", "n1", "10.0.0.0/8"]
    assert family == ALL


@pytest.mark.law("A-70")
def test_a_peer_with_both_families_is_in_a_block_for_one_of_them() -> None:
    cluster = state(
        pod("x/both", ips=["10.0.0.1", "fd00::1"]),
        pod("x/four", ips=["10.0.0.2"]),
        node("n1", "10.0.0.9", "fd00::9"),
    )
    found = Universe(cluster, with_projection(blocks=frozenset({TEN})), Profile())
    parts = {connections: names(found, bits) for bits, connections in found.in_block(TEN)}
    assert parts == {ALL: ["four", "10.0.0.0/8"], IPV4: ["both", "n1"]}
    assert [found.families(bit) for bit in range(3)] == [3, 1, 3]


@pytest.mark.parametrize(
    ("cidr", "addresses"),
    [
        ("10.0.0.128/25", ["10.0.0.1", "10.0.0.200", "10.0.0.2", "10.0.0.201"]),
        ("fd00::8/125", ["fd00::1", "fd00::9", "fd00::2", "fd00::a"]),
        ("::ffff:1.2.3.8/125", ["::ffff:1.2.3.1", "::ffff:1.2.3.9", "::ffff:1.2.3.2"]),
    ],
)
def test_pods_are_told_apart_by_a_block_that_divides_their_network(
    cidr: str, addresses: list[str]
) -> None:
    block = (cidr, ())
    cluster = state(*(pod("x/a", ips=[each]) for each in addresses))
    found = Universe(cluster, with_projection(blocks=frozenset({block})), Profile())
    inside = {
        i
        for bit in bits_of(found.in_block(block)[0][0] & found.pods)
        for i in found.classes[bit].pods
    }
    assert [i in inside for i in range(len(addresses))] == [
        i % 2 == 1 for i in range(len(addresses))
    ]


def test_a_pod_without_addresses_may_have_either_family() -> None:
    assert universe(state(pod("x/a"))).families(0) == 3


@pytest.mark.law("A-91")
def test_a_host_network_pod_has_the_addresses_of_its_node() -> None:
    host = pod("x/h", on="n1", host_network=True)
    cluster = state(
        host, pod("x/h2", on="n2", host_network=True), node("n1", "10.0.0.9"), node("n2")
    )
    found = Universe(cluster, with_projection(blocks=frozenset({TEN})), Profile())
    ((bits, _),) = found.in_block(TEN)
    assert names(found, bits) == ["h", "n1", "10.0.0.0/8"]
    assert names(found, found.hosts) == ["h", "h2"]
    assert found.subjects == found.selectable == 0


@pytest.mark.law("F-20")
def test_addresses_that_no_block_names_are_the_internet() -> None:
    found = Universe(state(), with_projection(blocks=frozenset({TEN})), Profile())
    rest = {names(found, 1 << bit)[0]: found.is_rest(bit) for bit in bits_of(found.external)}
    assert rest == {
        "0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255,::/0": True,
        "10.0.0.0/8": False,
    }
