"""From a running cluster to a named rule, as a person goes: connect, look, be told of a change,
take it, find it in the history, and see which rule did what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from policies.models import Cluster, Picture
from policies.services.watching import Watching
from tests.browser.test_live_pages import LOOK, NEWS, OFFER, STATE
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.followed import policy_manifest
from tests.support.kubeapi import ApiServer
from tests.support.kubeapi.story import story
from tests.support.watching import until, watching


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with ApiServer(tls=True, token="secret") as server:
        story(server)
        yield server


@pytest.fixture
def kubeconfig(api: ApiServer, tmp_path: Path) -> Path:
    return api.write_kubeconfig(tmp_path / "config")


@pytest.fixture
def watched(live_url: str) -> Iterator[Watching]:
    with watching() as found:
        yield found


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(reduced_motion="reduce")


def allowing(*ports: int) -> dict[str, Any]:
    """The demo's policy for production, with these ports."""
    return policy_manifest(
        "allow-devel-pod-to-http",
        "production",
        ingress=[
            {
                "from": [{"namespaceSelector": {"matchLabels": {"env": "development"}}}],
                "ports": [{"protocol": "TCP", "port": port} for port in ports],
            }
        ],
    )


def connect(page: Page, kubeconfig: Path) -> None:
    page.goto("/clusters")
    page.get_by_label("Path of the kubeconfig").fill(str(kubeconfig))
    page.get_by_role("button", name="Load contexts").click()
    page.get_by_label("Name here").fill("production")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator("[data-part=check]")).to_contain_text("All of it can be read")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(re.compile(r"/snapshots/\w+/"))
    expect(page.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))


def test_connect_see_a_change_take_it_and_find_the_rule_in_the_history(
    page: Page, api: ApiServer, kubeconfig: Path, watched: Watching
) -> None:
    connect(page, kubeconfig)
    before = page.evaluate(LOOK)
    api.put(allowing(80, 6379), manager="kubectl")
    # Within three seconds where nothing else runs: `make bench-live` takes the time.
    expect(page.locator(OFFER)).to_have_text("1 change")
    assert page.evaluate(LOOK) == before, "nothing moves before it is taken"
    page.locator(OFFER).click()
    expect(page.locator(f"{NEWS} .news-flows ul")).to_be_attached(timeout=15_000)
    after = page.evaluate(LOOK)
    assert (after["zoom"], after["pan"]) == (before["zoom"], before["pan"])
    assert {key: after["places"][key] for key in before["places"]} == before["places"]
    expect(page.locator(NEWS)).to_contain_text("production/allow-devel-pod-to-http")
    page.get_by_role("link", name="History").first.click()
    newest = page.locator("[data-part=timeline] > li").first
    expect(newest).to_contain_text("production/allow-devel-pod-to-http")
    expect(newest).to_contain_text("kubectl")
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("link", name="Compare").or_(page.get_by_role("button", name="Compare")).click()
    page.wait_for_url(re.compile("/compare"))
    changes = page.get_by_role("region", name="Table of changes")
    expect(changes).to_contain_text("production/redis")
    expect(changes).to_contain_text("TCP 6379")
    expect(changes).to_contain_text("production/allow-devel-pod-to-http")
    expect(changes).to_contain_text("ingress[0]")
    assert accessibility_faults(page) == []


def test_a_server_that_goes_away_is_said_and_what_came_meanwhile_is_offered(
    page: Page, api: ApiServer, kubeconfig: Path, watched: Watching
) -> None:
    connect(page, kubeconfig)
    api.stop()
    expect(page.locator(STATE)).to_contain_text(re.compile("lost", re.IGNORECASE), timeout=30_000)
    api.put(policy_manifest("deny-all", "production"))
    api.start()
    expect(page.locator(OFFER)).to_have_text("1 change", timeout=40_000)


def test_what_may_not_be_read_is_said_before_and_after_connecting(
    page: Page, api: ApiServer, kubeconfig: Path, watched: Watching
) -> None:
    api.forbid("networkpolicies")
    page.goto("/clusters")
    page.get_by_label("Path of the kubeconfig").fill(str(kubeconfig))
    page.get_by_label("Name here").fill("production")
    page.get_by_role("button", name="Test the connection").click()
    check = page.locator("[data-part=check]")
    expect(check).to_contain_text("networkpolicies: list forbidden; ask for")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(re.compile(r"/snapshots/\w+/"))
    expect(page.locator(STATE)).to_contain_text("in part")
    expect(page.locator("[data-part=honesty]")).to_contain_text("Not read: networkpolicies")
    until(lambda: Cluster.objects.get().status == "partial")
    assert Picture.objects.count() == 1
