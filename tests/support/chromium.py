"""The Chromium of the browser tests. Run as a module it makes sure that there is one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.support.system_package import require

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    # Containers rarely offer what Chromium's sandbox needs, and only our own pages are opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Containers often have a /dev/shm too small for a page.
    "--disable-dev-shm-usage",
)


def find_chromium() -> Path | None:
    """Returns $CHROMIUM, else the first known name on PATH."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        found = shutil.which(name) if name else None
        if found:
            return Path(found)
    return None


def require_chromium() -> Path:
    return require("Chromium", "chromium", find_chromium, "CHROMIUM")


if __name__ == "__main__":
    require_chromium()
