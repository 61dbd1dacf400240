"""Fix it: a denied pair, its draft in What-if, and a diff that holds exactly that pair."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from tests.support.accessibility import accessibility_faults
from tests.support.shop import shop_manifests

PANEL = "[data-part=panel]"


@pytest.fixture
def shop(live_url: str) -> str:
    snapshot, _ = services.store_upload([("shop.yaml", shop_manifests())], "Shop")
    return f"/snapshots/{snapshot.pk}/"


def test_a_denied_pair_is_fixed_and_the_diff_holds_exactly_that_pair(page: Page, shop: str) -> None:
    page.goto(f"{shop}?sel=answer&from=edge/waf&to=data/redis&on=6379/TCP")
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text("closed")
    expect(panel.locator(".fix")).to_contain_text("and nothing else changes.")
    assert accessibility_faults(page) == []
    panel.get_by_role("link", name="Fix it in What-if").click()
    page.wait_for_url("**/fix?**")
    expect(page.locator(".cm-content")).to_contain_text("redis-from-waf")
    expect(page.locator("body")).to_contain_text("1 flow opens; 341 stay the same.")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(re.compile("opened.*edge/waf.*data/redis.*TCP 6379", re.DOTALL))
    page.get_by_role("link", name="Leave the simulation").click()
    expect(panel.locator(".chip").first).to_have_text("closed")


def test_what_no_policy_can_open_says_why_and_offers_no_button(page: Page, live_url: str) -> None:
    manifests = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: h, namespace: x, labels: {app: h}}
spec: {hostNetwork: true, nodeName: n1, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {app: b}}
spec: {nodeName: n2, containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {matchLabels: {app: b}}}
"""
    snapshot, _ = services.store_upload([("a.yaml", manifests.encode())], "Host")
    page.goto(f"/snapshots/{snapshot.pk}/?sel=answer&from=x/h&to=x/b&on=80/TCP")
    panel = page.locator(PANEL)
    expect(panel.locator(".fix")).to_contain_text("whose address is not in the input")
    expect(panel.get_by_role("link", name="Fix it in What-if")).to_have_count(0)
