"""A PostgreSQL of the tests' own: made in a temporary directory, used by one command, removed.

    python -m tests.support.postgres COMMAND ...

runs COMMAND with DATABASE_URL pointing at it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from tests.support.system_package import require

# The data lives for one test run: safety against power loss would only cost time.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")


class Account(NamedTuple):
    """Who runs the server; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


def find_initdb() -> Path | None:
    """Returns `initdb` of $PG_BIN, of PATH, or of the newest version Debian keeps off PATH."""
    named = os.environ.get("PG_BIN")
    if named:
        return Path(named) / "initdb"
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve()
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max(versions, key=lambda path: float(path.parts[-3]), default=None)


def unprivileged_account() -> Account | None:
    """Returns the account to switch to when this process is root, else None."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    sys.exit("netviz: PostgreSQL does not run as root, and there is no user postgres or nobody.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_as(account: Account | None, command: Sequence[str | Path], folder: Path) -> None:
    """Runs one of PostgreSQL's tools; its output is shown only when it fails."""
    with (folder / "output").open("w+") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            log = folder / "log"
            sys.exit(
                f"netviz: {Path(command[0]).name} failed:\n{output.read()}"
                + (log.read_text() if log.exists() else "")
            )


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Yields the database URL of a fresh server, and removes the server afterwards."""
    binaries = require("PostgreSQL", "postgresql", find_initdb, "PG_BIN").parent
    account = unprivileged_account()
    folder = Path(tempfile.mkdtemp(prefix="netviz-postgres-"))
    data, port = folder / "data", free_port()
    control: list[str | Path] = [binaries / "pg_ctl", "-D", data, "-w"]
    options = [f"-p {port}", "-h 127.0.0.1", f"-k {folder}", *(f"-c {item}" for item in FAST)]
    try:
        if account:
            os.chown(folder, account.uid, account.gid)
        initialise: list[str | Path] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "netviz",
            "--auth=trust",
        ]
        initialise += ["--no-sync", "--encoding=UTF8", "--locale=C"]
        run_as(account, initialise, folder)
        start: list[str | Path] = [*control, "-l", folder / "log", "-o", " ".join(options), "start"]
        run_as(account, start, folder)
        try:
            yield f"postgres://netviz@127.0.0.1:{port}/postgres"
        finally:
            run_as(account, [*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop_cleanly(_signal: int, _frame: FrameType | None) -> None:
    """Turns SIGTERM into an exit that still runs the clean-up."""
    sys.exit(143)


def main(command: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, stop_cleanly)
    with temporary_postgres() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
