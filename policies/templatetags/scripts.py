"""The scripts of a page, fetched all at once."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def page_scripts(*names: str) -> SafeString:
    """
    Elements that run these scripts in turn.

    A browser reads of a script what it imports only once it is there: a page would wait for its
    scripts one row after the other. What they import is named beside them.
    """
    imports = _imports()
    chunks = dict.fromkeys(chunk for name in names for chunk in imports.get(f"{name}.js", ()))
    # Chunks are imported by names of their own, not by those that collectstatic gives.
    folder = f"{settings.STATIC_URL}dist/"
    return format_html(
        "{}{}",
        format_html_join(
            "",
            '<script type="module" src="{}"></script>',
            ((static(f"dist/{name}.js"),) for name in names),
        ),
        format_html_join(
            "", '<link rel="modulepreload" href="{}{}" />', ((folder, each) for each in chunks)
        ),
    )


def _imports() -> dict[str, list[str]]:
    """What each script imports, as the build wrote it down; a page works without."""
    path = Path(settings.BASE_DIR, "static", "dist", "imports.json")
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=1)
def _read(path: Path, _written: int) -> dict[str, list[str]]:
    imports: dict[str, list[str]] = json.loads(path.read_bytes())
    return imports
