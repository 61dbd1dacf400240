"""Prepares everything netviz needs from a bare Python 3.11+, and runs commands inside it.

Only the standard library is used: this runs before anything is installed. Every step leaves a
stamp holding a digest of its inputs, so a step that is up to date costs nothing, and one that
was cut off is done again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_PYTHON = (3, 11)
MINIMUM_NODE = (20, 19)

RUN_REQUIREMENTS = ("requirements.txt",)
DEV_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
NODE_REQUIREMENTS = ("requirements-node.txt",)

# What the package clients say when the network, and not the package, is at fault.
NETWORK_FAULTS = re.compile(
    r"NewConnectionError|Failed to establish a new connection|name resolution"
    r"|Connection (refused|reset|broken|timed out)|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Network is unreachable|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH",
    re.IGNORECASE,
)


class CannotPrepareError(Exception):
    """A step failed for a reason the person can act on; the text is the whole message."""


class Node(NamedTuple):
    """A usable Node: the directory that holds `node` and `npm`."""

    directory: Path


class Places(NamedTuple):
    """Where things are kept, below one project root."""

    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def node_choice(self) -> Path:
        return self.venv / "node-directory"

    @property
    def node_modules(self) -> Path:
        return self.root / "node_modules"

    @property
    def built(self) -> Path:
        return self.root / "static" / "dist"


# ---------------------------------------------------------------- pure parts


def python_fault(version: tuple[int, int], executable: str) -> str | None:
    """Says why a Python cannot be used, or None when it can."""
    if version >= MINIMUM_PYTHON:
        return None
    found, needed = (".".join(map(str, pair)) for pair in (version, MINIMUM_PYTHON))
    return (
        f"netviz needs Python {needed} or newer, and {executable} is {found}. "
        f"Name a newer one: make PYTHON=python{needed}"
    )


def node_version(text: str) -> tuple[int, int] | None:
    """Reads the answer of `node --version`, such as "v20.19.1"."""
    match = re.match(r"v(\d+)\.(\d+)\.", text.strip())
    return (int(match[1]), int(match[2])) if match else None


def digest(files: Iterable[Path], *extra: str) -> str:
    """Digests names and contents; a file that is absent counts as absent, not as an error."""
    total = hashlib.sha256()
    for text in extra:
        total.update(text.encode() + b"\0")
    for path in sorted(files):
        total.update(path.name.encode() + b"\0")
        total.update(path.read_bytes() if path.is_file() else b"absent")
        total.update(b"\0")
    return total.hexdigest()


def build_inputs(root: Path) -> list[Path]:
    """Lists every file that the built assets depend on."""
    inputs = [root / "package-lock.json", root / "scripts" / "build.mjs", root / "tsconfig.json"]
    for folder in ("static/src", "static/css"):
        inputs += [path for path in (root / folder).rglob("*") if path.is_file()]
    return inputs


def explain_failure(step: str, output: str, log: Path) -> str:
    """Turns a package client's output into one line that says what to do."""
    if NETWORK_FAULTS.search(output):
        return (
            f"{step} failed: the package registry could not be reached. "
            "Connect to the network and run the same command again."
        )
    errors = re.findall(r"^(?:ERROR:|npm (?:ERR!|error)) *(.+)$", output, re.MULTILINE)
    reason = errors[-1] if errors else (output.strip().splitlines() or ["no message"])[-1]
    if "hash" in output.lower() and "do not match" in output.lower():
        reason = "a downloaded package is not the one that was locked"
    return f"{step} failed: {reason.strip()} (everything it said: {log})"


def tool_environment(places: Places, node: Node | None, base: Mapping[str, str]) -> dict[str, str]:
    """Puts the project's own Python and the chosen Node first on PATH."""
    directories = [str(places.venv / "bin")]
    if node is not None:
        directories.append(str(node.directory))
    environment = dict(base)
    environment["PATH"] = os.pathsep.join([*directories, base.get("PATH", os.defpath)])
    environment["VIRTUAL_ENV"] = str(places.venv)
    # A Python home of the calling shell would make the environment's Python look elsewhere.
    environment.pop("PYTHONHOME", None)
    return environment


# ---------------------------------------------------------------- steps


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def answer(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str | None:
    """Returns what a command prints, or None when it cannot run or fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def perform(
    step: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> None:
    """Runs one installing command quietly; raises CannotPrepareError in its own words."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
        raise CannotPrepareError(explain_failure(step, done.stdout, log))


def ensure_venv(places: Places) -> None:
    """Makes the virtual environment, anew when it is broken or an installation was cut off."""
    check = (
        "import pip, sys; "
        f"sys.exit(sys.version_info[:2] < {MINIMUM_PYTHON!r} or sys.prefix == sys.base_prefix)"
    )
    cut_off = places.venv / "installing"
    if answer([str(places.python), "-c", check]) is not None and not cut_off.exists():
        return
    if places.venv.exists():
        say("Making .venv anew: an earlier run was cut off, or its Python is gone.")
        shutil.rmtree(places.venv)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(places.venv)], capture_output=True, text=True
    )
    if done.returncode != 0:
        shutil.rmtree(places.venv, ignore_errors=True)
        if "ensurepip" in done.stdout + done.stderr:
            raise CannotPrepareError(
                f"{sys.executable} cannot make virtual environments, because its `venv` part is "
                "not installed. On Debian and Ubuntu: sudo apt-get install -y python3-venv"
            )
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotPrepareError(f"The virtual environment .venv could not be made: {last}")


