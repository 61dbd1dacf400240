"""Pods that come and go: when an evaluation still answers, and when it has to be made anew."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.entry.objects import Service
from policies.evaluator.explain import explain
from policies.evaluator.membership import Membership
from policies.evaluator.state import ContainerPort, Pod
from tests.support.states import node, pod, policy, state

WEB = [
    pod(f"x/web-{i}", {"app": "web"}, of="Deployment/web", ips=[f"10.0.0.{i}"]) for i in (1, 2, 3)
]
ALONE = pod("x/alone", ips=["10.0.0.9"])
OPEN_WEB = policy(
    "x/open",
    """
    podSelector: {matchLabels: {app: web}}
    ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.9.0.0/30}}]}]
    """,
)


TRACKS = Service("x", "stable", selector={"track": "stable"})


def watched(*more: Pod) -> Membership:
    return Membership(evaluate(state(*WEB, ALONE, *more, OPEN_WEB)))


def like_web(name: str, **fields: object) -> Pod:
    return msgspec.structs.replace(WEB[0], **{"name": name, "addresses": ("10.0.0.7",), **fields})


@pytest.mark.parametrize(
    ("arrival", "stays"),
    [
        (like_web("web-4"), True),
        (like_web("web-1"), True),
        (like_web("web-4", labels={"app": "web", "nobody-reads": "this"}), True),
        (like_web("web-5", node="n2"), True),
        (like_web("web-4", labels={"app": "other"}), False),
        (like_web("web-4", addresses=("11.0.0.1",)), False),
        (like_web("web-4", addresses=("10.9.0.1",)), False),
        (like_web("web-4", host_network=True, node="n1"), False),
        (pod("x/new"), False),
    ],
    ids=[
        "one more",
        "the same with another address",
        "a label that no policy reads",
        "another node",
        "a label that policies read",
        "an address in other blocks",
        "an address that fills a small block",
        "the host network",
        "a workload of its own",
    ],
)
def test_a_pod_that_comes_is_known_or_asks_for_an_evaluation(arrival: Pod, stays: bool) -> None:
    assert watched().come(arrival) is stays


@pytest.mark.law("A-100")
def test_a_class_stays_while_its_pods_meet_others_of_it() -> None:
    members = watched()
    assert members.go(WEB[0])
    assert not members.go(WEB[1])
    closed = policy("x/closed", "podSelector: {}")
    alone, both = (evaluate(state(*WEB[:count], closed)) for count in (1, 2))
    verdicts = [explain(each, "x/web", "x/web").verdict for each in (alone, both)]
    assert verdicts == ["allow", "deny"]
    assert not Membership(alone).come(WEB[1])


def test_a_pod_that_was_alone_takes_its_class_with_it() -> None:
    assert not watched().go(ALONE)
    assert watched().go(pod("x/never-there"))


def test_a_pod_that_changes_leaves_its_old_class() -> None:
    odd = [pod(f"x/odd-{i}", {"app": "odd"}, of="Deployment/web", ips=["10.0.0.5"]) for i in (1, 2)]
    members = watched(*odd)
    assert members.come(msgspec.structs.replace(WEB[0], labels={"app": "odd"}))
    assert not members.come(msgspec.structs.replace(WEB[1], labels={"app": "odd"}))


@pytest.mark.law("A-110")
def test_a_label_that_a_service_reads_asks_for_an_evaluation() -> None:
    now = state(*WEB, OPEN_WEB)
    members = Membership(evaluate(msgspec.structs.replace(now, services=(TRACKS,))))
    assert members.come(like_web("web-4"))
    assert not members.come(like_web("web-4", labels={"app": "web", "track": "stable"}))


@pytest.mark.law("F-34")
def test_a_port_that_nobody_had_asks_for_an_evaluation() -> None:
    assert not watched().come(like_web("web-4", ports=(ContainerPort("", "TCP", 80, 80),)))


@pytest.mark.law("F-01")
def test_a_part_of_a_workload_that_is_called_by_its_only_pod_does_not_stay_alone() -> None:
    hosts = [
        pod(f"x/agent-{place}", {}, of="DaemonSet/agent", host_network=place > 1)
        for place in range(4)
    ]
    hosts[0] = msgspec.structs.replace(hosts[0], host_network=True)
    evaluation = evaluate(state(*hosts))
    assert "x/agent[DaemonSet]{agent-1}" in {each.text for each in evaluation.workload_nodes}
    assert not Membership(evaluation).come(msgspec.structs.replace(hosts[1], name="agent-4"))


@pytest.mark.law("A-104")
def test_a_pod_on_a_node_where_none_of_its_class_was_may_meet_other_host_pods() -> None:
    hosts = [pod(f"x/host-{name}", on=name, host_network=True) for name in ("n1", "n2")]
    placed = [msgspec.structs.replace(each, node="n1") for each in WEB]
    nodes = [node("n1", "192.168.0.1"), node("n2", "192.168.0.2")]
    members = Membership(evaluate(state(*placed, *hosts, *nodes, OPEN_WEB)))
    assert members.come(like_web("web-4", node="n1"))
    assert not members.come(like_web("web-5", node="n2"))


def test_an_event_of_a_known_class_decides_nothing() -> None:
    evaluation = evaluate(state(*WEB, ALONE, OPEN_WEB))
    before = msgspec.structs.replace(evaluation.work)
    members = Membership(evaluation)
    for number in range(100):
        assert members.come(like_web(f"web-{number}", addresses=(f"10.0.1.{number}",)))
    assert evaluation.work == before


def test_pods_that_came_and_went_leave_nothing_behind() -> None:
    membership = watched()
    for number in range(1_000):
        late = like_web(f"late-{number}")
        assert membership.come(late)
        assert membership.go(late)
    assert membership.pending == 0
