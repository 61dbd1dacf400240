"""The engine: what it decides, and what it does not do again on top of a base."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest

from policies.evaluator.connections import ALL
from policies.evaluator.engine import Evaluation, Work, evaluate
from policies.evaluator.entry.objects import EndpointGroup, EndpointPart, EntryObjects, Service
from policies.evaluator.explain import explain
from policies.evaluator.graph import flows
from policies.evaluator.nodes import LEVELS, Level
from policies.evaluator.policy import Direction
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from policies.evaluator.whatif import overlay
from tests.support.states import daemonset, namespace, node, pod, policy, state

CLOSE_X = policy("x/close", "podSelector: {}")
OPEN_A = policy(
    "x/open",
    """
    podSelector: {matchLabels: {app: a}}
    ingress: [{from: [{namespaceSelector: {matchLabels: {env: dev}}}], ports: [{port: 80}]}]
    """,
)
CLOSE_Y = policy("y/close", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
BLOCKS = policy(
    "y/blocks",
    """
    podSelector: {matchLabels: {app: b}}
    egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}, {ports: [{port: web}]}]
    """,
)
CLUSTER = state(
    namespace("x", {"env": "dev"}),
    pod("x/a", ips=["10.0.1.1"], ports={"web": 8080}),
    pod("x/b", ips=["10.0.1.2", "fd00::2"]),
    pod("y/b-1", {"app": "b", "role": "one"}, of="StatefulSet/b", ips=["10.0.2.1"], on="n1"),
    pod("y/b-2", {"app": "b"}, of="StatefulSet/b", ips=["11.0.2.2"], unknown=["hash"]),
    pod("y/h", on="n1", host_network=True),
    pod("z/c", {}, replicas=3, of="Deployment/c"),
    node("n1", "192.168.0.1"),
    CLOSE_X,
    OPEN_A,
    CLOSE_Y,
    BLOCKS,
)
BASE = evaluate(CLUSTER)
OUT = "172.16.0.5"

NEW_IN_X = policy("x/new", "podSelector: {matchLabels: {app: a}}\ningress: [{ports: [{port: 81}]}]")
OTHER_OPEN_A = policy("x/open", "podSelector: {matchLabels: {app: b}}\ningress: [{}]")
NEW_KEY = policy("y/new", "podSelector: {matchLabels: {role: one}}\negress: [{}]")
UNKNOWN_KEY = policy("y/new", "podSelector: {matchLabels: {hash: h}}\negress: [{}]")
NEW_BLOCK = policy("z/new", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 11.0.0.0/8}}]}]")

# What a draft adds or deletes, and the work it then takes on top of the base.
WORK: tuple[tuple[str, ClusterState, tuple[str, ...], Work], ...] = (
    ("nothing", state(), (), Work(0, 0, 0)),
    ("one policy on one pod", state(NEW_IN_X), (), Work(0, 1, 1)),
    ("one policy replaced: the pod it left and the pod it found", state(OTHER_OPEN_A), (),
     Work(0, 1, 2)),
    ("one policy deleted: its pod is decided again", state(), ("NetworkPolicy/x/open",),
     Work(0, 0, 1)),
    ("the last policy deleted: nothing is left to decide", state(),
     ("NetworkPolicy/x/open", "NetworkPolicy/x/close"), Work(0, 0, 0)),
)  # fmt: skip
DRAFTS: tuple[tuple[str, ClusterState, tuple[str, ...]], ...] = (
    *(row[:3] for row in WORK),
    ("a policy on a label nobody looked at", state(NEW_KEY), ()),
    ("a policy on a label that is not known", state(UNKNOWN_KEY), ()),
    ("a policy with a new block", state(NEW_BLOCK), ()),
    ("a namespace with other labels", state(namespace("z", {"env": "dev"})), ()),
    ("another pod", state(pod("x/new")), ()),
    ("a pod with other labels", state(pod("x/a", {"app": "b"})), ()),
    ("a namespace deleted", state(), ("Namespace/x",)),
    ("the only policy with a block deleted", state(), ("NetworkPolicy/y/blocks",)),
)


@pytest.mark.parametrize(
    ("changes", "delete", "work"), [row[1:] for row in WORK], ids=[row[0] for row in WORK]
)
def test_a_draft_on_a_base_is_only_the_work_it_adds(
    changes: ClusterState, delete: tuple[str, ...], work: Work
) -> None:
    assert evaluate(overlay(CLUSTER, changes, delete), base=BASE).work == work


def test_without_a_base_every_policy_is_resolved_once() -> None:
    work = evaluate(CLUSTER).work
    assert (work.universes, work.policies_resolved) == (1, 4)


@pytest.mark.parametrize(
    ("changes", "delete"), [row[1:] for row in DRAFTS], ids=[row[0] for row in DRAFTS]
)
@pytest.mark.parametrize("level", LEVELS)
def test_a_base_changes_no_answer(
    level: Level, changes: ClusterState, delete: tuple[str, ...]
) -> None:
    after = overlay(CLUSTER, changes, delete)
    assert flows(evaluate(after, base=BASE), level=level) == flows(evaluate(after), level=level)


@pytest.mark.law("F-01")
def test_a_base_that_looked_at_more_labels_names_variants_as_the_draft_does() -> None:
    db = (
        pod(f"x/db-{role}", {"role": role, "zone": zone}, of="StatefulSet/db")
        for role, zone in (("main", "1"), ("copy", "2"))
    )
    by_role = policy("x/role", "podSelector: {matchLabels: {role: main}}")
    by_zone = policy("x/zone", "podSelector: {matchLabels: {zone: none}}")
    base = evaluate(state(*db, by_role, by_zone))
    after = overlay(base.state, state(), ["NetworkPolicy/x/zone"])
    helped = evaluate(after, base=base)
    assert helped.work.universes == 0
    assert flows(helped) == flows(evaluate(after))


@pytest.mark.law("A-71")
def test_a_service_of_a_draft_takes_its_address_from_the_outside() -> None:
    to_one = policy(
        "x/out",
        f"""
        podSelector: {{}}
        policyTypes: [Egress]
        egress: [{{to: [{{ipBlock: {{cidr: {OUT}/32}}}}]}}]
        """,
    )
    base = evaluate(state(namespace("x"), pod("x/a"), to_one))
    service = msgspec.structs.replace(state(), services=(Service("x", "s", cluster_ips=(OUT,)),))
    after = overlay(base.state, service)
    helped = evaluate(after, base=base)
    assert flows(helped) == flows(evaluate(after))
    assert flows(helped) != flows(base)


@pytest.mark.law("F-22")
def test_the_api_server_of_a_draft_is_found_on_a_base() -> None:
    base = evaluate(state(namespace("default"), pod("default/a"), node("n1", OUT), CLOSE_X))
    part = EndpointPart((OUT,), ())
    group = EndpointGroup(
        namespace="default", name="kubernetes", service="kubernetes", parts=(part,)
    )
    draft = msgspec.structs.replace(state(), entry=EntryObjects(endpoints=(group,)))
    after = overlay(base.state, draft)
    helped = evaluate(after, base=base)
    assert helped.work.universes == 0
    assert explain(helped, "default/a", "{kube-apiserver}").verdict == "allow"


def test_a_base_of_another_profile_is_of_no_use() -> None:
    other = evaluate(CLUSTER, Profile(ipblock_matches_pods=False), base=BASE)
    assert other.work.universes == 1
    assert flows(other) == flows(evaluate(CLUSTER, Profile(ipblock_matches_pods=False)))


def test_a_chain_of_drafts_stays_exact() -> None:
    first = evaluate(overlay(CLUSTER, state(NEW_IN_X)), base=BASE)
    second_state = overlay(first.state, state(OTHER_OPEN_A), ("NetworkPolicy/x/new",))
    second = evaluate(second_state, base=first)
    assert second.work.universes == 0
    assert flows(second, level="pod") == flows(evaluate(second_state), level="pod")


def test_rectangles_never_overlap() -> None:
    for left, right in combinations(BASE.rectangles, 2):
        assert not (
            left.sources & right.sources
            and left.destinations & right.destinations
            and left.connections & right.connections
        )


def test_rectangles_of_a_part_are_that_part_of_all_rectangles() -> None:
    everyone = BASE.universe.everyone
    for bit in range(BASE.universe.size):
        expected = {
            (each.destinations & (1 << other), each.connections, each.caveat)
            for each in BASE.rectangles
            for other in range(BASE.universe.size)
            if each.sources >> bit & 1 and each.destinations >> other & 1
        }
        found = {
            (each.destinations & (1 << other), each.connections, each.caveat)
            for each in BASE.rectangles_between(1 << bit, everyone)
            for other in range(BASE.universe.size)
            if each.destinations >> other & 1
        }
        assert found == expected


@pytest.mark.law("A-120")
def test_where_nothing_enforces_everything_is_open_and_intended_asks_the_policies() -> None:
    flannel = overlay(CLUSTER, state(daemonset("kube-flannel/kube-flannel-ds")))
    real = evaluate(flannel)
    assert not real.enforces
    assert {(each.connections, each.caveat) for each in real.rectangles} == {(ALL, None)}
    assert explain(real, "z/c", "x/b", "80").verdict == "allow"
    intended = evaluate(flannel, intended=True)
    assert intended.enforcement.enforced == "no"
    assert flows(intended, level="pod") == flows(BASE, level="pod")


@pytest.mark.law("A-120")
def test_an_evaluation_that_asks_another_question_is_no_base() -> None:
    flannel = overlay(CLUSTER, state(daemonset("kube-flannel/kube-flannel-ds")))
    real = evaluate(flannel)
    intended = evaluate(flannel, intended=True, base=real)
    assert intended.work.universes == 1
    assert flows(intended, level="pod") == flows(BASE, level="pod")


@pytest.mark.law("M-03", "A-06", "A-07")
def test_a_flow_needs_both_sides() -> None:
    assert explain(BASE, "x/b", "x/a", "80").verdict == "allow"
    assert explain(BASE, "z/c", "x/a", "80").verdict == "deny"
    assert explain(BASE, "y/b-1", "x/b", "80").verdict == "deny"


def test_policies_of_a_class_are_in_order_of_decision() -> None:
    governing = BASE.policies_of(_bit(BASE, "x", "a"), Direction.INGRESS)
    assert [each.source.name for each in governing] == ["close", "open"]
    assert BASE.policies_of(_bit(BASE, "x", "a"), Direction.EGRESS) == []


def test_a_kind_that_is_not_evaluated_decides_nothing() -> None:
    foreign = msgspec.structs.replace(CLOSE_X, api_version="example.org/v1")
    assert evaluate(state(pod("x/a"), foreign)).policies == ()


def _bit(evaluation: Evaluation, where: str, name: str) -> int:
    return next(
        bit
        for bit, each in enumerate(evaluation.universe.classes)
        if (each.workload.namespace, each.workload.name) == (where, name)
    )


@pytest.mark.law("F-01")
def test_deleting_the_only_policy_on_a_base_leaves_no_false_variants() -> None:
    pods = (pod("x/p0", {}, of="Deployment/shop"), pod("x/p1", {"app": "a"}, of="Deployment/shop"))
    before = state(*pods, policy("x/p", "podSelector: {matchLabels: {app: a}}"))
    after = overlay(before, state(), ("NetworkPolicy/x/p",))
    taken_over = evaluate(after, base=evaluate(before))
    assert [node.text for node in taken_over.workload_nodes] == ["x/shop[Deployment]"]
