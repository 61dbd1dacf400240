"""The demo's manifests as the inputs of tests, and answers as data."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
from django.core.management import call_command
from django.test import Client

from policies.demo.story import MANIFESTS, STEPS, Step

__all__ = ["answer_of_command", "json_files", "paths", "post_json", "step", "write_story"]


def step(slug: str) -> Step:
    """A step of the story by name."""
    return next(each for each in STEPS if each.slug == slug)


def paths(names: tuple[str, ...]) -> list[str]:
    """Manifests of the story as command line arguments."""
    return [str(MANIFESTS / name) for name in names]


def json_files(names: tuple[str, ...]) -> list[dict[str, str]]:
    """Manifests of the story as the API takes them."""
    return [{"name": name, "content": (MANIFESTS / name).read_text()} for name in names]


def write_story(names: tuple[str, ...], folder: Path) -> Path:
    """Copies of manifests of the story in a folder of their own."""
    for name in names:
        (folder / name).write_bytes((MANIFESTS / name).read_bytes())
    return folder


def answer_of_command(*arguments: str) -> Any:
    """What a command prints as JSON."""
    out = StringIO()
    call_command(*arguments, "-o", "json", stdout=out)
    return msgspec.json.decode(out.getvalue())


def post_json(client: Client, path: str, body: object, **headers: str) -> Any:
    """The answer to a JSON request."""
    data = msgspec.json.encode(body)
    return client.post(path, data, content_type="application/json", headers=headers or None)
