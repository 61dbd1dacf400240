"""What keeps browser tests apart that share a context of the browser."""

from __future__ import annotations

from tests.support.visits import Visits

STORE = """() => {
  localStorage.setItem("kept", "1");
  sessionStorage.setItem("kept", "1");
  document.cookie = "kept=1";
}"""
KEPT = """() => [
  localStorage.getItem("kept"), sessionStorage.getItem("kept"), document.cookie,
]"""


def test_nothing_that_a_page_stores_or_is_told_meets_the_page_of_another_test(
    visits: Visits, live_url: str
) -> None:
    page = visits.open(color_scheme="dark", viewport={"width": 390, "height": 800})
    page.goto("/")
    page.evaluate(STORE)
    assert page.evaluate(KEPT) == ["1", "1", "kept=1"]
    page.context.set_offline(True)
    visits.end()
    assert visits.opened() == []
    page = visits.open()
    page.goto("/")
    assert page.evaluate(KEPT) == [None, None, ""]
    assert page.evaluate("() => [innerWidth, document.documentElement.dataset.theme]") == [
        1280,
        "light",
    ]
    visits.end()
