"""The pages of a policy and of a workload in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from tests.conftest import OpenPage
from tests.services.test_details import POLICIES
from tests.support.accessibility import faults_by_day_and_night
from tests.support.touched import CLUSTER

POLICY, WORKLOAD = "policies/NetworkPolicy/x/web", "workloads/x/a%5BPod%5D"


@pytest.fixture
def root(live_url: str) -> str:
    text = f"{CLUSTER}\n---\n{POLICIES}"
    snapshot, _ = services.store_upload([("a.yaml", text.encode())], "Details")
    return f"/snapshots/{snapshot.pk}"


def test_ports_show_with_their_name_where_they_have_one(page: Page, live_url: str) -> None:
    ports = "[{name: web, containerPort: 8080}, {containerPort: 53, protocol: UDP}]"
    spec = f"{{containers: [{{name: main, ports: {ports}}}]}}"
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: x}}\nspec: {spec}"
    snapshot, _ = services.store_upload([("a.yaml", text.encode())])
    page.goto(f"/snapshots/{snapshot.pk}/{WORKLOAD}")
    facts = page.get_by_role("region", name="What policies see of it")
    assert facts.locator("dt:text-is('Ports') + dd code").all_inner_texts() == [
        "53/UDP",
        "web=8080/TCP",
    ]


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("path", [POLICY, WORKLOAD])
def test_a_page_is_accessible_and_never_wider_than_the_screen(
    open_page: OpenPage, root: str, path: str, size: tuple[int, int]
) -> None:
    width, height = size
    page = open_page(viewport={"width": width, "height": height})
    page.goto(f"{root}/{path}")
    expect(page.locator("[data-part=honesty]")).to_contain_text("not evaluated")
    assert faults_by_day_and_night(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_rule_that_never_decides_is_marked_where_it_is_written(page: Page, root: str) -> None:
    page.goto(f"{root}/{POLICY}")
    rule = page.locator(".rule").first
    expect(rule).to_contain_text("Opens TCP 80 from pods with pod=b of namespace x.")
    expect(rule).to_contain_text(
        "Never decides anything: without it, everything is decided the same by ingress[1]."
    )
    marked = page.locator(".detail-yaml .line.is-idle")
    expect(marked.first).to_contain_text("- from:")
    rule.get_by_role("link", name="ingress[0]").click()
    expect(page.locator(".line:target")).to_contain_text("- from:")


def test_names_lead_from_policy_to_workload_to_map_and_back(page: Page, root: str) -> None:
    page.goto(f"{root}/{POLICY}")
    page.get_by_role("link", name="x/a", exact=True).click()
    expect(page.get_by_role("heading", name="a", exact=True)).to_be_visible()
    page.get_by_role("link", name="x/web").click()
    expect(page.get_by_role("heading", name="web", exact=True)).to_be_visible()
    page.get_by_role("link", name="Show on the map").click()
    panel = page.locator("[data-part=panel]")
    expect(panel.get_by_role("heading", name="web", exact=True)).to_be_visible()
    panel.get_by_role("link", name="What each rule does").click()
    page.wait_for_url(re.compile("policies/NetworkPolicy/x/web$"))
    page.goto(f"{root}/?sel=x/a[Pod]")
    panel.get_by_role("link", name="Open its page").click()
    expect(page.get_by_role("heading", name="Coming in")).to_be_visible()


def test_a_flow_leads_to_its_explanation(page: Page, root: str) -> None:
    page.goto(f"{root}/{WORKLOAD}")
    page.locator("section.direction").first.locator("a.ports").first.click()
    expect(page.locator("[data-part=panel] .lead")).to_contain_text("x/a")


def test_a_direction_that_is_not_known_says_by_which_policy(page: Page, root: str) -> None:
    page.goto(f"{root}/workloads/z/a%5BPod%5D")
    way = page.locator("section.direction", has_text="Going out")
    expect(way.locator("h2 .chip")).to_have_text("not known")
    expect(way).to_contain_text("CiliumNetworkPolicy z/hidden may open and close connections here")
