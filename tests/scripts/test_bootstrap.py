"""The set-up's decisions: what is good enough, what is up to date, what a failure means."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap
from scripts.bootstrap import Node, Places

ROOT = Path(__file__).resolve().parent.parent.parent
PIP_OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/
ERROR: Could not find a version that satisfies the requirement django==5.2.19 (from versions: none)
ERROR: No matching distribution found for django==5.2.19
"""


def fake_program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run_make(tmp_path: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Runs `make setup` where the only Python on PATH claims to be of a version."""
    tools = tmp_path / "bin"
    fake_program(tools / "python3", f"echo ran >> {tmp_path}/ran; exit {version}")
    for name in ("sh", "make", "grep", "sed", "expand"):
        (tools / name).symlink_to(f"/usr/bin/{name}" if name != "sh" else "/bin/sh")
    return subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), "setup"],
        cwd=tmp_path,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_python_3_11_is_enough() -> None:
    assert bootstrap.python_fault((3, 11), "python3") is None
    assert bootstrap.python_fault((3, 14), "python3") is None


def test_an_older_python_is_refused_with_the_way_out() -> None:
    fault = bootstrap.python_fault((3, 9), "/usr/bin/python3")
    assert fault is not None
    assert "3.11 or newer" in fault
    assert "/usr/bin/python3 is 3.9" in fault
    assert "make PYTHON=python3.11" in fault


def test_make_says_so_when_no_python_is_new_enough(tmp_path: Path) -> None:
    done = run_make(tmp_path, "1")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, and none is on PATH" in done.stderr


@pytest.mark.parametrize(
    ("text", "version"),
    [("v20.19.1\n", (20, 19)), ("v24.0.0", (24, 0)), ("", None), ("node: not found", None)],
)
def test_node_tells_its_version(text: str, version: tuple[int, int] | None) -> None:
    assert bootstrap.node_version(text) == version


def test_a_node_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    fake_program(tmp_path / "node", "echo v20.18.3")
    fake_program(tmp_path / "npm", "echo 10.0.0")
    assert bootstrap.node_in(tmp_path) is None


def test_a_node_without_a_working_npm_is_passed_over(tmp_path: Path) -> None:
    fake_program(tmp_path / "node", "echo v22.1.0")
    fake_program(tmp_path / "npm", "exit 1")
    assert bootstrap.node_in(tmp_path) is None


def test_the_machines_own_node_comes_before_the_installed_one(tmp_path: Path) -> None:
    places = Places(tmp_path)
    for folder in (tmp_path / "own", places.venv / "bin"):
        fake_program(folder / "node", "echo v22.1.0")
        fake_program(folder / "npm", "echo 10.0.0")
    own = bootstrap.find_node(places, str(tmp_path / "own"))
    installed = bootstrap.find_node(places, str(tmp_path / "nothing"))
    assert own is not None
    assert own.directory == tmp_path / "own"
    assert installed is not None
    assert installed.directory == places.venv / "bin"


def test_the_node_that_was_chosen_is_remembered_while_it_exists(tmp_path: Path) -> None:
    places = Places(tmp_path)
    fake_program(places.venv / "bin" / "node", "echo v22.1.0")
    fake_program(places.venv / "bin" / "npm", "echo 10.0.0")
    places.node_choice.write_text(str(places.venv / "bin"))
    assert bootstrap.known_node(places) == Node(places.venv / "bin")
    (places.venv / "bin" / "node").unlink()
    assert bootstrap.known_node(places) is None


def test_a_digest_follows_names_and_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    absent = bootstrap.digest([first])
    first.write_text("x")
    second.write_text("x")
    assert len({absent, bootstrap.digest([first]), bootstrap.digest([second])}) == 3
    assert bootstrap.digest([first, second]) == bootstrap.digest([second, first])


def test_a_failure_without_network_says_so_in_one_line(tmp_path: Path) -> None:
    message = bootstrap.explain_failure("Installing", PIP_OFFLINE, tmp_path / "log")
    assert "could not be reached" in message
    assert "\n" not in message


def test_another_failure_gives_the_last_error_and_the_log(tmp_path: Path) -> None:
    output = "Collecting django\nERROR: No space left on device\n"
    message = bootstrap.explain_failure("Installing", output, tmp_path / "log")
    assert message == (
        f"Installing failed: No space left on device (everything it said: {tmp_path / 'log'})"
    )


def test_tools_of_the_project_come_first(tmp_path: Path) -> None:
    node = Node(tmp_path / "node")
    environment = bootstrap.tool_environment(
        Places(tmp_path), node, {"PATH": "/usr/bin", "PYTHONHOME": "/elsewhere"}
    )
    assert environment["PATH"].split(os.pathsep) == [
        str(tmp_path / ".venv" / "bin"),
        str(tmp_path / "node"),
        "/usr/bin",
    ]
    assert "PYTHONHOME" not in environment


def test_a_half_made_environment_is_made_anew_and_a_sound_one_is_kept(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.venv.mkdir()
    (places.venv / "installing").touch()
    (places.venv / "left-over").touch()
    bootstrap.ensure_venv(places)
    assert not (places.venv / "left-over").exists()
    assert bootstrap.answer([str(places.python), "-c", "import pip"]) is not None

    (places.venv / "mine").touch()
    bootstrap.ensure_venv(places)
    assert (places.venv / "mine").exists()


def test_the_build_depends_on_every_source_of_the_pages(tmp_path: Path) -> None:
    source = tmp_path / "static" / "src" / "map" / "draw.ts"
    source.parent.mkdir(parents=True)
    source.touch()
    assert source in bootstrap.build_inputs(tmp_path)


def test_setting_up_again_finds_nothing_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/bootstrap.py", "exec", "python", "-c", "import django"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
