"""The API describes itself, and the description is served from here."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from policies.api import shapes


def test_the_schema_validates_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_operation_has_a_typed_answer_and_the_problem_document(client: Client) -> None:
    schema = client.get("/api/v1/schema").json()
    assert set(shapes.__all__) <= set(schema["components"]["schemas"])
    for operations in schema["paths"].values():
        for operation in operations.values():
            good = [code for code in operation["responses"] if code.startswith("2")]
            assert len(good) == 1
            problem = operation["responses"]["default"]["content"]["application/problem+json"]
            assert problem["schema"]["$ref"].endswith("/ProblemDocument")


def test_every_endpoint_of_the_design_is_described(client: Client) -> None:
    paths = client.get("/api/v1/schema").json()["paths"]
    one = "/api/v1/snapshots/{id}"
    names = ("flows", "graph", "matrix", "explain", "workloads", "policies", "findings")
    kept = {f"{one}/{name}" for name in (*names, "entrypoints", "exposure")}
    stateless = {f"/api/v1/{name}" for name in ("evaluate", "explain", "whatif", "compare", "lint")}
    drafts = {f"{one}/whatif", f"{one}/drafts", "/api/v1/drafts/{id}", "/api/v1/drafts/{id}/whatif"}
    details = {f"{one}/fix", f"{one}/policies/{{key}}", f"{one}/workloads/{{name}}", "/api/v1/fix"}
    cluster = "/api/v1/clusters/{id}"
    clusters = {"/api/v1/clusters", "/api/v1/clusters/check", "/api/v1/kubeconfig"}
    clusters |= {cluster, f"{cluster}/check", f"{cluster}/dry-run"}
    clusters |= {f"{cluster}/{name}" for name in ("events", "pictures", "pictures/{picture}")}
    clusters |= {"/api/v1/compare/objects"}
    rest = {one, "/api/v1/snapshots", "/api/v1/story", "/api/v1/health"}
    assert {*rest, *clusters, *details, *kept, *stateless, *drafts} == set(paths)


@pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js"])
def test_the_documentation_page_loads_files_of_our_own_only(client: Client, name: str) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert f"/static/drf_spectacular_sidecar/swagger-ui-dist/{name}" in page
    assert finders.find(f"drf_spectacular_sidecar/swagger-ui-dist/{name}")
    assert "http://" not in page
    assert "https://" not in page


def test_the_documentation_page_needs_no_inline_script_or_style(client: Client) -> None:
    page = client.get("/api/v1/docs").content.decode()
    assert "<script>" not in page
    assert "<style" not in page
    script = client.get("/api/v1/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
