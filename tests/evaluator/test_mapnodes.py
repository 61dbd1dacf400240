"""The nodes of the map: islands, workloads with their badges and marks."""

from __future__ import annotations

from typing import Any

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.state import Namespace, Pod, PolicyObject
from tests.support.states import namespace, pod, policy, state

WEB = pod("x/web", of="Deployment/web", replicas=3)
CLIENT = pod("x/c")
ON_WEB = "podSelector: {matchLabels: {app: web}}"
CLOSED = policy("x/p", f"{ON_WEB}\npolicyTypes: [Ingress, Egress]")
TCP_80: dict[str, list[list[int]]] = {"TCP": [[80, 80]]}


def node(text: str, *objects: Namespace | Pod | PolicyObject) -> dict[str, Any]:
    view = map_view(evaluate(state(*objects)), MapQuery())
    return next(each for each in view["nodes"] if each["id"] == text)


def test_a_workload_without_policies_wears_every_badge() -> None:
    assert node("x/web[Deployment]", WEB, CLIENT) == {
        "id": "x/web[Deployment]",
        "kind": "workload",
        "label": "web",
        "parent": "ns:x",
        "letters": "De",
        "workload_kind": "Deployment",
        "pods": 3,
        "isolation": {"ingress": False, "egress": False},
        "open_to_all": "all",
        "opens_to_all": "all",
        "not_known": {"ingress": [], "egress": []},
        "outside_in": "all",
        "outside_out": "all",
        "self": "all",
        "policies": [],
        "marks": [],
        "variant": "",
    }


# The policy on web, and its badges: accepts from all, sends to all, outside in, out, itself.
BADGES = (
    (CLOSED, (None, None, None, None, None)),
    (policy("x/p", f"{ON_WEB}\ningress: [{{ports: [{{port: 80}}]}}]"),
     (TCP_80, "all", TCP_80, "all", TCP_80)),
    (policy("x/p", f"{ON_WEB}\ningress: [{{from: [{{podSelector: {{}}}}]}}]"),
     ("all", "all", None, "all", "all")),
    (policy("x/p", f"{ON_WEB}\n"
            "ingress: [{from: [{podSelector: {matchLabels: {app: c}}}]}]"),
     (None, "all", None, "all", None)),
    (policy("x/p", f"{{{ON_WEB}, policyTypes: [Egress], egress: [{{ports: [{{port: 80}}]}}]}}"),
     ("all", TCP_80, "all", TCP_80, TCP_80)),
    (policy("x/p", f"{{{ON_WEB}, policyTypes: [Egress], "
            "egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"),
     ("all", None, "all", None, None)),
)  # fmt: skip


@pytest.mark.parametrize(("given", "badges"), BADGES)
def test_badges_say_what_is_open_to_all_to_the_outside_and_to_itself(
    given: PolicyObject, badges: tuple[object, ...]
) -> None:
    found = node("x/web[Deployment]", WEB, CLIENT, given)
    names = ("open_to_all", "opens_to_all", "outside_in", "outside_out", "self")
    assert tuple(found[name] for name in names) == badges


@pytest.mark.law("A-100", "A-102")
def test_only_a_workload_with_several_pods_has_a_flow_to_itself() -> None:
    assert node("x/web[Deployment]", WEB)["self"] == "all"
    assert node("x/web[Deployment]", WEB, CLOSED)["self"] is None
    assert node("x/c[Pod]", CLIENT)["self"] is None


def test_a_workload_lists_the_policies_that_govern_it() -> None:
    other = policy("x/other", "podSelector: {}")
    found = node("x/web[Deployment]", WEB, CLIENT, CLOSED, other)
    assert found["policies"] == ["NetworkPolicy/x/other", "NetworkPolicy/x/p"]
    assert found["isolation"] == {"ingress": True, "egress": True}
    assert node("x/c[Pod]", WEB, CLIENT, CLOSED, other)["isolation"] == {
        "ingress": True,
        "egress": False,
    }


@pytest.mark.law("F-05", "A-90")
def test_marks_tell_host_network_and_scaled_to_zero() -> None:
    assert node("x/h[Pod]", pod("x/h", host_network=True, on="n1"))["marks"] == ["hostNetwork"]
    nothing = pod("x/web", of="Deployment/web", replicas=0)
    assert node("x/web[Deployment]", nothing)["marks"] == ["scaled to zero"]


@pytest.mark.law("F-01")
def test_a_variant_is_named_apart_from_its_workload() -> None:
    db = (pod(f"x/db-{role}", {"role": role}, of="StatefulSet/db") for role in ("main", "copy"))
    closed = policy("x/p", "podSelector: {matchLabels: {role: main}}")
    found = node("x/db[StatefulSet]{role=main}", *db, closed)
    assert (found["label"], found["variant"], found["pods"]) == (
        "db (role=main)",
        "role=main",
        1,
    )


LETTERS = (
    ("Deployment", "De"),
    ("StatefulSet", "St"),
    ("DaemonSet", "Da"),
    ("CronJob", "Cj"),
    ("Rollout", "Ro"),
)


@pytest.mark.parametrize(("kind", "letters"), LETTERS)
def test_a_kind_is_shown_by_two_letters(kind: str, letters: str) -> None:
    assert node(f"x/web[{kind}]", pod("x/web", of=f"{kind}/web"))["letters"] == letters


SHARES = (
    ((), "none", "none"),
    ((CLOSED,), "some", "some"),
    ((CLOSED, policy("x/all", "podSelector: {}")), "all", "some"),
)


@pytest.mark.parametrize(("policies", "ingress", "egress"), SHARES)
def test_an_island_says_how_many_of_its_workloads_are_isolated(
    policies: tuple[PolicyObject, ...], ingress: str, egress: str
) -> None:
    found = node("ns:x", namespace("x", {"env": "dev"}), WEB, CLIENT, *policies)
    assert found["isolation"] == {"ingress": ingress, "egress": egress}
    assert (found["workloads"], found["pods"], found["open"]) == (2, 4, True)
    assert found["labels"] == {"env": "dev", "kubernetes.io/metadata.name": "x"}


def test_an_empty_namespace_is_an_island_without_workloads() -> None:
    found = node("ns:empty", namespace("empty"))
    assert (found["workloads"], found["pods"]) == (0, 0)
    assert found["isolation"] == {"ingress": "none", "egress": "none"}
