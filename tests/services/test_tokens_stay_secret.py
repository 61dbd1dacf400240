"""The token of a cluster is nowhere: not in the database, logs, pages, answers or error pages."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter
from pytest_django.fixtures import Settings

from policies import services
from policies.ingest.sealed import TOKEN_KEY
from policies.models import Cluster
from tests.support.clusters import API, KEY, OTHER_KEY, TOKEN, added, by_token, change
from tests.support.doors import post_json
from tests.support.kubeapi import ApiServer

SECRETS = (TOKEN, base64.b64encode(TOKEN.encode()).decode().rstrip("="), KEY)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setenv(TOKEN_KEY, KEY)
    with ApiServer(tls=True, token=TOKEN) as running:
        yield running


def assert_silent(text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    for secret in SECRETS:
        assert secret.encode() not in data


def whole_database() -> Iterator[bytes]:
    """Every row of every table and, where the database is a file, its bytes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    binary = isinstance(value, bytes | memoryview)
                    yield bytes(value) if binary else str(value).encode()
    database = configured.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        for suffix in ("", "-wal", "-journal"):
            path = Path(f"{connection.settings_dict['NAME']}{suffix}")
            if path.exists():
                yield _read(path)


def _read(path: Path) -> bytes:
    """The bytes of a database that is in use, read by another process: to close a file that SQLite
    has open as well would take SQLite's locks on it away."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())",
    ]
    return subprocess.run([*command, str(path)], capture_output=True, check=True).stdout


def answers(client: Client, api: ApiServer) -> Iterator[Any]:
    """What goes well and what goes wrong, everywhere a token comes in or is used."""
    body = by_token(api)
    cluster = added(client, body)["id"]
    draft = {"files": [{"name": "a.json", "content": '{"apiVersion": "v1", "kind": "Namespace"}'}]}
    yield post_json(client, API, body)
    yield post_json(client, f"{API}/check", body)
    yield post_json(client, f"{API}/check", {**body, "ca": ""})
    yield post_json(client, f"{API}/check", {**body, "token": f"{TOKEN} {TOKEN}"})
    yield post_json(client, f"{API}/check", {**body, "source": "kubeconfig"})
    yield post_json(client, API, {**body, "tokens": TOKEN, "token": 1})
    yield post_json(client, API, {**body, "name": "by http", "server": f"http://{api.url[8:]}"})
    yield change(client, cluster, {"token": TOKEN, "server": api.url})
    yield change(client, cluster, {"server": "https://192.0.2.1"})
    for path in (API, f"{API}/{cluster}", "/", "/api/v1/snapshots"):
        yield client.get(path)
    for _ in range(2):
        yield client.post(f"{API}/{cluster}/check")
        yield post_json(client, f"{API}/{cluster}/dry-run", draft)
        api.rotate_token("another")
    yield client.post(API, body)  # a form, which this address does not take
    yield client.post(f"{API}/nonsense", body)
    api.stop()
    yield client.post(f"{API}/{cluster}/check")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("debug", [False, True])
def test_no_answer_no_log_and_no_row_holds_it(
    client: Client,
    api: ApiServer,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    debug: bool,
) -> None:
    settings.DEBUG = debug
    caplog.set_level(logging.DEBUG)
    for answer in answers(client, api):
        assert_silent(answer.content)
        assert_silent(str(answer.headers))
        for value in whole_database():
            assert_silent(value)
    assert api.requests, "it was used"
    assert any(each.authorization == f"Bearer {TOKEN}" for each in api.requests)
    for record in caplog.records:
        assert_silent(f"{record.getMessage()} {record.args} {record.exc_text}")
    assert_silent(caplog.text)


@pytest.mark.django_db
def test_the_page_about_a_fault_of_netviz_does_not_show_it(
    client: Client, api: ApiServer, settings: Settings
) -> None:
    cluster = added(client, by_token(api))["id"]
    # Nothing that netviz writes, so it fails in the middle, with the token at hand.
    Cluster.objects.update(namespaces=5)
    settings.DEBUG = True
    client.raise_request_exception = False
    for accept in ("text/html", "application/json"):
        answer = client.post(f"{API}/{cluster}/check", headers={"Accept": accept})
        assert answer.status_code == 500
        assert b"TypeError" in answer.content
        assert_silent(answer.content)


def fail_with(token: str, **others: Any) -> None:
    raise RuntimeError("somewhere below")


@pytest.mark.parametrize("path", [API, f"{API}/check", "/clusters"])
def test_variables_on_the_way_to_a_fault_are_not_shown(path: str, settings: Settings) -> None:
    settings.DEBUG = True
    request = RequestFactory().post(path, {"name": "shown", "token": TOKEN})
    try:
        fail_with(TOKEN, body={"token": TOKEN})
    except RuntimeError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    page, text = reporter.get_traceback_html(), reporter.get_traceback_text()
    assert "fail_with" in page
    assert_silent(page.replace("TOKEN", ""))
    assert_silent(text)


def test_variables_elsewhere_are_shown_as_ever(settings: Settings) -> None:
    settings.DEBUG = True
    try:
        fail_with("visible-here")
    except RuntimeError as error:
        request = RequestFactory().get("/api/v1/snapshots")
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    assert "visible-here" in reporter.get_traceback_html()


@pytest.mark.django_db
def test_what_holds_a_token_in_memory_does_not_print_it(
    api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = services.add_cluster(by_token(api))  # type: ignore[arg-type]
    target = services.target_of(cluster)
    assert target.token == TOKEN
    for each in (cluster, target):
        assert_silent(f"{each!r} {each}")
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    with pytest.raises(Exception, match="cannot be read") as error:
        services.target_of(cluster)
    assert_silent(f"{error.value!r} {error.value}")
