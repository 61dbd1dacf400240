"""Ways in: the same answer at every door, in flows, explanations and on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client

from policies import services
from policies.api import shapes
from policies.evaluator.manifest import SourceText
from tests.commands.test_question_commands import run
from tests.support.doors import answer_of_command, post_json
from tests.support.outside import OUTSIDE

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(OUTSIDE)
    return path


@pytest.fixture
def url(files: Path) -> str:
    source = SourceText(files.name, OUTSIDE.encode())
    snapshot, problems = services.store_sources([source])
    assert problems == ()
    return f"{API}/snapshots/{snapshot.id}"


def test_ways_in_are_the_same_from_command_and_snapshot(
    client: Client, files: Path, url: str
) -> None:
    kept = client.get(f"{url}/entrypoints")
    assert kept.json() == answer_of_command("entrypoints", str(files))
    msgspec.json.decode(kept.content, type=shapes.EntryPointsAnswer, strict=True)
    found = [(each["kind"], each["backend"], each["verdict"]) for each in kept.json()["paths"]]
    assert found == [
        ("NodePort", "shop/db[Deployment]", "conditional"),
        ("Ingress", "shop/web[Deployment]", "allow"),
    ]
    [issue] = kept.json()["issues"]
    assert (issue["object"], issue["code"]) == ("Ingress/shop/site", "no-service")


def test_ways_in_may_be_those_to_one_workload(client: Client, files: Path, url: str) -> None:
    asked = client.get(f"{url}/entrypoints", {"focus": "shop/db"}).json()
    assert asked == answer_of_command("entrypoints", str(files), "--focus", "shop/db")
    assert [each["backend"] for each in asked["paths"]] == ["shop/db[Deployment]"]
    assert [(each["service"], each["opened"]) for each in asked["services"]] == [
        ("Service/shop/db", True)
    ]
    assert client.get(f"{url}/entrypoints", {"focus": "shop/nobody"}).status_code == 400


def test_flows_have_rows_from_the_controller_at_every_level(files: Path) -> None:
    for level, end in (
        ("namespace", "shop"),
        ("workload", "shop/web[Deployment]"),
        ("pod", "shop/web[Pod]"),
    ):
        answer = answer_of_command(
            "flows", str(files), "--level", level, "--focus", "{ingress-controller}"
        )
        assert answer["flows"] == [
            {
                "source": "{ingress-controller}",
                "destination": end,
                "connections": {"TCP": [[8080, 8080]]},
                "verdict": "allow",
                "reason": None,
            }
        ]


def test_the_filters_of_flows_hold_for_the_controller(files: Path) -> None:
    def rows(*options: str) -> list[str]:
        answer = answer_of_command("flows", str(files), *options)
        return [
            each["destination"]
            for each in answer["flows"]
            if each["source"] == "{ingress-controller}"
        ]

    assert rows() == ["shop/web[Deployment]"]
    assert rows("--port", "8080/TCP") == ["shop/web[Deployment]"]
    assert rows("--port", "80/TCP") == []
    assert rows("--focus", "shop/web") == ["shop/web[Deployment]"]
    assert rows("--focus", "shop/db") == []
    assert rows("--namespace", "shop") == ["shop/web[Deployment]"]


@pytest.mark.parametrize("source", ["{ingress-controller}", "internet", "shop/db"])
def test_explanations_name_services_and_ways_in_at_every_door(
    client: Client, files: Path, url: str, source: str
) -> None:
    asked = {"from": source, "to": "shop/web", "port": "8080/TCP"}
    kept = client.get(f"{url}/explain", asked)
    msgspec.json.decode(kept.content, type=shapes.ExplainAnswer, strict=True)
    options = [text for name, value in asked.items() for text in (f"--{name}", value)]
    body = {"files": [{"name": files.name, "content": OUTSIDE}], **asked}
    stateless = post_json(client, f"{API}/explain", body).json()
    assert kept.json() == answer_of_command("explain", str(files), *options) == stateless
    [use] = kept.json()["services"]
    # An address outside is not in an allowed namespace, and every pod is.
    opened = source != "internet"
    assert (use["service"], use["target"], use["opened"]) == (
        "Service/shop/web",
        "8080/TCP",
        opened,
    )
    ways = [each["object"] for each in kept.json()["paths"]]
    assert ways == ([] if source == "shop/db" else ["Ingress/shop/site"])


def test_nothing_is_sent_to_the_controller(files: Path) -> None:
    code, _, err = run("explain", str(files), "--from", "shop/web", "--to", "{ingress-controller}")
    assert code == 2
    assert "nothing is sent to it" in err


def test_texts_say_where_each_way_is_written(files: Path) -> None:
    code, out, _ = run("entrypoints", str(files))
    assert code == 0
    assert "{ingress-controller} => shop/web[Deployment] : 8080/TCP  [allow]" in out
    assert "shop.yaml:43: Ingress/shop/site: Ingress shop.example/ over shop/web:80" in out
    assert "there is no Service old in namespace shop (no-service)" in out
    _, table, _ = run("entrypoints", str(files), "-o", "csv")
    assert table.splitlines()[0].startswith("entry point,host,path,dialled,service,caller")
    _, page, _ = run("entrypoints", str(files), "-o", "md")
    assert "| Ingress/shop/site | shop.example | / |  | shop/web:80 |" in page
    _, explained, _ = run(
        "explain", str(files), "--from", "{ingress-controller}", "--to", "shop/web"
    )
    assert "Service/shop/web 80/TCP leads to 8080/TCP, which is open" in explained


def test_a_cluster_without_ways_in_says_so(tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n")
    _, out, _ = run("entrypoints", str(path))
    assert "Nothing comes in from outside" in out


def test_the_map_marks_workloads_with_ways_in(client: Client, url: str) -> None:
    answer = client.get(f"{url}/graph")
    msgspec.json.decode(answer.content, type=shapes.MapAnswer, strict=True)
    nodes: dict[str, Any] = {each["id"]: each for each in answer.json()["nodes"]}
    assert nodes["shop/web[Deployment]"]["entry"] == {
        "verdict": "allow",
        "internet": True,
        "paths": 1,
    }
    assert nodes["shop/db[Deployment]"]["entry"]["verdict"] == "conditional"


def test_the_map_shows_the_controller_where_it_leads(client: Client, url: str) -> None:
    def drawn(**query: str) -> list[tuple[str, str]]:
        answer = client.get(f"{url}/graph", query)
        msgspec.json.decode(answer.content, type=shapes.MapAnswer, strict=True)
        left = "out:{ingress-controller}"
        edges = [each for each in answer.json()["edges"] if each["source"] == left]
        assert any(each["id"] == left for each in answer.json()["nodes"]) == bool(edges)
        return [(each["target"], each["text"]) for each in edges]

    web = "shop/web[Deployment]"
    assert drawn() == [(web, "TCP 8080")]
    assert drawn(level="namespace") == [("ns:shop", "TCP 8080")]
    assert drawn(focus=web) == [(web, "TCP 8080")]
    assert drawn(focus="shop/db[Deployment]") == []
    assert drawn(port="80/TCP") == []


def test_a_what_if_marks_ways_in_on_its_map(client: Client, url: str) -> None:
    draft: dict[str, Any] = {"files": [], "delete": ["NetworkPolicy/shop/db"]}
    view = post_json(client, f"{url}/whatif?view=map", draft)
    msgspec.json.decode(view.content, type=shapes.DiffMapAnswer, strict=True)
    nodes = {each["id"]: each for each in view.json()["nodes"]}
    assert nodes["shop/db[Deployment]"]["entry"]["verdict"] == "allow"


def from_controller(answer: Any) -> list[tuple[str, str, list[str]]]:
    return [
        (each["kind"], each["destination"], [reason["text"] for reason in each["reasons"]])
        for each in answer["changes"]
        if each["source"] == "{ingress-controller}"
    ]


def test_a_policy_that_closes_a_way_in_is_a_change(client: Client, url: str) -> None:
    closed = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: shop, name: web}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}
"""
    draft = {"files": [{"name": "draft.yaml", "content": closed}]}
    answer = post_json(client, f"{url}/whatif", draft)
    msgspec.json.decode(answer.content, type=shapes.DiffAnswer, strict=True)
    [(kind, destination, reasons)] = from_controller(answer.json())
    assert (kind, destination) == ("removed", "shop/web[Deployment]")
    assert reasons == ["web ingress[0] opened TCP 8080 from every pod in every namespace."]


