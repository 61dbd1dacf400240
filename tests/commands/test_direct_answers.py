"""Questions about files are answered without Django, in the very words that Django's way has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

PLAIN = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app: web
---
apiVersion: v1
kind: Pod
metadata:
  name: db
  namespace: shop
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: closed
  namespace: shop
spec:
  podSelector: {}
  ingress: []
"""
DRAFT = PLAIN.rpartition("---\n")[2].replace("closed", "open").replace("[]", "[{}]")
BROKEN = PLAIN.replace("podSelector: {}", "podSelector: 1")
PAIR = ("--from", "shop/web", "--to", "shop/db")
FILES = {"plain.yaml": PLAIN, "draft.yaml": DRAFT, "broken.yaml": BROKEN}


def run(folder: Path, *command: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a process in a folder with the files."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


ASKED = [
    ("flows", "plain.yaml"),
    ("flows", "plain.yaml", "-o", "csv", "--level", "pod"),
    ("flows", "broken.yaml"),
    ("flows", "missing.yaml"),
    ("flows",),
    ("flows", "plain.yaml", "--focus", "nobody"),
    ("explain", "plain.yaml", *PAIR, "-o", "json"),
    ("fix", "plain.yaml", *PAIR),
    ("entrypoints", "plain.yaml"),
    ("lint", "plain.yaml", "--fail-on", "warning"),
    ("whatif", "plain.yaml", "--apply", "draft.yaml", "--exit-code"),
    ("diff", "--before", "plain.yaml", "--after", "draft.yaml"),
]


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_both_ways_say_the_same(tmp_path: Path, asked: tuple[str, ...]) -> None:
    manage = str(ROOT / "manage.py")
    directly = run(tmp_path, manage, *asked)
    # An option of Django's own, which leaves the command line to Django.
    assert directly == run(tmp_path, manage, *asked, "--no-color")


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_no_question_about_files_loads_django(tmp_path: Path, asked: tuple[str, ...]) -> None:
    code = f"""
import sys
from policies.management.direct import answer
try:
    assert answer({list(asked)!r})
except SystemExit:
    pass
sys.exit(repr({{"django", "rest_framework", "policies.models"}} & set(sys.modules)))
"""
    _, _, errors = run(tmp_path, "-c", code)
    assert errors.endswith("set()\n")


def test_flows_of_plain_files_load_neither_a_parser_nor_other_questions(tmp_path: Path) -> None:
    code = """
import sys
from policies.management.direct import answer
assert answer(["flows", "plain.yaml"])
unused = {"yaml", "zipfile", "policies.evaluator.lint", "policies.evaluator.diff"}
unused |= {"argparse", "inspect", "json", "pathlib", "policies.evaluator.entry.points"}
unused |= {"platform", "typing_extensions", "textwrap", "msgspec.inspect"}
sys.exit(repr(unused & set(sys.modules)))
"""
    assert run(tmp_path, "-c", code)[2] == "set()\n"


def test_what_is_not_loaded_is_there_for_whoever_asks(tmp_path: Path) -> None:
    code = """
import sys
from policies.management.direct import answer
assert answer(["flows", "plain.yaml"])
import msgspec, platform, typing_extensions, uuid
class Pod(msgspec.Struct):
    "A pod."
    name: str
[schema] = msgspec.json.schema_components([Pod])[1].values()
[field] = msgspec.inspect.type_info(Pod).fields
right = uuid._LINUX == (platform.system() == "Linux")
print(right, schema["description"], field.name, typing_extensions.TypedDict, file=sys.stderr)
"""
    assert run(tmp_path, "-c", code)[2].startswith("True A pod. name ")


@pytest.mark.parametrize(
    "asked",
    [
        ("flows", "--help"),
        ("flows", "x.yaml", "--lev", "pod"),
        ("flows", "x.yaml", "--level", "planet"),
        ("explain", "x.yaml", "--from", "a/b"),
        ("flows", "--snapshot", "0123"),
        ("diff", "--before-snapshot", "0123", "--after", "x.yaml"),
        ("serve",),
        ("migrate", "flows"),
        ("--version",),
        (),
    ],
    ids=" ".join,
)
def test_the_rest_is_for_django(tmp_path: Path, asked: tuple[str, ...]) -> None:
    code = f"from policies.management.direct import answer\nprint(answer({list(asked)!r}))\n"
    assert run(tmp_path, "-c", code) == (0, "False\n", "")
