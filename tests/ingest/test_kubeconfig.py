"""Kubeconfigs: what is in one, and what is wrong with one, without what it keeps secret."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.ingest import connection
from policies.ingest.connection import Connection, Target
from policies.ingest.faults import BadTarget, Unreachable
from policies.ingest.kubeconfig import checked_kubeconfig, contexts_of
from tests.support.clusters import TOKEN
from tests.support.kubeapi.kubeconfig import CONTEXT, kubeconfig

SERVER = "https://192.0.2.1:6443"


def write(path: Path, content: str) -> str:
    path.write_text(content)
    path.chmod(0o600)
    return str(path)


def config(**changes: Any) -> str:
    found = yaml.safe_load(kubeconfig(SERVER, "", TOKEN, (), None))
    return yaml.safe_dump({**found, **changes})


def said(path: str) -> str:
    with pytest.raises(BadTarget) as error:
        _ = Connection(Target(source="kubeconfig", kubeconfig=path)).server
    assert TOKEN not in str(error.value)
    return error.value.message


def test_the_contexts_and_the_current_one_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "config", config())
    context = {"name": CONTEXT, "cluster": "fake", "user": "netviz"}
    assert contexts_of(path) == ([context], CONTEXT)


def test_contexts_are_told_where_none_is_the_current_one(tmp_path: Path) -> None:
    path = write(tmp_path / "config", config(**{"current-context": ""}))
    assert contexts_of(path)[1] == ""
    assert contexts_of(path)[0][0]["name"] == CONTEXT


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    other = config(contexts=[{"name": "other", "context": {"cluster": "fake", "user": "x"}}])
    paths = [write(tmp_path / "a", config()), write(tmp_path / "b", other)]
    contexts, _ = contexts_of(":".join(paths))
    assert [each["name"] for each in contexts] == [CONTEXT, "other"]


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_file_that_others_may_write_is_not_read(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "config", config())
    Path(path).chmod(mode)
    with pytest.raises(BadTarget, match="chmod go-w"):
        checked_kubeconfig(path)


@pytest.mark.parametrize(
    "path", ["/nowhere/config", "~nobody-at-all/config", "a" * 300, "with\0nul", "/"]
)
def test_a_path_to_no_file_is_said_to_be_one(path: str) -> None:
    with pytest.raises(BadTarget) as error:
        contexts_of(path)
    assert error.value.field == "kubeconfig"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not one that can be read"),
        ("- a list", "is not one that can be read"),
        (f"users: [{{name: x, token: {TOKEN}", "is not YAML: look at line 1"),
        (f"token: {TOKEN}\n", "lacks current-context"),
        (config(clusters=[]), "has no cluster named fake"),
        (config(contexts=[]), f"has no context named {CONTEXT}"),
        # One indentation too few, and the client's own message is the whole entry.
        (config(users=[{"name": "netviz", "token": TOKEN}]), "lacks user"),
        (config(users=[{"name": "netviz", "user": TOKEN}]), "is not one that can be read"),
        (config(users=[TOKEN]), "is not one that can be read"),
    ],
)
def test_what_is_wrong_is_told_without_what_is_in_it(
    tmp_path: Path, content: str, message: str
) -> None:
    assert message in said(write(tmp_path / "config", content))


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    cluster = {"server": SERVER, "certificate-authority": "gone.pem"}
    path = write(tmp_path / "config", config(clusters=[{"name": "fake", "cluster": cluster}]))
    assert f"names a file that is not there: {tmp_path / 'gone.pem'}" in said(path)


def signing_in_by(tmp_path: Path, script: str) -> Connection:
    program = tmp_path / "sign-in"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    about = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}
    users = [{"name": "netviz", "user": {"exec": about}}]
    path = write(tmp_path / "config", config(users=users))
    return Connection(Target(source="kubeconfig", kubeconfig=path))


def test_a_program_that_signs_in_and_does_not_end_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SIGN_IN_SECONDS", 0.3)
    waits = tmp_path / "waits"
    found = signing_in_by(tmp_path, f'mkfifo "{waits}" 2>&-; read -r _ <"{waits}"')
    with pytest.raises(BadTarget) as error:
        _ = found.server
    assert "does not end" in error.value.message
    os.close(os.open(waits, os.O_RDWR | os.O_CREAT))


def test_of_many_threads_one_signs_in(tmp_path: Path) -> None:
    answer = (
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        f' "status": {{"token": "{TOKEN}"}}}}'
    )
    runs = tmp_path / "runs"
    found = signing_in_by(tmp_path, f"echo x >>'{runs}'; echo '{answer}'")
    with ThreadPoolExecutor(8) as threads:
        servers = set(threads.map(lambda _: found.server, range(8)))
    assert servers == {SERVER}
    assert runs.read_text() == "x\n"


def test_keys_that_were_written_to_files_are_gone_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(files))
    about = dict.fromkeys(("client-certificate-data", "client-key-data"), "a2V5")
    path = write(tmp_path / "config", config(users=[{"name": "netviz", "user": about}]))
    with suppress(BadTarget, Unreachable):
        _ = Connection(Target(source="kubeconfig", kubeconfig=path)).server
    assert list(files.iterdir())
    connection.drop_files()
    assert not list(files.iterdir())