def test_an_ingress_that_comes_or_goes_is_a_change(client: Client, url: str) -> None:
    draft = {"files": [], "delete": ["Ingress/shop/site"]}
    answer = post_json(client, f"{url}/whatif", draft).json()
    assert from_controller(answer) == [
        (
            "removed",
            "shop/web[Deployment]",
            ["Ingress/shop/site no longer leads to TCP 8080 of shop/web[Deployment]."],
        )
    ]
    assert answer["summary"]["removed"] == 1


def test_a_change_elsewhere_leaves_the_ways_in_as_they_are(client: Client, url: str) -> None:
    draft = {"files": [], "delete": ["NetworkPolicy/shop/db"]}
    assert from_controller(post_json(client, f"{url}/whatif", draft).json()) == []


def test_a_workload_that_goes_takes_its_ways_in_along(client: Client, url: str) -> None:
    draft = {"files": [], "delete": ["Deployment/shop/web"]}
    [(kind, _, reasons)] = from_controller(post_json(client, f"{url}/whatif", draft).json())
    assert kind == "removed"
    assert reasons == ["shop/web[Deployment] exists only before the change."]


BALANCER = """
apiVersion: v1
kind: Service
metadata: {name: public, namespace: shop}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  allocateLoadBalancerNodePorts: false
  selector: {app: web}
  ports: [{port: 443, targetPort: 8080}]
"""


