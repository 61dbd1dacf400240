"""What the protocol of Kubernetes demands of an API server, and so of the fake one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies.ingest.connection import Connection, Target
from policies.ingest.faults import ApiError, BadTarget, Unreachable
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.certificates import Authority
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
PODS = "/api/v1/pods"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
OF_SHOP = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"
CLOSED: Json = {"podSelector": {}, "policyTypes": ["Ingress"]}


def connect(api: ApiServer, token: str = "secret") -> Connection:
    return Connection(Target(source="token", server=api.url, token=token, ca=api.ca_pem))


def read(connection: Connection, path: str, **query: str) -> Json:
    found: Json = msgspec.json.decode(connection.get(path, query))
    return found


def listed(connection: Connection, path: str, **query: str) -> list[str]:
    return [each["metadata"]["name"] for each in read(connection, path, **query)["items"]]


class Watched:
    """A watch and its events, as (type, object)."""

    def __init__(self, api: ApiServer, path: str, **query: str) -> None:
        self.stream = connect(api).stream(path, {"watch": "1", **query}, 20)
        self.lines = iter(self.stream)

    def next(self, count: int = 1) -> list[tuple[str, Json]]:
        lines = list(itertools.islice(self.lines, count))
        return [(event["type"], event["object"]) for event in map(msgspec.json.decode, lines)]

    def names(self, count: int) -> list[tuple[str, str]]:
        return [(kind, made["metadata"]["name"]) for kind, made in self.next(count)]


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    with ApiServer(tls=request.param == "https", token="secret") as api:
        yield api


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(token="secret") as running:
        running.put(namespace("shop"))
        yield running


def version(api: ApiServer) -> str:
    found: str = read(connect(api), POLICIES)["metadata"]["resourceVersion"]
    return found


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


def test_a_certificate_of_another_authority_is_not_trusted() -> None:
    with ApiServer(tls=True, token="secret") as api:
        target = Target(source="token", server=api.url, token="secret", ca=Authority("other").pem)
        with pytest.raises(Unreachable, match="certificate cannot be trusted"):
            Connection(target).get("/version")
        assert api.requests == []


def test_kubeconfigs_sign_in_by_token_program_or_certificate(tmp_path: Path) -> None:
    with ApiServer(tls=True, token="secret") as api:
        prints = tmp_path / "credential.json"
        prints.write_bytes(
            msgspec.json.encode(
                {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "kind": "ExecCredential",
                    "status": {"token": "secret"},
                }
            )
        )
        ways: list[dict[str, Any]] = [
            {},
            {"exec_command": ["cat", str(prints)]},
            {"client_cert": True},
        ]
        for number, way in enumerate(ways):
            path = api.write_kubeconfig(tmp_path / f"config-{number}", **way)
            connection = Connection(Target(source="kubeconfig", kubeconfig=str(path)))
            assert listed(connection, PODS) == []
        assert [each.authorization for each in api.requests] == [
            "Bearer secret",
            "Bearer secret",
            None,
        ]


def test_a_program_that_gives_no_credential_is_a_bad_target(tmp_path: Path) -> None:
    with ApiServer(token="secret") as api:
        path = api.write_kubeconfig(tmp_path / "config", exec_command=["false"])
        with pytest.raises(BadTarget, match="false"):
            Connection(Target(source="kubeconfig", kubeconfig=str(path))).get("/version")


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


def test_an_expired_token_answers_410_and_a_way_on(api: ApiServer) -> None:
    api.put_many(pod("shop", f"web-{number}") for number in range(3))
    token = read(connect(api), PODS, limit="2")["metadata"]["continue"]
    api.expire_continue_tokens()
    with pytest.raises(ApiError, match="410 Expired: The provided continue parameter is too old"):
        connect(api).get(PODS, {"limit": "2", "continue": token})


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


def test_a_forgotten_version_is_gone_in_either_form(api: ApiServer) -> None:
    old = version(api)
    api.put(pod("shop", "a"))
    api.compact()
    [(kind, status)] = Watched(api, POLICIES, resourceVersion=old).next()
    assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
    api.compact(at_once=True)
    with pytest.raises(ApiError, match="410 Expired: too old resource version"):
        Watched(api, POLICIES, resourceVersion=old)


def test_rbac_refuses_by_verb_and_namespace(api: ApiServer) -> None:
    api.forbid("networkpolicies", {"list"}, namespace="")
    connection = connect(api)
    with pytest.raises(ApiError) as refused:
        connection.get(POLICIES)
    assert refused.value.message == (
        'networkpolicies.networking.k8s.io is forbidden: User "system:serviceaccount:netviz:netviz"'
        ' cannot list resource "networkpolicies" in API group "networking.k8s.io" at the cluster'
        " scope"
    )
    assert listed(connection, OF_SHOP) == []
    api.forbid("networkpolicies", {"list"}, namespace="shop")
    with pytest.raises(ApiError, match='in the namespace "shop"'):
        connection.get(OF_SHOP)
    api.permit("networkpolicies")
    assert listed(connection, POLICIES) == []


def test_a_server_fails_as_often_as_it_is_told(api: ApiServer) -> None:
    api.fail(1, 429, retry_after=3, on="pods")
    api.fail(1, 503)
    connection = connect(api)
    with pytest.raises(ApiError, match="503 ServiceUnavailable"):
        connection.get(POLICIES)
    with pytest.raises(ApiError, match="429") as refused:
        connection.get(PODS)
    assert refused.value.retry_after == 3
    assert listed(connection, PODS) == []


@pytest.mark.parametrize("how", ["close", "reset", "end"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_line_is_cut_off_where_it_is_told(how: Any, scheme: str) -> None:
    with ApiServer(tls=scheme == "https", token="secret") as api:
        watched = Watched(api, POLICIES, resourceVersion=version(api))
        api.cut_watches_after(40, how=how, on="networkpolicies")
        api.put(network_policy("shop", "one", CLOSED))
        if how == "end":
            assert watched.next() == []
        else:
            with pytest.raises(Unreachable, match="broke off"):
                watched.next()
        watched.stream.close()
        api.wait_for_watches("networkpolicies", count=0)


def test_a_slow_stream_arrives_whole(api: ApiServer) -> None:
    watched = Watched(api, POLICIES, resourceVersion=version(api))
    api.slow(20_000)
    api.put(network_policy("shop", "one", CLOSED))
    assert watched.names(1) == [("ADDED", "one")]
    watched.stream.close()


def test_a_server_that_hangs_answers_when_it_hangs_no_more(api: ApiServer) -> None:
    api.hang(True)
    with pytest.raises(Unreachable, match="stopped answering"):
        connect(api).get("/version", seconds=0.2)
    api.hang(False)
    assert read(connect(api), "/version")["major"] == "1"


def test_a_server_comes_back_on_its_port_with_what_it_had(either: ApiServer) -> None:
    either.put(namespace("shop"))
    either.put(pod("shop", "web"))
    connection = connect(either)
    old, url = read(connection, PODS)["metadata"]["resourceVersion"], either.url
    watched = Watched(either, PODS, resourceVersion=old)
    either.stop()
    with pytest.raises(Unreachable):
        watched.next()
    with pytest.raises(Unreachable, match="Nothing listens"):
        connection.get(PODS)
    either.put(pod("shop", "new"))
    either.start()
    assert either.url == url
    assert Watched(either, PODS, resourceVersion=old).names(1) == [("ADDED", "new")]
    either.stop(keep=False)
    either.start()
    assert listed(connection, PODS) == ["new", "web"]
    [(kind, _)] = Watched(either, PODS, resourceVersion=old).next()
    assert kind == "ERROR"


def test_a_new_token_replaces_the_old_one(api: ApiServer) -> None:
    watched = Watched(api, POLICIES, resourceVersion=version(api))
    api.rotate_token("new")
    with pytest.raises(ApiError, match="401"):
        connect(api).get(POLICIES)
    assert listed(connect(api, "new"), POLICIES) == []
    api.put(network_policy("shop", "one", CLOSED))
    assert watched.names(1) == [("ADDED", "one")]  # streams that are open stay open
    watched.stream.close()


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


def test_applying_for_trial_says_what_would_be_and_keeps_nothing(api: ApiServer) -> None:
    made = network_policy("shop", "one", {"podSelector": {}})
    answer = connect(api).try_apply(f"{OF_SHOP}/one", msgspec.json.encode(made), "netviz")
    assert msgspec.json.decode(answer)["spec"]["policyTypes"] == ["Ingress"]
    assert listed(connect(api), POLICIES) == []


@pytest.mark.parametrize(
    ("spec", "code", "field", "said"),
    [
        (
            {"policyTypes": ["Sideways"]},
            422,
            "spec.policyTypes[0]",
            'Unsupported value: "Sideways"',
        ),
        (
            {"ingress": [{"ports": [{"port": 70000}]}]},
            422,
            "spec.ingress[0].ports[0].port",
            "70000",
        ),
        (
            {"egress": [{"ports": [{"port": 9, "endPort": 8}]}]},
            422,
            "spec.egress[0].ports[0].endPort",
            "must be greater than or equal to `port`",
        ),
        ({"nosuch": 1}, 500, "", ".spec.nosuch: field not declared in schema"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(
    api: ApiServer, spec: Json, code: int, field: str, said: str
) -> None:
    made = msgspec.json.encode(network_policy("shop", "one", {"podSelector": {}, **spec}))
    with pytest.raises(ApiError) as refused:
        connect(api).try_apply(f"{OF_SHOP}/one", made, "netviz")
    assert refused.value.status == code
    assert said in refused.value.message
    assert [name for name, _ in refused.value.details] == ([field] if field else [])


def test_a_field_of_another_manager_conflicts(api: ApiServer) -> None:
    api.put(network_policy("shop", "one", CLOSED), manager="argocd")
    other = network_policy("shop", "one", {"podSelector": {"matchLabels": {"app": "web"}}})
    with pytest.raises(ApiError, match=r'409 Conflict: Apply failed with 1 conflict: .*"argocd"'):
        connect(api).try_apply(f"{OF_SHOP}/one", msgspec.json.encode(other), "netviz")


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


def test_nothing_of_it_stays_when_it_ends() -> None:
    before = threading.active_count()
    with ApiServer(token="secret") as api:
        streams = [Watched(api, POLICIES, resourceVersion="0") for _ in range(5)]
        api.wait_for_watches("networkpolicies", count=5)
    assert threading.active_count() == before
    for each in streams:
        each.stream.close()


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
