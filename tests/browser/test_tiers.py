"""Admin passes, a NetworkPolicy decides, Baseline catches the rest: each explained on screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from tests.support.accessibility import accessibility_faults

PANEL = "[data-part=panel]"
TENANTS = b"""
apiVersion: v1
kind: Namespace
metadata: {name: tenant, labels: {kind: tenant}}
---
apiVersion: v1
kind: Namespace
metadata: {name: monitoring}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: tenant, labels: {app: api}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: tenant, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: tenants}
spec:
  priority: 10
  subject: {namespaces: {matchLabels: {kind: tenant}}}
  ingress:
  - {action: Pass, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}
  - {action: Deny, from: [{namespaces: {}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: tenant}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"""
# Who asks whom on which port, the answer, and the chain of the side that decides.
ANSWERS = (
    ("tenant/web", "tenant/api", "80", "open",
     "Admin Pass (tenants, ingress[0]) -> NetworkPolicy Allow (tenant/api, ingress[0])"),
    ("monitoring/prometheus", "tenant/api", "80", "closed",
     "Admin Pass (tenants, ingress[0]) -> NetworkPolicy Deny (tenant/api, no rule matches)"),
    ("tenant/api", "tenant/web", "80", "closed",
     "Admin Pass (tenants, ingress[0]) -> Baseline Deny (default, ingress[0])"),
    ("tenant/web", "tenant/api", "443", "closed", "Admin Deny (tenants, ingress[1])"),
)  # fmt: skip


@pytest.fixture
def tenants(live_url: str) -> str:
    snapshot, problems = services.store_upload([("tenants.yaml", TENANTS)], "Tenants")
    assert not problems
    return f"/snapshots/{snapshot.pk}/"


@pytest.mark.parametrize(("source", "target", "port", "verdict", "chain"), ANSWERS)
def test_every_tier_that_decides_is_named_in_order(
    page: Page, tenants: str, source: str, target: str, port: str, verdict: str, chain: str
) -> None:
    page.goto(f"{tenants}?sel=answer&from={source}&to={target}&on={port}/TCP")
    panel = page.locator(PANEL)
    expect(panel.locator(".chip").first).to_have_text(verdict)
    expect(panel.locator(".chain").last).to_have_text(chain)
    expect(panel.locator(".steps").last).to_contain_text(re.compile(r"tenants\.yaml:\d+"))
    assert accessibility_faults(page) == []


def test_what_a_networkpolicy_may_open_is_fixed_and_nothing_else_changes(
    page: Page, tenants: str
) -> None:
    page.goto(f"{tenants}?sel=answer&from=monitoring/prometheus&to=tenant/api&on=80/TCP")
    page.locator(PANEL).get_by_role("link", name="Fix it in What-if").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(1)
    pair = re.compile("opened.*monitoring/prometheus.*tenant/api.*TCP 80", re.DOTALL)
    expect(rows).to_contain_text(pair)


def test_what_an_admin_rule_closes_is_not_for_a_networkpolicy_to_open(
    page: Page, tenants: str
) -> None:
    page.goto(f"{tenants}?sel=answer&from=tenant/web&to=tenant/api&on=443/TCP")
    panel = page.locator(PANEL)
    expect(panel.locator(".fix")).to_contain_text("tenants")
    expect(panel.get_by_role("link", name="Fix it in What-if")).to_have_count(0)
