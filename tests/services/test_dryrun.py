"""A draft before an API server: what it accepts, what it refuses and at which line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from policies import services
from policies.evaluator.documents import SourceText
from policies.evaluator.errors import BadQuestion, UnreadableInput
from policies.ingest.faults import NOT_ACCEPTED
from policies.ingest.sealed import TOKEN_KEY
from policies.models import Cluster
from policies.services.dryrun import OBJECTS
from tests.support.clusters import KEY, TOKEN, by_token, networkpolicy
from tests.support.kubeapi import ApiServer

pytestmark = pytest.mark.django_db

POLICIES = "networkpolicies.networking.k8s.io"
GOOD = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress:
    - ports:
        - port: 80
"""
BAD_PORT = GOOD.replace("80", "99999")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setenv(TOKEN_KEY, KEY)
    with ApiServer(tls=True, token=TOKEN) as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        yield running


@pytest.fixture
def cluster(api: ApiServer) -> Cluster:
    return services.add_cluster(cast(services.ClusterWishes, by_token(api)))


def tried(cluster: Cluster, *texts: str, delete: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    draft = [SourceText(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)]
    found: list[dict[str, Any]] = services.dry_run_answer(cluster, draft, delete)["results"]
    return found


def test_what_the_server_would_take_is_accepted_and_not_kept(
    api: ApiServer, cluster: Cluster
) -> None:
    (result,) = tried(cluster, GOOD)
    assert result == {
        "object": "NetworkPolicy/shop/web",
        "source": "0.yaml",
        "document": 1,
        "line": 1,
        "accepted": True,
        "message": "",
        "causes": [],
    }
    (asked,) = [each for each in api.requests if each.method != "GET"]
    assert (asked.method, asked.query["dryRun"]) == ("PATCH", "All")
    assert asked.path.endswith("/namespaces/shop/networkpolicies/web")


def test_a_refusal_stands_at_its_line(cluster: Cluster) -> None:
    (result,) = tried(cluster, BAD_PORT)
    (cause,) = result["causes"]
    assert result["accepted"] is False
    assert (cause["path"], cause["line"], result["line"]) == ("spec.ingress[0].ports[0].port", 8, 8)
    assert "must be between 1 and 65535" in cause["message"]


def test_each_object_has_its_own_result_in_the_order_of_the_draft(cluster: Cluster) -> None:
    several = "---\n".join([GOOD, BAD_PORT.replace("web", "bad"), GOOD.replace("web", "last")])
    results = tried(cluster, several, GOOD)
    assert [each["accepted"] for each in results] == [True, False, True, True]
    assert [each["document"] for each in results] == [1, 2, 3, 1]
    assert results[1]["line"] == 17


def test_a_field_that_is_none_of_the_kind_stands_at_its_line(cluster: Cluster) -> None:
    (result,) = tried(cluster, GOOD + "      form: []\n")
    (cause,) = result["causes"]
    assert result["accepted"] is False
    assert (cause["path"], cause["line"]) == ("spec.ingress[0].form", 9)
    assert cause["message"] == "field not declared in schema"


def test_fields_that_somebody_else_manages_are_no_fault(api: ApiServer, cluster: Cluster) -> None:
    api.put(networkpolicy("web", ingress=[{"ports": [{"port": 1}]}]))
    assert tried(cluster, GOOD)[0]["accepted"] is True


def test_who_may_not_try_is_told_so_and_nothing_of_the_draft(
    api: ApiServer, cluster: Cluster
) -> None:
    api.forbid(POLICIES, verbs={"patch"})
    (result,) = tried(cluster, BAD_PORT)
    assert result["accepted"] is None
    assert result["message"].startswith("You may not try this. Ask for patch on networkpolicies.")
    assert 'cannot patch resource "networkpolicies"' in result["message"]
    assert result["causes"] == []


def test_a_kind_that_the_cluster_does_not_serve_is_refused(cluster: Cluster) -> None:
    text = GOOD.replace("networking.k8s.io/v1", "cilium.io/v2").replace(
        "NetworkPolicy", "CiliumNetworkPolicy"
    )
    (result,) = tried(cluster, text)
    assert result["accepted"] is False
    assert result["message"] == "The cluster serves no CiliumNetworkPolicy in cilium.io/v2."
    assert result["line"] == 1


def test_a_namespace_that_is_not_there_is_refused_unless_the_draft_makes_it(
    cluster: Cluster,
) -> None:
    stage = GOOD.replace("shop", "stage")
    (refused,) = tried(cluster, stage)
    assert refused["accepted"] is False
    assert (refused["message"], refused["line"]) == ('namespaces "stage" not found', 3)
    made = "apiVersion: v1\nkind: Namespace\nmetadata: {name: stage}\n"
    namespace, policy = tried(cluster, f"{made}---\n{stage}")
    assert (namespace["accepted"], policy["accepted"]) == (True, None)
    assert "is made by this draft" in policy["message"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("name: web", "name: ..", 3),
        ("name: web", "name: a/b", 3),
        ("name: web", "generateName: web-", 3),
        ("namespace: shop", "namespace: ../kube-system", 3),
        ("networking.k8s.io/v1", "../../api/v1", 1),
        ("kind: NetworkPolicy", "kind: 5", 2),
    ],
)
def test_what_has_no_address_is_not_sent(
    api: ApiServer, cluster: Cluster, old: str, new: str, line: int
) -> None:
    (result,) = tried(cluster, GOOD.replace(old, new))
    assert (result["accepted"], result["line"]) == (False, line)
    assert api.requests == []


