"""What an event decides again, counted; and when everything is decided anew."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.arrivals import after_events
from policies.evaluator.engine import Evaluation, Work, evaluate
from policies.evaluator.graph import flows
from policies.evaluator.membership import Membership
from policies.evaluator.policy import Direction
from policies.evaluator.state import ClusterState, Pod, Workload
from tests.support.states import daemonset, namespace, node, pod, policy, state

SPACES = 12
"""Enough for what is touched to be few beside what is there."""


def cluster() -> ClusterState:
    """Namespaces with two workloads each, all closed, web open to its own clients."""
    pods = [
        pod(f"ns-{i}/{app}-{j}", {"app": app}, of=f"Deployment/{app}", ips=[f"10.{i}.0.{k}{j}"])
        for i in range(SPACES)
        for k, app in enumerate(("web", "client"))
        for j in range(2)
    ]
    spaces = [namespace(f"ns-{i}", {"team": f"t{i % 4}"}) for i in range(SPACES)]
    rules = "podSelector: {matchLabels: {app: web}}\ningress: [{from: [{podSelector: %s}]}]"
    client = "{matchLabels: {app: client}}"
    policies = [policy(f"ns-{i}/closed", "podSelector: {}") for i in range(SPACES)]
    policies += [policy(f"ns-{i}/web", rules % client) for i in range(SPACES)]
    policies.append(policy("ns-1/team", TEAM))
    return state(*pods, *spaces, *policies)


TEAM = """
podSelector: {matchLabels: {app: client}}
ingress: [{from: [{namespaceSelector: {matchLabels: {team: t0}}}], ports: [{port: 80}]}]
"""


def same(found: Evaluation) -> bool:
    anew = evaluate(found.state)
    return all(
        flows(found, level=level) == flows(anew, level=level) for level in ("pod", "workload")
    )


@pytest.fixture
def watched() -> Membership:
    return Membership(evaluate(cluster(), room=4))


@pytest.mark.parametrize(
    ("arrival", "work"),
    [
        (pod("ns-3/other", {"app": "other"}, ips=["10.3.0.9"]),
         Work(policies_resolved=1, sides_decided=1)),
        (pod("ns-3/shop", {"app": "client"}, ips=["10.3.0.9"]),
         Work(policies_resolved=2, sides_decided=2)),
        (pod("ns-4/other", {"app": "other"}, ips=["10.4.0.9"]),
         Work(policies_resolved=2, sides_decided=2)),
        (pod("ns-3/web-3", {"app": "web"}, of="Deployment/web", ips=["10.3.0.9"]), Work()),
    ],
    ids=["selected", "named in its namespace", "named in another", "of a class that is there"],
)  # fmt: skip
def test_an_event_decides_the_sides_of_its_class_and_of_those_it_is_named_to(
    watched: Membership, arrival: Pod, work: Work
) -> None:
    stays = watched.come(arrival)
    assert stays is (work == Work())
    assert watched.follow().work == work
    assert same(watched.evaluation)
    watched.go(arrival)
    assert watched.follow().work.sides_decided <= work.sides_decided
    assert watched.evaluation.state == cluster()


def test_an_event_makes_no_state_until_somebody_asks(watched: Membership) -> None:
    watched.come(pod("ns-3/other", ips=["10.3.0.9"]))
    found = watched.follow()
    universe = found.universe
    assert [*found.rectangles_between(universe.pods, universe.everyone)]
    assert not {"state"} & (vars(found).keys() | vars(universe).keys())
    assert found.state is universe.state


def test_events_since_the_last_are_followed_together(watched: Membership) -> None:
    for event in (pod("ns-5/a"), pod("ns-6/b"), pod("ns-7/c")):
        assert not watched.come(event)
    watched.go(pod("ns-5/a"))
    watched.go(pod("ns-0/web-0", of="Deployment/web"))
    watched.come(msgspec.structs.replace(pod("ns-6/b"), labels={"app": "client"}))
    found = watched.follow()
    assert found.work.universes == 0
    assert {each.name for each in found.state.pods} >= {"b", "c"}
    assert len(found.state.pods) == len(cluster().pods) + 1
    assert same(found)
    assert watched.come(msgspec.structs.replace(pod("ns-7/c"), origin=found.state.pods[0].origin))


def test_without_room_everything_is_decided_anew_and_there_is_room_again(
    watched: Membership,
) -> None:
    for i in range(4):
        watched.come(pod(f"ns-{i}/new-{i}"))
        assert watched.follow().work.universes == 0
    for i in (4, 5):
        watched.come(pod(f"ns-{i}/new-{i}"))
        assert watched.follow().work.universes == (i == 4)
    assert same(watched.evaluation)


def test_a_place_that_is_free_again_is_taken_again(watched: Membership) -> None:
    for i in range(9):
        arrival = pod(f"ns-{i}/new-{i}")
        assert not watched.come(arrival)
        assert watched.follow().work.universes == 0
        assert not watched.go(arrival)
        assert watched.follow().work.universes == 0
    assert same(watched.evaluation)


@pytest.mark.law("A-120")
def test_another_network_plugin_is_noticed() -> None:
    base = evaluate(cluster(), room=4)
    agent = pod("kube-system/flannel", of="DaemonSet/kube-flannel-ds")
    count = len(base.state.pods)
    workloads = (*base.state.workloads, daemonset("kube-system/kube-flannel-ds"))
    found = after_events(base, {count: agent}, count + 1, workloads)
    assert (found.enforces, found.work.universes) == (False, 1)
    harmless = (*base.state.workloads, Workload(pod("ns-0/x").workload), daemonset("ns-0/logs"))
    found = after_events(base, {}, count, harmless)
    assert (found.enforces, found.work.universes) == (True, 0)
    assert found.state.workloads == harmless


@pytest.mark.law("A-68")
def test_an_address_that_fills_a_small_block_is_noticed() -> None:
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.9.0.1/32}}]}]")
    base = evaluate(state(pod("x/a", ips=["10.0.0.1"]), block), room=4)
    found = after_events(base, {1: pod("x/b", ips=["10.9.0.1"])}, 2)
    assert found.work.universes == 1
    assert same(found)


EVERYONE = """
podSelector: {matchLabels: {app: a}}
ingress:
- from:
  - podSelector: {matchLabels: {app: a}}
  - podSelector: {matchLabels: {app: b}}
  - ipBlock: {cidr: 0.0.0.0/0}
  - ipBlock: {cidr: "::/0"}
