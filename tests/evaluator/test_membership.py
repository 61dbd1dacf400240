"""Pods that come and go: when an evaluation still answers, and when it has to be made anew."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.membership import Membership
from policies.evaluator.state import Pod
from tests.support.states import node, pod, policy, state

WEB = [pod(f"x/web-{i}", {"app": "web"}, of="Deployment/web", ips=[f"10.0.0.{i}"]) for i in (1, 2)]
ALONE = pod("x/alone", ips=["10.0.0.9"])
OPEN_WEB = policy(
    "x/open",
    """
    podSelector: {matchLabels: {app: web}}
    ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.9.0.0/30}}]}]
    """,
)


def watched(*more: Pod) -> Membership:
    return Membership(evaluate(state(*WEB, ALONE, *more, OPEN_WEB)))


def like_web(name: str, **fields: object) -> Pod:
    return msgspec.structs.replace(WEB[0], **{"name": name, "addresses": ("10.0.0.7",), **fields})


@pytest.mark.parametrize(
    ("arrival", "stays"),
    [
        (like_web("web-3"), True),
        (like_web("web-1"), True),
        (like_web("web-3", labels={"app": "web", "nobody-reads": "this"}), True),
        (like_web("web-3", node="n2"), True),
        (like_web("web-3", labels={"app": "other"}), False),
        (like_web("web-3", addresses=("11.0.0.1",)), False),
        (like_web("web-3", addresses=("10.9.0.1",)), False),
        (like_web("web-3", host_network=True, node="n1"), False),
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


def test_a_class_stays_until_its_last_pod_goes() -> None:
    members = watched()
    assert members.go(WEB[0])
    assert not members.go(WEB[1])


def test_a_pod_that_was_alone_takes_its_class_with_it() -> None:
    assert not watched().go(ALONE)
    assert watched().go(pod("x/never-there"))


def test_a_pod_that_changes_leaves_its_old_class() -> None:
    members = watched(pod("x/odd", {"app": "odd"}, of="Deployment/web", ips=["10.0.0.5"]))
    became = msgspec.structs.replace(WEB[0], labels={"app": "odd"})
    assert members.come(became)
    assert not members.come(msgspec.structs.replace(WEB[1], labels={"app": "odd"}))


@pytest.mark.law("A-104")
def test_a_pod_on_a_node_where_none_of_its_class_was_may_meet_other_host_pods() -> None:
    hosts = [pod(f"x/host-{name}", on=name, host_network=True) for name in ("n1", "n2")]
    placed = [msgspec.structs.replace(each, node="n1") for each in WEB]
    nodes = [node("n1", "192.168.0.1"), node("n2", "192.168.0.2")]
    members = Membership(evaluate(state(*placed, *hosts, *nodes, OPEN_WEB)))
    assert members.come(like_web("web-3", node="n1"))
    assert not members.come(like_web("web-4", node="n2"))


def test_an_event_of_a_known_class_decides_nothing() -> None:
    evaluation = evaluate(state(*WEB, ALONE, OPEN_WEB))
    before = msgspec.structs.replace(evaluation.work)
    members = Membership(evaluation)
    for number in range(100):
        assert members.come(like_web(f"web-{number}", addresses=(f"10.0.1.{number}",)))
    assert evaluation.work == before
