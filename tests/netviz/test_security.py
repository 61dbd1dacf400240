"""What every answer carries, and who may ask."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tests.support.doors import post_json

pytestmark = pytest.mark.django_db

EVALUATE = "/api/v1/evaluate"
EMPTY = {"files": [{"name": "a.yaml", "content": ""}]}


@pytest.mark.parametrize("path", ["/api/v1/snapshots", "/api/v1/docs", "/api/v1/nothing"])
def test_every_answer_carries_a_strict_policy_and_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(
    client: Client, headers: dict[str, str]
) -> None:
    assert post_json(client, EVALUATE, EMPTY, **headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}],
)
def test_our_own_pages_and_programs_may_ask(client: Client, headers: dict[str, str]) -> None:
    assert post_json(client, EVALUATE, EMPTY, **headers).status_code == 422


def test_a_page_refuses_in_words_for_people(client: Client) -> None:
    answer = client.post("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("text/html")


def test_another_site_may_not_read_either(client: Client) -> None:
    answer = client.get("/api/v1/snapshots", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_only_names_of_this_machine_are_answered(client: Client) -> None:
    for name in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert client.get("/api/v1/snapshots", headers={"Host": name}).status_code == 200
    assert client.get("/api/v1/snapshots", headers={"Host": "evil.example"}).status_code == 400


def test_errors_show_nothing_of_the_inside() -> None:
    assert settings.DEBUG is False
