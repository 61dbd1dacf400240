"""A cluster with a CiliumNetworkPolicy: what it touches is drawn uncertain and says why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from tests.support.accessibility import accessibility_faults
from tests.support.touched import CLUSTER

HIDDEN = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: api, namespace: x}
spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}
"""
WHY = "what CiliumNetworkPolicy x/api lets in is not evaluated"


@pytest.fixture
def place(live_url: str) -> str:
    text = f"{CLUSTER}\n---\n{HIDDEN}"
    snapshot, problems = services.store_upload([("cilium.yaml", text.encode())], "Cilium")
    assert not problems
    return f"/snapshots/{snapshot.pk}/"


def test_the_touched_lines_are_uncertain_and_say_which_policy_is_the_reason(
    page: Page, place: str
) -> None:
    page.goto(place)
    expect(page.locator("[data-part=sentence-text]")).to_contain_text(
        "1 is governed by policies that netviz does not evaluate"
    )
    expect(page.locator("[data-part=honesty]")).to_contain_text(
        "1 × CiliumNetworkPolicy not evaluated"
    )
    page.goto(f"{place}?sel=x/b[Pod] -> x/a[Pod]")
    panel = page.locator("[data-part=panel]")
    expect(panel.locator(".chip").first).to_have_class(re.compile("unknown"))
    expect(panel).to_contain_text(WHY)
    expect(panel).to_contain_text(re.compile(r"cilium\.yaml:\d+"))
    expect(panel.locator(".chain", has_text="Unknown (x/api, not evaluated)")).to_be_visible()


def test_a_workload_that_such_a_policy_governs_says_what_is_not_known(
    page: Page, place: str
) -> None:
    page.goto(f"{place}?sel=x/a[Pod]")
    panel = page.locator("[data-part=panel]")
    expect(panel).to_contain_text(
        "Its incoming connections are not known: CiliumNetworkPolicy x/api may open or close them,"
        " and it is not evaluated."
    )
    expect(panel.locator(".chip.unknown", has_text="not evaluated")).to_be_visible()
    assert accessibility_faults(page) == []


def test_what_is_not_certain_can_be_filtered_on_the_map_and_in_the_table(
    page: Page, place: str
) -> None:
    page.goto(f"{place}?view=table")
    rows = page.get_by_role("table").locator("tbody tr")
    unsure = rows.filter(has_text=re.compile("x/a.*not known"))
    expect(unsure).to_have_count(4)
    page.locator("[data-part=filters] summary").click()
    page.get_by_label("Certainty").select_option("uncertain")
    page.wait_for_url("**only=uncertain*")
    expect(rows.locator(".chip.allow")).to_have_count(0)
    expect(unsure).to_have_count(4)
    expect(page.locator("[data-part=filter-count]")).to_have_text(" · 1")
    page.get_by_label("Certainty").select_option("certain")
    expect(unsure).to_have_count(0)
    page.get_by_role("button", name="Clear the filters").first.click()
    expect(unsure).to_have_count(4)


def test_the_legend_names_the_mark(page: Page, place: str) -> None:
    page.goto(place)
    page.locator("[data-part=legend] summary").click()
    expect(page.locator("[data-part=legend-rows]")).to_contain_text(
        "not all known, as by a policy that is not evaluated"
    )