def test_items_of_a_list_are_tried_one_by_one(cluster: Cluster) -> None:
    items = GOOD.replace("\n", "\n    ").strip()
    text = f"apiVersion: v1\nkind: List\nitems:\n  - {items}\n"
    (result,) = tried(cluster, text)
    assert (result["object"], result["accepted"]) == ("NetworkPolicy/shop/web", True)


def test_a_server_that_is_gone_is_an_answer(api: ApiServer, cluster: Cluster) -> None:
    api.stop()
    results = tried(cluster, GOOD, BAD_PORT)
    assert [each["accepted"] for each in results] == [None, None]
    assert {each["message"] for each in results} == {"Nothing listens at the server's address."}


def test_a_server_that_fails_is_an_answer(api: ApiServer, cluster: Cluster) -> None:
    api.fail(1, 503, on=POLICIES)
    (result,) = tried(cluster, GOOD)
    assert result["accepted"] is None
    assert "apiserver is shutting down" in result["message"]


def test_credentials_that_are_refused_are_an_answer(api: ApiServer, cluster: Cluster) -> None:
    api.rotate_token("another")
    assert tried(cluster, GOOD)[0]["message"] == NOT_ACCEPTED


def test_a_token_that_cannot_be_read_is_an_answer(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_KEY)
    (result,) = tried(cluster, GOOD)
    assert result["accepted"] is None
    assert "there is no key for it" in result["message"]


def test_a_key_that_stands_twice_is_refused_at_its_line(api: ApiServer, cluster: Cluster) -> None:
    (result,) = tried(cluster, GOOD + "  podSelector: {}\n")
    assert (result["accepted"], result["line"]) == (False, 9)
    assert api.requests == []


def test_a_draft_that_cannot_be_read_is_unreadable_input(cluster: Cluster) -> None:
    with pytest.raises(UnreadableInput):
        tried(cluster, "kind: [")


def test_a_draft_of_very_many_objects_is_refused(cluster: Cluster) -> None:
    with pytest.raises(BadQuestion, match="at most 500 are tried"):
        tried(cluster, "---\n".join([GOOD] * (OBJECTS + 1)))


def test_deletions_are_said_not_to_be_tried(cluster: Cluster) -> None:
    (result,) = tried(cluster, delete=("NetworkPolicy/shop/web",))
    assert (result["object"], result["accepted"]) == ("NetworkPolicy/shop/web", None)
    assert result["message"] == "Deletions are not tried."


def test_an_empty_draft_has_no_results(cluster: Cluster) -> None:
    assert tried(cluster) == []