"""
ONE_BY_ONE = state(pod("x/a"), pod("x/b"), namespace("x"), policy("x/p", EVERYONE))


def test_of_a_class_that_is_gone_nothing_is_left_for_the_next_one_in_its_place() -> None:
    # Open to everyone but those like itself, and so to everyone once they are gone.
    others = EVERYONE.replace("  - podSelector: {matchLabels: {app: a}}\n", "")
    base = evaluate(
        state(pod("x/a"), pod("x/b"), namespace("x"), policy("x/p", others)),
        room=2,
    )
    less = after_events(base, {0: pod("x/b")}, 1)
    assert not list(less.decided[Direction.INGRESS].guarded.each())
    for more in (pod("x/c"), pod("x/a")):
        assert same(after_events(less, {1: more}, 2))


@pytest.mark.law("A-01")
def test_rules_that_name_everyone_one_by_one_are_open_until_somebody_else_comes() -> None:
    base = evaluate(ONE_BY_ONE, room=2)
    count = len(base.state.pods)

    def is_open(evaluation: Evaluation) -> bool:
        universe = evaluation.universe
        bit = universe.places[universe.class_of(pod("x/a"))]
        return evaluation.side_of(bit, Direction.INGRESS).is_open

    more = after_events(base, {count: pod("x/c")}, count + 1)
    less = after_events(more, {}, count)
    assert [is_open(each) for each in (base, more, less)] == [True, False, True]


@pytest.mark.law("A-91")
def test_the_first_pod_on_the_network_of_a_node_is_followed_like_others() -> None:
    with_nodes = msgspec.structs.replace(cluster(), nodes=(node("n1", "192.168.0.1"),))
    members = Membership(evaluate(with_nodes, room=2))
    members.come(pod("ns-0/agent", on="n1", host_network=True))
    assert members.follow().work.universes == 0
    assert same(members.evaluation)
    placed = pod("ns-1/web-9", {"app": "web"}, of="Deployment/web", ips=["10.1.0.9"], on="n1")
    assert not members.come(placed)
