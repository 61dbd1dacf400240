"""How an API server refuses, breaks off and comes back; the fake one when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import pytest

from policies.ingest.connection import Connection, Target
from policies.ingest.faults import ApiError, BadTarget, Unreachable
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.certificates import Authority
from tests.support.kubeapi.client import (
    OF_SHOP,
    PODS,
    POLICIES,
    Watched,
    connect,
    listed,
    read,
    version,
)
from tests.support.kubeapi.objects import (
    namespace,
    network_policy,
    pod,
)

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


def test_a_certificate_of_another_authority_is_not_trusted() -> None:
    with ApiServer(tls=True, token="secret") as api:
        target = Target(source="token", server=api.url, token="secret", ca=Authority("other").pem)
        with pytest.raises(Unreachable, match="certificate cannot be trusted"):
            Connection(target).get("/version")
        assert api.requests == []


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


def test_a_group_whose_own_server_is_away_is_listed_and_does_not_answer(api: ApiServer) -> None:
    api.define("metrics.k8s.io", "v1beta1", "PodMetrics", "pods")
    api.fail(1, 503, on="/apis/metrics.k8s.io/v1beta1")
    connection = connect(api)
    assert any(each["name"] == "metrics.k8s.io" for each in read(connection, "/apis")["groups"])
    with pytest.raises(ApiError, match="503"):
        connection.get("/apis/metrics.k8s.io/v1beta1")


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


def test_an_expired_token_answers_410_and_a_way_on(api: ApiServer) -> None:
    api.put_many(pod("shop", f"web-{number}") for number in range(3))
    token = read(connect(api), PODS, limit="2")["metadata"]["continue"]
    api.expire_continue_tokens()
    with pytest.raises(ApiError, match="410 Expired: The provided continue parameter is too old"):
        connect(api).get(PODS, {"limit": "2", "continue": token})


def test_a_forgotten_version_is_gone_in_either_form(api: ApiServer) -> None:
    old = version(api)
    api.put(pod("shop", "a"))
    api.compact()
    [(kind, status)] = Watched(api, POLICIES, resourceVersion=old).next()
    assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
    api.compact(at_once=True)
    with pytest.raises(ApiError, match="410 Expired: too old resource version"):
        Watched(api, POLICIES, resourceVersion=old)


def test_who_shows_no_token_may_read_the_version_alone(api: ApiServer) -> None:
    with urlopen(f"{api.url}/version") as answer:
        assert msgspec.json.decode(answer.read())["major"] == "1"
    with pytest.raises(HTTPError, match="403") as refused:
        urlopen(f"{api.url}{PODS}")
    assert "system:anonymous" in msgspec.json.decode(refused.value.read())["message"]
    refused.value.close()


def test_a_program_that_gives_no_credential_is_a_bad_target(tmp_path: Path) -> None:
    with ApiServer(token="secret") as api:
        path = api.write_kubeconfig(tmp_path / "config", exec_command=["false"])
        with pytest.raises(BadTarget, match="false"):
            Connection(Target(source="kubeconfig", kubeconfig=str(path))).get("/version")


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


def test_nothing_of_it_stays_when_it_ends() -> None:
    before = threading.active_count()
    with ApiServer(token="secret") as api:
        streams = [Watched(api, POLICIES, resourceVersion="0") for _ in range(5)]
        api.wait_for_watches("networkpolicies", count=5)
    assert threading.active_count() == before
    for each in streams:
        each.stream.close()


def test_nothing_is_kept_of_what_is_sent(api: ApiServer) -> None:
    body = msgspec.json.encode(network_policy("shop", "one", CLOSED))
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/apply-patch+yaml"}
    for method in ("PATCH", "POST", "PUT", "DELETE"):
        request = Request(f"{api.url}{OF_SHOP}/one", body, headers, method=method)
        with pytest.raises(HTTPError, match="405") as refused:
            urlopen(request)
        refused.value.close()
    assert [each.method for each in api.requests] == ["PATCH", "POST", "PUT", "DELETE"]
    assert listed(connect(api), POLICIES) == []


def test_applying_for_trial_says_what_would_be_and_keeps_nothing(api: ApiServer) -> None:
    made = network_policy("shop", "one", {"podSelector": {}})
    answer = connect(api).try_apply(f"{OF_SHOP}/one", msgspec.json.encode(made))
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
        connect(api).try_apply(f"{OF_SHOP}/one", made)
    assert refused.value.status == code
    assert said in refused.value.message
    assert [name for name, _ in refused.value.details] == ([field] if field else [])


def test_a_field_of_another_manager_conflicts_unless_it_is_forced(api: ApiServer) -> None:
    api.put(network_policy("shop", "one", CLOSED), manager="argocd")
    other = network_policy("shop", "one", {"podSelector": {"matchLabels": {"app": "web"}}})
    body = msgspec.json.encode(other)
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/apply-patch+yaml"}
    query = "dryRun=All&fieldManager=mine"
    request = Request(f"{api.url}{OF_SHOP}/one?{query}", body, headers, method="PATCH")
    with pytest.raises(HTTPError, match="409") as refused:
        urlopen(request)
    status = msgspec.json.decode(refused.value.read())
    refused.value.close()
    assert status["message"] == (
        'Apply failed with 1 conflict: conflict with "argocd" using networking.k8s.io/v1:'
        " .spec.podSelector"
    )
    forced = msgspec.json.decode(connect(api).try_apply(f"{OF_SHOP}/one", body))
    assert forced["spec"]["podSelector"] == other["spec"]["podSelector"]
    by = {each["manager"]: list(each["fieldsV1"]["f:spec"]) for each in owners(forced)}
    assert by == {"netviz": ["f:podSelector"], "argocd": ["f:policyTypes"]}


def owners(made: Json) -> list[Json]:
    found: list[Json] = made["metadata"]["managedFields"]
    return found
