"""The findings page in a browser: cards, filters in the address, map and fix, nothing found."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from policies import services
from policies.evaluator.documents import SourceText
from policies.evaluator.lint import CATALOGUE
from tests.conftest import OpenPage
from tests.support.accessibility import faults_by_day_and_night

Visit = Callable[..., Page]

PHONE = {"width": 390, "height": 844}
PODS = """apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec: {template: {metadata: {labels: {k8s-app: calico-node}}, spec: {hostNetwork: true}}}
---
apiVersion: v1
kind: Pod
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
"""
CLOSED = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress:
  - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
    ports: [{port: 53, protocol: UDP}, {port: 53}]
---
"""
SLIPS = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: slips
  namespace: shop
  annotations: {netviz.io/ignore: "L-105: kept until the audit"}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {name: kube-system}}}]
    ports: [{port: http}]
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 80}]
  - from: [{podSelector: {}}]
    ports: [{port: 80}]
"""


@pytest.fixture
def visit(open_page: OpenPage, live_url: str) -> Visit:
    """Opens the findings of manifests, with the list settled."""

    def visit_one(manifests: str, query: str = "", **options: object) -> Page:
        snapshot, _ = services.store_sources([SourceText("shop.yaml", manifests.encode())])
        page = open_page(reduced_motion="reduce", **options)
        page.goto(f"/snapshots/{snapshot.pk}/findings{query}")
        expect(page.locator("[data-part=list]")).to_have_attribute("aria-busy", "false")
        return page

    return visit_one


def test_a_finding_leads_to_the_map_and_to_the_fix_that_removes_it(visit: Visit) -> None:
    page = visit(PODS + CLOSED + SLIPS)
    card = page.get_by_role("article", name="Warning L-02")
    expect(card).to_contain_text("no namespace carries the label name")
    expect(card).to_contain_text("NetworkPolicy/shop/slips spec.ingress[0].from[0]")
    expect(card).to_contain_text("shop.yaml:33")
    expect(page.locator("[data-findings-count]")).to_have_text(re.compile(r"^\d+, 1 error, "))
    ignored = page.locator(".findings-ignored")
    expect(ignored.locator("summary h2")).to_have_text("Ignored with a reason (2)")
    ignored.locator("summary").first.click()
    expect(ignored.locator("li").first).to_contain_text("Ignored: kept until the audit")

    card.get_by_role("link", name="Show on map").click()
    expect(page.locator("[data-part=panel]")).to_contain_text("slips")
    page.go_back()
    card.get_by_role("link", name="Open the fix in What-if").click()
    expect(page.locator(".cm-content")).to_contain_text("kubernetes.io/metadata.name: kube-system")
    page.goto(page.url.replace("whatif", "findings").partition("?")[0])
    page.get_by_role("article", name="Error L-40").get_by_role("link", name="map").click()
    expect(page).to_have_url(re.compile("focus=shop%2Fweb%5BPod%5D"))


def test_filters_are_in_the_address_and_back_undoes_them(visit: Visit) -> None:
    page = visit(PODS + CLOSED + SLIPS)
    page.get_by_role("button", name=re.compile("Errors")).click()
    expect(page.locator("article.finding")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?severity=error$"))
    page.go_back()
    expect(page.get_by_role("article", name="Warning L-02")).to_be_visible()
    page.get_by_label("Family").select_option("Namespaces")
    expect(page.locator("article.finding")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Family")).to_have_value("Namespaces")
    page.get_by_label("Text").fill("no such thing")
    expect(page.get_by_text("No finding fits the filters")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("article", name="Error L-40")).to_be_visible()


def test_nothing_found_says_how_many_checks_ran(visit: Visit) -> None:
    page = visit(PODS + CLOSED)
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page.get_by_text(f"{len(CATALOGUE)} checks ran")).to_be_visible()
    expect(page.locator("[data-part=filters]")).to_be_hidden()
    expect(page.locator("[data-findings-count]")).to_be_hidden()


HIDDEN = """
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {namespaceSelector: kubernetes.io/metadata.name == 'shop', types: [Ingress]}
"""


def test_what_cannot_be_judged_is_not_called_well(visit: Visit) -> None:
    page = visit(PODS + CLOSED + HIDDEN)
    expect(page.get_by_role("heading", name="not judged")).to_be_visible()
    expect(page.get_by_text("policies that are not evaluated govern")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing found")).to_have_count(0)


def test_what_the_address_asks_for_in_vain_is_said(visit: Visit) -> None:
    page = visit(PODS + CLOSED + SLIPS, "?severity=terrible&id=L-02")
    notice = page.locator("[data-part=notice]")
    expect(notice).to_contain_text('There is no severity "terrible"')
    expect(notice).to_contain_text('This page has no filter "id".')
    page.get_by_role("button", name=re.compile("Errors")).click()
    expect(notice).to_be_hidden()


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible(visit: Visit, size: dict[str, int] | None) -> None:
    options = {"viewport": size} if size else {}
    page = visit(PODS + CLOSED + SLIPS, **options)
    page.locator(".findings-ignored summary").first.click()
    assert faults_by_day_and_night(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"] if page.viewport_size else True
