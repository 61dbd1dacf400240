"""Programs that the tests need from the machine: found, installed where allowed, or asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn


def require(name: str, package: str, find: Callable[[], Path | None], variable: str) -> Path:
    """Returns the program, installing its Debian package first when that is possible.

    Ends the process with the line to run otherwise: a check that cannot run has failed.
    """
    found = find()
    if found is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        ask(name, package, variable)
    print(f"Installing {name} (Debian package {package}) ...", file=sys.stderr, flush=True)
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", package]):
        subprocess.run(
            ["apt-get", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    found = find()
    if found is None:
        ask(name, package, variable)
    return found


def ask(name: str, package: str, variable: str) -> NoReturn:
    """Ends the process with what a person can run to provide the program."""
    sys.exit(
        f"netviz: the tests need {name}, which is not installed. On Debian and Ubuntu:\n"
        f"    sudo apt-get install -y {package}\n"
        f"elsewhere install it as usual, and name it with {variable} if it is not on PATH."
    )
