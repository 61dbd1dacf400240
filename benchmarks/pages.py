"""`make bench-pages`: how quickly the map paints and pans in Chromium, from a real server.

Paint is what passes from the last byte of what the picture is made of, answer and scripts, to the
frame that shows it: reading, layout and drawing. Open is the same from the click; both are the best
of some runs. Pan is the time between frames while the map is dragged, the 95th percentile of them.
All are wall time and no better than the machine is quiet.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.measuring import percentile
from tests.support.chromium import FLAGS, require_chromium

ROOT = Path(__file__).resolve().parent.parent

PAINT_MS, PAN_MS = 1000.0, 50.0
"""T9: a view paints within a second and pans at 20 frames a second, 95 times of 100."""

# The moment of the first frame after the map has something on it.
_WATCH = """
(() => {
  const look = () => {
    const canvas = document.querySelector("[data-part=canvas]");
    const cy = canvas && canvas._cyreg && canvas._cyreg.cy;
    if (!cy || cy.nodes().empty()) return requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.painted = performance.now();
    }));
  };
  requestAnimationFrame(look);
})();
"""
_ANSWERED = """() => Math.max(...performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/graph") || name.endsWith(".js"))
  .map((each) => each.responseEnd))"""
_FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""
_ZOOM = """(level) => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  cy.zoom({ level, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
}"""
_DRAWN = """() => document.querySelector("[data-part=canvas]")._cyreg.cy.edges()
  .filter((edge) => edge.visible()).length"""


_RUNS = 7


class Measured(NamedTuple):
    """One view."""

    drawn: int
    opened: float
    paint: float
    median: float
    fitted: float
    close: float


def measure(browser: Browser, url: str) -> Measured:
    """Open a view some times and let it paint; drag it about at two distances."""
    every: list[tuple[float, float]] = []
    while True:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        every.append(_painted(page, url))
        if len(every) == _RUNS:
            break
        page.close()
    drawn = page.evaluate(_DRAWN)
    page.wait_for_timeout(1500)
    fitted = _drag(page)
    page.evaluate(_ZOOM, 1.0)
    page.wait_for_timeout(500)
    close = _drag(page)
    page.close()
    opened, paint = zip(*every, strict=True)
    return Measured(drawn, min(opened), min(paint), median(paint), fitted, close)


def _painted(page: Page, url: str) -> tuple[float, float]:
    """How long a view took to paint, from the click and from what it is made of."""
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_function("() => window.painted", timeout=60_000)
    opened: float = page.evaluate("() => window.painted")
    return opened, opened - page.evaluate(_ANSWERED)


def _drag(page: Page) -> float:
    page.evaluate(_FRAMES)
    page.mouse.move(640, 640)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(640 + 4 * (step % 30), 640 - 3 * (step % 20))
        page.wait_for_timeout(16)
    page.mouse.up()
    frames: list[float] = page.evaluate("() => window.frames_")
    return percentile(frames, 95)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A server with a database of its own: its address, and its environment."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'pages.sqlite3'}"}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-browser", "--port", "8970"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = ""
        while "http://" not in line:
            line = server.stdout.readline()
            assert line, "the server did not start"
        yield "http://" + line.split("http://")[1].split()[0].rstrip("/"), environment
    finally:
        server.terminate()
        server.wait()


def stored(environment: Mapping[str, str], *arguments: str) -> str:
    """Keep a cluster in the server's database; its snapshot."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.storing", *arguments],
        cwd=ROOT,
        env={**environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def views(environment: Mapping[str, str], most: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What to look at: a name, a snapshot, and the question."""
    yield "demo", stored(environment, "demo"), {}
    for pods in (10_000, 100_000):
        if pods > most:
            break
        snapshot = stored(environment, "lean", str(pods))
        yield f"{pods:,} pods", snapshot, {}
        yield f"{pods:,} pods, a group open", snapshot, {"open": "team=team-3"}
        yield f"{pods:,} pods, one workload", snapshot, {"focus": "ns-0/app-0-0"}
        if pods == 10_000:
            opened = ",".join(f"ns-{index}" for index in range(200))
            yield "as much as is ever drawn", snapshot, {"open": opened, "level": "namespace"}


def _waited(url: str) -> tuple[float, dict[str, Any]]:
    started = time.perf_counter()
    with urlopen(url, timeout=120) as answer:
        body = answer.read()
    return (time.perf_counter() - started) * 1000, json.loads(body)


def main() -> None:
    """Measure every view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="the largest number of pods")
    arguments = parser.parse_args()
    heads = (
        "nodes",
        "lines",
        "drawn",
        "first",
        "again",
        "open",
        "paint",
        "median",
        "pan",
        "pan 1:1",
    )
    print(f"{'view':<32}" + "".join(f"{head:>9}" for head in heads))
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as (base, environment),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=str(require_chromium()), args=[*FLAGS], headless=True
        )
        for name, snapshot, query in views(environment, arguments.most):
            api = f"{base}/api/v1/snapshots/{snapshot}/graph?{urlencode(query)}"
            first, view = _waited(api)
            again, _ = _waited(api)
            found = measure(browser, f"{base}/snapshots/{snapshot}/?{urlencode(query)}")
            met = found.paint <= PAINT_MS and max(found.fitted, found.close) <= PAN_MS
            print(
                f"{name:<32}{len(view['nodes']):>9,}{len(view['edges']):>9,}{found.drawn:>9,}"
                f"{first:>9,.0f}{again:>9,.0f}{found.opened:>9,.0f}{found.paint:>9,.0f}"
                f"{found.median:>9,.0f}"
                f"{found.fitted:>9,.0f}{found.close:>9,.0f}"
                f"{'' if met else '  not met'}",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
