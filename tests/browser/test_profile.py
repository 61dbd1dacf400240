"""How a cluster reads policies, said on the page: the answers follow, and say who decided."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from policies import services
from policies.demo.story import sources_of
from policies.models import Snapshot
from tests.support.accessibility import accessibility_faults
from tests.support.doors import step

ASKED = "?sel=answer&from=development/curl&to=production/redis&on=6379/TCP"


@pytest.fixture
def snapshot(live_url: str) -> Snapshot:
    return services.store_sources(sources_of(step("not-enforced").files))[0]


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="Details").click()
    page.get_by_role("button", name="How this cluster reads policies").click()


def test_what_is_said_of_the_cluster_changes_the_answer_and_stays(
    page: Page, snapshot: Snapshot
) -> None:
    page.goto(f"/snapshots/{snapshot.pk}/{ASKED}")
    banner = page.locator("[data-not-enforced]")
    verdict = page.locator("[data-part=panel] .chip").first
    expect(verdict).to_have_class(re.compile("allow"))
    banner.get_by_role("button", name="Is this wrong?").click()
    dialog = page.get_by_role("dialog", name="How this cluster reads policies")
    enforced = dialog.get_by_label("Policies are enforced", exact=True)
    expect(enforced.locator("option:checked")).to_have_text("As Flannel does: no")
    assert accessibility_faults(page) == []
    enforced.select_option("Yes")
    dialog.get_by_role("button", name="Save").click()
    expect(verdict).to_have_class(re.compile("deny"))
    for _ in range(2):
        expect(banner).to_be_hidden()
        expect(page.locator("[data-part=honesty]")).to_contain_text(
            "Policies are enforced, as was set for this cluster"
        )
        page.reload()
        expect(verdict).to_have_class(re.compile("deny"))
    assert services.get_snapshot(snapshot.pk).profile == {"np_enforced": True}


def test_the_details_name_what_was_set_and_it_can_be_left_to_the_plugin_again(
    page: Page, snapshot: Snapshot
) -> None:
    services.change_profile(snapshot.pk, {"sctp": False})
    page.goto(f"/snapshots/{snapshot.pk}/whatif")
    open_dialog(page)
    expect(page.locator("#honesty-details")).to_contain_text(
        "SCTP is supported: no, as was set for this cluster"
    )
    field = page.get_by_role("dialog").get_by_label("SCTP is supported")
    expect(field.locator("option:checked")).to_have_text("No")
    field.select_option("As Flannel does: yes")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_role("button", name="Details").click()
    details = page.locator("#honesty-details")
    expect(details).to_contain_text("Enforcement")
    expect(details).not_to_contain_text("as was set for this cluster")
    assert services.get_snapshot(snapshot.pk).profile == {}


def test_what_was_chosen_and_not_saved_is_forgotten(page: Page, snapshot: Snapshot) -> None:
    page.goto(f"/snapshots/{snapshot.pk}/findings")
    open_dialog(page)
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("SCTP is supported")
    field.select_option("No")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="How this cluster reads policies").click()
    expect(field).to_have_value("")
    assert services.get_snapshot(snapshot.pk).profile == {}


def test_a_server_that_is_gone_is_told_and_nothing_is_lost(
    page: Page, snapshot: Snapshot, expected_errors: list[str]
) -> None:
    expected_errors.append("ERR_FAILED|Failed to load resource")
    page.goto(f"/snapshots/{snapshot.pk}/")
    open_dialog(page)
    page.route(re.compile(r"/api/v1/snapshots/[^/]+$"), lambda route: route.abort())
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("SCTP is supported").select_option("No")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(dialog.get_by_label("SCTP is supported")).to_have_value("false")
