"""Every answer has the shape that the schema promises, and every switch works."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from django.test import Client

from policies import services
from policies.api import shapes
from policies.demo.story import STEPS, sources_of
from tests.support.doors import json_files, post_json, step

pytestmark = pytest.mark.django_db

API = "/api/v1"


def url_of(slug: str) -> str:
    snapshot, _ = services.store_sources(sources_of(step(slug).files))
    return f"{API}/snapshots/{snapshot.id}"


@pytest.mark.parametrize("slug", [each.slug for each in STEPS])
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("", shapes.SnapshotStored),
        ("/flows", shapes.FlowsAnswer),
        ("/flows?level=pod", shapes.FlowsAnswer),
        ("/graph", shapes.MapAnswer),
        ("/graph?level=namespace&open=production&focus=ns:development", shapes.MapAnswer),
        ("/matrix", shapes.MatrixAnswer),
        ("/matrix?level=namespace&open=production&focus=ns:development", shapes.MatrixAnswer),
        ("/matrix?namespace=production&port=80/TCP", shapes.MatrixAnswer),
        ("/explain?from=development/curl&to=production/redis", shapes.ExplainAnswer),
        ("/explain?from=internet&to=production/redis&port=6379/TCP", shapes.ExplainAnswer),
        ("/workloads", shapes.WorkloadPage),
        ("/flows?exposure=1", shapes.FlowsAnswer),
        ("/exposure", shapes.ExposureAnswer),
        ("/exposure?focus=production/webserver", shapes.ExposureAnswer),
        ("/entrypoints", shapes.EntryPointsAnswer),
        ("/entrypoints?focus=production/webserver", shapes.EntryPointsAnswer),
        ("/policies", shapes.PolicyPage),
        ("/findings", shapes.FindingPage),
        ("/findings?severity=warning&namespace=production", shapes.FindingPage),
    ],
)
def test_an_answer_has_its_shape(client: Client, slug: str, path: str, shape: type[Any]) -> None:
    answer = client.get(url_of(slug) + path)
    assert answer.status_code == 200
    msgspec.json.decode(answer.content, type=shape, strict=True)


@pytest.mark.parametrize(("before", "after"), list(pairwise(STEPS)), ids=lambda each: each.slug)
def test_a_what_if_has_its_shape_in_both_views(client: Client, before: Any, after: Any) -> None:
    draft = {"files": json_files(after.draft), "delete": list(after.delete)}
    base = url_of(before.slug)
    table = post_json(client, f"{base}/whatif", draft)
    graph = post_json(client, f"{base}/whatif?view=map", draft)
    msgspec.json.decode(table.content, type=shapes.DiffAnswer, strict=True)
    msgspec.json.decode(graph.content, type=shapes.DiffMapAnswer, strict=True)


def test_the_story_and_the_lists_have_their_shapes(client: Client) -> None:
    story = client.get(f"{API}/story")
    snapshots = client.get(f"{API}/snapshots")
    msgspec.json.decode(story.content, type=shapes.StoryAnswer, strict=True)
    msgspec.json.decode(snapshots.content, type=shapes.SnapshotPage, strict=True)


def test_intended_shows_what_policies_would_do_where_nothing_enforces_them(client: Client) -> None:
    base = url_of("not-enforced")
    real = client.get(f"{base}/flows").json()
    intended = client.get(f"{base}/flows", {"intended": "1"}).json()
    assert real["enforcement"]["intended"] is False
    assert intended["enforcement"]["intended"] is True
    assert len(intended["flows"]) < len(real["flows"])


@pytest.mark.parametrize("slug", [each.slug for each in STEPS])
def test_a_cell_of_the_matrix_says_what_the_explanation_says(client: Client, slug: str) -> None:
    base = url_of(slug)
    for port in ("", "80/TCP"):
        view = client.get(f"{base}/matrix", {"port": port}).json()
        for source, row in zip(view["rows"], view["cells"], strict=True):
            for destination, index in zip(view["columns"], row, strict=True):
                cell = view["answers"][index]
                if cell["verdict"] == "none":
                    continue
                query = {"from": source.removeprefix("out:"),
                         "to": destination.removeprefix("in:"), "port": port}  # fmt: skip
                answer = client.get(f"{base}/explain", query).json()
                assert answer["verdict"] == cell["verdict"], query
                assert answer["connections"] == cell["connections"] or port, query


def test_profile_flags_are_repeatable(client: Client) -> None:
    query = {"profile": ["np_enforced=false", "sctp=false"]}
    answer = client.get(f"{url_of('label-added')}/flows", query).json()
    assert answer["enforcement"]["enforced"] == "no"


def test_flows_can_be_filtered_by_namespace_and_port(client: Client) -> None:
    query = {"namespace": "development", "port": "80/TCP"}
    flows = client.get(f"{url_of('label-added')}/flows", query).json()["flows"]
    assert {(flow["source"], flow["destination"], flow["verdict"]) for flow in flows} == {
        ("development/curl[Pod]", "production/redis[StatefulSet]", "allow"),
        ("development/curl[Pod]", "production/webserver[Deployment]", "allow"),
        # The agents of the network plugin share a node with the pod, or not. That way only: Calico
        # asks the policies when a pod calls its own node.
        ("kube-system/calico-node[DaemonSet]", "development/curl[Pod]", "conditional"),
    }


def test_an_empty_parameter_is_none(client: Client) -> None:
    base = url_of("label-added")
    empty = client.get(f"{base}/flows", {"namespace": "", "port": ""}).json()
    assert empty == client.get(f"{base}/flows").json()


def test_a_kept_draft_can_be_read_replaced_and_evaluated(client: Client) -> None:
    base = url_of("allow-matches-nothing")
    draft = {"files": json_files(("label.yaml",)), "title": "Label"}
    kept = post_json(client, f"{base}/drafts", draft)
    assert kept.status_code == 201
    place = kept["Location"]
    assert client.get(place).json() == kept.json()
    assert client.get(f"{place}/whatif").json()["summary"]["added"] == 2
    emptied = client.put(place, b'{"title": "Nothing"}', content_type="application/json").json()
    assert emptied["id"] == kept.json()["id"]
    assert client.get(f"{place}/whatif").json()["changes"] == []


def test_an_empty_draft_changes_nothing(client: Client) -> None:
    answer = post_json(client, f"{url_of('label-added')}/whatif", {})
    assert answer.status_code == 200
    assert answer.json()["changes"] == []


def test_a_draft_with_a_fault_tells_it_and_the_effect_of_the_rest(client: Client) -> None:
    files = [*json_files(("label.yaml",)), {"name": "bad.yaml", "content": "kind: ["}]
    base = url_of("allow-matches-nothing")
    answer = post_json(client, f"{base}/whatif", {"files": files}).json()
    assert [problem["source"] for problem in answer["problems"]] == ["bad.yaml"]
    assert answer["summary"]["added"] == 2


def test_a_draft_says_when_its_own_rule_matches_nothing(client: Client) -> None:
    draft = {"files": json_files(("allow.yaml",))}
    answer = post_json(client, f"{url_of('default-deny')}/whatif", draft).json()
    assert any("no namespace carries the label env" in note["text"] for note in answer["notes"])
