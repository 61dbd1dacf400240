"""What is held of a cluster, and the state that it makes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.ingest.mirror import Mirror
from policies.ingest.resources import RESOURCES, Resource, Served
from policies.ingest.slim import slim
from tests.support.followed import pod_manifest, policy_manifest


def resource(name: str) -> Resource:
    return next(each for each in RESOURCES if each.name == name)


PODS = resource("pods").served("v1")
POLICIES = resource("networkpolicies.networking.k8s.io").served("v1")
ANY_NAMESPACE = {"from": [{"namespaceSelector": {"matchLabels": {"env": "dev"}}}]}
CALICO = resource("networkpolicies.projectcalico.org").served("v3")


def hold(mirror: Mirror, served: Served, manifest: dict[str, Any], manager: str = "") -> bool:
    metadata = manifest["metadata"]
    if manager:
        written = {"manager": manager, "time": "2026-01-01T00:00:00Z"}
        metadata = {**metadata, "managedFields": [written]}
    item = slim(served, json.dumps({**manifest, "metadata": metadata}).encode())
    assert item is not None
    return mirror.put(served, item)


def test_what_is_not_read_of_an_object_is_no_difference() -> None:
    mirror = Mirror()
    assert hold(mirror, PODS, pod_manifest("a"))
    again = pod_manifest("a")
    again["metadata"]["resourceVersion"] = "7"
    again["status"]["conditions"] = [{"type": "Ready"}]
    assert not hold(mirror, PODS, again)
    again["metadata"]["labels"] = {"app": "b"}
    assert hold(mirror, PODS, again)


def test_who_wrote_an_object_is_told_by_its_kind_and_group() -> None:
    mirror = Mirror()
    hold(mirror, CALICO, policy_manifest("p"), "calicoctl")
    hold(mirror, POLICIES, policy_manifest("p"), "kubectl")
    assert mirror.written("NetworkPolicy", "x", "p")[0] == "kubectl"
    assert mirror.written("NetworkPolicy.projectcalico.org", "x", "p")[0] == "calicoctl"
    assert mirror.written("NetworkPolicy", "x", "other") == ("", "")


def test_resources_that_may_not_be_read_are_named_in_the_state() -> None:
    mirror = Mirror()
    hold(mirror, PODS, pod_manifest("a"))
    mirror.unread({POLICIES.resource: "list forbidden", resource("services"): "list forbidden"})
    state = mirror.state()
    assert [each.key for each in state.policies] == [
        "UnreadPolicies/networkpolicies.networking.k8s.io"
    ]
    assert [each.message for each in state.problems] == ["not in this picture: list forbidden"]


def test_a_namespace_that_may_not_be_read_matters_where_policies_select_namespaces() -> None:
    unread = {resource("namespaces"): "list forbidden"}
    mirror = Mirror()
    hold(mirror, POLICIES, policy_manifest("p"))
    mirror.unread(unread)
    assert [each.kind for each in mirror.state().policies] == ["NetworkPolicy"]
    hold(mirror, POLICIES, policy_manifest("q", ingress=[ANY_NAMESPACE]))
    mirror.unread(unread)
    assert "UnreadPolicies/namespaces" in [each.key for each in mirror.state().policies]


@pytest.mark.parametrize("each", RESOURCES, ids=lambda each: each.name)
def test_whichever_may_not_be_read_is_said_in_the_picture_with_what_to_ask_for(
    each: Resource,
) -> None:
    mirror = Mirror()
    hold(mirror, POLICIES, policy_manifest("p", ingress=[ANY_NAMESPACE]))
    why = each.plea("list")
    assert why == f"{each.plural}: list forbidden; ask for get, list and watch on {each.name}"
    mirror.unread({each: why})
    state = mirror.state()
    unread = [policy for policy in state.policies if policy.kind == "UnreadPolicies"]
    if unread:
        assert [policy.name for policy in unread] == [each.name]
        assert unread[0].spec == {"reason": why}
    else:
        assert not each.decides, "what decides flows is never merely missing"
    if not each.decides:
        assert [problem.message for problem in state.problems] == [f"not in this picture: {why}"]
