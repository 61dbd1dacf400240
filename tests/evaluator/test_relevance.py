"""Which changes of a cluster make a new picture of it."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.entry.objects import Service
from policies.evaluator.relevance import fingerprint
from policies.evaluator.state import FinishedPod, Pod, Workload, WorkloadRef
from tests.support.states import namespace, node, pod, policy, state

WEB = WorkloadRef("x", "web", "Deployment")
OPEN = policy(
    "x/open",
    """
    podSelector: {matchLabels: {app: web}}
    ingress: [{from: [{podSelector: {matchLabels: {role: client}}}]}]
    """,
)
BLOCK = policy(
    "x/block",
    """
    podSelector: {matchLabels: {app: web}}
    ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/30}}]}]
    """,
)


def web(number: int, *ips: str, **labels: str) -> Pod:
    return pod(
        f"x/web-{number}",
        {"app": "web", **labels},
        of="Deployment/web",
        ips=ips or [f"10.9.0.{number}"],
    )


def made(*objects: object) -> str:
    services = tuple(each for each in objects if isinstance(each, Service))
    rest = state(*(each for each in objects if not isinstance(each, Service)))  # type: ignore[arg-type]
    return fingerprint(evaluate(msgspec.structs.replace(rest, services=services)))


TWO = (OPEN, web(1), web(2))


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ((OPEN, web(1), web(7)), "a pod replaces another"),
        ((OPEN, web(1), web(2), web(3)), "a third pod like two others"),
        ((OPEN, web(1), web(2, **{"pod-template-hash": "b"})), "a label nobody looks at"),
        ((OPEN, web(1), web(2, "10.9.9.9")), "an address that is in no block"),
        ((OPEN, web(1), msgspec.structs.replace(web(2), addresses=())), "a pod without address"),
    ],
)
def test_what_policies_cannot_tell_makes_no_new_picture(
    after: tuple[object, ...], why: str
) -> None:
    assert made(*TWO) == made(*after), why


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ((OPEN, web(1)), "a pod that is alone now"),
        ((OPEN, web(1), web(2, role="client")), "a label that a policy looks at"),
        ((OPEN, web(1), web(2), pod("x/new")), "another workload"),
        ((OPEN, web(1), web(2), namespace("y", {"env": "dev"})), "another namespace"),
        ((OPEN, web(1), web(2), node("n1", "192.0.2.1")), "another node"),
        ((BLOCK, web(1), web(2)), "another policy"),
        ((OPEN, web(1), web(2), Service("x", "web", selector={"app": "web"})), "a Service"),
    ],
)
def test_what_policies_can_tell_makes_a_new_picture(after: tuple[object, ...], why: str) -> None:
    assert made(*TWO) != made(*after), why


def test_an_address_in_a_block_counts() -> None:
    assert made(BLOCK, web(1), web(2)) != made(BLOCK, web(1), web(2, "10.0.0.2"))


def test_a_rollout_of_a_workload_with_one_replica_changes_nothing() -> None:
    one = Workload(WEB, replicas=1)
    assert made(OPEN, one, web(1)) == made(OPEN, one, web(1), web(2))
    assert made(OPEN, one, web(1)) != made(OPEN, Workload(WEB, replicas=2), web(1), web(2))


def test_pods_that_have_finished_change_nothing() -> None:
    before = state(*TWO)
    after = msgspec.structs.replace(before, finished=(FinishedPod("x", "job-1", "Succeeded"),))
    assert fingerprint(evaluate(before)) == fingerprint(evaluate(after))
