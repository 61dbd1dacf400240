"""A connection is tried: what works, and verb by verb and resource by resource what does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from policies.ingest.check import Check, Tried, check
from policies.ingest.connection import Connection, Target
from policies.ingest.resources import RESOURCES
from tests.support.clusters import TOKEN, networkpolicy
from tests.support.kubeapi import CONTEXT, VERSION, ApiServer

POLICIES = "networkpolicies.networking.k8s.io"
BUILT_IN = 15


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(tls=True, token=TOKEN) as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        running.put(networkpolicy("web"))
        yield running


def connection(api: ApiServer, **changes: str | bool) -> Connection:
    usual = Target(source="token", server=api.url, token=TOKEN, ca=api.ca_pem)
    return Connection(replace(usual, **changes))


def row(found: Check, resource: str) -> Tried:
    return next(each for each in found.resources if each.resource == resource)


def test_all_that_a_server_has_can_be_read(api: ApiServer) -> None:
    found = check(connection(api))
    assert (found.reachable, found.server, found.version) == (True, api.url, VERSION)
    assert (found.verify_tls, found.message) == (True, f"It is Kubernetes {VERSION}.")
    assert found.sentence == "All of it can be read."
    assert {each.resource for each in found.resources} == {each.name for each in RESOURCES}
    there = [each for each in found.resources if each.state != "absent"]
    assert len(there) == BUILT_IN
    assert all((each.state, each.list, each.watch) == ("ok", True, True) for each in there)


def test_what_a_server_does_not_have_is_absent_and_no_fault(api: ApiServer) -> None:
    gone = row(check(connection(api)), "ciliumnetworkpolicies.cilium.io")
    assert (gone.state, gone.list, gone.watch) == ("absent", None, None)
    assert gone.message == "The cluster has none of it."


def test_kinds_that_were_added_are_tried(api: ApiServer) -> None:
    api.define("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
    assert row(check(connection(api)), "ciliumnetworkpolicies.cilium.io").state == "ok"


def test_a_list_that_is_forbidden_is_said_with_what_to_ask_for(api: ApiServer) -> None:
    api.forbid(POLICIES)
    found = check(connection(api))
    refused = row(found, POLICIES)
    assert (refused.state, refused.list, refused.watch) == ("forbidden", False, False)
    assert refused.message == (
        f"networkpolicies: list forbidden; ask for get, list and watch on {POLICIES}"
    )
    assert found.sentence == (
        "1 of 15 resources may not be read: the picture will be partial, and connections that they"
        " may decide are shown as not known."
    )


def test_a_watch_that_is_forbidden_is_told_from_the_list(api: ApiServer) -> None:
    api.forbid("pods", verbs={"watch"})
    found = check(connection(api))
    polled = row(found, "pods")
    assert (polled.state, polled.list, polled.watch) == ("ok", True, False)
    assert polled.message == "pods: watch forbidden; ask for get, list and watch on pods"
    assert found.sentence == (
        "1 of 15 resources may be listed and not watched: what changes there is seen late."
    )


def test_everything_forbidden_is_none_of_it(api: ApiServer) -> None:
    for each in RESOURCES:
        api.forbid(each.name)
    assert check(connection(api)).sentence == "None of it can be read."


def test_rights_in_some_namespaces_are_enough_for_these(api: ApiServer) -> None:
    api.forbid(POLICIES, namespace="")
    api.forbid("namespaces", verbs={"list", "watch"})
    assert row(check(connection(api)), POLICIES).state == "forbidden"
    found = check(connection(api), ["shop"])
    assert row(found, POLICIES).state == "ok"
    assert row(found, "namespaces").state == "ok"


def test_the_namespace_where_it_is_forbidden_is_named(api: ApiServer) -> None:
    api.forbid(POLICIES, namespace="stage")
    api.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stage"}})
    found = row(check(connection(api), ["shop", "stage"]), POLICIES)
    assert found.message.endswith(f"on {POLICIES} (in stage)")


def test_only_reading_is_asked_for_and_little_of_it(api: ApiServer) -> None:
    check(connection(api))
    assert {each.method for each in api.requests} == {"GET"}
    lists = [each for each in api.requests if "limit" in each.query]
    assert {each.query["limit"] for each in lists} == {"1"}
    watches = [each for each in api.requests if each.query.get("watch") == "true"]
    assert len(lists) == len(watches) == BUILT_IN
    api.wait_for_watches("pods", count=0)


def test_a_resource_that_fails_is_an_error_of_its_own(api: ApiServer) -> None:
    api.fail(1, 500, on=POLICIES)
    found = check(connection(api))
    assert row(found, POLICIES).state == "error"
    assert "the server answered 500" in row(found, POLICIES).message
    assert row(found, "pods").state == "ok"


def test_a_wrong_token_is_said_to_be_one(api: ApiServer) -> None:
    found = check(connection(api, token="another"))
    assert found.reachable
    assert "does not accept the credentials" in found.sentence
    assert found.resources == ()


def test_a_certificate_that_is_not_trusted_is_said_to_be_one(api: ApiServer) -> None:
    found = check(connection(api, ca=""))
    assert not found.reachable
    assert "certificate cannot be trusted" in found.sentence
    assert api.requests == []


def test_a_certificate_that_is_not_checked_is_said(api: ApiServer) -> None:
    found = check(connection(api, ca="", verify_tls=False))
    assert (found.reachable, found.verify_tls) == (True, False)
    assert "The server's certificate is not checked" in found.message


def test_a_kubeconfig_that_skips_the_certificate_is_said(api: ApiServer, tmp_path: Path) -> None:
    path = api.write_kubeconfig(tmp_path / "config")
    text = path.read_text()
    line = next(each for each in text.splitlines() if "certificate-authority-data" in each)
    path.write_text(text.replace(line.strip(), "insecure-skip-tls-verify: true"))
    found = check(Connection(Target(source="kubeconfig", kubeconfig=str(path), context=CONTEXT)))
    assert (found.reachable, found.verify_tls) == (True, False)
    assert "The server's certificate is not checked" in found.message


def test_a_connection_in_clear_is_said() -> None:
    with ApiServer(token=TOKEN) as plain:
        found = check(connection(plain))
    assert (found.reachable, found.verify_tls) == (True, False)
    assert "The connection is not encrypted" in found.message


def test_a_server_that_is_gone_is_an_answer() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    target = Target(source="token", server=f"https://127.0.0.1:{port}", token=TOKEN)
    found = check(Connection(target))
    assert not found.reachable
    assert found.message == found.sentence == "Nothing listens at the server's address."


def test_something_else_at_the_address_is_no_api_server(live_url: str) -> None:
    found = check(Connection(Target(source="token", server=live_url, token=TOKEN)))
    assert not found.reachable
    assert found.message == "What answers at the server's address is no API server."


def test_a_kubeconfig_that_is_not_there_is_an_answer(tmp_path: Path) -> None:
    found = check(Connection(Target(source="kubeconfig", kubeconfig=str(tmp_path / "none"))))
    assert (found.reachable, found.server) == (False, "")
    assert "There is no kubeconfig at" in found.message
