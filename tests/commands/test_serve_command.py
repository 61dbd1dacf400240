"""`manage.py serve`: on this machine only, on a free port, gone when asked to go."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from policies.management.commands.serve import Command as Serve

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, with its address once it answers."""
    environment = {**os.environ, "NETVIZ_DATA": str(folder)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(ROOT / "manage.py"), "serve", *arguments]
    process = subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        match = re.fullmatch(r"netviz is ready: (http://\S+/)\n", process.stdout.readline())
        assert match is not None
        yield process, match[1]
    finally:
        process.kill()
        process.communicate()


def test_answers_do_not_wait_for_full_packets() -> None:
    """asyncio sees to that for sockets that say they are TCP; those they accept say the same."""
    with Serve()._bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_answers_with_a_new_database_and_ends_soon_when_asked(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "0") as (process, url):
        with urllib.request.urlopen(f"{url}api/v1/snapshots") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)


def test_an_upload_that_is_still_going_on_is_answered_when_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "0") as (process, url):
        host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(
                f"POST /api/v1/snapshots HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n"
                "Content-Type: multipart/form-data; boundary=B\r\nExpect: 100-continue\r\n\r\n"
                "--B".encode()
            )
            # The server asks for the rest: the request has arrived.
            assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
            process.send_signal(signal.SIGINT)
            answer = b"".join(iter(lambda: client.recv(10_000), b""))
        out, err = process.communicate(timeout=20)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"stopping"' in answer
    assert (out, err) == ("", "")


def test_it_ends_in_silence_while_it_is_still_being_loaded(tmp_path: Path) -> None:
    environment = {**os.environ, "NETVIZ_DATA": str(tmp_path)}
    command = [sys.executable, "-X", "importtime", str(ROOT / "manage.py"), "serve"]
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        # Any module of Django: the command is on its way, and far from being there.
        while "django" not in (line := process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]
    assert process.returncode == -signal.SIGINT
    assert [line for line in rest.splitlines() if not line.startswith("import time:")] == []


def test_a_port_that_is_taken_is_said_and_the_next_one_used(tmp_path: Path, taken: int) -> None:
    with serving(tmp_path, "--port", str(taken)) as (process, url):
        assert int(url.rstrip("/").rpartition(":")[2]) > taken
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert f"Port {taken} is taken" in err


def test_two_that_start_at_the_same_time_get_a_port_each(taken: int) -> None:
    wanted = taken + 1
    with Serve()._bind("127.0.0.1", wanted) as first, Serve()._bind("127.0.0.1", wanted) as second:
        assert first.getsockname() != second.getsockname()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.10", "netviz.example"])
def test_an_address_that_others_can_reach_is_refused_with_the_reason(host: str) -> None:
    err = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("serve", "--host", host, stderr=err)
    assert stopped.value.code == 2
    assert "no login" in err.getvalue()


def test_demo_makes_its_database_where_there_is_none(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    command = [sys.executable, str(ROOT / "manage.py"), "demo"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 5


@pytest.mark.django_db
def test_demo_stores_the_story_and_says_where() -> None:
    out = StringIO()
    call_command("demo", stdout=out)
    first = out.getvalue()
    call_command("demo", stdout=out)
    assert len(first.splitlines()) == 5
    assert out.getvalue() == first * 2


def test_without_a_service_account_it_says_so_and_serves_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETVIZ_IN_CLUSTER", "1")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with serving(tmp_path, "--port", "0") as (process, url):
        with urllib.request.urlopen(f"{url}api/v1/clusters") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert "netviz does not run inside a cluster" in err
