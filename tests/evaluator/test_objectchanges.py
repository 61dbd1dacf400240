"""Which objects are different in two states, and what is no difference."""

from __future__ import annotations

import msgspec
import pytest

from policies.evaluator.objectchanges import ObjectChange, object_changes
from policies.evaluator.state import Origin, Pod, Workload, WorkloadRef
from tests.support.states import Object, namespace, pod, policy, state

DENY = policy("x/deny", "podSelector: {}\npolicyTypes: [Ingress]")
WEB = WorkloadRef("x", "web", "Deployment")


def web(number: int, **labels: str) -> Pod:
    shown = {"app": "web", **labels}
    return pod(f"x/web-{number}", shown, of="Deployment/web", ips=[f"10.0.0.{number}"])


def told(before: tuple[Object, ...], after: tuple[Object, ...]) -> list[str]:
    changes = object_changes(state(*before), state(*after))
    return [f"{each.op} {each.kind} {each.namespace}/{each.name}" for each in changes]


def test_the_same_state_has_no_changes() -> None:
    assert told((DENY, web(1)), (DENY, web(1))) == []


def test_a_policy_that_comes_and_one_that_goes() -> None:
    assert told((web(1),), (web(1), DENY)) == ["added NetworkPolicy x/deny"]
    assert told((web(1), DENY), (web(1),)) == ["removed NetworkPolicy x/deny"]


def test_a_policy_changes_with_its_rules_and_not_with_its_place_or_its_annotations() -> None:
    wider = policy("x/deny", "podSelector: {}\npolicyTypes: [Ingress, Egress]")
    noted = msgspec.structs.replace(DENY, origin=Origin("b.yaml", 2, 9), annotations={"a": "b"})
    assert told((DENY,), (wider,)) == ["changed NetworkPolicy x/deny"]
    assert told((DENY,), (noted,)) == []


def test_a_label_of_a_namespace_is_a_change() -> None:
    assert told((namespace("x"),), (namespace("x", {"env": "dev"}),)) == ["changed Namespace /x"]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ((web(1), web(7)), "pods that replace others like them"),
        ((web(1), web(2), web(3)), "a third pod like two others"),
        (
            (web(1), pod("x/web-2", {"app": "web", "pod-template-hash": "b"}, of="Deployment/web")),
            "a new generation",
        ),
    ],
)
def test_pods_that_come_and_go_are_no_change_beside_another(
    after: tuple[Pod, ...], why: str
) -> None:
    assert told((web(1), web(2)), (*after, DENY)) == ["added NetworkPolicy x/deny"], why


def test_pods_that_look_different_are_told_by_their_workload() -> None:
    before, after = state(web(1), web(2)), state(web(1), web(3, track="canary"))
    assert object_changes(before, after) == (
        ObjectChange("changed", "Deployment", "x", "web", pods_added=1, pods_removed=1),
    )


def test_where_nothing_else_changed_other_names_and_addresses_are_told() -> None:
    assert told((web(1), web(2)), (web(1), web(3))) == ["changed Deployment x/web"]


def test_a_workload_changes_between_one_and_two_replicas_and_not_above() -> None:
    def scaled(replicas: int) -> tuple[Workload, Pod]:
        return Workload(WEB, replicas=replicas), web(1)

    assert told(scaled(1), scaled(2)) == ["changed Deployment x/web"]
    assert told(scaled(2), scaled(9)) == []
