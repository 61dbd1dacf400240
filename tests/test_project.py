"""The project's own rules: sizes, documented dependencies, nothing of one machine in the tree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ("netviz", "policies", "scripts", "tests", "benchmarks", "static/src")
MODULE_LINES = 400
FUNCTION_LINES = 60

# Written in pieces so that this file does not contain what it looks for.
MACHINE_PATHS = re.compile(
    r"(?<![\w.*-])/(?:work/|root/|opt/whee" + r"ls|home/[a-z]+/|Users/[a-z]+/)"
)
INDEX_ADDRESSES = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|file:", re.IGNORECASE)


def modules(*suffixes: str) -> list[Path]:
    """Lists the hand-written sources."""
    return sorted(
        path
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and "migrations" not in path.parts
    )


def tracked_files() -> list[Path]:
    """Lists the files of the repository, or of the tree when there is no repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        return [ROOT / name for name in listing.stdout.split("\0") if name]
    left_out = {".venv", "node_modules", "dist", "var", "__pycache__"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not left_out & set(path.parts)]


def texts(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        try:
            yield path, path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def python_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        lines += group
    return {re.split(r"[\[~=<>! ]", line)[0] for line in lines}


def front_end_dependencies() -> set[str]:
    package = json.loads((ROOT / "package.json").read_text())
    return {*package["dependencies"], *package["devDependencies"]}


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules(".py", ".ts", ".mjs")
        if (lines := len(path.read_text().splitlines())) > MODULE_LINES
    }
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = {}
    for path in modules(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert not long


def test_every_dependency_is_documented_and_nothing_else_is() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    first_cells = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    names = [name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)]
    assert len(names) == len(set(names))
    assert set(names) == python_dependencies() | front_end_dependencies()


def test_no_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in texts(tracked_files())
        if (match := MACHINE_PATHS.search(text))
    ]
    assert not found


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
)
def test_python_locks_hash_everything_and_name_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not INDEX_ADDRESSES.search(text)
    pins = re.findall(r"^[a-z0-9-]+(?:\[[a-z,-]+\])?==.*$", text, re.MULTILINE | re.IGNORECASE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins)


def test_the_front_end_lock_checks_everything_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    bare = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert not bare
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_the_readme_starts_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"^(?:    |\$ )?make run\b", readme, re.MULTILINE)
    assert re.search(r"^(?:    |\$ )?make test\b", readme, re.MULTILINE)


def test_the_licence_is_the_whole_apache_licence() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.lstrip().startswith("Apache License")
    assert "END OF TERMS AND CONDITIONS" in text
