"""What-if on a watched cluster in a browser: the draft moves on with it, the server judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from policies import services
from policies.ingest.sealed import TOKEN_KEY
from policies.models import Cluster, Picture, Snapshot
from tests.browser.test_live_pages import LOOK, OFFER, STATE
from tests.browser.test_whatif import row, write
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults
from tests.support.clusters import KEY, TOKEN, by_token
from tests.support.kubeapi import ApiServer
from tests.support.live_shop import COUPONS, closed, shop_cluster, shop_picture
from tests.support.shop import shop_manifests

MOVED = "[data-part=moved]"
TRIED = "[data-part=tried]"
OPEN_REDIS = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: redis, namespace: data}
spec:
  podSelector: {matchLabels: {app: redis}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: kafka}}}]
    ports: [{port: 6379}]
"""


@pytest.fixture
def cluster(live_url: str) -> Cluster:
    return shop_cluster()


@pytest.fixture
def first(cluster: Cluster) -> Picture:
    return shop_picture(cluster, at=timezone.now() - timedelta(minutes=7))


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page(reduced_motion="reduce")


def visit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    expect(page.locator(STATE)).not_to_have_text("Connecting")


def draft(page: Page, text: str) -> None:
    page.locator("[data-part=blank] [data-template=blank]").click()
    write(page, text)


def test_a_draft_moves_on_with_the_cluster_and_keeps_what_the_reader_looks_at(
    page: Page, cluster: Cluster, first: Picture
) -> None:
    visit(page, f"/snapshots/{first.snapshot_id}/whatif")
    draft(page, OPEN_REDIS)
    opened = row(page, "data/kafka", "data/redis")
    expect(opened).to_contain_text("opened")
    expect(row(page, "orders/cart", "data/redis")).to_contain_text("closed")
    opened.get_by_role("button").first.click()
    page.locator("[data-part=zoom-in]").click()
    page.locator("[data-part=zoom-in]").click()
    before, query = dict(page.evaluate(LOOK)), page.url.partition("?")[2]
    second = shop_picture(cluster, closed() + COUPONS)
    moved = page.locator(MOVED)
    expect(moved).to_contain_text(
        re.compile(
            r"The cluster has changed since \d\d:\d\d: 3 changes\. The draft was worked out"
        ),
        timeout=15_000,
    )
    # The cart cannot reach redis any more, so the draft does not close that.
    expect(row(page, "orders/cart", "data/redis")).to_have_count(0)
    expect(opened).to_have_class(re.compile("selected"))
    expect(page.locator(OFFER)).to_be_hidden()
    expect(page.locator(STATE)).to_have_text(re.compile(r"^Live, confirmed \d+ s ago$"))
    assert page.url.endswith(f"/snapshots/{second.snapshot_id}/whatif?{query}")
    after = dict(page.evaluate(LOOK))
    assert (after["zoom"], after["pan"]) == (before["zoom"], before["pan"])
    for name, place in before["places"].items():
        assert after["places"][name] == place, name
    assert "orders/coupons[Deployment]" in after["places"]
    expect(page.locator(".cm-content")).to_contain_text("app: kafka")
    moved.locator("summary").click()
    expect(moved.locator("li")).to_have_count(3)
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Keep as draft").click()
    expect(page.locator("[data-part=kept-link]")).to_be_visible()
    assert Snapshot.objects.get(drafts__isnull=False).pk == second.snapshot_id
    page.get_by_role("button", name="Dismiss what is said of the cluster").click()
    expect(moved).to_be_hidden()
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("app: kafka")


def test_a_cluster_that_is_again_as_it_was_is_no_news(
    page: Page, cluster: Cluster, first: Picture
) -> None:
    visit(page, f"/snapshots/{first.snapshot_id}/whatif")
    shop_picture(cluster, closed())
    expect(page.locator(MOVED)).to_contain_text("1 change", timeout=15_000)
    shop_picture(cluster)
    expect(page.locator(MOVED)).to_be_hidden(timeout=15_000)
    assert first.snapshot_id in page.url


def test_a_kept_draft_on_an_old_picture_says_so_and_offers_the_newest(
    page: Page, cluster: Cluster, first: Picture
) -> None:
    snapshot = services.get_snapshot(first.snapshot_id)
    kept = services.keep_draft(snapshot, "Open redis", [("redis.yaml", OPEN_REDIS)], [])
    shop_picture(cluster, closed())
    visit(page, f"/drafts/{kept.pk}/")
    moved = page.locator(MOVED)
    words = r"The cluster has changed since: 1 change\. Shown is the draft on the picture of"
    expect(moved).to_contain_text(re.compile(words))
    expect(row(page, "orders/cart", "data/redis")).to_contain_text("closed")
    moved.get_by_role("button", name="Use the newest picture").click()
    expect(moved).to_contain_text("The draft was worked out again")
    expect(row(page, "orders/cart", "data/redis")).to_have_count(0)
    expect(row(page, "data/kafka", "data/redis")).to_contain_text("opened")
    expect(page.locator("[data-part=kept]")).to_contain_text("Kept on an earlier picture")
    assert f"/drafts/{kept.pk}/" in page.url


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setenv(TOKEN_KEY, KEY)
    with ApiServer(tls=True, token=TOKEN) as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "data"}})
        yield running


@pytest.fixture
def reachable(api: ApiServer, live_url: str) -> Picture:
    """A picture of a cluster that has an API server."""
    wishes: Any = by_token(api)
    return shop_picture(services.add_cluster(wishes), shop_manifests().decode())


def test_the_server_says_at_the_line_what_it_would_refuse_and_nothing_is_applied(
    page: Page, api: ApiServer, reachable: Picture, expected_errors: list[str]
) -> None:
    # netviz cannot read it either.
    expected_errors.append("422")
    visit(page, f"/snapshots/{reachable.snapshot_id}/whatif")
    draft(page, OPEN_REDIS.replace("podSelector: {matchLabels: {app: redis}}", "podSelector: 1"))
    attempt = page.get_by_role("button", name="Try on the server")
    attempt.click()
    expect(page.locator(TRIED)).to_have_text("The server refuses it. Nothing was applied.")
    problem = page.locator("[data-part=problems] li", has_text="The server refuses it")
    expect(problem.first).to_be_visible()
    assert accessibility_faults(page) == []
    write(page, OPEN_REDIS)
    expect(page.locator(TRIED)).to_have_text("")
    expect(problem).to_have_count(0)
    attempt.click()
    expect(page.locator(TRIED)).to_have_text(
        "The server would accept 1 object. Nothing was applied."
    )


def test_a_server_that_does_not_answer_is_said_in_a_sentence(
    page: Page, api: ApiServer, reachable: Picture
) -> None:
    visit(page, f"/snapshots/{reachable.snapshot_id}/whatif")
    draft(page, OPEN_REDIS)
    api.stop()
    page.get_by_role("button", name="Try on the server").click()
    expect(page.locator(TRIED)).to_have_text(re.compile(r"did not try it"))
    expect(page.get_by_role("button", name="Try on the server")).to_be_enabled()