@pytest.fixture
def unguarded(tmp_path: Path) -> Path:
    """The shop without its policies."""
    path = tmp_path / "unguarded.yaml"
    path.write_text("---".join(OUTSIDE.split("---")[:-2]))
    return path


def test_a_way_in_that_a_draft_opens_is_listed_at_every_door(
    client: Client, unguarded: Path, tmp_path: Path
) -> None:
    source = SourceText(unguarded.name, unguarded.read_bytes())
    url = f"{API}/snapshots/{services.store_sources([source])[0].pk}"
    draft = tmp_path / "public.yaml"
    draft.write_text(BALANCER)
    body = {"files": [{"name": draft.name, "content": BALANCER}]}
    kept = post_json(client, f"{url}/whatif", body)
    msgspec.json.decode(kept.content, type=shapes.DiffAnswer, strict=True)
    assert kept.json() == answer_of_command("whatif", str(unguarded), "--apply", str(draft))
    assert kept.json()["changes"] == []
    [way] = kept.json()["ways"]
    assert (way["change"], way["object"], way["port"]) == (
        "added",
        "Service/shop/public",
        "8080/TCP",
    )
    assert way["before"] == []
    assert [(each["caller"], each["verdict"]) for each in way["after"]] == [
        ("anywhere outside", "allow")
    ]


def test_a_gate_does_not_pass_over_a_way_in(unguarded: Path, tmp_path: Path) -> None:
    draft = tmp_path / "public.yaml"
    draft.write_text(BALANCER)
    ask = ("--after", str(unguarded), str(draft), "--before", str(unguarded), "--exit-code")
    code, text, _ = run("diff", *ask)
    assert code == 1
    assert "Nothing changes" not in text
    assert "+ shop/web[Deployment] : 8080/TCP from anywhere outside\n" in text
    assert "public.yaml:2: Service/shop/public: LoadBalancer TCP 443 over shop/public:443" in text
    _, table, _ = run("diff", *ask, "-o", "csv")
    assert (
        "way in added,Service/shop/public,shop/web[Deployment] : 8080/TCP,nobody,anywhere outside,"
        in table
    )


@pytest.mark.law("F-36", "A-113")
def test_an_explanation_of_one_port_names_no_service_of_another_at_any_door(
    client: Client, files: Path, url: str
) -> None:
    asked = {"from": "shop/db", "to": "shop/web", "port": "9090/TCP"}
    kept = client.get(f"{url}/explain", asked).json()
    options = [text for name, value in asked.items() for text in (f"--{name}", value)]
    assert kept == answer_of_command("explain", str(files), *options)
    assert kept["services"] == []
    del asked["port"]
    [use] = client.get(f"{url}/explain", asked).json()["services"]
    assert use["service"] == "Service/shop/web"
