"""What all tests share: the database they run on, a live server, and pages in a real Chromium."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.conf import settings
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.chromium import FLAGS, require_chromium
from tests.support.visits import FLAG, PATIENCE_MS, Visits

# Playwright's synchronous interface runs an event loop in the thread of the tests, where Django
# would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# How long one example takes depends on what else the machine does. CI repeats the same examples.
hypothesis_settings.register_profile(
    "netviz", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis_settings.load_profile("netviz")

# As long as for a page: a machine that is busy with something else is slow, not wrong.
expect.set_options(timeout=PATIENCE_MS)

# To read all tests takes long: `make test` looks for those that open pages in one folder only, and
# for those that touch the database not in these.
TESTS = Path(__file__).parent
WITH_BROWSER = "browser"
WITHOUT_DATABASE = {"corpus", "evaluator", "oracle", "properties"}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_url"}
OpenPage = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-tests",
        action="store_true",
        help="run only the tests that touch the database (used for the run on PostgreSQL)",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if not config.getoption("--database-tests"):
        return None
    return True if collection_path in {TESTS / name for name in WITHOUT_DATABASE} else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        opens_pages = "browser" in getattr(item, "fixturenames", ())
        if opens_pages:
            item.add_marker("browser")
        if opens_pages != (folder == WITH_BROWSER):
            raise pytest.UsageError(f"Tests of pages belong to tests/browser: {item.nodeid}")
        if folder in WITHOUT_DATABASE and touches_database(item):
            raise pytest.UsageError(f"The run on PostgreSQL would leave out {item.nodeid}")
    if not config.getoption("--database-tests"):
        return
    kept = [item for item in items if touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def touches_database(item: pytest.Item) -> bool:
    """Tells by marker or fixture; pytest-django refuses the database to all other tests."""
    fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def pytest_report_header() -> str:
    return f"database: {settings.DATABASES['default']['ENGINE']}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Puts SQLite's test database in a file: the live server reads it from other threads."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[tuple[str, uvicorn.Server]]:
    """Serves the real application on a free port for the whole session."""
    from netviz.asgi import application

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            pytest.fail("The live server did not start.")
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()


@pytest.fixture
def live_url(transactional_db: None, server: tuple[str, uvicorn.Server]) -> Iterator[str]:
    """The address of the running application; the database is emptied after each test, once the
    requests of closed pages have ended: none may meet a database that is no longer its own."""
    url, running = server
    yield url
    deadline = time.monotonic() + 20
    while running.server_state.tasks and time.monotonic() < deadline:
        threading.Event().wait(0.01)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=require_chromium(), args=[*FLAGS, FLAG], headless=True
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def visits(browser: Browser, server: tuple[str, uvicorn.Server]) -> Visits:
    return Visits(browser, server[0])


@pytest.fixture
def expected_errors() -> list[str]:
    """Patterns of console messages that a test provokes on purpose; the test appends to it."""
    return []


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest,
    visits: Visits,
    live_url: str,
    expected_errors: list[str],
    tmp_path: Path,
) -> Iterator[OpenPage]:
    """Opens pages with given options (viewport, color_scheme, ...).

    Fails the test on script errors, console errors (a breach of the Content Security Policy is one)
    and requests to other hosts. Of a test that fails, its temporary directory holds pictures.
    """
    faults: list[str] = []
    failed = request.session.testsfailed

    def open_one(**options: Any) -> Page:
        page = visits.open(**options)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda message: note_console(message.type, message.text))
        page.on("request", lambda request: note_request(request.url))
        return page

    def note_console(kind: str, text: str) -> None:
        if kind == "error":
            faults.append(f"console: {text}")

    def note_request(url: str) -> None:
        if not url.startswith((live_url, "data:", "blob:", "about:")):
            faults.append(f"request to another host: {url}")

    yield open_one
    if request.session.testsfailed > failed:
        for number, page in enumerate(visits.opened()):
            page.screenshot(path=tmp_path / f"page-{number}.png")
        visits.start_over()
    visits.end()
    unexpected = [
        fault for fault in faults if not any(re.search(text, fault) for text in expected_errors)
    ]
    assert not unexpected, "The browser reported:\n" + "\n".join(unexpected)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One page of a desktop's size."""
    return open_page()
