"""The pages of a policy and of a workload, and the same over REST."""

from __future__ import annotations

import msgspec
import pytest
from django.test import Client

from policies import services
from policies.api import shapes
from policies.evaluator.yamlplaces import lines_of_fields
from policies.evaluator.yamlwriter import in_usual_order, write_yaml
from tests.support.touched import CLUSTER

POLICIES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: x}
spec:
  podSelector: {matchLabels: {pod: a}}
  ingress:
  - from: [{podSelector: {matchLabels: {pod: b}}}]
    ports: [{port: 80}]
  - from: [{podSelector: {matchLabels: {pod: b}}}]
    ports: [{port: 80}, {port: 81}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: hidden, namespace: z}
spec: {endpointSelector: {}, egress: [{}]}
"""


@pytest.fixture
def root(db: None) -> str:
    text = f"{CLUSTER}\n---\n{POLICIES}"
    snapshot, problems = services.store_upload([("a.yaml", text.encode())], "Details")
    assert not problems
    return f"/snapshots/{snapshot.pk}"


def test_a_policy_is_told_in_sentences_with_its_idle_rules(client: Client, root: str) -> None:
    answer = client.get(f"/api/v1{root}/policies/NetworkPolicy/x/web").json()
    msgspec.convert(answer, shapes.PolicyDetail)
    assert answer["sentence"] == "web selects pods with pod=a of namespace x."
    assert answer["closes"] == ["Incoming connections are closed, unless a rule opens them."]
    assert answer["selects"] == ["x/a[Pod]"]
    first, second = answer["rules"]
    assert first["sentence"] == "Opens TCP 80 from pods with pod=b of namespace x."
    assert first["workloads"] == ["x/b[Pod]"]
    assert first["never_decides"] == "without it, everything is decided the same by ingress[1]"
    assert second["never_decides"] is None
    start, end = first["yaml_lines"]
    lines = answer["yaml"].splitlines()
    assert lines[start - 1].strip() == "- from:"
    assert lines[end].strip() == "- from:"


def test_a_policy_that_is_not_evaluated_says_so(client: Client, root: str) -> None:
    answer = client.get(f"/api/v1{root}/policies/CiliumNetworkPolicy/z/hidden").json()
    msgspec.convert(answer, shapes.PolicyDetail)
    assert (answer["evaluated"], answer["types"], answer["rules"]) == (False, ["Egress"], [])
    assert answer["sentence"] == (
        "hidden may select every pod of namespace z, for egress. netviz does not evaluate it: what"
        " it opens and closes is shown as not known."
    )


def test_a_workload_is_told_by_direction(client: Client, root: str) -> None:
    answer = client.get(f"/api/v1{root}/workloads/x/a").json()
    msgspec.convert(answer, shapes.WorkloadDetail)
    assert answer["workload"] == "x/a[Pod]"
    ingress, egress = answer["ways"]["ingress"], answer["ways"]["egress"]
    assert ingress["sentence"].startswith("Only what a policy opens: 1 workload may connect.")
    assert ingress["policies"] == [
        {"policy": "NetworkPolicy/x/web", "evaluated": True, "closes": True}
    ]
    assert egress["sentence"] == "Open to everything: no policy closes it."
    hidden = client.get(f"/api/v1{root}/workloads/z/a[Pod]").json()
    assert hidden["ways"]["egress"]["sentence"] == (
        "Not known: CiliumNetworkPolicy z/hidden may open and close connections here, and is not"
        " evaluated."
    )


def test_a_workload_names_its_services_its_ways_in_and_what_is_found(
    client: Client, db: None
) -> None:
    service = """
apiVersion: v1
kind: Service
metadata: {name: front, namespace: x}
spec: {type: LoadBalancer, selector: {pod: a}, ports: [{port: 80, targetPort: 8080}]}
"""
    snapshot, _ = services.store_upload([("c.yaml", f"{CLUSTER}\n---\n{service}".encode())], "c")
    root = f"/snapshots/{snapshot.pk}"
    answer = client.get(f"/api/v1{root}/workloads/x/a").json()
    assert [(each["service"], each["target"]) for each in answer["services"]] == [
        ("Service/x/front", "8080/TCP")
    ]
    assert [each["object"] for each in answer["paths"]] == ["Service/x/front"]
    listed = client.get(f"/api/v1{root}/findings", {"object": "x/a[Pod]"}).json()["results"]
    assert answer["findings"] == listed != []
    page = client.get(f"{root}/workloads/x/a").content.decode()
    assert "Service x/front" in page
    assert answer["findings"][0]["title"] in page


@pytest.mark.parametrize(
    "path", ["policies/NetworkPolicy/x/none", "policies/x", "workloads/x/none", "workloads/a"]
)
def test_what_is_not_there_is_not_found(client: Client, root: str, path: str) -> None:
    assert client.get(f"/api/v1{root}/{path}").status_code == 404
    assert client.get(f"{root}/{path}").status_code == 404


def test_the_pages_show_what_rest_says(client: Client, root: str) -> None:
    page = client.get(f"{root}/policies/NetworkPolicy/x/web")
    assert (
        page.context["policy"] == client.get(f"/api/v1{root}/policies/NetworkPolicy/x/web").json()
    )
    text = page.content.decode()
    assert "Opens TCP 80 from pods with pod=b of namespace x." in text
    assert f'href="{root}/workloads/x/b%5BPod%5D"' in text
    page = client.get(f"{root}/workloads/x/a[Pod]")
    assert page.context["workload"] == client.get(f"/api/v1{root}/workloads/x/a").json()


def test_text_from_manifests_is_never_taken_for_html(client: Client, db: None) -> None:
    evil = CLUSTER.replace("pod: a, tier: web", "pod: a")
    policy = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], "<b>bold</b>": 1}]}
"""
    snapshot, _ = services.store_upload([("<i>.yaml", f"{evil}\n---\n{policy}".encode())], "<u>")
    page = client.get(f"/snapshots/{snapshot.pk}/policies/NetworkPolicy/x/p").content.decode()
    assert "<b>bold" not in page
    assert "<i>.yaml" not in page
    assert "&lt;b&gt;bold" in page


def test_lines_of_fields_name_first_and_last_line() -> None:
    text = write_yaml(in_usual_order({"spec": {"to": [{"a": 1}, {"b": [1, 2]}], "from": {}}}))
    assert text == "spec:\n  from: {}\n  to:\n  - a: 1\n  - b:\n    - 1\n    - 2\n"
    places = lines_of_fields(text)
    assert places["spec.to[0]"] == (4, 4)
    assert places["spec.to[1]"] == (5, 7)
    assert places["spec.from"] == (2, 2)
