"""Pins every dependency anew: pyproject.toml and package.json become lock files with hashes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from scripts.bootstrap import ROOT, CannotPrepareError, Places, ensure_node, say

COMPILE = ["pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"]
COMPILE += ["--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links"]
PYTHON_LOCKS = [
    ["pyproject.toml", "-o", "requirements.txt"],
    ["pyproject.toml", "--group=dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"],
    ["--group=node", "-o", "requirements-node.txt"],
]


def lock_python() -> None:
    """Runs uv from a throw-away environment; neither setting up nor running netviz needs it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        binaries = Path(folder) / "bin"
        subprocess.run([binaries / "pip", "install", "--quiet", "uv~=0.13.9"], check=True)
        environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "make lock"}
        for arguments in PYTHON_LOCKS:
            command = [str(binaries / "uv"), *COMPILE, *arguments]
            subprocess.run(command, check=True, cwd=ROOT, env=environment)


def lock_front_end() -> None:
    """Writes package-lock.json without the address of the registry that answered."""
    node = ensure_node(Places(ROOT))
    path = os.pathsep.join([str(node.directory), os.environ.get("PATH", os.defpath)])
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts"]
    command += ["--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PATH": path})


if __name__ == "__main__":
    try:
        lock_python()
        lock_front_end()
    except CannotPrepareError as error:
        say(f"netviz: {error}")
        sys.exit(1)
    except subprocess.CalledProcessError as error:
        say(f"netviz: locking failed: {error}")
        sys.exit(1)
