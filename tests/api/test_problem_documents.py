"""Every error has one shape, whatever raised it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from policies import services
from policies.api import shapes
from policies.demo.story import sources_of
from tests.support.doors import post_json, step

pytestmark = pytest.mark.django_db

API = "/api/v1"
NOWHERE = f"{API}/snapshots/0123456789abcdef"
NO_DRAFT = f"{API}/drafts/00000000-0000-4000-8000-000000000000"
DEEP = b"[" * 100_000
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"


def problem_of(response: Any, status: int) -> shapes.ProblemDocument:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    found = msgspec.json.decode(response.content, type=shapes.ProblemDocument, strict=True)
    assert found.status == status
    assert found.detail
    return found


@pytest.mark.parametrize("path", [NOWHERE, f"{NOWHERE}/flows", NO_DRAFT, f"{NO_DRAFT}/whatif"])
def test_what_is_not_kept_is_a_404(client: Client, path: str) -> None:
    assert problem_of(client.get(path), 404).code == "not_found"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/snapshots", f"{API}/snapshots/"])
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_an_address_that_is_none_is_a_404(client: Client, path: str, method: str) -> None:
    problem_of(getattr(client, method)(path), 404)


@pytest.mark.parametrize("path", [f"{API}/evaluate", f"{API}/whatif", f"{API}/explain"])
def test_a_method_that_does_not_exist_is_a_405(client: Client, path: str) -> None:
    assert problem_of(client.get(path), 405).code == "method_not_allowed"


def test_a_body_of_another_type_is_a_415(client: Client) -> None:
    answer = client.post(f"{API}/evaluate", b"x", content_type="text/plain")
    assert problem_of(answer, 415).code == "unsupported_media_type"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", JSON),
        (b"{", JSON),
        (b"[]", JSON),
        (b"null", JSON),
        (b'{"files": NaN}', JSON),
        (b'{"files": "\xff"}', JSON),
        (b'{"files": [{"name": "a"}]}', JSON),
        (b'{"files": [{"name": "a", "content": "\\ud800"}]}', JSON),
        (b'{"files": [], "nonsense": 1}', JSON),
        (b'{"files": [], "level": "cluster"}', JSON),
        (b'{"files": [], "intended": "yes"}', JSON),
        (DEEP, JSON),
        (b"--x\r\n", FORM),
        (b"nothing", "multipart/form-data"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_a_malformed_body_is_a_problem_of_the_client(
    client: Client, body: bytes, content_type: str
) -> None:
    answer = client.post(f"{API}/evaluate", body, content_type=content_type)
    assert answer.status_code in (400, 422)
    problem_of(answer, answer.status_code)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("level=cluster", "level"),
        ("intended=maybe", "intended"),
        ("port=80/HTTP", "port"),
        ("port=99999", "port"),
        ("profile=nonsense", "profile"),
        ("nonsense=1", "nonsense"),
    ],
)
def test_a_bad_question_names_the_parameter(client: Client, query: str, field: str) -> None:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    answer = client.get(f"{API}/snapshots/{snapshot.id}/flows?{query}")
    (problem,) = problem_of(answer, 400).problems
    assert problem.path == field


def test_a_misspelt_peer_is_a_400_with_the_near_name(client: Client) -> None:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    query = {"from": "development/crul", "to": "production/redis"}
    answer = client.get(f"{API}/snapshots/{snapshot.id}/explain", query)
    (problem,) = problem_of(answer, 400).problems
    assert problem.suggestions == ["development/curl[Pod]"]


def test_a_misspelt_level_is_told_the_levels(client: Client) -> None:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    answer = client.get(f"{API}/snapshots/{snapshot.id}/flows?level=cluster")
    assert "namespace, pod, workload" in problem_of(answer, 400).detail


def test_deleting_what_is_not_there_is_a_400(client: Client) -> None:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    body = {"delete": ["NetworkPolicy/production/nothing"]}
    answer = post_json(client, f"{API}/snapshots/{snapshot.id}/whatif", body)
    assert problem_of(answer, 400).problems[0].path == "delete"


def test_unreadable_manifests_are_a_422(client: Client) -> None:
    body = {"files": [{"name": "a.yaml", "content": "kind: ["}]}
    assert problem_of(post_json(client, f"{API}/evaluate", body), 422).problems


@override_settings(DATA_UPLOAD_MAX_NUMBER_FILES=1)
def test_too_many_files_are_a_413(client: Client) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n\r\n'
    answer = client.post(f"{API}/evaluate", part * 2 + b"--x--\r\n", content_type=FORM)
    assert problem_of(answer, 413).code == "too_large"


def test_a_foreign_host_name_is_a_400(client: Client) -> None:
    problem_of(client.get(f"{API}/snapshots", headers={"Host": "evil.example"}), 400)


def test_a_request_of_another_site_is_a_403(client: Client) -> None:
    answer = post_json(client, f"{API}/evaluate", {}, Origin="http://evil.example")
    assert problem_of(answer, 403).code == "cross_origin"


MANIFEST = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"


@pytest.mark.parametrize(
    ("path", "parts", "message"),
    [
        (
            "evaluate",
            ("file",),
            'The form has a part "file", which nothing reads: a part with manifests must be named'
            ' "files".',
        ),
        (
            "whatif",
            ("files", "drafts"),
            'The form has a part "drafts", which nothing reads: a part with manifests must be named'
            ' "files" or "draft".',
        ),
        ("whatif", ("draft",), 'The form has no part "files" with manifests; its parts are: none.'),
    ],
)
def test_a_part_with_another_name_is_named_with_the_names_expected(
    client: Client, path: str, parts: tuple[str, ...], message: str
) -> None:
    form = {name: SimpleUploadedFile("a.yaml", MANIFEST) for name in parts}
    assert problem_of(client.post(f"{API}/{path}", form), 400).detail == message


def test_manifests_as_text_of_a_form_are_told_to_be_files(client: Client) -> None:
    answer = client.post(f"{API}/evaluate", {"files": MANIFEST.decode()})
    assert problem_of(answer, 400).detail.startswith("files must be a file; found a text.")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("page_size=1001", "page_size must be at most 1000."),
        ("page=0", "page must be at least 1."),
        ("page=x", "page must be a whole number; found a text."),
    ],
)
def test_limits_and_types_of_parameters_are_told_in_plain_words(
    client: Client, query: str, message: str
) -> None:
    assert problem_of(client.get(f"{API}/snapshots?{query}"), 400).detail == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([1], "The body must be an object; found a list."),
        ({"files": "x"}, "files must be a list; found a text."),
        ({"files": [{"name": "", "content": ""}]}, "files[0].name must not be empty."),
        ({"files": [], "intended": 1}, "intended must be true or false; found a whole number."),
        ({"files": [], "port": "1" * 21}, "port must have at most 20 characters."),
        (
            {"files": [], "level": "x"},
            "level must be one of namespace, pod, workload; found 'x'.",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_told_in_plain_words(
    client: Client, body: object, message: str
) -> None:
    assert problem_of(post_json(client, f"{API}/evaluate", body), 400).detail == message


def test_answers_name_what_they_are_without(client: Client) -> None:
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n"
        "spec: {podSelector: {}, ingress: [{ports: [{port: 0}]}]}\n"
    )
    files = [{"name": "a.yaml", "content": f"{MANIFEST.decode()}---\n{policy}"}]
    answer = post_json(client, f"{API}/evaluate", {"files": files})
    assert answer.status_code == 200
    (left,) = answer.json()["left_out"]
    assert (left["object"], left["line"]) == ("NetworkPolicy/default/p", 8)
    assert left["path"] == "spec.ingress[0].ports[0].port"


@pytest.mark.parametrize("path", ["evaluate", "explain", "whatif", "snapshots"])
def test_a_parameter_in_the_address_of_a_body_is_not_passed_over(client: Client, path: str) -> None:
    answer = post_json(client, f"{API}/{path}?level=pod", {"files": []})
    problem = problem_of(answer, 400)
    assert problem.detail.startswith("level stands in the address;")
    assert problem.problems[0].path == "level"


def test_a_body_that_is_no_form_has_a_smaller_limit(client: Client) -> None:
    body = {"files": [{"name": "a.yaml", "content": "a" * 100}]}
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        answer = post_json(client, f"{API}/snapshots", body)
    assert problem_of(answer, 413).code == "too_large"
