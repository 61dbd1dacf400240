"""The scripts of a page, and what they import."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from policies.templatetags.scripts import page_scripts


@pytest.fixture
def dist(settings: Settings, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "static" / "dist"
    folder.mkdir(parents=True)
    return folder


def test_what_scripts_import_is_named_beside_them_once(dist: Path) -> None:
    imports = {"ahead.js": ["chunks/a.js"], "map.js": ["chunks/a.js", "chunks/b.js"]}
    (dist / "imports.json").write_text(json.dumps(imports))
    assert page_scripts("ahead", "map") == (
        '<script type="module" src="/static/dist/ahead.js"></script>'
        '<script type="module" src="/static/dist/map.js"></script>'
        '<link rel="modulepreload" href="/static/dist/chunks/a.js" />'
        '<link rel="modulepreload" href="/static/dist/chunks/b.js" />'
    )


@pytest.mark.usefixtures("dist")
def test_a_page_works_where_nothing_says_what_its_scripts_import() -> None:
    assert page_scripts("home") == '<script type="module" src="/static/dist/home.js"></script>'
