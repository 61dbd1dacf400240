"""Pages for browser tests: quick to open, and with nothing kept of the test before."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

__all__ = ["FLAG", "PATIENCE_MS", "Visits"]

FLAG = "--process-per-site"
"""Chromium then shows all pages of one context and server in one process."""

PATIENCE_MS = 30_000
DESKTOP: ViewportSize = {"width": 1280, "height": 720}


class Visits:
    """Opens pages that find the scripts compiled by the pages before them.

    A context of its own brings a process of its own, which fetches and compiles everything anew:
    more than half of what opening a page costs. So there is one context with touch and one without,
    and in each a page that stays and keeps its process. Storage and cookies end with each test.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._stay: dict[bool, Page] = {}

    def open(
        self, *, viewport: ViewportSize = DESKTOP, has_touch: bool = False, **media: Any
    ) -> Page:
        """A blank page; `media` is what it is told of the reader, such as color_scheme."""
        page = self._staying(has_touch).context.new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(**media)
        return page

    def _staying(self, has_touch: bool) -> Page:
        if has_touch not in self._stay:
            context = self._browser.new_context(base_url=self._url, has_touch=has_touch)
            context.set_default_timeout(PATIENCE_MS)
            self._stay[has_touch] = context.new_page()
            self._stay[has_touch].goto("/static/img/mark.svg")
        return self._stay[has_touch]

    def opened(self) -> list[Page]:
        """What was opened since the last end, by the test or by a page."""
        return [page for stay in self._stay.values() for page in stay.context.pages if page != stay]

    def end(self) -> None:
        """Close what was opened, and forget what it stored."""
        for page in self.opened():
            page.close()
        for stay in self._stay.values():
            stay.context.set_offline(False)
            stay.context.clear_cookies()
            session = stay.context.new_cdp_session(stay)
            session.send("Storage.clearDataForOrigin", {"origin": self._url, "storageTypes": "all"})
            session.detach()

    def start_over(self) -> None:
        """Nothing of a test that failed is to meet the next."""
        for stay in self._stay.values():
            stay.context.close()
        self._stay.clear()
