"""What is set for a cluster is kept with its snapshot and decides at every door."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from policies import services
from policies.evaluator.errors import BadQuestion
from policies.models import Snapshot
from tests.support.doors import answer_of_command

API = "/api/v1/snapshots"
SCTP_ONLY = """
apiVersion: v1
kind: Namespace
metadata: {name: x}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {app: b}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-sctp, namespace: x}
spec:
  podSelector: {matchLabels: {app: a}}
  ingress: [{ports: [{protocol: SCTP, port: 80}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: later}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{name: pass, action: Pass, from: [{namespaces: {}}]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec: {template: {metadata: {labels: {app: cilium}}, spec: {hostNetwork: true}}}
"""


def stored(*profile: str) -> Snapshot:
    found, problems = services.store_upload(
        [("cluster.yaml", SCTP_ONLY.encode())], "Cilium", profile
    )
    assert not problems
    return found


def decided(answer: dict[str, Any], flag: str = "sctp") -> tuple[bool, str]:
    [found] = [each for each in answer["enforcement"]["profile"] if each["flag"] == flag]
    return found["value"], found["by"]


ASKED = {"from": "x/b", "to": "x/a", "port": "80/SCTP"}
PAIR = ["--from", "x/b", "--to", "x/a", "--port", "80/SCTP"]
DOORS = ("explain", "fix", "flows", "findings", "entrypoints", "exposure", "graph", "policies",
         "workloads", "policies/NetworkPolicy/x/only-sctp", "workloads/x/a")  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_every_answer_takes_it_and_says_who_decided(client: Client, door: str) -> None:
    snapshot = stored("sctp=true")
    query: dict[str, Any] = dict(ASKED) if door in ("explain", "fix") else {}
    kept = client.get(f"{API}/{snapshot.pk}/{door}", query).json()
    asked = client.get(f"{API}/{snapshot.pk}/{door}", {**query, "profile": "sctp=false"}).json()
    assert decided(kept) == (True, "snapshot")
    assert decided(asked) == (False, "request")
    services.change_profile(snapshot.pk, {"sctp": None})
    plain = client.get(f"{API}/{snapshot.pk}/{door}", query).json()
    assert decided(plain) == (False, "plugin")


@pytest.mark.django_db
def test_it_changes_what_is_answered_and_commands_and_rest_agree(client: Client) -> None:
    snapshot = stored()
    verdicts = []
    for value in (None, True):
        services.change_profile(snapshot.pk, {"sctp": value})
        printed = answer_of_command("explain", "--snapshot", snapshot.pk, *PAIR)
        assert printed == client.get(f"{API}/{snapshot.pk}/explain", ASKED).json()
        verdicts.append(printed["verdict"])
    assert verdicts == ["deny", "allow"]
    out = StringIO()
    call_command("flows", "--snapshot", snapshot.pk, stdout=out)
    assert "As set for this cluster: sctp=true" in out.getvalue()


@pytest.mark.django_db
def test_a_draft_and_a_comparison_rest_on_it_too(client: Client) -> None:
    snapshot = stored("sctp=true")
    other, _ = services.store_upload(
        [("other.yaml", b"{kind: Pod, apiVersion: v1, metadata: {name: p}}")]
    )
    gone = answer_of_command(
        "whatif", "--snapshot", snapshot.pk, "--delete", "NetworkPolicy/x/only-sctp"
    )
    assert decided(gone) == (True, "snapshot")
    compared = client.get("/api/v1/compare", {"from": other.pk, "to": snapshot.pk}).json()
    assert decided(compared) == (True, "snapshot")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["policies/NetworkPolicy/x/only-sctp", "workloads/x/a"])
def test_the_pages_of_a_policy_and_a_workload_rest_on_it(client: Client, page: str) -> None:
    snapshot = stored("np_enforced=false")
    text = client.get(f"/snapshots/{snapshot.pk}/{page}").content.decode()
    assert "set for this cluster by the profile flag np_enforced" in text


@pytest.mark.django_db
def test_lists_say_what_is_left_out_under_it(client: Client) -> None:
    snapshot = stored()
    [left] = services.snapshot_answer(snapshot)["not_evaluated"]
    assert left["reason"] == "Cilium does not enforce AdminNetworkPolicy"
    services.change_profile(snapshot.pk, {"anp_enforced": True, "np_enforced": False})
    [listed] = client.get(API).json()["results"]
    assert listed["not_evaluated"] == []
    assert listed["enforcement"]["enforced"] == "no"
    assert listed["profile"] == {"anp_enforced": True, "np_enforced": False}
    services.change_profile(snapshot.pk, {"anp_enforced": False})
    [said] = client.get(API).json()["results"][0]["not_evaluated"]
    assert said["reason"] == "the profile flag anp_enforced=false leaves AdminNetworkPolicy out"


@pytest.mark.django_db
def test_the_same_content_again_keeps_what_was_set_beside_what_is_given() -> None:
    first = stored("sctp=true")
    assert stored() == first
    second = stored("endport=false")
    assert second == first
    assert second.profile == {"endport": False, "sctp": True}


@pytest.mark.django_db
def test_an_upload_with_a_flag_that_there_is_none_of_keeps_nothing() -> None:
    with pytest.raises(BadQuestion, match='no profile flag "sct"'):
        stored("sct=true")
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_each_flag_is_listed_with_what_the_plugin_does_and_what_was_set() -> None:
    snapshot = stored("sctp=true", "np_enforced=false")
    rows = {each["flag"]: each for each in services.profile_rows(snapshot)}
    seen = {
        name: (rows[name]["plugin"], rows[name]["kept"], rows[name]["value"], rows[name]["by"])
        for name in ("np_enforced", "sctp", "anp_enforced", "endport")
    }
    assert seen == {
        "np_enforced": (True, False, False, "snapshot"),
        "sctp": (False, True, True, "snapshot"),
        "anp_enforced": (False, None, False, "plugin"),
        "endport": (True, None, True, "default"),
    }


@pytest.mark.django_db(transaction=True)
def test_two_that_set_other_flags_at_once_both_keep_theirs() -> None:
    snapshot = stored()
    together = threading.Barrier(2)

    def setting(flag: str) -> Callable[[], None]:
        def run() -> None:
            try:
                together.wait()
                services.change_profile(snapshot.pk, {flag: True})
            finally:
                connection.close()

        return run

    threads = [threading.Thread(target=setting(flag)) for flag in ("sctp", "cnp_enforced")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert services.get_snapshot(snapshot.pk).profile == {"cnp_enforced": True, "sctp": True}


@pytest.mark.django_db
def test_that_nothing_enforces_is_found_with_who_says_so() -> None:
    evaluation = services.evaluate_snapshot(stored("np_enforced=false"))
    answer = services.findings_answer(evaluation, services.FindingFilter(only=("L-01",)))
    [found] = answer["findings"]
    assert "(set for this cluster by the profile flag np_enforced)" in found["here"]
    assert "Cilium" not in found["here"]