def ensure_packages(places: Places, files: Sequence[str], label: str) -> None:
    """Installs locked Python packages unless the stamp says they are installed already."""
    ensure_venv(places)
    paths = [places.root / name for name in files]
    stamp = places.venv / f"installed-{label}"
    wanted = digest(paths)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say(f"Installing Python packages ({label}); the first time takes a minute or two ...")
    command = [str(places.python), "-m", "pip", "install", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--retries", "2"]
    for path in paths:
        command += ["-r", str(path)]
    # The marker outlives this process only when it is killed in the middle of installing.
    cut_off = places.venv / "installing"
    cut_off.touch()
    try:
        perform("Installing the Python packages", command, places.venv / "install.log")
    except CannotPrepareError:
        cut_off.unlink()
        raise
    stamp.write_text(wanted)
    cut_off.unlink()


def node_in(directory: Path) -> Node | None:
    """Returns the Node in a directory when it is new enough and its npm works."""
    version = answer([str(directory / "node"), "--version"])
    if version is None or (node_version(version) or (0, 0)) < MINIMUM_NODE:
        return None
    path = os.pathsep.join([str(directory), os.environ.get("PATH", os.defpath)])
    if answer([str(directory / "npm"), "--version"], {**os.environ, "PATH": path}) is None:
        return None
    return Node(directory)


def find_node(places: Places, search_path: str | None = None) -> Node | None:
    """Finds a Node that is already here: the machine's own, else the one in .venv."""
    found = shutil.which("node", path=search_path)
    return (node_in(Path(found).parent) if found else None) or node_in(places.venv / "bin")


def known_node(places: Places) -> Node | None:
    """Returns the Node that the last set-up chose, without starting it."""
    if not places.node_choice.is_file():
        return None
    directory = Path(places.node_choice.read_text())
    complete = all((directory / name).exists() for name in ("node", "npm"))
    return Node(directory) if complete else None


def ensure_node(places: Places) -> Node:
    """Finds Node, or installs the one that PyPI offers into the virtual environment."""
    node = known_node(places) or find_node(places)
    if node is None:
        say(f"No Node {'.'.join(map(str, MINIMUM_NODE))} or newer here: taking the one from PyPI.")
        ensure_packages(places, NODE_REQUIREMENTS, "node")
        node = find_node(places)
    if node is None:
        raise CannotPrepareError(
            "Node was installed into .venv but does not start. "
            "Install Node 20.19 or newer yourself and run the same command again."
        )
    places.node_choice.write_text(str(node.directory))
    return node


def ensure_node_modules(places: Places, node: Node) -> None:
    """Installs the locked front-end packages; their install scripts never run."""
    stamp = places.node_modules / ".installed"
    wanted = digest([places.root / "package.json", places.root / "package-lock.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("Installing front-end packages ...")
    command = [str(node.directory / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    perform(
        "Installing the front-end packages",
        command,
        places.venv / "install.log",
        tool_environment(places, node, os.environ),
    )
    stamp.write_text(wanted)


def ensure_assets(places: Places, node: Node) -> None:
    """Builds the pages' scripts and styles unless nothing they depend on has changed."""
    stamp = places.built / ".inputs"
    wanted = digest(build_inputs(places.root))
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("Building the pages' scripts and styles ...")
    perform(
        "Building the pages' scripts and styles",
        [str(node.directory / "node"), "scripts/build.mjs"],
        places.venv / "build.log",
        tool_environment(places, node, os.environ),
    )
    stamp.write_text(wanted)


# ---------------------------------------------------------------- commands


def prepare(places: Places, *, dev: bool) -> None:
    """Brings everything up to date: packages, Node, front-end packages, built assets."""
    ensure_packages(places, RUN_REQUIREMENTS, "run")
    if dev:
        ensure_packages(places, DEV_REQUIREMENTS, "dev")
    node = ensure_node(places)
    ensure_node_modules(places, node)
    ensure_assets(places, node)


def execute(places: Places, command: Sequence[str]) -> None:
    """Becomes the given command, with the project's tools first on PATH."""
    environment = tool_environment(places, known_node(places), os.environ)
    os.chdir(places.root)
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise CannotPrepareError(f"{command[0]} is not installed here. Run: make setup")
    os.execve(program, list(command), environment)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup", help="install and build everything that is not yet")
    setup.add_argument("--dev", action="store_true", help="also what the tests need")
    run = commands.add_parser("exec", help="run a command inside the environment")
    run.add_argument("words", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    places = Places(ROOT)
    try:
        fault = python_fault(sys.version_info[:2], sys.executable)
        if fault:
            raise CannotPrepareError(fault)
        if chosen.command == "setup":
            prepare(places, dev=chosen.dev)
        else:
            execute(places, chosen.words)
    except CannotPrepareError as error:
        say(f"netviz: {error}")
        return 1
    except KeyboardInterrupt:
        say("netviz: stopped. The next run goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
