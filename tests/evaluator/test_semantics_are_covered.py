"""Every law in scope is named by a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.evaluator.law_ids import IN_SCOPE, LEFT_OUT

TESTS = Path(__file__).resolve().parents[1]
_ID = re.compile(r"[A-Z]-V?\d+")
# Rows of tests.support.clusterwide: the ids come first, as a tuple.
_ROW = re.compile(r'^\s*\(\(((?:"[A-Z]-V?\d+",?\s*)+)\),', re.MULTILINE)
_NAMED_IN_TABLES = re.compile(r'^\s*\(\s*"(A-V?\d+|N-\d+)",', re.MULTILINE)


def ids_named_in(path: Path) -> set[str]:
    """Ids given to the law marker or to a table of laws in one test file."""
    text = path.read_text(encoding="utf-8")
    found = set(_NAMED_IN_TABLES.findall(text)) if "pytest.mark.law(law)" in text else set()
    if "both_versions(" in text:
        found |= {law for row in _ROW.findall(text) for law in _ID.findall(row)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _is_law(node.func):
            found |= {
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
                and _ID.fullmatch(argument.value)
            }
    return found


def _is_law(function: ast.expr) -> bool:
    return getattr(function, "id", getattr(function, "attr", "")) == "law"


def test_every_law_in_scope_is_named_by_a_test() -> None:
    named: set[str] = set()
    for path in sorted((TESTS / "evaluator").rglob("test_*.py")):
        named |= ids_named_in(path)
    assert not IN_SCOPE - named


def test_what_is_left_out_says_why() -> None:
    assert all(len(reason.split()) > 4 for reason in LEFT_OUT.values())
