"""What the protocol of Kubernetes demands of an API server, and so of the fake one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from policies.ingest.faults import ApiError
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.client import (
    PODS,
    POLICIES,
    Watched,
    connect,
    listed,
    read,
    version,
)
from tests.support.kubeapi.objects import (
    custom,
    namespace,
    network_policy,
    odd_pods,
    pod,
    pods_of,
)
from tests.support.kubeapi.story import apply_files, story

Json = dict[str, Any]
CLOSED: Json = {"podSelector": {}, "policyTypes": ["Ingress"]}


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    with ApiServer(tls=request.param == "https", token="secret") as api:
        yield api


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret") as running:
        running.put(namespace("shop"))
        yield running


def test_the_client_reads_lists_streams_and_is_refused(either: ApiServer) -> None:
    either.put(namespace("shop"))
    watched = Watched(either, POLICIES, resourceVersion=version(either))
    either.put(network_policy("shop", "closed", CLOSED))
    assert watched.names(1) == [("ADDED", "closed")]
    assert listed(connect(either), POLICIES) == ["closed"]
    either.close_watches()
    assert watched.next() == []
    with pytest.raises(ApiError, match="401 Unauthorized"):
        connect(either, "wrong").get("/version")
    watched.stream.close()


def test_discovery_names_groups_versions_and_resources(api: ApiServer) -> None:
    connection = connect(api)
    assert read(connection, "/api")["versions"] == ["v1"]
    api.define("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
    groups = {each["name"]: each for each in read(connection, "/apis")["groups"]}
    assert groups["cilium.io"]["preferredVersion"]["groupVersion"] == "cilium.io/v2"
    assert read(connection, "/apis/cilium.io")["kind"] == "APIGroup"
    rows = {each["name"]: each for each in read(connection, "/api/v1")["resources"]}
    assert rows["pods"]["namespaced"]
    assert "watch" in rows["pods"]["verbs"]
    assert not rows["nodes"]["namespaced"]


def test_what_is_not_served_is_not_found(api: ApiServer) -> None:
    connection = connect(api)
    with pytest.raises(ApiError, match="404 : 404 page not found"):
        connection.get("/apis/cilium.io/v2/ciliumnetworkpolicies")
    with pytest.raises(ApiError, match="404 NotFound: the server could not find the requested"):
        connection.get("/apis/networking.k8s.io/v1/nosuch")
    with pytest.raises(ApiError, match='404 NotFound: pods "nosuch" not found'):
        connection.get("/api/v1/namespaces/shop/pods/nosuch")
    assert listed(connection, "/api/v1/namespaces/nosuch/pods") == []


def test_objects_in_lists_name_their_kind_only_where_a_definition_made_it(api: ApiServer) -> None:
    api.put(pod("shop", "web"))
    api.define("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
    api.put(custom("cilium.io/v2", "CiliumNetworkPolicy", "shop", "mine", {}))
    found = read(connect(api), PODS)
    assert (found["kind"], found["apiVersion"]) == ("PodList", "v1")
    assert "kind" not in found["items"][0]
    theirs = read(connect(api), "/apis/cilium.io/v2/ciliumnetworkpolicies")
    assert theirs["items"][0]["kind"] == "CiliumNetworkPolicy"
    assert list(theirs) == ["apiVersion", "items", "kind", "metadata"]
    assert theirs["metadata"]["continue"] == ""
    alone = read(connect(api), "/api/v1/namespaces/shop/pods/web")
    assert (alone["kind"], alone["apiVersion"]) == ("Pod", "v1")


def test_the_pages_of_a_list_are_of_one_version(api: ApiServer) -> None:
    api.put_many(pod("shop", f"web-{number}") for number in range(5))
    first = read(connect(api), PODS, limit="2")
    assert first["metadata"]["remainingItemCount"] == 3
    api.remove("pods", "shop", "web-3")
    api.put(pod("shop", "web-9"))
    token = first["metadata"]["continue"]
    second = read(connect(api), PODS, limit="2", **{"continue": token})
    assert [each["metadata"]["name"] for each in second["items"]] == ["web-2", "web-3"]
    token = second["metadata"]["continue"]
    third = read(connect(api), PODS, limit="2", **{"continue": token})
    assert [each["metadata"]["name"] for each in third["items"]] == ["web-4"]
    assert "continue" not in third["metadata"]
    versions = {each["metadata"]["resourceVersion"] for each in (first, second, third)}
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("app=web", ["a"]),
        ("app!=web", ["b", "c"]),
        ("app in (web,db)", ["a", "b"]),
        ("app notin (web)", ["b", "c"]),
        ("app", ["a", "b"]),
        ("!app", ["c"]),
        ("app,app!=db", ["a"]),
    ],
)
def test_label_selectors_choose(api: ApiServer, selector: str, names: list[str]) -> None:
    api.put_many(
        [pod("shop", "a", {"app": "web"}), pod("shop", "b", {"app": "db"}), pod("shop", "c")]
    )
    assert listed(connect(api), PODS, labelSelector=selector) == names


def test_a_field_selector_chooses_by_name(api: ApiServer) -> None:
    api.put_many([pod("shop", "a"), pod("shop", "b")])
    assert listed(connect(api), PODS, fieldSelector="metadata.name=b") == ["b"]


def test_a_watch_tells_every_change_in_order(api: ApiServer) -> None:
    watched = Watched(api, POLICIES, resourceVersion=version(api), allowWatchBookmarks="true")
    api.put(network_policy("shop", "one", CLOSED))
    api.put(network_policy("shop", "one", CLOSED))  # changes nothing, makes no event
    api.put(network_policy("shop", "one", {"podSelector": {}, "policyTypes": ["Egress"]}))
    api.remove("networkpolicies", "shop", "one")
    seen = watched.next(3)
    assert [kind for kind, _ in seen] == ["ADDED", "MODIFIED", "DELETED"]
    versions = [int(made["metadata"]["resourceVersion"]) for _, made in seen]
    assert versions == sorted(set(versions))
    api.put(pod("shop", "elsewhere"))
    api.bookmark()
    [(kind, made)] = watched.next()
    assert (kind, made["metadata"]) == ("BOOKMARK", {"resourceVersion": str(versions[-1] + 1)})
    watched.stream.close()


def test_a_watch_with_a_selector_sees_objects_come_and_go_by_their_labels(api: ApiServer) -> None:
    rv = version(api)
    watched = Watched(api, PODS, resourceVersion=rv, labelSelector="app=web")
    for labels in ({"app": "db"}, {"app": "web"}, {"app": "web", "v": "2"}, {"app": "db"}):
        api.put({**pod("shop", "a", ip="10.244.0.9"), "metadata": named("a", labels)})
    assert watched.names(3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    watched.stream.close()


def named(name: str, labels: dict[str, str]) -> Json:
    return {"name": name, "namespace": "shop", "labels": labels}


def test_a_watch_from_nowhere_begins_with_what_is_there(api: ApiServer) -> None:
    api.put(network_policy("shop", "one", CLOSED))
    watched = Watched(api, POLICIES, allowWatchBookmarks="true")
    assert watched.names(1) == [("ADDED", "one")]
    [(kind, made)] = watched.next()
    assert kind == "BOOKMARK"
    assert made["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    watched.stream.close()


def test_a_watch_ends_when_its_time_is_over(api: ApiServer) -> None:
    watched = Watched(api, POLICIES, resourceVersion=version(api), timeoutSeconds="1")
    assert watched.next() == []


def test_the_objects_of_a_deleted_definition_go_and_its_watches_end(api: ApiServer) -> None:
    path = "/apis/cilium.io/v2/ciliumnetworkpolicies"
    api.define("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
    api.put(custom("cilium.io/v2", "CiliumNetworkPolicy", "shop", "mine", {}))
    watched = Watched(api, path, resourceVersion=version(api))
    api.wait_for_watches("ciliumnetworkpolicies")
    api.undefine("cilium.io", "ciliumnetworkpolicies")
    assert watched.names(2) == [("DELETED", "mine")]
    with pytest.raises(ApiError, match="404"):
        connect(api).get(path)


def test_the_demo_runs_with_its_replicasets_and_pods(api: ApiServer) -> None:
    story(api, "flat-network")
    connection = connect(api)
    pods = read(connection, PODS)["items"]
    assert sum(each["metadata"]["name"].startswith("webserver-") for each in pods) == 2
    assert {each["metadata"]["name"] for each in pods} >= {"curl", "redis-0"}
    assert listed(connection, POLICIES) == []
    apply_files(api, "default-deny.yaml")
    assert listed(connection, POLICIES) == ["deny-all"]


def test_odd_pods_are_listed_like_any_other(api: ApiServer) -> None:
    api.put_many(odd_pods("shop"))
    assert len(listed(connect(api), PODS)) == len(odd_pods("shop"))


def test_ten_thousand_pods_are_put_and_listed(api: ApiServer) -> None:
    api.put_many(pod("shop", f"web-{number}", {"app": "web"}) for number in range(10_000))
    connection, token, names = connect(api), "", set[str]()
    while True:
        page = read(connection, PODS, limit="500", **({"continue": token} if token else {}))
        names |= {each["metadata"]["name"] for each in page["items"]}
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert len(names) == 10_000


def test_the_pods_of_a_workload_carry_its_labels_and_name_it(api: ApiServer) -> None:
    made = custom("apps/v1", "StatefulSet", "shop", "db", {"replicas": 2})
    made["spec"]["template"] = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "db", "image": "example.invalid/db:1"}]},
    }
    first, second = pods_of(api.put(made))
    assert (first["metadata"]["name"], second["metadata"]["name"]) == ("db-0", "db-1")
    assert first["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"
    assert first["metadata"]["labels"] == {"app": "db"}
