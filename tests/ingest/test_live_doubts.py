"""A cluster that is followed while its server starts, changes or says little: what was read stays
until it is sure that it is gone, and nothing is called fresh that is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.ingest import live, pulse, reflect
from policies.ingest.faults import api_error
from tests.support.followed import (
    Followed,
    connection_to,
    follow,
    manifest,
    pod_manifest,
    policy_manifest,
)
from tests.support.kubeapi import ApiServer


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are right for a cluster are long for a test."""
    for module, name, seconds in (
        (pulse, "PULSE_SECONDS", 0.3),
        (pulse, "DISCOVER_SECONDS", 0.3),
        (pulse, "DISCOVER_AGAIN_SECONDS", 0.1),
        (live, "GRACE_SECONDS", 0.3),
        (reflect, "FIRST_WAIT", 0.02),
        (reflect, "LONGEST_WAIT", 0.2),
        (reflect, "POLL_SECONDS", 0.2),
        (reflect, "REFUSED_SECONDS", 0.1),
    ):
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret") as server:
        server.put(manifest("Namespace", "x"))
        server.put(pod_manifest("a"))
        server.put(pod_manifest("b"))
        server.put(policy_manifest("deny"))
        yield server


@pytest.fixture
def followed(api: ApiServer) -> Iterator[Followed]:
    with follow(connection_to(api)) as found:
        yield found.ready()


def states(followed: Followed, resource: str) -> set[str]:
    return {each["state"] for each in followed.live.rows() if each["resource"] == resource}


def test_a_server_that_has_just_started_forbids_for_a_moment_and_nothing_is_gone(
    api: ApiServer, followed: Followed
) -> None:
    api.forbid("pods")
    api.close_watches()
    followed.until(lambda: states(followed, "pods") == {"forbidden"})
    followed.pods.clear()
    assert not followed.live.confirmed
    assert followed.names() == ["a", "b"]
    assert followed.live.condition().status == "live"
    api.permit("pods")
    followed.ready()
    assert followed.pods == set()


def test_a_kind_that_is_served_in_another_version_is_read_in_that(
    api: ApiServer, followed: Followed
) -> None:
    def give(version: str) -> None:
        api.define("cilium.io", version, "CiliumNetworkPolicy", "ciliumnetworkpolicies")
        spec: dict[str, object] = {"endpointSelector": {}, "ingress": [{}]}
        about = {"name": "c", "namespace": "x"}
        api.put(
            {
                "apiVersion": f"cilium.io/{version}",
                "kind": "CiliumNetworkPolicy",
                "metadata": about,
                "spec": spec,
            }
        )

    def versions() -> list[str]:
        return [each.api_version for each in followed.state.policies if each.name == "c"]

    give("v2")
    followed.until(lambda: versions() == ["cilium.io/v2"])
    api.undefine("cilium.io", "ciliumnetworkpolicies")
    give("v2alpha1")
    followed.until(lambda: versions() == ["cilium.io/v2alpha1"])
    followed.ready()


def test_a_server_that_is_not_ready_confirms_nothing(api: ApiServer, followed: Followed) -> None:
    api.fail(1_000, 500, on="/readyz")
    followed.until(lambda: followed.live.condition().status == "lost")
    assert not followed.live.confirmed
    assert states(followed, "pods") == {"ok"}


def test_a_group_that_does_not_answer_once_is_no_loss_of_its_objects(
    api: ApiServer, followed: Followed
) -> None:
    others = followed.others
    api.clear_requests()
    path = "/apis/networking.k8s.io/v1"
    api.fail(2, 503, on=path)
    followed.until(lambda: sum(each.path == path for each in api.requests) >= 3)
    assert [each.key for each in followed.state.policies] == ["NetworkPolicy/x/deny"]
    assert followed.live.condition().status == "live"
    assert followed.others == others


def test_a_server_with_nothing_to_say_is_asked_anew_and_that_is_no_fault(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reflect, "SILENCE_SECONDS", 1.0)
    seen: set[str] = set()

    def again() -> bool:
        seen.update(states(found, "pods"))
        return (
            sum("watch" in each.query and each.path == "/api/v1/pods" for each in api.requests) > 3
        )

    with follow(connection_to(api)) as found:
        found.ready()
        found.until(again)
        assert seen == {"ok"}
        api.put(pod_manifest("c"))
        found.until_pods("a", "b", "c")


def test_what_may_not_be_watched_is_confirmed_as_of_its_last_list(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reflect, "POLL_SECONDS", 60)
    api.forbid("pods", verbs={"watch"})
    with follow(connection_to(api)) as found:
        found.until(lambda: (found.live.age or 0.0) > 0.5)


def test_policies_for_nodes_that_may_not_be_read_leave_nothing_certain(api: ApiServer) -> None:
    group = "policy.networking.k8s.io"
    api.define(group, "v1alpha1", "AdminNetworkPolicy", "adminnetworkpolicies", namespaced=False)
    api.forbid("nodes")
    with follow(connection_to(api)) as found:
        found.ready()
        assert [each.key for each in found.state.policies] == ["NetworkPolicy/x/deny"]
        peers = [{"nodes": {"matchLabels": {"role": "db"}}}]
        api.put(
            {
                "apiVersion": f"{group}/v1alpha1",
                "kind": "AdminNetworkPolicy",
                "metadata": {"name": "no-nodes"},
                "spec": {
                    "priority": 1,
                    "subject": {"namespaces": {}},
                    "egress": [{"action": "Deny", "to": peers}],
                },
            }
        )
        found.until(lambda: "UnreadPolicies/nodes" in [each.key for each in found.state.policies])


@pytest.mark.parametrize("text", ["9" * 30, "²", "-1", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_time_to_wait_that_is_none_is_not_waited(text: str) -> None:
    assert api_error(429, {"Retry-After": text}, b"").retry_after is None
