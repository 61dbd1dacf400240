"""A cluster that is followed: what is seen, and that no fault makes it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.ingest import live, pulse, reflect
from policies.ingest.faults import NOT_ACCEPTED
from tests.support.followed import (
    Followed,
    connection_to,
    follow,
    manifest,
    pod_manifest,
    policy_manifest,
)
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.requests import Seen


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are right for a cluster are long for a test."""
    monkeypatch.setattr(pulse, "PULSE_SECONDS", 0.5)
    monkeypatch.setattr(pulse, "DISCOVER_SECONDS", 0.5)
    monkeypatch.setattr(live, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(live, "DOUBT_SECONDS", 0.3)
    monkeypatch.setattr(reflect, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(reflect, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(reflect, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(reflect, "REFUSED_SECONDS", 0.2)


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


def test_the_first_picture_holds_what_the_server_has(followed: Followed) -> None:
    assert followed.names() == ["a", "b"]
    assert [each.key for each in followed.state.policies] == ["NetworkPolicy/x/deny"]
    assert followed.state.problems == ()
    assert followed.live.condition().status == "live"


def test_what_comes_changes_and_goes_is_seen(api: ApiServer, followed: Followed) -> None:
    api.put(pod_manifest("c"))
    followed.until_pods("a", "b", "c")
    api.remove("pods", "x", "a")
    followed.until_pods("b", "c")
    api.put(policy_manifest("deny", policyTypes=["Ingress", "Egress"]))
    followed.until(lambda: followed.state.policies[0].spec["policyTypes"] == ["Ingress", "Egress"])


def test_what_nothing_is_read_of_is_no_news(api: ApiServer, followed: Followed) -> None:
    followed.pods.clear()
    others = followed.others
    noted = pod_manifest("a")
    noted["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    api.put(noted)
    api.put(pod_manifest("c"))
    followed.until_pods("a", "b", "c")
    assert followed.pods == {("x", "c")}
    assert followed.others == others


def test_lists_come_in_pages_and_a_page_that_expires_is_no_loss(api: ApiServer) -> None:
    api.put_many(pod_manifest(f"p{number:04}") for number in range(1_201))
    with follow(connection_to(api)) as found:
        found.ready()
        assert len(found.names()) == 1_203
    pages = [each for each in api.requests if each.path == "/api/v1/pods" and not watched(each)]
    assert len(pages) == 3
    assert all(each.query.get("limit") == "500" for each in pages)


def watched(seen: Seen) -> bool:
    return "watch" in seen.query


def test_a_watch_starts_from_the_list_and_takes_bookmarks(
    api: ApiServer, followed: Followed
) -> None:
    found = next(each for each in api.requests if each.path == "/api/v1/pods" and watched(each))
    assert found.query["allowWatchBookmarks"] == "true"
    assert int(found.query["resourceVersion"]) > 0
    api.put(manifest("Namespace", "y"))
    api.bookmark()
    api.clear_requests()
    api.close_watches()
    followed.until(lambda: any(each.path == "/api/v1/pods" for each in api.requests))
    again = next(each for each in api.requests if each.path == "/api/v1/pods")
    assert watched(again), "nothing is listed anew after a watch has ended"


@pytest.mark.parametrize("at_once", [False, True])
def test_a_server_that_has_forgotten_is_listed_anew(
    api: ApiServer, followed: Followed, at_once: bool
) -> None:
    api.forbid("pods", verbs={"watch"})
    api.close_watches()
    api.put(pod_manifest("c"))
    api.remove("pods", "x", "a")
    api.compact(at_once=at_once)
    api.permit("pods")
    followed.until_pods("b", "c")
    followed.until(lambda: followed.live.confirmed)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(api: ApiServer, status: int) -> None:
    api.fail(4, status, retry_after=0, on="pods")
    with follow(connection_to(api)) as found:
        found.ready()
        assert found.names() == ["a", "b"]


def test_what_may_not_be_read_is_said_and_leaves_nothing_certain(api: ApiServer) -> None:
    api.forbid("networkpolicies")
    with follow(connection_to(api)) as found:
        found.ready()
        assert [each.key for each in found.state.policies] == [
            "UnreadPolicies/networkpolicies.networking.k8s.io"
        ]
        condition = found.live.condition()
        assert condition.status == "partial"
        assert condition.detail == (
            "Not read: networkpolicies. Ask for the verbs get, list and watch on them."
        )
        api.permit("networkpolicies")
        found.until(lambda: found.live.condition().status == "live")
        assert [each.key for each in found.state.policies] == ["NetworkPolicy/x/deny"]


def test_rights_that_are_taken_away_leave_nothing_old_in_the_picture(
    api: ApiServer, followed: Followed
) -> None:
    api.forbid("networkpolicies")
    api.close_watches()
    followed.until(lambda: followed.live.condition().status == "partial")
    followed.until(lambda: followed.state.policies[0].kind == "UnreadPolicies")


def test_what_may_be_listed_and_not_watched_is_read_now_and_then(api: ApiServer) -> None:
    api.forbid("pods", verbs={"watch"})
    with follow(connection_to(api)) as found:
        found.ready()
        api.put(pod_manifest("c"))
        found.until_pods("a", "b", "c")
        row = next(each for each in found.live.rows() if each["resource"] == "pods")
        assert (row["state"], row["watch"]) == ("polled", False)
        assert row["message"] == "pods: watch forbidden; ask for get, list and watch on pods"


def test_a_kind_that_is_defined_later_is_read_then(api: ApiServer, followed: Followed) -> None:
    assert not any(each["kind"] == "CiliumNetworkPolicy" for each in followed.live.rows())
    api.define("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
    api.put(
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": {"name": "c", "namespace": "x"},
            "spec": {"endpointSelector": {}, "ingress": [{}]},
        }
    )
    followed.until(lambda: len(followed.state.policies) == 2)
    api.undefine("cilium.io", "ciliumnetworkpolicies")
    followed.until(lambda: len(followed.state.policies) == 1)


def test_a_server_that_is_gone_leaves_the_last_picture_and_is_found_again(
    api: ApiServer, followed: Followed
) -> None:
    api.stop()
    followed.until(lambda: followed.live.condition().status == "lost")
    assert not followed.live.confirmed
    assert followed.names() == ["a", "b"]
    assert followed.live.condition().detail == "Nothing listens at the server's address."
    api.start()
    api.put(pod_manifest("c"))
    followed.until_pods("a", "b", "c")
    followed.until(lambda: followed.live.confirmed)
    assert followed.live.condition().status == "live"


def test_a_server_that_says_nothing_is_not_taken_for_fresh(
    api: ApiServer, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PULSE_PATIENCE", 0.3)
    api.hang(True)
    followed.until(lambda: followed.live.condition().status == "lost")
    assert not followed.live.confirmed
    api.put(pod_manifest("c"))
    api.hang(False)
    followed.until_pods("a", "b", "c")
    followed.until(lambda: followed.live.confirmed)


def test_a_token_that_has_run_out_is_read_again_from_its_file(
    api: ApiServer, tmp_path: Path
) -> None:
    from policies.ingest.connection import Connection, Target

    path = api.write_kubeconfig(tmp_path / "config")
    connection = Connection(Target(source="kubeconfig", kubeconfig=str(path)))
    with follow(connection) as found:
        found.ready()
        api.rotate_token("another")
        api.close_watches()
        found.until(lambda: found.live.condition().status == "refused")
        assert found.live.condition().detail == NOT_ACCEPTED
        api.write_kubeconfig(path)
        api.put(pod_manifest("c"))
        found.until_pods("a", "b", "c")
        found.until(lambda: found.live.confirmed)


def test_only_some_namespaces_are_read_by_whoever_may_read_no_others(api: ApiServer) -> None:
    api.put(manifest("Namespace", "y"))
    api.put(pod_manifest("elsewhere", "y"))
    for resource in ("pods", "networkpolicies", "services"):
        api.forbid(resource, namespace="")
    api.forbid("namespaces", verbs={"list", "watch"})
    with follow(connection_to(api), ("x",)) as found:
        found.ready()
        assert found.names() == ["a", "b"]
        assert [each.name for each in found.state.namespaces] == ["x"]
        assert not found.state.namespaces[0].synthesised
        assert found.live.condition().status == "live"


def test_odd_pods_do_not_hide_the_others(api: ApiServer) -> None:
    odd = pod_manifest("odd")
    odd["spec"]["hostNetwork"] = "maybe"
    bare = manifest("Pod", "bare", "x", spec=None)
    api.put(odd)
    api.put(bare)
    with follow(connection_to(api)) as found:
        found.ready()
        assert found.names() == ["a", "b", "bare"]
        assert [each.object for each in found.state.problems] == ["Pod/x/odd"]


def test_every_thread_ends_with_it(api: ApiServer) -> None:
    import threading

    before = {each.ident for each in threading.enumerate()}
    with follow(connection_to(api)) as found:
        found.ready()
        mine = [each for each in threading.enumerate() if each.name.startswith(("reads ", "asks "))]
        assert len(mine) > 10
    for each in mine:
        each.join(10)
    left = {each.name for each in threading.enumerate() if each.ident not in before}
    assert not [name for name in left if name.startswith(("reads ", "asks "))]
